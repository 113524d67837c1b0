export const id = 625;
export const ids = [625];
export const modules = {

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
        entrypoint: asStrings(run.Entrypoint, 'config.Entrypoint'),
        cmd: asStrings(run.Cmd, 'config.Cmd'),
        env: asStrings(run.Env, 'config.Env'),
        workingDir: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asOptionalString */ .qM)(run.WorkingDir, 'config.WorkingDir') || undefined,
        user: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asOptionalString */ .qM)(run.User, 'config.User') || undefined,
        labels: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asStringMap */ ._T)(run.Labels, 'config.Labels') ?? {},
    };
}
function asStrings(value, what) {
    return value === undefined || value === null ? [] : (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asArray */ ._j)(value, what).map(item => (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asString */ .oJ)(item, what));
}


/***/ }),

/***/ 1260:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   B: () => (/* binding */ parseDescriptor),
/* harmony export */   n: () => (/* binding */ descriptorOf)
/* harmony export */ });
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8884);
/* harmony import */ var _digest_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9501);


/** Just the descriptor of a blob, with its fields in the order in which they are written. */
function descriptorOf(of) {
    const { mediaType, digest, size, annotations, platform } = of;
    return { mediaType, digest, size, ...(annotations && { annotations }), ...(platform && { platform }) };
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

/***/ 5885:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   A1: () => (/* binding */ parseIndex),
/* harmony export */   H9: () => (/* binding */ makeIndex),
/* harmony export */   bj: () => (/* binding */ encodeIndex)
/* harmony export */ });
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(8884);
/* harmony import */ var _descriptor_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1260);
/* harmony import */ var _image_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(5148);
/* harmony import */ var _manifest_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(4360);
/* harmony import */ var _media_type_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(8574);
/* harmony import */ var _platform_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(7122);






function parseIndex(bytes, what = 'the index') {
    const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asObject */ .eB)((0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .parseJson */ .qF)(bytes, what), what);
    const annotations = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asStringMap */ ._T)(it.annotations, 'annotations');
    return {
        mediaType: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asOptionalString */ .qM)(it.mediaType, 'mediaType') ?? _media_type_js__WEBPACK_IMPORTED_MODULE_3__/* .OCI_INDEX */ .$p,
        manifests: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asArray */ ._j)(it.manifests, 'manifests').map((each, n) => (0,_descriptor_js__WEBPACK_IMPORTED_MODULE_0__/* .parseDescriptor */ .B)(each, `manifests[${n}]`)),
        ...(annotations && { annotations }),
    };
}
/** The bytes of an OCI index: the same input gives the same bytes. */
function encodeIndex(manifests, annotations) {
    const index = {
        schemaVersion: 2,
        mediaType: _media_type_js__WEBPACK_IMPORTED_MODULE_3__/* .OCI_INDEX */ .$p,
        manifests: manifests.map(_descriptor_js__WEBPACK_IMPORTED_MODULE_0__/* .descriptorOf */ .n),
        ...(0,_manifest_js__WEBPACK_IMPORTED_MODULE_2__/* .sortedAnnotations */ .sk)(annotations),
    };
    return Buffer.from(JSON.stringify(index));
}
/**
 * Joins images into one index, in the order of their platforms' names, whatever order they came in.
 * Throws an `Error` when two are for the same platform.
 */
function makeIndex(images, annotations) {
    const byPlatform = new Map();
    for (const image of images) {
        const name = (0,_platform_js__WEBPACK_IMPORTED_MODULE_5__/* .platformName */ .$r)(image.platform);
        if (byPlatform.has(name))
            throw new Error(`two images for ${name}`);
        byPlatform.set(name, image);
    }
    const sorted = [...byPlatform].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, image]) => image);
    const bytes = encodeIndex(sorted.map(image => image.manifest), annotations);
    return { self: (0,_image_js__WEBPACK_IMPORTED_MODULE_1__/* .bytesBlob */ .XU)(bytes, { mediaType: _media_type_js__WEBPACK_IMPORTED_MODULE_3__/* .OCI_INDEX */ .$p }), images: sorted };
}


/***/ }),

/***/ 5148:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Gs: () => (/* binding */ makeImage),
/* harmony export */   OR: () => (/* binding */ blobsOf),
/* harmony export */   XU: () => (/* binding */ bytesBlob)
/* harmony export */ });
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7075);
/* harmony import */ var _descriptor_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1260);
/* harmony import */ var _digest_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(9501);
/* harmony import */ var _manifest_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(4360);
/* harmony import */ var _media_type_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(8574);
/* harmony import */ var _platform_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(7122);






