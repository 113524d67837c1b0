export const id = 431;
export const ids = [431,536];
export const modules = {

/***/ 7589:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   y: () => (/* binding */ branchLines)
/* harmony export */ });
/* harmony import */ var _util_on_one_line_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3633);

/** The lines of a tree, drawn; what an image says of itself cannot break them. */
function branchLines(branches) {
    return branches.flatMap((branch, n) => {
        const last = n === branches.length - 1;
        const [line, below] = typeof branch === 'string' ? [branch, []] : branch;
        return [
            `${last ? '└─' : '├─'} ${(0,_util_on_one_line_js__WEBPACK_IMPORTED_MODULE_0__/* .onOneLine */ .G)(line)}`,
            ...branchLines(below).map(text => `${last ? '  ' : '│ '} ${text}`),
        ];
    });
}


/***/ }),

/***/ 5720:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   renderDiff: () => (/* binding */ renderDiff)
/* harmony export */ });
/* harmony import */ var _image_store_path_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(2310);
/* harmony import */ var _oci_descriptor_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1260);
/* harmony import */ var _util_format_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(4849);
/* harmony import */ var _util_on_one_line_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(3633);
/* harmony import */ var _branches_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(7589);
/* harmony import */ var _tree_text_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8293);






/** The difference as text: `-` stands before what only A has, `+` before what only B has. */
function renderDiff(diff) {
    const head = [diff.a, diff.b].map(({ name, digest, size }, n) => `${'AB'[n]}  ${(0,_util_on_one_line_js__WEBPACK_IMPORTED_MODULE_2__/* .onOneLine */ .G)(name)}  ${digest}  ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_3__/* .formatBytes */ .z3)(size)}`);
    if (diff.same)
        return [...head, 'The two are the same image.'].join('\n');
    const branches = [
        ...titled('annotations', diff.annotations.map(changeLine)),
        ...diff.platforms.map(renderPlatform),
    ];
    const untold = diff.platforms.some(each => each.kind === 'different' && each.paths === undefined);
    return [...head, ...(0,_branches_js__WEBPACK_IMPORTED_MODULE_4__/* .branchLines */ .y)(branches), ...(untold ? [_tree_text_js__WEBPACK_IMPORTED_MODULE_1__.UNTOLD] : [])].join('\n');
}
function renderPlatform(of) {
    switch (of.kind) {
        case 'only-a':
            return `- ${of.platform}  ${of.digest}  only in A, ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_3__/* .formatBytes */ .z3)(of.size)}`;
        case 'only-b':
            return `+ ${of.platform}  ${of.digest}  only in B, ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_3__/* .formatBytes */ .z3)(of.size)}`;
        case 'same':
            return [`${of.platform}  the same, ${of.digest}`, titled('annotations', of.annotations.map(changeLine))];
        case 'different':
            return [
                `${of.platform}  B costs one who has A ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_3__/* .formatBytes */ .z3)(of.layers.pull)} of ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_3__/* .formatBytes */ .z3)(of.size)}`,
                [
                    `- ${of.a}`,
                    `+ ${of.b}`,
                    renderLayers(of.layers),
                    ...(of.paths ? renderPaths(of.paths) : []),
                    ...titled('config', of.config.map(changeLine)),
                    ...titled('annotations', of.annotations.map(changeLine)),
                ],
            ];
    }
}
function renderLayers({ shared, onlyA, onlyB }) {
    const counts = [
        `${shared.count} in both (${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_3__/* .formatBytes */ .z3)(shared.size)})`,
        `${onlyA.length} only in A (${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_3__/* .formatBytes */ .z3)((0,_oci_descriptor_js__WEBPACK_IMPORTED_MODULE_0__/* .sizeOf */ .$d)(onlyA))})`,
        `${onlyB.length} only in B (${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_3__/* .formatBytes */ .z3)((0,_oci_descriptor_js__WEBPACK_IMPORTED_MODULE_0__/* .sizeOf */ .$d)(onlyB))})`,
    ];
    return [
        `layers: ${counts.join(', ')}`,
        [...onlyA.map(layer => `- ${layerLine(layer)}`), ...onlyB.map(layer => `+ ${layerLine(layer)}`)],
    ];
}
function layerLine({ digest, size, isRecompressed }) {
    return `${digest}  ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_3__/* .formatBytes */ .z3)(size)}${isRecompressed ? '  the same content, compressed otherwise' : ''}`;
}
function renderPaths({ same, came, went, changed, rebuilt }) {
    const counts = [
        `${same} in both`,
        `${changed.length} in another version`,
        `${rebuilt.length} rebuilt`,
        `${went.length} only in A`,
        `${came.length} only in B`,
    ];
    return [
        [
            `store paths: ${counts.join(', ')}`,
            [
                ...changed.map(pathChangeLine),
                ...rebuilt.map(({ a, b }) => `${fullName(b.path)}  rebuilt${sizeChange({ a, b })}`),
                ...went.map(path => `- ${(0,_tree_text_js__WEBPACK_IMPORTED_MODULE_1__.pathLine)(path)}`),
                ...came.map(path => `+ ${(0,_tree_text_js__WEBPACK_IMPORTED_MODULE_1__.pathLine)(path)}`),
            ],
        ],
    ];
}
function pathChangeLine({ name, a, b }) {
    return `${name}  ${a.version || '(none)'} → ${b.version || '(none)'}${sizeChange({ a, b })}`;
}
function sizeChange({ a, b }) {
    if (a.size === undefined || b.size === undefined)
        return '';
    const [before, after] = [(0,_util_format_js__WEBPACK_IMPORTED_MODULE_3__/* .formatBytes */ .z3)(a.size), (0,_util_format_js__WEBPACK_IMPORTED_MODULE_3__/* .formatBytes */ .z3)(b.size)];
    return before === after ? `  ${after}` : `  ${before} → ${after}`;
}
function fullName(path) {
    const { name, version } = (0,_image_store_path_js__WEBPACK_IMPORTED_MODULE_5__/* .parseStoreName */ .su)(path);
    return version === '' ? name : `${name} ${version}`;
}
/** One line for each change, below a title; nothing where there is none. */
function titled(title, lines) {
    return lines.length === 0 ? [] : [[title, lines]];
}
function changeLine({ key, a, b }) {
    if (a === undefined)
        return `+ ${key} = ${b}`;
    if (b === undefined)
        return `- ${key} = ${a}`;
    return `${key}: ${a} → ${b}`;
}


