export const id = 22;
export const ids = [22];
export const modules = {

/***/ 1210:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   r: () => (/* binding */ withPlaces)
/* harmony export */ });
/* harmony import */ var _image_bytes_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8734);
/* harmony import */ var _image_layout_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8663);
/* harmony import */ var _oci_media_type_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8574);
/* harmony import */ var _oci_reference_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(3940);
/* harmony import */ var _registry_explain_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(5244);
/* harmony import */ var _registry_repository_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(5794);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(9110);
/* harmony import */ var _util_file_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(2564);
/* harmony import */ var _registry_client_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(4130);









/**
 * Opens all the names, files before references, and runs `use` with them. One client serves all registries, so that a given
 * password is refused when it could go to the wrong one.
 */
async function withPlaces(names, inputs, { host, signal }, use) {
    const all = await Promise.all(names.map(named));
    const references = all.flatMap(({ reference }) => reference ?? []);
    const client = (0,_registry_client_js__WEBPACK_IMPORTED_MODULE_8__/* .registryClient */ .Rk)(inputs, references, host);
    try {
        const open = ({ name, reference }) => reference ? repositoryPlace(client, reference, signal) : layoutPlace(name);
        return await use(await Promise.all(all.map(open)));
    }
    finally {
        client.close();
    }
}
async function named(name) {
    return { name, reference: (await (0,_util_file_js__WEBPACK_IMPORTED_MODULE_7__/* .exists */ .t2)(name)) ? undefined : parsePlainReference(name) };
}
/** A name that is neither a file nor a reference was more likely meant as a file when it looks like one. */
function parsePlainReference(name) {
    if (/\.tar(\.\w+)?$|^[./]/.test(name))
        throw new _util_error_js__WEBPACK_IMPORTED_MODULE_6__/* .UserError */ .yo(`There is no file ${name}`);
    return (0,_oci_reference_js__WEBPACK_IMPORTED_MODULE_3__/* .parseReference */ .F2)(name);
}
async function layoutPlace(path) {
    const layout = await (0,_image_layout_js__WEBPACK_IMPORTED_MODULE_1__/* .openLayout */ .B)(path);
    const tops = layout.index.manifests;
    return {
        name: path,
        images: tops.map((top, n) => ({ name: tops.length > 1 ? `${path} (${n + 1})` : path, top })),
        read: descriptor => layout.read(descriptor),
        open: layer => (0,_image_bytes_js__WEBPACK_IMPORTED_MODULE_0__/* .lazily */ .qy)(() => layout.blob(layer).open()),
        again: task => task(),
        isNear: true,
    };
}
async function repositoryPlace(client, reference, signal) {
    const name = (0,_oci_reference_js__WEBPACK_IMPORTED_MODULE_3__/* .referenceName */ .z$)(reference);
    const repository = new _registry_repository_js__WEBPACK_IMPORTED_MODULE_5__/* .Repository */ .L(client, reference, { signal });
    const found = await repository.getManifest(reference.digest ?? reference.tag ?? 'latest');
    if (!found)
        throw new _util_error_js__WEBPACK_IMPORTED_MODULE_6__/* .UserError */ .yo(`${name} was not found in its registry`);
    const read = async (descriptor) => {
        if (descriptor.digest === found.descriptor.digest)
            return found.bytes;
        const isManifest = (0,_oci_media_type_js__WEBPACK_IMPORTED_MODULE_2__/* .isManifestType */ .Q3)(descriptor.mediaType) || (0,_oci_media_type_js__WEBPACK_IMPORTED_MODULE_2__/* .isIndexType */ .$U)(descriptor.mediaType);
        if (!isManifest)
            return repository.getBytes(descriptor);
        const child = await repository.getManifest(descriptor.digest);
        if (!child)
            throw new _util_error_js__WEBPACK_IMPORTED_MODULE_6__/* .UserError */ .yo(`${name} lacks its part ${descriptor.digest}`);
        return child.bytes;
    };
    return {
        name,
        images: [{ name, top: found.descriptor }],
        read,
        open: layer => opened(repository, layer),
        // Once: a registry that does not answer was asked several times already.
        again: task => repository.retrying(task, { ...client.retry, attempts: 2, isTransient: isTransientIn(client) }),
        isNear: false,
    };
}
async function* opened(repository, layer) {
    yield* await repository.getBlob(layer);
}
function isTransientIn({ retry }) {
    return (failure) => failure instanceof _registry_explain_js__WEBPACK_IMPORTED_MODULE_4__/* .RegistryError */ .gl && retry.isTransient(failure.failure);
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

/***/ 338:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  r: () => (/* binding */ loadTree)
});

