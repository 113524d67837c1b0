export const id = 233;
export const ids = [233];
export const modules = {

/***/ 6233:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   inspect: () => (/* binding */ inspect)
/* harmony export */ });
/* harmony import */ var _image_place_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1210);
/* harmony import */ var _layer_paths_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9111);
/* harmony import */ var _tree_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(338);



/** What the images of a file, a folder or a reference hold; a file can have several. */
async function inspect(name, inputs, host, signal) {
    return (0,_image_place_js__WEBPACK_IMPORTED_MODULE_0__/* .withPlaces */ .r)([name], inputs, { host, signal }, async (places) => {
        const trees = [];
        for (const place of places) {
            for (const image of place.images) {
                const tree = await (0,_tree_js__WEBPACK_IMPORTED_MODULE_2__/* .loadTree */ .r)(image.name, image.top, place.read);
                trees.push({ ...tree, platforms: await (0,_layer_paths_js__WEBPACK_IMPORTED_MODULE_1__/* .withPaths */ .R1)(tree.platforms, place, (0,_layer_paths_js__WEBPACK_IMPORTED_MODULE_1__/* .readingOf */ .MU)(inputs, place)) });
            }
        }
        return trees;
    });
}


/***/ })

};