/** Bytes in memory as a blob; for what is small, as manifests and configs are. */
function bytesBlob(bytes, of) {
    const descriptor = { ...of, digest: (0,_digest_js__WEBPACK_IMPORTED_MODULE_2__/* .digestOf */ .ol)(bytes), size: bytes.length };
    return { ...(0,_descriptor_js__WEBPACK_IMPORTED_MODULE_1__/* .descriptorOf */ .n)(descriptor), open: () => node_stream__WEBPACK_IMPORTED_MODULE_0__.Readable.from([bytes], { objectMode: false }) };
}
/** Builds the manifest for a config and its layers. The config's bytes stay as they are, so the image ID stays too. */
function makeImage(of) {
    const config = bytesBlob(of.config, { mediaType: _media_type_js__WEBPACK_IMPORTED_MODULE_4__/* .OCI_CONFIG */ .TF });
    const bytes = (0,_manifest_js__WEBPACK_IMPORTED_MODULE_3__/* .encodeManifest */ .Gb)({
        config,
        layers: of.layers,
        ...(of.annotations && { annotations: of.annotations }),
    });
    const platform = (0,_platform_js__WEBPACK_IMPORTED_MODULE_5__/* .normalizePlatform */ .FL)(of.platform);
    return {
        platform,
        manifest: bytesBlob(bytes, { mediaType: _media_type_js__WEBPACK_IMPORTED_MODULE_4__/* .OCI_MANIFEST */ .EG, platform }),
        config,
        layers: of.layers,
    };
}
/** Every blob of an image but its manifest, each digest once. */
function blobsOf(images) {
    const blobs = images.flatMap(image => [image.config, ...image.layers]);
    return [...new Map(blobs.map(blob => [blob.digest, blob])).values()];
}


/***/ }),

/***/ 4360:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Gb: () => (/* binding */ encodeManifest),
/* harmony export */   Ng: () => (/* binding */ parseManifest),
/* harmony export */   sk: () => (/* binding */ sortedAnnotations)
/* harmony export */ });
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8884);
/* harmony import */ var _descriptor_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1260);
/* harmony import */ var _media_type_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8574);



function parseManifest(bytes) {
    const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_2__/* .asObject */ .eB)((0,_util_json_js__WEBPACK_IMPORTED_MODULE_2__/* .parseJson */ .qF)(bytes, 'the manifest'), 'the manifest');
    const annotations = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_2__/* .asStringMap */ ._T)(it.annotations, 'annotations');
    return {
        mediaType: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_2__/* .asOptionalString */ .qM)(it.mediaType, 'mediaType') ?? _media_type_js__WEBPACK_IMPORTED_MODULE_1__/* .OCI_MANIFEST */ .EG,
        config: (0,_descriptor_js__WEBPACK_IMPORTED_MODULE_0__/* .parseDescriptor */ .B)(it.config, 'config'),
        layers: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_2__/* .asArray */ ._j)(it.layers, 'layers').map((layer, n) => (0,_descriptor_js__WEBPACK_IMPORTED_MODULE_0__/* .parseDescriptor */ .B)(layer, `layers[${n}]`)),
        ...(annotations && { annotations }),
    };
}
/** The bytes of an OCI manifest: the same input gives the same bytes. */
function encodeManifest(of) {
    const manifest = {
        schemaVersion: 2,
        mediaType: _media_type_js__WEBPACK_IMPORTED_MODULE_1__/* .OCI_MANIFEST */ .EG,
        config: (0,_descriptor_js__WEBPACK_IMPORTED_MODULE_0__/* .descriptorOf */ .n)(of.config),
        layers: of.layers.map(_descriptor_js__WEBPACK_IMPORTED_MODULE_0__/* .descriptorOf */ .n),
        ...sortedAnnotations(of.annotations),
    };
    return Buffer.from(JSON.stringify(manifest));
}
/** `{ annotations }` with sorted keys, or nothing when there are none. */
function sortedAnnotations(annotations) {
    const entries = Object.entries(annotations ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    return entries.length === 0 ? {} : { annotations: Object.fromEntries(entries) };
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
/* harmony export */   TF: () => (/* binding */ OCI_CONFIG),
/* harmony export */   Vv: () => (/* binding */ DOCKER_MANIFEST)
/* harmony export */ });
/* unused harmony exports OCI_LAYER, OCI_LAYER_GZIP, OCI_LAYER_ZSTD */
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
/* harmony export */   Wg: () => (/* binding */ asCount),
/* harmony export */   _T: () => (/* binding */ asStringMap),
/* harmony export */   _j: () => (/* binding */ asArray),
/* harmony export */   eB: () => (/* binding */ asObject),
/* harmony export */   oJ: () => (/* binding */ asString),
/* harmony export */   qF: () => (/* binding */ parseJson),
/* harmony export */   qM: () => (/* binding */ asOptionalString)
/* harmony export */ });
/** @param what names the text in the error, as in `index.json` */
function parseJson(text, what) {
    try {
        return JSON.parse(text.toString());
    }
    catch (error) {
        throw new Error(`${what} is not JSON: ${error.message}`, { cause: error });
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
function wrong(what, expected, value) {
    const shown = JSON.stringify(value) ?? 'nothing';
    return new Error(`${what} is not ${expected} but ${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown}`);
}


/***/ })

};