// EXTERNAL MODULE: ./lib/oci/descriptor.js
var oci_descriptor = __webpack_require__(1260);
// EXTERNAL MODULE: ./lib/oci/image-index.js
var image_index = __webpack_require__(5885);
// EXTERNAL MODULE: ./lib/oci/media-type.js
var media_type = __webpack_require__(8574);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/util/on-one-line.js
var on_one_line = __webpack_require__(3633);
// EXTERNAL MODULE: ./lib/image/store-path.js
var store_path = __webpack_require__(2310);
;// CONCATENATED MODULE: ./lib/image/layer-history.js

const LISTED = /^store paths: \[(.*)\]$/s;
/** What dockerTools calls the layer of `contents` and `extraCommands`: the path it was made from, which it does not hold. */
const NOT_IN_IT = /-customisation-layer$/;
/**
 * The store paths that each layer holds, as nixpkgs' stream_layered_image.py writes them into the config's history; `undefined`
 * for a layer of which it does not tell, and for all where the history does not fit the layers.
 */
function pathsFromHistory(history, layers) {
    const entries = history.filter(({ isEmpty }) => !isEmpty);
    if (entries.length !== layers)
        return Array.from({ length: layers }, () => undefined);
    return entries.map(({ comment }) => pathsIn(comment));
}
/** The paths stand there as a list of Python, which quotes with `'`; a layer of a base image stands there by its file. */
function pathsIn(comment) {
    const list = LISTED.exec(comment)?.[1];
    if (list === undefined)
        return undefined;
    const paths = [...list.matchAll(/'([^']*)'|"([^"]*)"/g)].map(match => match[1] ?? match[2] ?? '');
    return paths.every(store_path/* isStorePath */.zP) ? paths.filter(path => !NOT_IN_IT.test(path)) : undefined;
}

// EXTERNAL MODULE: ./lib/oci/config.js
var oci_config = __webpack_require__(1403);
// EXTERNAL MODULE: ./lib/util/json.js
var json = __webpack_require__(8884);
;// CONCATENATED MODULE: ./lib/oci/config-details.js

/** Throws an `Error` that says which field is wrong. */
function parseConfigDetails(bytes) {
    const it = (0,json/* asObject */.eB)((0,json/* parseJson */.qF)(bytes, 'the image config'), 'the image config');
    const run = (0,json/* asObject */.eB)(it.config ?? {}, 'config');
    return {
        env: (0,json/* asStrings */.P7)(run.Env ?? [], 'config.Env'),
        user: (0,json/* asOptionalString */.qM)(run.User, 'config.User') ?? '',
        workingDir: (0,json/* asOptionalString */.qM)(run.WorkingDir, 'config.WorkingDir') ?? '',
        exposedPorts: keysOf(run.ExposedPorts, 'config.ExposedPorts'),
        volumes: keysOf(run.Volumes, 'config.Volumes'),
        labels: (0,json/* asStringMap */._T)(run.Labels, 'config.Labels') ?? {},
        history: (0,json/* asArray */._j)(it.history ?? [], 'history').map((entry, n) => historyEntry((0,json/* asObject */.eB)(entry, `history[${n}]`), `history[${n}]`)),
    };
}
/** A set stands there as an object of empty objects. */
function keysOf(value, what) {
    return Object.keys((0,json/* asObject */.eB)(value ?? {}, what)).sort();
}
function historyEntry(entry, what) {
    return {
        isEmpty: entry.empty_layer === true,
        comment: (0,json/* asOptionalString */.qM)(entry.comment, `${what}.comment`) ?? '',
    };
}

// EXTERNAL MODULE: ./lib/oci/manifest.js
var oci_manifest = __webpack_require__(4360);
// EXTERNAL MODULE: ./lib/oci/platform.js
var platform = __webpack_require__(7122);
;// CONCATENATED MODULE: ./lib/command/tree-platform.js






