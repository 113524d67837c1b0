export const id = 720;
export const ids = [720,293];
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

/***/ 8083:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   k: () => (/* binding */ ByteReader)
/* harmony export */ });
/** Reads a stream of chunks by count of bytes. */
class ByteReader {
    #chunks;
    #held = Buffer.alloc(0);
    #position = 0;
    constructor(source) {
        this.#chunks = source[Symbol.asyncIterator]();
    }
    /** How many bytes have been read. */
    get position() {
        return this.#position;
    }
    /** Exactly `count` bytes, or fewer where the stream ends. */
    async read(count) {
        const parts = [];
        let missing = count;
        while (missing > 0) {
            const part = await this.#next(missing);
            if (!part)
                break;
            parts.push(part);
            missing -= part.length;
        }
        const [only] = parts;
        return parts.length === 1 && only ? only : Buffer.concat(parts);
    }
    /** Copies into a buffer until it is full, or the stream ends. */
    async fill(into) {
        let filled = 0;
        while (filled < into.length) {
            const part = await this.#next(into.length - filled);
            if (!part)
                break;
            filled += part.copy(into, filled);
        }
        return filled;
    }
    /** Exactly `count` bytes. Throws an `Error` when the stream ends before. */
    async exactly(count) {
        const bytes = await this.read(count);
        if (bytes.length < count)
            throw this.#cutOff(count - bytes.length);
        return bytes;
    }
    /** The next `count` bytes as they come, not copied. Throws an `Error` when the stream ends before. */
    async *take(count) {
        let missing = count;
        while (missing > 0) {
            const part = await this.#next(missing);
            if (!part)
                throw this.#cutOff(missing);
            missing -= part.length;
            yield part;
        }
    }
    async skip(count) {
        for await (const _ of this.take(count))
            ;
    }
    /** Reads until a byte with this value has been read. Gives `false` where none of the next `max` has it. */
    async skipPast(value, max) {
        for (let left = max; left > 0 && (await this.#hold());) {
            const part = this.#cut(Math.min(left, this.#held.indexOf(value) + 1 || this.#held.length));
            if (part.at(-1) === value)
                return true;
            left -= part.length;
        }
        return false;
    }
    /** What is left, as it comes. */
    async *rest() {
        for (let part = await this.#next(Infinity); part; part = await this.#next(Infinity))
            yield part;
    }
    /** Lets go of the source. */
    async close() {
        await this.#chunks.return?.();
    }
    #cutOff(missing) {
        return new Error(`it is cut off: ${missing} bytes are missing after byte ${this.#position}`);
    }
    async #next(max) {
        return (await this.#hold()) ? this.#cut(max) : undefined;
    }
    /** Whether there is more; then some of it is held. */
    async #hold() {
        while (this.#held.length === 0) {
            const { value, done } = await this.#chunks.next();
            if (done)
                return false;
            this.#held = value;
        }
        return true;
    }
    /** Of what is held. */
    #cut(max) {
        const part = this.#held.subarray(0, Math.min(max, this.#held.length));
        this.#held = this.#held.subarray(part.length);
        this.#position += part.length;
        return part;
    }
}


/***/ }),

/***/ 8734:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   DS: () => (/* binding */ tapped),
/* harmony export */   Wu: () => (/* binding */ Sum),
/* harmony export */   _j: () => (/* binding */ prepended),
/* harmony export */   qy: () => (/* binding */ lazily)
/* harmony export */ });
/* harmony import */ var _oci_digest_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9501);

/** The digest and size of what went by. */
class Sum {
    #hasher = new _oci_digest_js__WEBPACK_IMPORTED_MODULE_0__/* .Hasher */ .OP();
    #size = 0;
    add(chunk) {
        this.#hasher.update(chunk);
        this.#size += chunk.length;
    }
    /** May be called once. */
    total() {
        return { digest: this.#hasher.digest(), size: this.#size };
    }
}
/** The same bytes; `see` is called with each chunk before it is handed on. */
async function* tapped(bytes, see) {
    for await (const chunk of bytes) {
        await see(chunk);
        yield chunk;
    }
}
async function* prepended(head, rest) {
    if (head.length > 0)
        yield head;
    if (rest)
        yield* rest;
}
/** What a stream holds, opened when its first byte is asked for: one that nobody reads could fail unheard. */
async function* lazily(open) {
    yield* open();
}


/***/ }),