/***/ }),

/***/ 9111:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  N1: () => (/* binding */ isUntold),
  MU: () => (/* binding */ readingOf),
  R1: () => (/* binding */ withPaths)
});

// EXTERNAL MODULE: ./lib/image/byte-reader.js
var byte_reader = __webpack_require__(8083);
// EXTERNAL MODULE: ./lib/image/bytes.js
var bytes = __webpack_require__(8734);
// EXTERNAL MODULE: ./lib/image/decode.js + 1 modules
var decode = __webpack_require__(105);
// EXTERNAL MODULE: ./lib/image/magic.js
var magic = __webpack_require__(150);
// EXTERNAL MODULE: ./lib/image/store-path.js
var store_path = __webpack_require__(2310);
// EXTERNAL MODULE: ./lib/image/tar.js
var tar = __webpack_require__(4862);
;// CONCATENATED MODULE: ./lib/image/layer-content.js






/**
 * Reads a layer to its end for the names and sizes in it, and keeps nothing else. How it is compressed is told by its bytes.
 * Throws an `Error` when it is damaged, cut off or no tar.
 */
async function readLayerContent(layer) {
    const stored = new byte_reader/* ByteReader */.k(layer);
    try {
        const head = await stored.read(magic/* HEAD */.Vx);
        return await readTar((0,decode/* decode */.D4)((0,magic/* encodingOf */.P$)(head), (0,bytes/* prepended */._j)(head, stored.rest())));
    }
    finally {
        await stored.close();
    }
}
async function readTar(bytes) {
    const input = new byte_reader/* ByteReader */.k(bytes);
    const sizes = new Map();
    try {
        for await (const { name, size } of (0,tar/* rawMembers */.s3)(input)) {
            const path = (0,store_path/* storePathOf */.CI)(name);
            if (path !== undefined)
                sizes.set(path, (sizes.get(path) ?? 0) + size);
        }
        // What verifies the layer speaks at its end.
        for await (const _ of input.rest())
            ;
        return { paths: [...sizes].map(([path, size]) => ({ path, size })), size: input.position };
    }
    finally {
        await input.close();
    }
}

// EXTERNAL MODULE: ./lib/oci/descriptor.js
var descriptor = __webpack_require__(1260);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/util/limit.js
var limit = __webpack_require__(8631);
;// CONCATENATED MODULE: ./lib/command/layer-paths.js