/** Reads the manifest and the config of one platform's image. Throws an `Error` that says what is wrong in them. */
async function loadPlatform(descriptor, read) {
    const manifest = (0,oci_manifest/* parseManifest */.Ng)(await read(descriptor));
    const bytes = await read(manifest.config);
    const config = (0,oci_config/* parseConfig */.o)(bytes);
    const { history, ...details } = parseConfigDetails(bytes);
    const layers = layersOf(manifest, config, pathsFromHistory(history, manifest.layers.length));
    return {
        platform: (0,platform/* platformName */.$r)((0,platform/* normalizePlatform */.FL)(descriptor.platform ?? config.platform)),
        digest: descriptor.digest,
        size: (0,oci_descriptor/* sizeOf */.$d)([manifest.config, ...layers]),
        config: { digest: manifest.config.digest, size: manifest.config.size },
        entrypoint: config.entrypoint,
        cmd: config.cmd,
        ...details,
        annotations: { ...descriptor.annotations, ...manifest.annotations },
        layers,
    };
}
function layersOf({ layers }, { diffIds }, named) {
    return layers.map(({ digest, size, mediaType }, n) => {
        const paths = named[n]?.map(path => ({ path }));
        const encoding = encodingOf(mediaType);
        return { digest, diffId: diffIds[n], size, mediaType, encoding, ...(paths && { paths }) };
    });
}
function encodingOf(mediaType) {
    const [, suffix] = /[+.](gzip|zstd)$/.exec(mediaType) ?? [];
    return suffix === 'gzip' || suffix === 'zstd' ? suffix : 'none';
}

;// CONCATENATED MODULE: ./lib/command/tree.js






/** Walks from what a name stands for, an index or a manifest, down to the layers. */
async function loadTree(name, top, read) {
    try {
        return await loadImage(name, top, read);
    }
    catch (error) {
        if (error instanceof util_error/* UserError */.yo || !(error instanceof Error) || error.name !== 'Error')
            throw error;
        throw new util_error/* UserError */.yo(`${name} is no image of programs: ${(0,on_one_line/* onOneLine */.G)(error.message)}`, { cause: error });
    }
}
async function loadImage(name, top, read) {
    const { manifests, annotations = {} } = await imagesOf(name, top, read);
    const platforms = await Promise.all(manifests.map(each => loadPlatform(each, read)));
    const { digest, mediaType } = top;
    return { name, digest, mediaType, size: totalSize(platforms), annotations, platforms };
}
async function imagesOf(name, top, read) {
    const { annotations } = top;
    if ((0,media_type/* isManifestType */.Q3)(top.mediaType))
        return { manifests: [top], ...(annotations && { annotations }) };
    if (!(0,media_type/* isIndexType */.$U)(top.mediaType)) {
        throw new util_error/* UserError */.yo(`${name} is no image: its media type is ${(0,on_one_line/* onOneLine */.G)(top.mediaType)}`);
    }
    const index = (0,image_index/* parseIndex */.A1)(await read(top));
    const isImage = (each) => (0,media_type/* isManifestType */.Q3)(each.mediaType) && !(0,image_index/* isAttestation */.H3)(each);
    return { ...index, manifests: index.manifests.filter(isImage) };
}
function totalSize(platforms) {
    return (0,oci_descriptor/* sizeOf */.$d)((0,oci_descriptor/* distinct */.dM)(platforms.flatMap(({ config, layers }) => [config, ...layers])));
}


/***/ }),

/***/ 6333:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Tq: () => (/* binding */ openFile),
/* harmony export */   sG: () => (/* binding */ fileBytes),
/* harmony export */   zy: () => (/* binding */ readHead)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3024);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1455);
/* harmony import */ var _bytes_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8734);



/** In pieces this large the cost of each read is not felt. */
const CHUNK = 1 << 19;
/** A file, or the part of it from `start` to `end`, the last byte included. */
function openFile(path, part = {}) {
    return (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.createReadStream)(path, { ...part, highWaterMark: CHUNK });
}
/** A whole file, opened when its first byte is asked for. */
function fileBytes(path) {
    return (0,_bytes_js__WEBPACK_IMPORTED_MODULE_2__/* .lazily */ .qy)(() => openFile(path));
}
/** The first `count` bytes of a file, or all of a smaller one. */
async function readHead(path, count) {
    const file = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.open)(path);
    try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
        return buffer.subarray(0, bytesRead);
    }
    finally {
        await file.close();
    }
}