/***/ 105:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  D4: () => (/* binding */ decode),
  UZ: () => (/* binding */ hasZstd)
});

// UNUSED EXPORTS: unzstd

// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(7075);
// EXTERNAL MODULE: external "node:stream/promises"
var promises_ = __webpack_require__(6466);
// EXTERNAL MODULE: external "node:zlib"
var external_node_zlib_ = __webpack_require__(8522);
var external_node_zlib_namespaceObject = /*#__PURE__*/__webpack_require__.t(external_node_zlib_, 2);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/image/byte-reader.js
var byte_reader = __webpack_require__(8083);
// EXTERNAL MODULE: ./lib/image/magic.js
var image_magic = __webpack_require__(150);
;// CONCATENATED MODULE: ./lib/image/zstd-frames.js


/**
 * Cuts a zstd stream (RFC 8878, 3.1) into its frames, each given as its own bytes; skippable frames are left out.
 * Node.js stops decoding after the first frame without an error, so the ends must be known. A frame must be read to
 * its end before the next is asked for. Throws an `Error` when the stream is cut off or something else follows.
 */
async function* zstdFrames(source) {
    const input = new byte_reader/* ByteReader */.k(source);
    try {
        for (let magic = await input.read(4); magic.length > 0; magic = await input.read(4)) {
            const value = magic.length === 4 ? magic.readUInt32LE(0) : 0;
            if (!(0,image_magic/* isZstdMagic */.l0)(value))
                throw new Error('the zstd stream is damaged: no frame where one should start');
            if ((0,image_magic/* isSkippableMagic */.FE)(value))
                await input.skip((await input.exactly(4)).readUInt32LE(0));
            else
                yield zstd_frames_frame(input, magic);
        }
    }
    finally {
        await input.close();
    }
}
async function* zstd_frames_frame(input, magic) {
    const flags = await input.exactly(1);
    const descriptor = flags.readUInt8(0);
    yield Buffer.concat([magic, flags, await input.exactly(headerRest(descriptor))]);
    for (let last = false; !last;) {
        const header = await input.exactly(3);
        const bits = header.readUIntLE(0, 3);
        last = (bits & 1) === 1;
        yield header;
        yield* input.take(blockSize(bits));
    }
    if (descriptor & 4)
        yield await input.exactly(4);
}
/** The length of a frame header after its first byte: window, dictionary id and content size, where they are. */
function headerRest(descriptor) {
    const single = (descriptor & 0x20) !== 0;
    const dictionary = [0, 1, 2, 4][descriptor & 3];
    const content = [single ? 1 : 0, 2, 4, 8][descriptor >>> 6];
    return (single ? 0 : 1) + dictionary + content;
}
const RLE = 1;
function blockSize(header) {
    return ((header >>> 1) & 3) === RLE ? 1 : header >>> 3;
}

;// CONCATENATED MODULE: ./lib/image/decode.js





const CHUNK = 1 << 18;
/** Takes the compression off. Throws an `Error` when the source is damaged, cut off or goes on after its end. */
function decode(encoding, source) {
    switch (encoding) {
        case 'none':
            return source;
        case 'gzip':
            return gunzip(source);
        case 'zstd':
            return unzstd(source);
    }
}
/** All members of a gzip stream (RFC 1952), one after the other. */
async function* gunzip(source) {
    const decoder = external_node_zlib_.createGunzip({ chunkSize: CHUNK });
    let given = 0;
    async function* counted() {
        for await (const chunk of source) {
            given += chunk.length;
            yield chunk;
        }
    }
    yield* through('gzip', decoder, counted());
    // Node.js takes zero bytes after a member for padding and reads no further.
    if (decoder.bytesWritten !== given)
        throw new Error('the gzip stream goes on after its end');
}
/** All frames of a zstd stream, one after the other. */
async function* unzstd(source, native = hasZstd()) {
    const decodeFrame = native
        ? (frame) => through('zstd', external_node_zlib_.createZstdDecompress({ chunkSize: CHUNK }), frame)
        : (await __webpack_require__.e(/* import() */ 845).then(__webpack_require__.bind(__webpack_require__, 845))).decodeFrame;
    for await (const frame of zstdFrames(source))
        yield* decodeFrame(frame);
}
/** Whether this runtime has zstd of its own: Node.js 22.15 and 23.8 brought it. */
function hasZstd() {
    return typeof Reflect.get(external_node_zlib_namespaceObject, 'createZstdDecompress') === 'function';
}
async function* through(encoding, decoder, source) {
    const fed = (0,promises_.pipeline)(external_node_stream_.Readable.from(source), decoder);
    // Whoever reads the decoder meets the failure there; the promise is asked again at the end.
    fed.catch(() => { });
    try {
        yield* decoder;
        await fed;
    }
    catch (error) {
        throw told(error, encoding);
    }
    finally {
        // Where the reader stopped early, the source is let go of before it is told so.
        decoder.destroy();
        await fed.catch(() => { });
    }
}
/** The decoder's failures in words; the source's own stay what they are. */
function told(error, encoding) {
    const code = (0,util_error/* codeOf */.$N)(error) ?? '';
    if (!/^Z(STD)?_/.test(code))
        return error;
    const what = code === 'Z_BUF_ERROR' ? 'cut off' : `damaged: ${error.message}`;
    return new Error(`the ${encoding} stream is ${what}`, { cause: error });
}


