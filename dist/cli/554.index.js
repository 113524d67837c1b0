export const id = 554;
export const ids = [554];
export const modules = {

/***/ 9554:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   publish: () => (/* binding */ publish)
/* harmony export */ });
/* harmony import */ var _util_limit_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(8631);
/* harmony import */ var _build_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1267);
/* harmony import */ var _git_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7136);
/* harmony import */ var _merge_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(4193);
/* harmony import */ var _outlets_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(395);
/* harmony import */ var _plan_decide_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(5542);
/* harmony import */ var _plan_subject_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(6771);
/* harmony import */ var _pusher_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(94);
/* harmony import */ var _registry_layers_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(9945);









const AT_ONCE = 4;
/**
 * Builds and merges on one machine. What the registries have already, made from the same derivations, is not built again, and of the
 * rest only those layers are packed that they have not. There are archives in between only where `output` asks for them.
 */
async function publish(inputs, host, signal) {
    const git = await (0,_git_js__WEBPACK_IMPORTED_MODULE_1__/* .gitFacts */ .g)(host);
    const to = (0,_outlets_js__WEBPACK_IMPORTED_MODULE_3__/* .outlets */ .RW)(inputs, host, git.ref);
    const pusher = (0,_pusher_js__WEBPACK_IMPORTED_MODULE_6__/* .pusherFor */ .x)(to, inputs.pushTimeout, host);
    let choices = [];
    const choose = async (found) => {
        const subjects = (0,_plan_subject_js__WEBPACK_IMPORTED_MODULE_5__/* .subjectsOf */ .Z)(found, { ref: git.ref, version: inputs.version }, host);
        choices = await (0,_plan_decide_js__WEBPACK_IMPORTED_MODULE_4__/* .decide */ .LD)(subjects, inputs, git.ref, host, signal, pusher.client);
        const left = choices.filter(({ container }) => !container.build);
        for (const { container } of left)
            host.log.info(`${container.name}: ${container.why}`);
        const names = new Set(left.map(({ container }) => container.name));
        const containers = found.filter(({ name }) => !names.has(name));
        const isSent = to.image.length > 0 && to.archive === undefined && inputs.output === undefined;
        // An archive is to be whole, and made without a registry.
        const there = isSent ? await whatIsThere(choices, to.image.length) : new Map();
        return { containers, there: name => there.get(name) };
    };
    try {
        const made = await (0,_build_js__WEBPACK_IMPORTED_MODULE_0__/* .makeChosen */ .j)(inputs, inputs.output, host, signal, choose);
        const built = made.map(each => each.built);
        const files = made.flatMap(({ file }) => file ?? []);
        const pieces = made.flatMap(({ piece }) => piece ?? []);
        const plan = { format: 1, containers: choices.map(({ container }) => container) };
        const merged = await (0,_merge_js__WEBPACK_IMPORTED_MODULE_2__/* .mergeArchives */ .O)({ files, pieces, plan, git, to, pusher }, inputs, host, signal);
        return { built, merged };
    }
    finally {
        pusher.client.close();
    }
}
async function whatIsThere(choices, repositories) {
    const changed = choices.filter(({ container }) => container.build);
    const found = await (0,_util_limit_js__WEBPACK_IMPORTED_MODULE_8__/* .mapLimit */ .sf)(changed, AT_ONCE, async ({ container, bases }) => [container.name, await (0,_registry_layers_js__WEBPACK_IMPORTED_MODULE_7__/* .layersThere */ .PI)(bases, repositories)]);
    return new Map(found);
}


/***/ })

};