/***/ }),

/***/ 353:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   K$: () => (/* binding */ INDEX_FILE),
/* harmony export */   W7: () => (/* binding */ layoutFiles),
/* harmony export */   ZU: () => (/* binding */ openSlice),
/* harmony export */   df: () => (/* binding */ BLOBS),
/* harmony export */   gI: () => (/* binding */ LAYOUT_FILE)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6760);
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7075);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(9110);
/* harmony import */ var _file_bytes_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(6333);
/* harmony import */ var _magic_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(150);
/* harmony import */ var _tar_scan_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(8282);







/** The files of an image layout (OCI image-spec, image-layout.md). */
const LAYOUT_FILE = 'oci-layout';
const INDEX_FILE = 'index.json';
const BLOBS = 'blobs/sha256';
function openSlice({ path, offset, size }) {
    if (size === 0)
        return node_stream__WEBPACK_IMPORTED_MODULE_2__.Readable.from([]);
    return (0,_file_bytes_js__WEBPACK_IMPORTED_MODULE_4__/* .openFile */ .Tq)(path, { start: offset, end: offset + size - 1 });
}
/** The files of a layout folder or archive by name. Throws an `Error` that says what is wrong with it. */
async function layoutFiles(path) {
    const files = (await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.stat)(path)).isDirectory() ? await filesOfFolder(path) : await filesOfArchive(path);
    for (const name of [LAYOUT_FILE, INDEX_FILE])
        if (!files.has(name))
            throw new Error(`it has no ${name}`);
    return files;
}
async function filesOfFolder(folder) {
    const blobs = (await listing((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(folder, BLOBS))).map(name => `${BLOBS}/${name}`);
    const top = (await listing(folder)).filter(name => name === LAYOUT_FILE || name === INDEX_FILE);
    const files = new Map();
    for (const name of [...top, ...blobs]) {
        const path = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(folder, name);
        files.set(name, { path, offset: 0, size: (await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.stat)(path)).size });
    }
    return files;
}
/** A layout without blobs needs no folder for them. */
async function listing(folder) {
    try {
        return await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readdir)(folder);
    }
    catch (error) {
        if ((0,_util_error_js__WEBPACK_IMPORTED_MODULE_3__/* .codeOf */ .$N)(error) === 'ENOENT')
            return [];
        throw error;
    }
}
async function filesOfArchive(path) {
    const compression = (0,_magic_js__WEBPACK_IMPORTED_MODULE_5__/* .encodingOf */ .P$)(await (0,_file_bytes_js__WEBPACK_IMPORTED_MODULE_4__/* .readHead */ .zy)(path, _magic_js__WEBPACK_IMPORTED_MODULE_5__/* .HEAD */ .Vx));
    if (compression !== 'none')
        throw new Error(`it is compressed with ${compression}; decompress it first`);
    const files = new Map();
    for (const entry of await (0,_tar_scan_js__WEBPACK_IMPORTED_MODULE_6__/* .scanTar */ .t)(path)) {
        if (entry.kind !== 'file')
            continue;
        if (files.has(entry.name))
            throw new Error(`it holds ${entry.name} twice`);
        files.set(entry.name, { path, offset: entry.offset, size: entry.size });
    }
    return files;
}


/***/ }),

/***/ 8663:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   B: () => (/* binding */ openLayout)
/* harmony export */ });
/* harmony import */ var node_stream_consumers__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8321);
/* harmony import */ var _oci_config_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1403);
/* harmony import */ var _oci_descriptor_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(1260);
/* harmony import */ var _oci_digest_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(9501);
/* harmony import */ var _oci_image_index_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(5885);
/* harmony import */ var _oci_manifest_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(4360);
/* harmony import */ var _oci_verify_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(5600);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(9110);
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(8884);
/* harmony import */ var _layout_files_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(353);