/** How many layers are read side by side. */
const READERS = 4;
/** Foreign layers lie elsewhere, and artifacts have layers of other kinds: neither is looked into. */
const TAR_LAYER = /\.(image\.layer\.v1|image\.rootfs\.diff)\.tar\b/;
/** What is read when nothing else was asked for: not what would have to be fetched. */
function readingOf({ paths }, place) {
    if (paths)
        return 'all';
    return place.isNear ? 'unknown' : 'none';
}
/** Whether a layer could hold store paths of which nothing is known. */
function isUntold({ paths, mediaType }) {
    return paths === undefined && TAR_LAYER.test(mediaType);
}
/**
 * The same images with the store paths of their layers. `contents` has what was read before, and gets what is read now.
 * Throws a `UserError` that names the layer which is broken.
 */
async function withPaths(platforms, place, reading, contents = new Map()) {
    const wanted = (0,descriptor/* distinct */.dM)(platforms.flatMap(({ layers }) => layers.filter(layer => isRead(layer, reading))));
    const missing = wanted.filter(({ digest }) => !contents.has(digest));
    await (0,limit/* mapLimit */.sf)(missing, READERS, async (layer) => {
        contents.set(layer.digest, await contentOf(layer, place));
    });
    return platforms.map(platform => ({
        ...platform,
        layers: platform.layers.map(layer => withContent(layer, contents.get(layer.digest))),
    }));
}
function isRead(layer, reading) {
    switch (reading) {
        case 'all':
            return TAR_LAYER.test(layer.mediaType);
        case 'unknown':
            return isUntold(layer);
        case 'none':
            return false;
    }
}
async function contentOf(layer, place) {
    try {
        return await place.again(() => readLayerContent(place.open(layer)));
    }
    catch (error) {
        if (error instanceof util_error/* UserError */.yo || (0,util_error/* isSystemError */.Or)(error))
            throw error;
        throw new util_error/* UserError */.yo(`${place.name}: the layer ${layer.digest} is broken: ${(0,util_error/* messageOf */.bD)(error)}`, {
            cause: error,
        });
    }
}
function withContent(layer, content) {
    return content ? { ...layer, contentSize: content.size, paths: content.paths } : layer;
}


/***/ }),

/***/ 8293:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   UNTOLD: () => (/* binding */ UNTOLD),
/* harmony export */   pathLine: () => (/* binding */ pathLine),
/* harmony export */   renderTree: () => (/* binding */ renderTree)
/* harmony export */ });
/* harmony import */ var _oci_media_type_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8574);
/* harmony import */ var _util_format_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(4849);
/* harmony import */ var _util_on_one_line_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(3633);
/* harmony import */ var _branches_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(7589);
/* harmony import */ var _layer_paths_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9111);





/** How many store paths of a layer are shown when not all were asked for. */
const MOST_PATHS = 8;
/** What reading the layers would tell. */
const UNTOLD = 'Which store paths the layers hold is not said in the config: --paths reads the layers.';
/**
 * The tree as text, a line for each thing.
 *
 * @param all every store path, not only some of those in a layer with many
 */
