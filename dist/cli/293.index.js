export const id = 293;
export const ids = [293];
export const modules = {

/***/ 8293:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   renderTree: () => (/* binding */ renderTree)
/* harmony export */ });
/* harmony import */ var _oci_media_type_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8574);
/* harmony import */ var _util_format_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4849);


/** The tree as text, a line for each thing. */
function renderTree(tree) {
    const kind = (0,_oci_media_type_js__WEBPACK_IMPORTED_MODULE_0__/* .isIndexType */ .$U)(tree.mediaType) ? (0,_util_format_js__WEBPACK_IMPORTED_MODULE_1__/* .plural */ .LS)(tree.platforms.length, 'platform') : 'a single image';
    const branches = [
        ...annotationLines(tree.annotations),
        ...tree.platforms.map(platform => renderPlatform(platform, tree.annotations)),
    ];
    return [tree.name, `${tree.digest}  ${kind}, ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_1__/* .formatBytes */ .z3)(tree.size)}`, ...branchLines(branches)].join('\n');
}
/** @param known what the index says already, and need not be said again for each platform */
function renderPlatform(of, known) {
    const own = Object.entries(of.annotations).filter(([key, value]) => known[key] !== value);
    const command = [...of.entrypoint, ...of.cmd].join(' ');
    return [
        `${of.platform}  ${of.digest}  ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_1__/* .plural */ .LS)(of.layers.length, 'layer')}, ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_1__/* .formatBytes */ .z3)(of.size)}`,
        [
            `config  ${of.config.digest}  ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_1__/* .formatBytes */ .z3)(of.config.size)}${command && `  runs ${command}`}`,
            ...of.layers.map(layer => `layer   ${layer.digest}  ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_1__/* .formatBytes */ .z3)(layer.size)}  ${encodingOf(layer)}`),
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


/***/ })

};