const MAX_DOCUMENT = 16 << 20;
const SPOILT = 'The file was changed or cut off after it was made. Make it again.';
/** Opens a layout folder or an uncompressed archive of one. */
async function openLayout(path) {
    try {
        const files = await (0,_layout_files_js__WEBPACK_IMPORTED_MODULE_8__/* .layoutFiles */ .W7)(path);
        checkVersion(await whole(files.get(_layout_files_js__WEBPACK_IMPORTED_MODULE_8__/* .LAYOUT_FILE */ .gI)));
        return new FileLayout(path, files, (0,_oci_image_index_js__WEBPACK_IMPORTED_MODULE_4__/* .parseIndex */ .A1)(await whole(files.get(_layout_files_js__WEBPACK_IMPORTED_MODULE_8__/* .INDEX_FILE */ .K$)), _layout_files_js__WEBPACK_IMPORTED_MODULE_8__/* .INDEX_FILE */ .K$));
    }
    catch (error) {
        if ((0,_util_error_js__WEBPACK_IMPORTED_MODULE_7__/* .codeOf */ .$N)(error) === 'ENOENT')
            throw new _util_error_js__WEBPACK_IMPORTED_MODULE_7__/* .UserError */ .yo(`${path} does not exist`, { cause: error });
        throw new _util_error_js__WEBPACK_IMPORTED_MODULE_7__/* .UserError */ .yo(`${path} is no OCI image layout: ${(0,_util_error_js__WEBPACK_IMPORTED_MODULE_7__/* .messageOf */ .bD)(error)}`, { cause: error });
    }
}
function checkVersion(bytes) {
    const version = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_9__/* .asString */ .oJ)((0,_util_json_js__WEBPACK_IMPORTED_MODULE_9__/* .asObject */ .eB)((0,_util_json_js__WEBPACK_IMPORTED_MODULE_9__/* .parseJson */ .qF)(bytes, _layout_files_js__WEBPACK_IMPORTED_MODULE_8__/* .LAYOUT_FILE */ .gI), _layout_files_js__WEBPACK_IMPORTED_MODULE_8__/* .LAYOUT_FILE */ .gI).imageLayoutVersion, 'imageLayoutVersion');
    if (!version.startsWith('1.'))
        throw new Error(`its version is ${version}, not 1`);
}
class FileLayout {
    path;
    index;
    #files;
    constructor(path, files, index) {
        this.path = path;
        this.#files = files;
        this.index = index;
    }
    blob(descriptor) {
        const slice = this.#files.get(`${_layout_files_js__WEBPACK_IMPORTED_MODULE_8__/* .BLOBS */ .df}/${(0,_oci_digest_js__WEBPACK_IMPORTED_MODULE_3__/* .hexOf */ .ZD)(descriptor.digest)}`);
        if (!slice)
            throw this.#wrong(`${descriptor.digest} is missing`);
        if (slice.size !== descriptor.size) {
            throw this.#wrong(`${descriptor.digest} has ${slice.size} bytes, not ${descriptor.size}`);
        }
        const blob = { ...(0,_oci_descriptor_js__WEBPACK_IMPORTED_MODULE_2__/* .descriptorOf */ .nb)(descriptor), open: () => (0,_layout_files_js__WEBPACK_IMPORTED_MODULE_8__/* .openSlice */ .ZU)(slice) };
        return { ...blob, open: () => (0,_oci_verify_js__WEBPACK_IMPORTED_MODULE_6__/* .verified */ .zr)(blob, error => this.#wrong((0,_util_error_js__WEBPACK_IMPORTED_MODULE_7__/* .messageOf */ .bD)(error), error)) };
    }
    async read(descriptor) {
        if (descriptor.size > MAX_DOCUMENT) {
            throw this.#wrong(`${descriptor.digest} is too large for metadata: ${descriptor.size} bytes`);
        }
        return (0,node_stream_consumers__WEBPACK_IMPORTED_MODULE_0__.buffer)(this.blob(descriptor).open());
    }
    async image(descriptor) {
        const bytes = await this.read(descriptor);
        const { config, layers } = this.#parse(() => (0,_oci_manifest_js__WEBPACK_IMPORTED_MODULE_5__/* .parseManifest */ .Ng)(bytes));
        const configBytes = await this.read(config);
        const { platform, diffIds } = this.#parse(() => (0,_oci_config_js__WEBPACK_IMPORTED_MODULE_1__/* .parseConfig */ .o)(configBytes));
        if (diffIds.length !== layers.length) {
            throw this.#wrong(`the manifest lists ${layers.length} layers, the config ${diffIds.length}`);
        }
        return {
            platform,
            manifest: this.blob({ platform, ...descriptor }),
            config: this.blob(config),
            layers: layers.map(layer => this.blob(layer)),
        };
    }
    async verify(descriptor) {
        for await (const _ of this.blob(descriptor).open())
            ;
    }
    #parse(parse) {
        try {
            return parse();
        }
        catch (error) {
            throw this.#wrong((0,_util_error_js__WEBPACK_IMPORTED_MODULE_7__/* .messageOf */ .bD)(error), error);
        }
    }
    #wrong(what, cause) {
        const hint = cause instanceof _oci_verify_js__WEBPACK_IMPORTED_MODULE_6__/* .DigestMismatch */ .b3 ? SPOILT : undefined;
        return new _util_error_js__WEBPACK_IMPORTED_MODULE_7__/* .UserError */ .yo(`${this.path}: ${what}`, { hint, cause });
    }
}
async function whole(slice) {
    if (!slice)
        return Buffer.alloc(0);
    if (slice.size > MAX_DOCUMENT)
        throw new Error(`its metadata is too large: ${slice.size} bytes`);
    return (0,node_stream_consumers__WEBPACK_IMPORTED_MODULE_0__.buffer)((0,_layout_files_js__WEBPACK_IMPORTED_MODULE_8__/* .openSlice */ .ZU)(slice));
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

/***/ 8282:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   t: () => (/* binding */ scanTar)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);
/* harmony import */ var _tar_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4862);


