export const id = 449;
export const ids = [449];
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
/* harmony import */ var _registry_explain_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(7432);
/* harmony import */ var _registry_repository_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(5182);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(9110);
/* harmony import */ var _util_file_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(2564);
/* harmony import */ var _registry_client_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(5886);









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


/***/ })

};
