export const id = 554;
export const ids = [554];
export const modules = {

/***/ 9554:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   publish: () => (/* binding */ publish)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6760);
/* harmony import */ var _build_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1934);
/* harmony import */ var _destination_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(3271);
/* harmony import */ var _git_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(7136);
/* harmony import */ var _merge_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(7940);





/** Builds and merges on one machine. The archives in between are kept only in `output`. */
async function publish(inputs, host, signal) {
    const git = await (0,_git_js__WEBPACK_IMPORTED_MODULE_3__/* .gitFacts */ .g)(host);
    const to = (0,_destination_js__WEBPACK_IMPORTED_MODULE_2__/* .outlets */ .RW)(inputs, host, git.ref);
    const output = inputs.output ?? (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(host.temp, 'archives');
    const built = await (0,_build_js__WEBPACK_IMPORTED_MODULE_1__.build)({ ...inputs, output }, host, signal);
    const files = built.map(({ file }) => file);
    return { built, merged: await (0,_merge_js__WEBPACK_IMPORTED_MODULE_4__/* .mergeArchives */ .O)({ files, plan: undefined, git, to }, inputs, host, signal) };
}


/***/ })

};