/** Lists the members of a tar file by its headers alone. Throws an `Error` when the tar is damaged or cut off. */
async function scanTar(path) {
    const file = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.open)(path);
    try {
        const entries = [];
        for await (const entry of (0,_tar_js__WEBPACK_IMPORTED_MODULE_1__/* .tarEntries */ .O_)(await fileInput(file)))
            entries.push(entry);
        return entries;
    }
    finally {
        await file.close();
    }
}
async function fileInput(file) {
    const { size } = await file.stat();
    let position = 0;
    return {
        get position() {
            return position;
        },
        async read(count) {
            const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, position);
            position += bytesRead;
            return buffer.subarray(0, bytesRead);
        },
        async skip(count) {
            position += count;
            if (position > size)
                throw new Error(`it is cut off: ${position - size} bytes are missing`);
        },
    };
}


/***/ }),

/***/ 1403:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   o: () => (/* binding */ parseConfig)
/* harmony export */ });
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8884);
/* harmony import */ var _digest_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9501);


/** Throws an `Error` that says which field is missing or wrong. */
function parseConfig(bytes) {
    const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asObject */ .eB)((0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .parseJson */ .qF)(bytes, 'the image config'), 'the image config');
    const run = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asObject */ .eB)(it.config ?? {}, 'config');
    const rootfs = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asObject */ .eB)(it.rootfs, 'rootfs');
    const variant = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asOptionalString */ .qM)(it.variant, 'variant');
    return {
        platform: {
            os: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asString */ .oJ)(it.os, 'os'),
            architecture: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asString */ .oJ)(it.architecture, 'architecture'),
            ...(variant && { variant }),
        },
        diffIds: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asArray */ ._j)(rootfs.diff_ids, 'rootfs.diff_ids').map(_digest_js__WEBPACK_IMPORTED_MODULE_0__/* .parseDigest */ .m),
        entrypoint: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asStrings */ .P7)(run.Entrypoint ?? [], 'config.Entrypoint'),
        cmd: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asStrings */ .P7)(run.Cmd ?? [], 'config.Cmd'),
    };
}


/***/ }),

/***/ 8394:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   m: () => (/* binding */ systemClock)
/* harmony export */ });
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8500);

const systemClock = {
    now: Date.now,
    random: Math.random,
    async sleep(ms, signal) {
        signal?.throwIfAborted();
        await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_0__.setTimeout)(ms, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
    },
};


/***/ }),

/***/ 6542:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  ec: () => (/* binding */ ProgramNotFound),
  m0: () => (/* binding */ exec),
  jH: () => (/* binding */ outputOf),
  ni: () => (/* binding */ start)
});

// UNUSED EXPORTS: exitOf

// EXTERNAL MODULE: external "node:child_process"
var external_node_child_process_ = __webpack_require__(1421);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(9110);
// EXTERNAL MODULE: external "node:string_decoder"
var external_node_string_decoder_ = __webpack_require__(6193);
;// CONCATENATED MODULE: ./lib/util/lines.js

