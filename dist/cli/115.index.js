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
// EXTERNAL MODULE: ./lib/command/registry-client.js + 12 modules
var registry_client = __webpack_require__(2811);
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
    return (await (0,file/* exists */.t)(name)) ? inspectLayout(name) : [await inspectReference(name, inputs, host)];
}
async function inspectLayout(path) {
    const layout = await (0,image_layout/* openLayout */.B)(path);
    const several = layout.index.manifests.length > 1;
    const trees = layout.index.manifests.map((top, n) => loadTree(several ? `${path} (${n + 1})` : path, top, descriptor => layout.read(descriptor)));
    return Promise.all(trees);
}
async function inspectReference(name, inputs, host) {
    const reference = parsePlainReference(name);
    const client = (0,registry_client/* registryClient */.R)(inputs, [reference], host);
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

/***/ 2564:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   T: () => (/* binding */ isExecutable),
/* harmony export */   t: () => (/* binding */ exists)
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


/***/ })

};
