export const id = 233;
export const ids = [233];
export const modules = {

/***/ 6233:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   inspect: () => (/* binding */ inspect)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);
/* harmony import */ var _image_layout_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8663);
/* harmony import */ var _oci_media_type_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8574);
/* harmony import */ var _oci_reference_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(3940);
/* harmony import */ var _registry_repository_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(5794);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(9110);
/* harmony import */ var _registry_client_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(4481);
/* harmony import */ var _tree_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(5625);








/** What the images of a file, a folder or a reference hold; a file can have several. */
async function inspect(name, inputs, host) {
    return (await isThere(name)) ? inspectLayout(name) : [await inspectReference(name, inputs, host)];
}
function isThere(path) {
    return (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.stat)(path).then(() => true, () => false);
}
async function inspectLayout(path) {
    const layout = await (0,_image_layout_js__WEBPACK_IMPORTED_MODULE_1__/* .openLayout */ .B)(path);
    const several = layout.index.manifests.length > 1;
    const trees = layout.index.manifests.map((top, n) => (0,_tree_js__WEBPACK_IMPORTED_MODULE_7__.loadTree)(several ? `${path} (${n + 1})` : path, top, descriptor => layout.read(descriptor)));
    return Promise.all(trees);
}
async function inspectReference(name, inputs, host) {
    const reference = parsePlainReference(name);
    const client = (0,_registry_client_js__WEBPACK_IMPORTED_MODULE_6__/* .registryClient */ .R)(inputs, [reference], host);
    try {
        const repository = new _registry_repository_js__WEBPACK_IMPORTED_MODULE_4__/* .Repository */ .L(client, reference);
        const found = await repository.getManifest(reference.digest ?? reference.tag ?? 'latest');
        if (!found)
            throw new _util_error_js__WEBPACK_IMPORTED_MODULE_5__/* .UserError */ .yo(`${(0,_oci_reference_js__WEBPACK_IMPORTED_MODULE_3__/* .referenceName */ .z$)(reference)} was not found in its registry`);
        const read = async (descriptor) => {
            if (descriptor.digest === found.descriptor.digest)
                return found.bytes;
            const isManifest = (0,_oci_media_type_js__WEBPACK_IMPORTED_MODULE_2__/* .isManifestType */ .Q3)(descriptor.mediaType) || (0,_oci_media_type_js__WEBPACK_IMPORTED_MODULE_2__/* .isIndexType */ .$U)(descriptor.mediaType);
            if (!isManifest)
                return repository.getBytes(descriptor);
            const child = await repository.getManifest(descriptor.digest);
            if (!child)
                throw new _util_error_js__WEBPACK_IMPORTED_MODULE_5__/* .UserError */ .yo(`${(0,_oci_reference_js__WEBPACK_IMPORTED_MODULE_3__/* .referenceName */ .z$)(reference)} lacks its part ${descriptor.digest}`);
            return child.bytes;
        };
        return await (0,_tree_js__WEBPACK_IMPORTED_MODULE_7__.loadTree)((0,_oci_reference_js__WEBPACK_IMPORTED_MODULE_3__/* .referenceName */ .z$)(reference), found.descriptor, read);
    }
    finally {
        client.close();
    }
}
/** A name that is neither a file nor a reference was more likely meant as a file when it looks like one. */
function parsePlainReference(name) {
    if (/\.tar(\.\w+)?$|^[./]/.test(name))
        throw new _util_error_js__WEBPACK_IMPORTED_MODULE_5__/* .UserError */ .yo(`There is no file ${name}`);
    return (0,_oci_reference_js__WEBPACK_IMPORTED_MODULE_3__/* .parseReference */ .F2)(name);
}


/***/ }),

/***/ 5625:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   loadTree: () => (/* binding */ loadTree),
/* harmony export */   renderTree: () => (/* binding */ renderTree)
/* harmony export */ });
/* harmony import */ var _oci_config_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1403);
/* harmony import */ var _oci_image_index_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(5885);
/* harmony import */ var _oci_manifest_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(4360);
/* harmony import */ var _oci_media_type_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(8574);
/* harmony import */ var _oci_platform_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(7122);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(9110);
/* harmony import */ var _util_format_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(4849);