const MAX_LINE = 64 * 1024;
/** Keeps the last `limit` bytes of what comes; where something was left out, from the start of a line on. */
function tail(limit) {
    let kept = [];
    let size = 0;
    let cut = false;
    const shorten = () => {
        kept = [Buffer.from(Buffer.concat(kept).subarray(-limit))];
        size = limit;
        cut = true;
    };
    return {
        push(chunk) {
            kept.push(chunk);
            size += chunk.length;
            // Twice as much is let in, so that it is not copied for every chunk.
            if (size > 2 * limit)
                shorten();
        },
        text() {
            if (size > limit)
                shorten();
            const all = Buffer.concat(kept);
            return all.subarray(cut ? all.indexOf('\n') + 1 : 0).toString();
        },
    };
}
/** Divides what comes into lines. One of more than 64 KiB is given in pieces; `end` gives the last. */
function lineSplitter(onLine) {
    const decoder = new external_node_string_decoder_.StringDecoder();
    let rest = '';
    let afterReturn = false;
    /** Without the line feed of a line that ended with the last chunk. */
    const textOf = (chunk) => {
        const text = decoder.write(chunk);
        if (text === '')
            return '';
        const own = afterReturn && text.startsWith('\n') ? text.slice(1) : text;
        afterReturn = text.endsWith('\r');
        return own;
    };
    return {
        push(chunk) {
            if (!onLine)
                return;
            const lines = (rest + textOf(chunk)).split(/\r?\n|\r/);
            rest = lines.pop() ?? '';
            for (const line of lines)
                onLine(line);
            if (rest.length <= MAX_LINE)
                return;
            onLine(rest);
            rest = '';
        },
        end() {
            const last = rest + decoder.end();
            if (onLine && last !== '')
                onLine(last);
        },
    };
}

;// CONCATENATED MODULE: ./lib/util/exec.js



/** In bytes. Programs may say a lot about their work; an answer is small. */
const MAX_STDOUT = 64 * 1024 * 1024;
const MAX_STDERR = 256 * 1024;
/** How long an aborted program may take to leave in order; less than a command itself has after a signal. */
const PATIENCE_MS = 700;
const exec = async (command, args, options = {}) => {
    const child = start(command, args, options);
    if (child.pid !== undefined)
        options.onStart?.(child.pid);
    const stdout = [];
    let written = 0;
    const stderr = tail(MAX_STDERR);
    const lines = lineSplitter(options.onErrorLine);
    child.stdout?.on('data', (chunk) => {
        written += chunk.length;
        if (written <= MAX_STDOUT)
            stdout.push(chunk);
        else
            child.kill('SIGKILL');
    });
    child.stderr?.on('data', (chunk) => {
        stderr.push(chunk);
        lines.push(chunk);
    });
    const code = await exitOf(child, command);
    lines.end();
    if (written > MAX_STDOUT)
        throw new util_error/* UserError */.yo(`${command} wrote more than 64 MiB to standard output`);
    return { code, stdout: Buffer.concat(stdout).toString(), stderr: stderr.text() };
};
/** Starts a program with piped output, for those who read it as it is written. */
function start(command, args, options = {}) {
    const child = (0,external_node_child_process_.spawn)(command, args, {
        cwd: options.cwd,
        env: { ...inherited(options.clean ?? false), ...options.env },
        stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        ...(options.signal ? { signal: options.signal } : {}),
    });
    // A program that ends without reading its input is not our failure: its exit code tells.
    child.stdin?.on('error', () => { });
    child.stdin?.end(options.input);
    return child;
}
/** What a runner hands to an action alone: inputs, and tokens that act in the workflow's name. */
const PRIVATE = /^(INPUT|ACTIONS)_/;
const HARMLESS = /^(PATH|HOME|TMPDIR|LANG|LC_.*|TERM|USER)$/;
function inherited(clean) {
    const kept = (name) => (clean ? HARMLESS.test(name) : !PRIVATE.test(name));
    return Object.fromEntries(Object.entries(process.env).filter(([name]) => kept(name)));
}
/**
 * Waits for a started program; a program ended by a signal counts as 128, as in a shell. When it is aborted, the error
 * comes when the program has ended, which it is made to where it does not leave by itself.
 */
