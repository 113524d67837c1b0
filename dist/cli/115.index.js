export const id = 115;
export const ids = [115];
export const modules = {

/***/ 7115:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  inspect: () => (/* binding */ inspect)
});

// EXTERNAL MODULE: ./lib/image/layout.js
var image_layout = __webpack_require__(8663);
// EXTERNAL MODULE: ./lib/oci/media-type.js
var media_type = __webpack_require__(8574);
// EXTERNAL MODULE: ./lib/oci/reference.js
var oci_reference = __webpack_require__(3940);
// EXTERNAL MODULE: ./lib/registry/repository.js + 3 modules
var registry_repository = __webpack_require__(5794);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/util/file.js
var file = __webpack_require__(2564);
// EXTERNAL MODULE: ./lib/command/registry-client.js + 11 modules
var registry_client = __webpack_require__(4130);
// EXTERNAL MODULE: ./lib/oci/config.js
var oci_config = __webpack_require__(1403);
// EXTERNAL MODULE: ./lib/oci/image-index.js
var image_index = __webpack_require__(5885);
// EXTERNAL MODULE: ./lib/oci/manifest.js
var oci_manifest = __webpack_require__(4360);
// EXTERNAL MODULE: ./lib/oci/platform.js
var platform = __webpack_require__(7122);
;// CONCATENATED MODULE: ./lib/command/tree.js






/** Walks from what a name stands for, an index or a manifest, down to the layers. */
async function loadTree(name, top, read) {
    try {
        return await loadImage(name, top, read);
    }
    catch (error) {
        if (error instanceof util_error/* UserError */.yo || !(error instanceof Error) || error.name !== 'Error')
            throw error;
        throw new util_error/* UserError */.yo(`${name} is no image of programs: ${error.message}`, { cause: error });
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
        throw new util_error/* UserError */.yo(`${name} is no image: its media type is ${top.mediaType}`);
    }
    const index = (0,image_index/* parseIndex */.A1)(await read(top));
    const isImage = (each) => (0,media_type/* isManifestType */.Q3)(each.mediaType) && !(0,image_index/* isAttestation */.H3)(each);
    return { ...index, manifests: index.manifests.filter(isImage) };
}
async function loadPlatform(descriptor, read) {
    const manifest = (0,oci_manifest/* parseManifest */.Ng)(await read(descriptor));
    const config = (0,oci_config/* parseConfig */.o)(await read(manifest.config));
    const layers = manifest.layers.map(({ digest, size, mediaType }, n) => ({
        digest,
        diffId: config.diffIds[n],
        size,
        mediaType,
    }));
    return {
        platform: platformLabel(descriptor, config),
        digest: descriptor.digest,
        size: manifest.config.size + layers.reduce((sum, layer) => sum + layer.size, 0),
        config: { digest: manifest.config.digest, size: manifest.config.size },
        entrypoint: config.entrypoint,
        cmd: config.cmd,
        annotations: { ...descriptor.annotations, ...manifest.annotations },
        layers,
    };
}
function platformLabel(descriptor, config) {
    return (0,platform/* platformName */.$r)((0,platform/* normalizePlatform */.FL)(descriptor.platform ?? config.platform));
}
function totalSize(platforms) {
    const blobs = platforms.flatMap(({ config, layers }) => [config, ...layers]);
    const sizes = new Map(blobs.map(({ digest, size }) => [digest, size]));
    return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

;// CONCATENATED MODULE: ./lib/command/inspect.js








/** What the images of a file, a folder or a reference hold; a file can have several. */
async function inspect(name, inputs, host) {
    return (await (0,file/* exists */.t2)(name)) ? inspectLayout(name) : [await inspectReference(name, inputs, host)];
}
async function inspectLayout(path) {
    const layout = await (0,image_layout/* openLayout */.B)(path);
    const several = layout.index.manifests.length > 1;
    const trees = layout.index.manifests.map((top, n) => loadTree(several ? `${path} (${n + 1})` : path, top, descriptor => layout.read(descriptor)));
    return Promise.all(trees);
}
async function inspectReference(name, inputs, host) {
    const reference = parsePlainReference(name);
    const client = (0,registry_client/* registryClient */.Rk)(inputs, [reference], host);
    try {
        const repository = new registry_repository/* Repository */.L(client, reference);
        const found = await repository.getManifest(reference.digest ?? reference.tag ?? 'latest');
        if (!found)
            throw new util_error/* UserError */.yo(`${(0,oci_reference/* referenceName */.z$)(reference)} was not found in its registry`);
        const read = async (descriptor) => {
            if (descriptor.digest === found.descriptor.digest)
                return found.bytes;
            const isManifest = (0,media_type/* isManifestType */.Q3)(descriptor.mediaType) || (0,media_type/* isIndexType */.$U)(descriptor.mediaType);
            if (!isManifest)
                return repository.getBytes(descriptor);
            const child = await repository.getManifest(descriptor.digest);
            if (!child)
                throw new util_error/* UserError */.yo(`${(0,oci_reference/* referenceName */.z$)(reference)} lacks its part ${descriptor.digest}`);
            return child.bytes;
        };
        return await loadTree((0,oci_reference/* referenceName */.z$)(reference), found.descriptor, read);
    }
    finally {
        client.close();
    }
}
/** A name that is neither a file nor a reference was more likely meant as a file when it looks like one. */
function parsePlainReference(name) {
    if (/\.tar(\.\w+)?$|^[./]/.test(name))
        throw new util_error/* UserError */.yo(`There is no file ${name}`);
    return (0,oci_reference/* parseReference */.F2)(name);
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


/***/ })

};