/** Walks from what a name stands for, an index or a manifest, down to the layers. */
async function loadTree(name, top, read) {
    const { digest, mediaType } = top;
    if ((0,_oci_media_type_js__WEBPACK_IMPORTED_MODULE_3__/* .isManifestType */ .Q3)(mediaType)) {
        const platform = await loadPlatform(top, read);
        return {
            name,
            digest,
            mediaType,
            size: totalSize([platform]),
            annotations: top.annotations ?? {},
            platforms: [platform],
        };
    }
    if (!(0,_oci_media_type_js__WEBPACK_IMPORTED_MODULE_3__/* .isIndexType */ .$U)(mediaType))
        throw new _util_error_js__WEBPACK_IMPORTED_MODULE_4__/* .UserError */ .yo(`${name} is no image: its media type is ${mediaType}`);
    const document = (0,_oci_image_index_js__WEBPACK_IMPORTED_MODULE_1__/* .parseIndex */ .A1)(await read(top));
    const manifests = document.manifests.filter(each => (0,_oci_media_type_js__WEBPACK_IMPORTED_MODULE_3__/* .isManifestType */ .Q3)(each.mediaType) && !isAttestation(each));
    const platforms = await Promise.all(manifests.map(each => loadPlatform(each, read)));
    return {
        name,
        digest,
        mediaType,
        size: totalSize(platforms),
        annotations: document.annotations ?? {},
        platforms,
    };
}
/** BuildKit hangs provenance into an index as an image for no platform. */
function isAttestation(descriptor) {
    return descriptor.platform?.os === 'unknown';
}
async function loadPlatform(descriptor, read) {
    const manifest = (0,_oci_manifest_js__WEBPACK_IMPORTED_MODULE_2__/* .parseManifest */ .Ng)(await read(descriptor));
    const config = (0,_oci_config_js__WEBPACK_IMPORTED_MODULE_0__/* .parseConfig */ .o)(await read(manifest.config));
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
    return (0,_oci_platform_js__WEBPACK_IMPORTED_MODULE_5__/* .platformName */ .$r)((0,_oci_platform_js__WEBPACK_IMPORTED_MODULE_5__/* .normalizePlatform */ .FL)(descriptor.platform ?? config.platform));
}
function totalSize(platforms) {
    const blobs = platforms.flatMap(({ config, layers }) => [config, ...layers]);
    const sizes = new Map(blobs.map(({ digest, size }) => [digest, size]));
    return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
/** The tree as text, a line for each thing. */
function renderTree(tree) {
    const kind = (0,_oci_media_type_js__WEBPACK_IMPORTED_MODULE_3__/* .isIndexType */ .$U)(tree.mediaType) ? (0,_util_format_js__WEBPACK_IMPORTED_MODULE_6__/* .plural */ .LS)(tree.platforms.length, 'platform') : 'a single image';
    const branches = [
        ...annotationLines(tree.annotations),
        ...tree.platforms.map(platform => renderPlatform(platform, tree.annotations)),
    ];
    return [tree.name, `${tree.digest}  ${kind}, ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_6__/* .formatBytes */ .z3)(tree.size)}`, ...branchLines(branches)].join('\n');
}
/** @param known what the index says already, and need not be said again for each platform */
function renderPlatform(of, known) {
    const own = Object.entries(of.annotations).filter(([key, value]) => known[key] !== value);
    const command = [...of.entrypoint, ...of.cmd].join(' ');
    return [
        `${of.platform}  ${of.digest}  ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_6__/* .plural */ .LS)(of.layers.length, 'layer')}, ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_6__/* .formatBytes */ .z3)(of.size)}`,
        [
            `config  ${of.config.digest}  ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_6__/* .formatBytes */ .z3)(of.config.size)}${command && `  runs ${command}`}`,
            ...of.layers.map(layer => `layer   ${layer.digest}  ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_6__/* .formatBytes */ .z3)(layer.size)}  ${encodingOf(layer)}`),
            ...annotationLines(Object.fromEntries(own)),
        ],
    ];
}
function annotationLines(annotations) {
    return Object.entries(annotations).map(([key, value]) => `${key} = ${value}`);
}
function encodingOf(layer) {
    return /[+.](gzip|zstd)$/.exec(layer.mediaType)?.[1] ?? 'tar';
}
function branchLines(branches) {
    return branches.flatMap((branch, n) => {
        const last = n === branches.length - 1;
        const [line, below] = typeof branch === 'string' ? [branch, []] : branch;
        return [
            `${last ? '└─' : '├─'} ${line}`,
            ...branchLines(below).map(text => `${last ? '  ' : '│ '} ${text}`),
        ];
    });
}


/***/ })

};