function exitOf(child, command) {
    return new Promise((resolve, reject) => {
        child.once('error', error => {
            const fail = () => reject(notStarted(command, error));
            if (isRunning(child))
                afterEnd(child, fail);
            else
                fail();
        });
        child.once('close', code => resolve(code ?? 128));
    });
}
function isRunning({ pid, exitCode, signalCode }) {
    return pid !== undefined && exitCode === null && signalCode === null;
}
/** Nix in a long evaluation, for one, hears no signal. */
function afterEnd(child, then) {
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    child.once('exit', () => {
        clearTimeout(timer);
        then();
    });
}
/**
 * What a started program writes to standard output. Ends only when the program has ended well: throws what `failure` makes of its
 * exit code when it failed. The program is ended when the reader stops early. It must be read from the moment that the program is
 * started, since its end is not heard before.
 */
async function* outputOf(child, command, failure) {
    const { stdout, stderr } = child;
    const exited = exitOf(child, command);
    exited.catch(() => { });
    try {
        yield* stdout;
        const code = await exited;
        if (code !== 0)
            throw failure(code);
    }
    finally {
        child.kill('SIGKILL');
        stdout.destroy();
        stderr.destroy();
    }
}
/** There is no such program, or none that this user can reach. */
class ProgramNotFound extends util_error/* UserError */.yo {
    name = 'ProgramNotFound';
    constructor(command, cause) {
        super(`${command} was not found`, { cause });
    }
}
function notStarted(command, error) {
    if (error.name === 'AbortError')
        return error;
    // Where a folder of PATH is closed to this user, the search for a bare name ends with that, and not with its absence.
    const isHidden = (0,util_error/* codeOf */.$N)(error) === 'EACCES' && !command.includes('/');
    if ((0,util_error/* codeOf */.$N)(error) === 'ENOENT' || isHidden)
        return new ProgramNotFound(command, error);
    return new util_error/* UserError */.yo(`${command} could not be started: ${error.message}`, { cause: error });
}


/***/ }),

/***/ 2564:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Q9: () => (/* binding */ writePrivately),
/* harmony export */   TV: () => (/* binding */ isExecutable),
/* harmony export */   t2: () => (/* binding */ exists)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);

/** Whether there is something at a path that we may look at. */
function exists(path) {
    return may(path, node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.constants.F_OK);
}
function isExecutable(path) {
    return may(path, node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.constants.X_OK);
}
function may(path, mode) {
    return (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.access)(path, mode).then(() => true, () => false);
}
/** Writes a file that only its owner can read, from the first byte on, also where there was one that others could. */
async function writePrivately(path, text) {
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.rm)(path, { force: true });
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.writeFile)(path, text, { mode: 0o600, flag: 'wx' });
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


/***/ }),

/***/ 9294:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   P: () => (/* binding */ retryAfter),
/* harmony export */   R: () => (/* binding */ retrying)
/* harmony export */ });
/**
 * Runs a task until it succeeds, fails for good, or has failed too often; then throws its last failure. A failure may
 * say as `retryAfter` for how many milliseconds the other side asks to be left alone.
 */
async function retrying(of, task) {
    for (let attempt = 1;; attempt++) {
        try {
            return await task(attempt);
        }
        catch (failure) {
            const delay = waitFor(of, attempt, failure);
            if (delay === undefined)
                throw failure;
            of.onRetry?.(failure, delay);
            await of.clock.sleep(delay, of.signal);
        }
    }
}
/** Milliseconds, never less than was asked for; `undefined` when it is no use to go on. */
function waitFor({ retry, clock }, attempt, failure) {
    if (attempt >= retry.attempts || !retry.isTransient(failure))
        return undefined;
    const { retryAfter } = Object(failure);
    const asked = typeof retryAfter === 'number' ? retryAfter : 0;
    return asked > retry.longestWait ? undefined : Math.max(asked, retry.backoff(attempt, clock.random()));
}
/** Reads `Retry-After` (RFC 9110, 10.2.3), seconds or a date, as milliseconds from now. */
function retryAfter(value, now) {
    if (value === undefined)
        return undefined;
    if (/^\d+$/.test(value.trim()))
        return Number(value) * 1000;
    const date = Date.parse(value);
    return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}


/***/ })

};
