export const id = 554;
export const ids = [554];
export const modules = {

/***/ 9554:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   publish: () => (/* binding */ publish)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6760);
/* harmony import */ var _build_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4781);
/* harmony import */ var _failures_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8682);
/* harmony import */ var _merge_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(5596);




/** Builds and merges on one machine. The archives in between are kept only in `output`. */
async function publish(inputs, host, signal) {
    (0,_merge_js__WEBPACK_IMPORTED_MODULE_3__/* .requireDestination */ .I)(inputs, host);
    const output = inputs.output ?? (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(host.temp, 'archives');
    const built = await (0,_build_js__WEBPACK_IMPORTED_MODULE_1__.build)({ ...inputs, output }, host, signal);
    const files = built.map(({ file }) => file);
    // Everything that was found has been built, and what a flake lacks for a system is not missing.
    const merged = await (0,_merge_js__WEBPACK_IMPORTED_MODULE_3__/* .mergeArchives */ .O)(files, { ...inputs, systems: 'any' }, host, signal);
    return { built, merged: (0,_failures_js__WEBPACK_IMPORTED_MODULE_2__/* .allOrFail */ .V_)(merged, signal) };
}


/***/ })

};