/***/ }),

/***/ 150:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   FE: () => (/* binding */ isSkippableMagic),
/* harmony export */   P$: () => (/* binding */ encodingOf),
/* harmony export */   Vx: () => (/* binding */ HEAD),
/* harmony export */   YZ: () => (/* binding */ isTar),
/* harmony export */   l0: () => (/* binding */ isZstdMagic)
/* harmony export */ });
/* harmony import */ var _tar_header_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9710);

/** How many of the first bytes tell what a file is. */
const HEAD = _tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .BLOCK */ .IE;
const COMPRESSIONS = [
    { encoding: 'gzip', matches: head => head.length > 2 && head.readUIntBE(0, 3) === 0x1f8b08 },
    { encoding: 'zstd', matches: head => head.length > 3 && isZstdMagic(head.readUInt32LE(0)) },
];
/** A frame, or a skippable frame before one (RFC 8878, 3.1). */
function isZstdMagic(magic) {
    return magic === 0xfd2fb528 || isSkippableMagic(magic);
}
function isSkippableMagic(magic) {
    return magic >>> 4 === 0x184d2a5;
}
/** How a file is compressed, by its first bytes. */
function encodingOf(head) {
    return COMPRESSIONS.find(it => it.matches(head))?.encoding ?? 'none';
}
/** Whether the first block is a tar header or the end mark of an empty tar. */
function isTar(head) {
    if (head.length < _tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .BLOCK */ .IE)
        return false;
    const block = head.subarray(0, _tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .BLOCK */ .IE);
    return (0,_tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .isZeroBlock */ .ei)(block) || (0,_tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .parseHeader */ .RW)(block) !== undefined;
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

/***/ 9710:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   IE: () => (/* binding */ BLOCK),
/* harmony export */   RW: () => (/* binding */ parseHeader),
/* harmony export */   YS: () => (/* binding */ encodeHeader),
/* harmony export */   Zt: () => (/* binding */ paddingOf),
/* harmony export */   ei: () => (/* binding */ isZeroBlock),
/* harmony export */   qt: () => (/* binding */ hasMagic)
/* harmony export */ });
const BLOCK = 512;
const CHECKSUM = { at: 148, length: 8 };
const SIZE = { at: 124, length: 12 };
/** The largest size that eleven octal digits hold, plus one. */
const OCTAL_LIMIT = 8 ** 11;
/** How many bytes stand after a body so that the next header starts on a block. */
function paddingOf(size) {
    return (BLOCK - (size % BLOCK)) % BLOCK;
}
function isZeroBlock(block) {
    return block.every(byte => byte === 0);
}
/** Whether a block, or the beginning of one, calls itself a tar header. */
function hasMagic(block) {
    return block.toString('latin1', 257, 262) === 'ustar';
}
/** `undefined` when the block is no tar header: its checksum tells. */
function parseHeader(block) {
    if (block.length < BLOCK || !checksums(block).includes(octal(block, CHECKSUM)))
        return undefined;
    const size = numberAt(block, SIZE);
    if (size === undefined)
        return undefined;
    const name = text(block, 0, 100);
    // GNU's own format keeps other things where ustar has the prefix.
    const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? text(block, 345, 155) : '';
    return {
        name: prefix === '' ? name : `${prefix}/${name}`,
        type: String.fromCharCode(block[156] || 0x30),
        size,
        link: text(block, 157, 100),
    };
}
/** A ustar header without owner, time or anything else that differs from machine to machine. */
function encodeHeader(of) {
    const block = Buffer.alloc(BLOCK);
    block.write(of.name, 0, 100);
    writeOctal(block, of.mode, 100, 8);
    for (const owner of [108, 116])
        writeOctal(block, 0, owner, 8);
    writeSize(block, of.size);
    writeOctal(block, 0, 136, 12);
    block.write(of.type, 156);
    block.write('ustar\x0000', 257, 'latin1');
    for (const device of [329, 337])
        writeOctal(block, 0, device, 8);
    block.fill(' ', CHECKSUM.at, CHECKSUM.at + CHECKSUM.length);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, CHECKSUM.at, 'latin1');
    return block;
}
/** The sum over the header with blanks for the checksum itself: of unsigned bytes, and of signed ones as some old tars do. */
function checksums(block) {
    let unsigned = 0;
    let signed = 0;
    for (const [at, byte] of block.entries()) {
        const value = at >= CHECKSUM.at && at < CHECKSUM.at + CHECKSUM.length ? 0x20 : byte;
        unsigned += value;
        signed += value > 127 ? value - 256 : value;
    }
    return [unsigned, signed];
}
/** A number in octal or, where the first bit is set, in GNU's base 256. */
function numberAt(block, field) {
    const bytes = block.subarray(field.at, field.at + field.length);
    const first = bytes[0] ?? 0;
    const value = first & 0x80 ? base256(bytes) : octal(block, field);
    return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
function base256(bytes) {
    if (bytes[0] !== 0x80)
        return Number.NaN;
    return bytes.subarray(1).reduce((total, byte) => total * 256 + byte, 0);
}
function octal(block, field) {
    const digits = block
        .toString('latin1', field.at, field.at + field.length)
        .replace(/[\0 ]+$/, '')
        .trimStart();
    if (digits === '')
        return 0;
    return /^[0-7]+/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}
function text(block, at, length) {
    const field = block.subarray(at, at + length);
    const end = field.indexOf(0);
    return field.toString('utf8', 0, end < 0 ? length : end);
}
function writeOctal(block, value, at, length) {
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
}
function writeSize(block, size) {
    if (size < OCTAL_LIMIT) {
        writeOctal(block, size, SIZE.at, SIZE.length);
        return;
    }
    block[SIZE.at] = 0x80;
    block.writeBigUInt64BE(BigInt(size), SIZE.at + 4);
}


/***/ }),