function renderTree(tree, { all = false } = {}) {
    const kind = (0,_oci_media_type_js__WEBPACK_IMPORTED_MODULE_0__/* .isIndexType */ .$U)(tree.mediaType) ? (0,_util_format_js__WEBPACK_IMPORTED_MODULE_2__/* .plural */ .LS)(tree.platforms.length, 'platform') : 'a single image';
    const branches = [
        ...annotationLines(tree.annotations),
        ...tree.platforms.map(platform => renderPlatform(platform, tree.annotations, all)),
    ];
    return [
        (0,_util_on_one_line_js__WEBPACK_IMPORTED_MODULE_3__/* .onOneLine */ .G)(tree.name),
        `${tree.digest}  ${kind}, ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_2__/* .formatBytes */ .z3)(tree.size)}`,
        ...(0,_branches_js__WEBPACK_IMPORTED_MODULE_4__/* .branchLines */ .y)(branches),
        ...(tree.platforms.some(({ layers }) => layers.some(_layer_paths_js__WEBPACK_IMPORTED_MODULE_1__/* .isUntold */ .N1)) ? [UNTOLD] : []),
    ].join('\n');
}
/** @param known what the index says already, and need not be said again for each platform */
function renderPlatform(of, known, all) {
    const own = Object.entries(of.annotations).filter(([key, value]) => known[key] !== value);
    const command = (0,_util_on_one_line_js__WEBPACK_IMPORTED_MODULE_3__/* .onOneLine */ .G)([...of.entrypoint, ...of.cmd].join(' '));
    return [
        `${of.platform}  ${of.digest}  ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_2__/* .plural */ .LS)(of.layers.length, 'layer')}, ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_2__/* .formatBytes */ .z3)(of.size)}`,
        [
            `config  ${of.config.digest}  ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_2__/* .formatBytes */ .z3)(of.config.size)}${command && `  runs ${command}`}`,
            ...of.layers.map(layer => renderLayer(layer, all)),
            ...annotationLines(Object.fromEntries(own)),
        ],
    ];
}
function renderLayer(layer, all) {
    const none = layer.paths?.length === 0 ? '  no store paths' : '';
    return [
        `layer   ${layer.digest}  ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_2__/* .formatBytes */ .z3)(layer.size)}  ${WORDS[layer.encoding]}${none}`,
        pathLines(layer.paths ?? [], all),
    ];
}
const WORDS = { gzip: 'gzip', zstd: 'zstd', none: 'uncompressed' };
/** The largest first, where their sizes are known. One more than fits is shown too: its line would be taken anyway. */
function pathLines(paths, all) {
    const sorted = paths.toSorted((a, b) => (b.size ?? 0) - (a.size ?? 0));
    if (all || sorted.length <= MOST_PATHS + 1)
        return sorted.map(pathLine);
    return [
        ...sorted.slice(0, MOST_PATHS).map(pathLine),
        `… and ${sorted.length - MOST_PATHS} more: --paths shows all`,
    ];
}
/** A store path, with its size where it is known. */
function pathLine({ path, size }) {
    return size === undefined ? path : `${path}  ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_2__/* .formatBytes */ .z3)(size)}`;
}
function annotationLines(annotations) {
    return Object.entries(annotations).map(([key, value]) => `${key} = ${value}`);
}


/***/ }),

/***/ 2310:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   CI: () => (/* binding */ storePathOf),
/* harmony export */   su: () => (/* binding */ parseStoreName),
/* harmony export */   zP: () => (/* binding */ isStorePath)
/* harmony export */ });
/** A path of the store without anything below it, the hash in Nix's base 32. */
const STORE_PATH = /^\/nix\/store\/[0-9a-df-np-sv-z]{32}-[0-9A-Za-z+._?=-]+$/;
function isStorePath(text) {
    return STORE_PATH.test(text);
}
/** The store path that a file of an image belongs to; its name may begin with `/`, `./` or neither. */
function storePathOf(file) {
    const [nix, store, name] = file.replace(/^(\.?\/)+/, '').split('/', 3);
    const path = `/${nix}/${store}/${name}`;
    return isStorePath(path) ? path : undefined;
}
/** `/nix/store/<hash>-fd-10.2.0` is `fd` and `10.2.0`. */
function parseStoreName(path) {
    const full = path.replace(/^\/nix\/store\/[^-]+-/, '');
    const dash = /-(?=[^A-Za-z])/.exec(full)?.index;
    return dash === undefined
        ? { name: full, version: '' }
        : { name: full.slice(0, dash), version: full.slice(dash + 1) };
}


/***/ }),

/***/ 4849:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   LS: () => (/* binding */ plural),
/* harmony export */   Xo: () => (/* binding */ formatSeconds),
/* harmony export */   z3: () => (/* binding */ formatBytes)
/* harmony export */ });
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];
/** `1.4 MB`: decimal units, as registries and disk makers count. */
function formatBytes(bytes) {
    let value = bytes;
    let unit = 0;
    while (value >= 999.5 && unit < UNITS.length - 1) {
        value /= 1000;
        unit++;
    }
    return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}
/** `0.4 s`, `1 min 05 s`. */
function formatSeconds(milliseconds) {
    const seconds = milliseconds / 1000;
    if (seconds < 59.95)
        return `${seconds.toFixed(1)} s`;
    const whole = Math.round(seconds);
    return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}
/** `1 layer`, `2 layers`. */
function plural(count, noun) {
    return `${count} ${noun}${count === 1 ? '' : 's'}`;
}


/***/ }),

