export const id = 924;
export const ids = [924];
export const modules = {

/***/ 7924:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   setup: () => (/* binding */ setup),
/* harmony export */   shellLines: () => (/* binding */ shellLines)
/* harmony export */ });
/* harmony import */ var _machines_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3568);
/* harmony import */ var _ready_nix_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9375);


/** Makes a machine ready, for as long as it runs or until `stop`. Throws a `UserError` where a system cannot be built for. */
async function setup(inputs, host, signal) {
    const options = { install: true, folder: host.kept.path };
    const { nix, paths, variables } = await (0,_ready_nix_js__WEBPACK_IMPORTED_MODULE_1__/* .readyNix */ .r)(inputs, host, signal, options);
    const wanted = inputs.systems.map(system => ({ builder: system }));
    const machines = await (0,_machines_js__WEBPACK_IMPORTED_MODULE_0__/* .prepareAll */ .b)(nix, wanted, inputs, host, signal);
    for (const prepared of machines.values())
        if (prepared.how === 'none')
            throw prepared.problem;
    const systems = [...machines].map(([system, { note }]) => [system, note]);
    return { version: nix.version.text, paths, variables, systems: Object.fromEntries(systems) };
}
/** Lines for `eval` in a shell of the Bourne family. */
function shellLines({ paths, variables }) {
    const set = Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`);
    return [...paths.map(folder => `export PATH=${quoted(folder)}:"$PATH"`), ...set].join('\n');
}
function quoted(text) {
    return `'${text.replaceAll("'", "'\\''")}'`;
}


/***/ })

};