/***/ 4862:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   O_: () => (/* binding */ tarEntries),
/* harmony export */   s3: () => (/* binding */ rawMembers)
/* harmony export */ });
/* unused harmony exports memberName, linkTarget */
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6760);
/* harmony import */ var _tar_header_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9710);


/** Far more than any name needs; it keeps a hostile header from being read into memory. */
const MAX_EXTENSION = 1 << 20;
/**
 * The members of a tar, in order, up to its end mark. A member's body may be read from `input` before the next
 * member is asked for; what is left of it is skipped. Throws an `Error` when the tar is damaged or cut off, and when a
 * name in it leads out of it.
 */
async function* tarEntries(input) {
    for await (const member of rawMembers(input))
        yield toEntry(member);
}
/** The same with every name as it stands there, for tars of which nothing is unpacked: layers have absolute names. */
async function* rawMembers(input) {
    let global = {};
    let local = {};
    for (let header = await readHeader(input); header; header = await readHeader(input)) {
        const extension = await readExtension(input, header);
        if (extension?.scope === 'global')
            global = { ...global, ...extension.overrides };
        else if (extension)
            local = { ...local, ...extension.overrides };
        else {
            const member = toMember(header, { ...global, ...local }, input.position);
            local = {};
            yield member;
            await input.skip(member.offset + member.size + (0,_tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .paddingOf */ .Zt)(member.size) - input.position);
        }
    }
}
/** A member's name without `./`. Throws an `Error` when it is absolute or has a `..` in it: no image needs that. */
function memberName(name) {
    if (name.startsWith('/') || name.split('/').includes('..'))
        throw new Error(`it holds a member with an unsafe path: ${JSON.stringify(name)}`);
    return node_path__WEBPACK_IMPORTED_MODULE_0__.posix.join('/', name).slice(1);
}
/** The member a link stands for; its target is read from `folder`. Throws an `Error` when it leads out of the tar. */
function linkTarget(target, folder = '') {
    const path = node_path__WEBPACK_IMPORTED_MODULE_0__.posix.join(folder, target);
    if (target.startsWith('/') || path.split('/')[0] === '..')
        throw new Error(`it holds a link with an unsafe target: ${JSON.stringify(target)}`);
    return path;
}
async function readHeader(input) {
    const at = input.position;
    const block = await input.read(_tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .BLOCK */ .IE);
    if (at === 0 && block.length < _tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .BLOCK */ .IE && !(0,_tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .hasMagic */ .qt)(block))
        throw new Error(`it is no tar: it has only ${block.length} bytes`);
    if (block.length < _tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .BLOCK */ .IE)
        throw new Error(`it is cut off: the tar ends at byte ${at} without its end mark`);
    if ((0,_tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .isZeroBlock */ .ei)(block))
        return undefined;
    const header = (0,_tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .parseHeader */ .RW)(block);
    if (!header)
        throw new Error(`there is no tar header at byte ${at}`);
    return header;
}
function toMember(header, over, offset) {
    const { type } = header;
    const size = '123456'.includes(type) ? 0 : (over.size ?? header.size);
    return { name: over.path ?? header.name, type, link: over.linkpath ?? header.link, offset, size };
}
function toEntry({ name: raw, type, link, offset, size }) {
    const name = memberName(raw);
    switch (type) {
        case '0':
        case '7':
            return { kind: raw.endsWith('/') ? 'other' : 'file', name, offset, size };
        case '1':
            return { kind: 'link', name, offset, size: 0, target: linkTarget(link) };
        case '2':
            return { kind: 'link', name, offset, size: 0, target: linkTarget(link, node_path__WEBPACK_IMPORTED_MODULE_0__.posix.dirname(name)) };
        default:
            return { kind: 'other', name, offset, size };
    }
}
const EXTENSIONS = {
    x: body => ({ scope: 'local', overrides: parsePax(body) }),
    g: body => ({ scope: 'global', overrides: parsePax(body) }),
    L: body => ({ scope: 'local', overrides: { path: untilNul(body) } }),
    K: body => ({ scope: 'local', overrides: { linkpath: untilNul(body) } }),
};
async function readExtension(input, header) {
    const parse = EXTENSIONS[header.type];
    if (!parse)
        return undefined;
    if (header.size > MAX_EXTENSION)
        throw new Error(`the tar has a header of ${header.size} bytes`);
    const body = await input.read(header.size);
    if (body.length < header.size)
        throw new Error(`it is cut off inside a header at byte ${input.position}`);
    await input.skip((0,_tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .paddingOf */ .Zt)(header.size));
    return parse(body);
}
/** The records of a pax header: `<length> <key>=<value>\n`, the length counting all of it. */
function parsePax(body) {
    const records = new Map();
    for (let at = 0; at < body.length;) {
        const blank = body.indexOf(0x20, at);
        const length = Number(body.toString('latin1', at, Math.max(at, blank)));
        const record = body.toString('utf8', blank + 1, at + length - 1);
        const equals = record.indexOf('=');
        if (!Number.isInteger(length) || length < 5 || at + length > body.length || equals < 0)
            throw new Error('the tar has a damaged pax header');
        records.set(record.slice(0, equals), record.slice(equals + 1));
        at += length;
    }
    return paxOverrides(records);
}
function paxOverrides(records) {
    const path = records.get('path');
    const linkpath = records.get('linkpath');
    const size = records.get('size');
    if (size !== undefined && !/^\d{1,15}$/.test(size))
        throw new Error(`the tar has a pax size of ${size}`);
    return {
        ...(path !== undefined && { path }),
        ...(linkpath !== undefined && { linkpath }),
        ...(size !== undefined && { size: Number(size) }),
    };
}
function untilNul(body) {
    const end = body.indexOf(0);
    return body.toString('utf8', 0, end < 0 ? body.length : end);
}