/***/ 8884:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   P7: () => (/* binding */ asStrings),
/* harmony export */   Wg: () => (/* binding */ asCount),
/* harmony export */   _T: () => (/* binding */ asStringMap),
/* harmony export */   _j: () => (/* binding */ asArray),
/* harmony export */   eB: () => (/* binding */ asObject),
/* harmony export */   oJ: () => (/* binding */ asString),
/* harmony export */   qF: () => (/* binding */ parseJson),
/* harmony export */   qM: () => (/* binding */ asOptionalString),
/* harmony export */   xJ: () => (/* binding */ unquotedFields)
/* harmony export */ });
/* harmony import */ var _on_one_line_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3633);

/** @param what names the text in the error, as in `index.json` */
function parseJson(text, what) {
    try {
        return JSON.parse(text.toString());
    }
    catch (error) {
        throw new Error(`${what} is not JSON: ${(0,_on_one_line_js__WEBPACK_IMPORTED_MODULE_0__/* .onOneLine */ .G)(error.message)}`, { cause: error });
    }
}
function asObject(value, what) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw wrong(what, 'an object', value);
    return value;
}
function asArray(value, what) {
    if (!Array.isArray(value))
        throw wrong(what, 'a list', value);
    return value;
}
function asString(value, what) {
    if (typeof value !== 'string')
        throw wrong(what, 'a string', value);
    return value;
}
function asStrings(value, what) {
    return asArray(value, what).map(item => asString(item, what));
}
function asOptionalString(value, what) {
    return value === undefined || value === null ? undefined : asString(value, what);
}
/** A whole number of bytes or things, not negative. */
function asCount(value, what) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
        throw wrong(what, 'a whole number', value);
    return value;
}
/** An object whose values are all strings; `undefined` where there is none. */
function asStringMap(value, what) {
    if (value === undefined || value === null)
        return undefined;
    const entries = Object.entries(asObject(value, what));
    return Object.fromEntries(entries.map(([key, text]) => [key, asString(text, `${what}[${key}]`)]));
}
/** The fields of JSON that may hold secrets, and so is never quoted; none where it is something else. */
function unquotedFields(text) {
    try {
        return asObject(JSON.parse(text), '');
    }
    catch {
        return {};
    }
}
function wrong(what, expected, value) {
    const shown = JSON.stringify(value) ?? 'nothing';
    const cut = shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
    return new Error((0,_on_one_line_js__WEBPACK_IMPORTED_MODULE_0__/* .onOneLine */ .G)(`${what} is not ${expected} but ${cut}`));
}


/***/ }),

/***/ 8631:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   AB: () => (/* binding */ limit),
/* harmony export */   bs: () => (/* binding */ together),
/* harmony export */   sf: () => (/* binding */ mapLimit)
/* harmony export */ });
function limit(max) {
    let running = 0;
    const waiting = [];
    return async (task) => {
        // A freed place is handed to the next in line without being given up, so that a newcomer cannot overtake.
        if (running >= max)
            await new Promise(resolve => waiting.push(resolve));
        else
            running++;
        try {
            return await task();
        }
        finally {
            const next = waiting.shift();
            if (next)
                next();
            else
                running--;
        }
    };
}
/**
 * Like `Promise.all(items.map(task))`, at most `max` at once. After a failure no further item is started, what
 * runs is waited for (so that nothing still writes when the caller cleans up), and the first failure is thrown.
 */
async function mapLimit(items, max, task) {
    const results = new Array(items.length);
    let next = 0;
    let failure;
    const worker = async () => {
        while (next < items.length && !failure) {
            const index = next++;
            try {
                results[index] = await task(items[index], index);
            }
            catch (error) {
                failure ??= { error };
            }
        }
    };
    await Promise.all(Array.from({ length: Math.min(max, items.length) }, worker));
    if (failure)
        throw failure.error;
    return results;
}
/** Like `Promise.all`, but after a failure what runs is waited for, as `mapLimit` does it. */
async function together(tasks) {
    await Promise.allSettled(tasks);
    return Promise.all(tasks);
}


/***/ }),

/***/ 3633:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   G: () => (/* binding */ onOneLine)
/* harmony export */ });
/** Text that others wrote, on one line: quoted where it would break the line or speak to the terminal. */
function onOneLine(text) {
    return /[\x00-\x1f\x7f-\x9f]/.test(text) ? JSON.stringify(text).replace(/[\x7f-\x9f]/g, '?') : text;
}


/***/ })

};