/***/ }),

/***/ 1260:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $d: () => (/* binding */ sizeOf),
/* harmony export */   BA: () => (/* binding */ parseDescriptor),
/* harmony export */   dM: () => (/* binding */ distinct),
/* harmony export */   nb: () => (/* binding */ descriptorOf)
/* harmony export */ });
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8884);
/* harmony import */ var _digest_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9501);


/** Just the descriptor of a blob, with its fields in the order in which they are written. */
function descriptorOf(of) {
    const { mediaType, digest, size, annotations, platform } = of;
    return {
        mediaType,
        digest,
        size,
        ...(annotations && { annotations }),
        ...(platform && { platform: orderedPlatform(platform) }),
    };
}
/** The same platform must give the same bytes, whoever wrote it down. */
function orderedPlatform({ architecture, os, variant, ...rest }) {
    return { architecture, os, ...rest, ...(variant !== undefined && { variant }) };
}
/** Each digest once: in the place of its first, the last that has it. */
function distinct(all) {
    return [...new Map(all.map(each => [each.digest, each])).values()];
}
/** In bytes, together. */
function sizeOf(all) {
    return all.reduce((sum, { size }) => sum + size, 0);
}
/** Throws an `Error` that starts with `what` when `value` is no descriptor. */
function parseDescriptor(value, what) {
    const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asObject */ .eB)(value, what);
    const annotations = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asStringMap */ ._T)(it.annotations, `${what}.annotations`);
    const platform = it.platform === undefined ? undefined : asPlatform(it.platform, `${what}.platform`);
    return {
        mediaType: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asString */ .oJ)(it.mediaType, `${what}.mediaType`),
        digest: (0,_digest_js__WEBPACK_IMPORTED_MODULE_0__/* .parseDigest */ .m)(it.digest),
        size: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asCount */ .Wg)(it.size, `${what}.size`),
        ...(annotations && { annotations }),
        ...(platform && { platform }),
    };
}
function asPlatform(value, what) {
    const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asObject */ .eB)(value, what);
    const variant = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asOptionalString */ .qM)(it.variant, `${what}.variant`);
    const version = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asOptionalString */ .qM)(it['os.version'], `${what}["os.version"]`);
    return {
        architecture: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asString */ .oJ)(it.architecture, `${what}.architecture`),
        os: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asString */ .oJ)(it.os, `${what}.os`),
        ...(version && { 'os.version': version }),
        ...(variant && { variant }),
    };
}


/***/ }),

/***/ 8574:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $U: () => (/* binding */ isIndexType),
/* harmony export */   $p: () => (/* binding */ OCI_INDEX),
/* harmony export */   EG: () => (/* binding */ OCI_MANIFEST),
/* harmony export */   Mu: () => (/* binding */ DOCKER_INDEX),
/* harmony export */   ON: () => (/* binding */ layerType),
/* harmony export */   Q3: () => (/* binding */ isManifestType),
/* harmony export */   QP: () => (/* binding */ OCI_LAYER),
/* harmony export */   TF: () => (/* binding */ OCI_CONFIG),
/* harmony export */   Vv: () => (/* binding */ DOCKER_MANIFEST)
/* harmony export */ });
/* unused harmony exports OCI_LAYER_GZIP, OCI_LAYER_ZSTD */
/** Media types of the OCI image specification 1.1 and of the Docker formats that stand for the same things. */
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar';
const OCI_LAYER_GZIP = `${OCI_LAYER}+gzip`;
const OCI_LAYER_ZSTD = `${OCI_LAYER}+zstd`;
const DOCKER_INDEX = 'application/vnd.docker.distribution.manifest.list.v2+json';
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
function isIndexType(mediaType) {
    return mediaType === OCI_INDEX || mediaType === DOCKER_INDEX;
}
function isManifestType(mediaType) {
    return mediaType === OCI_MANIFEST || mediaType === DOCKER_MANIFEST;
}
const LAYER_TYPES = {
    none: OCI_LAYER,
    gzip: OCI_LAYER_GZIP,
    zstd: OCI_LAYER_ZSTD,
};
function layerType(encoding) {
    return LAYER_TYPES[encoding];
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
