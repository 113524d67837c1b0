export const id = 890;
export const ids = [890];
export const modules = {

/***/ 7949:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  cacheCommand: () => (/* binding */ cacheCommand),
  cacheLines: () => (/* binding */ cacheLines)
});

// EXTERNAL MODULE: ./lib/nix/system.js
var system = __webpack_require__(5294);
// EXTERNAL MODULE: ./lib/util/error.js
var error = __webpack_require__(9110);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: ./lib/util/exec.js + 1 modules
var util_exec = __webpack_require__(6542);
// EXTERNAL MODULE: ./lib/util/file.js
var file = __webpack_require__(2564);
// EXTERNAL MODULE: ./lib/nix/build.js
var build = __webpack_require__(6803);
// EXTERNAL MODULE: ./lib/nix/cache-trouble.js
var cache_trouble = __webpack_require__(8715);
// EXTERNAL MODULE: ./lib/nix/container.js
var nix_container = __webpack_require__(984);
// EXTERNAL MODULE: ./lib/nix/store-uri.js
var store_uri = __webpack_require__(5181);
// EXTERNAL MODULE: ./lib/nix/words.js
var words = __webpack_require__(1126);
;// CONCATENATED MODULE: ./lib/nix/dry-run.js










/**
 * For each container the derivations that somebody would have to build who has nothing but caches. Whether what they have
 * is signed by a trusted key is not checked. Throws a `UserError` when the cache cannot be asked.
 */
async function lackingIn(nix, containers, options) {
    const address = (0,store_uri/* parseStoreUri */.x)(options.cache);
    const cache = address.text;
    // Nix passes over a folder that is not there without a word.
    if (address.kind === 'folder' && !(await (0,file/* exists */.t2)(address.path)))
        throw unasked(cache, `there is no folder ${address.path}`);
    return withEmptyStore(options, async (store) => {
        const drvs = [...new Set(containers.flatMap(nix_container/* derivationsOf */.Mh))];
        // Nix tells what is to be built from derivations that are in the same store.
        await run(nix, ['copy', '--derivation', '--no-check-sigs', '--to', store, ...drvs], options);
        const lacking = [];
        const ask = (container) => dryRun(nix, store, cache, container, options);
        for (const container of containers)
            lacking.push(await leastLacking(container, ask));
        return lacking;
    });
}
/** An image that offers a stream can be had from either, and only one of the two is built. */
async function leastLacking(container, ask) {
    const own = await ask(container);
    if (own.length === 0 || container.stream === undefined)
        return own;
    const streamed = await ask((0,nix_container/* chooseStream */.k5)(container));
    return streamed.length < own.length ? streamed : own;
}
/** What was asked for lately may have been pushed since. */
const FRESH = ['--option', 'narinfo-cache-negative-ttl', '0', '--option', 'narinfo-cache-positive-ttl', '0'];
async function dryRun(nix, store, cache, container, options) {
    const args = ['build', '--dry-run', '--no-link', '--store', store, ...FRESH];
    const stderr = await run(nix, [...args, '--option', 'extra-substituters', cache, (0,build/* installableOf */.Lz)(nix, container)], options);
    const trouble = stderr.split('\n').find(line => (0,cache_trouble/* sameCache */.L)((0,cache_trouble/* cacheTrouble */.e)(line)?.cache, cache));
    if (trouble === undefined)
        return toBeBuilt(stderr);
    throw unasked(cache, (0,words/* plainText */.wh)(trouble).trim());
}
function unasked(cache, why) {
    return new error/* UserError */.yo(`The cache ${cache} cannot be asked what it has: ${why}`, {
        hint: 'Check the address, and whether it wants credentials: they belong into netrc.',
    });
}
/** The derivations that a dry run lists as to be built, in the order in which they would be. */
function toBeBuilt(stderr) {
    const lines = (0,words/* plainText */.wh)(stderr).split(/\r?\n/);
    const from = lines.findIndex(line => /^th(is derivation|ese \d+ derivations) will be built:/.test(line));
    if (from < 0)
        return [];
    const rest = lines.slice(from + 1);
    const to = rest.findIndex(line => !/^ {2}\/\S+\.drv$/.test(line));
    return rest.slice(0, to < 0 ? undefined : to).map(line => line.trim());
}
async function run(nix, args, { cache, signal }) {
    const result = await nix.run(args, signal ? { signal } : {});
    if (result.code === 0)
        return result.stderr;
    throw new error/* UserError */.yo(`Nix could not ask what the cache ${cache} has:\n${(0,words/* lastError */.VS)(result)}`);
}
/** Store paths are read-only, and only root can remove what is. */
async function withEmptyStore({ folder, exec = util_exec/* exec */.m0 }, task) {
    const store = await (0,promises_.mkdtemp)((0,external_node_path_.join)(folder, 'store-'));
    try {
        return await task(store);
    }
    finally {
        await exec('chmod', ['-R', 'u+w', store]).catch(() => { });
        await (0,promises_.rm)(store, { recursive: true, force: true });
    }
}

// EXTERNAL MODULE: ./lib/util/format.js
var format = __webpack_require__(4849);
;// CONCATENATED MODULE: ./lib/command/cache-check.js



/** Asks a cache, beside those that Nix is set up with, what it has of containers and lacks of what they are built with. */
async function checkCache(nix, containers, cache, host, signal) {
    const all = await lackingIn(nix, containers, { cache, folder: host.temp, signal });
    return containers.map(({ name, system, derivation }, index) => {
        const lacking = (all[index] ?? []).map(path => (0,external_node_path_.basename)(path));
        return { container: name, system, derivation, cached: lacking.length === 0, lacking };
    });
}
/** One line for each container, and one below it for each derivation that is lacking. */
function cacheCheckText(checks) {
    return checks.map(checkText).join('\n');
}
function checkText({ container, system, cached, lacking }) {
    const label = `${container} for ${system}`;
    if (cached)
        return `${label}: cached`;
    const lines = lacking.map(name => `  ${name}`);
    return [`${label}: ${(0,format/* plural */.LS)(lacking.length, 'derivation')} would be built`, ...lines].join('\n');
}

// EXTERNAL MODULE: ./lib/command/discover.js + 11 modules
var discover = __webpack_require__(9787);
// EXTERNAL MODULE: ./lib/command/push.js + 1 modules
var push = __webpack_require__(5741);
// EXTERNAL MODULE: ./lib/command/push-built.js
var push_built = __webpack_require__(2640);
// EXTERNAL MODULE: ./lib/command/ready-nix.js + 26 modules
var ready_nix = __webpack_require__(776);
;// CONCATENATED MODULE: ./lib/command/cache.js







/** Says what a cache lacks of the containers, or pushes what was built for them and says what it lacks then. */
async function cacheCommand(verb, inputs, host, signal) {
    const { store } = inputs;
    const targets = (0,push_built/* targetsOf */.Q)({ ...inputs, cachix: store === undefined ? inputs.cachix : [], pushTo: store });
    const isNamed = store !== undefined || inputs.cachix.length > 0;
    if (!isNamed)
        throw new error/* UsageError */.eb(`\`cache ${verb}\` needs \`cachix\` or \`store\``);
    if (verb === 'push' && Object.keys(targets).length === 0)
        throw cannotPush(inputs.cachix[0]);
    const { nix, offered } = await (0,ready_nix/* readyForBuild */.tO)(inputs, host, signal);
    const address = store ?? addressOf(inputs.cachix[0], offered);
    const systems = inputs.systems.length > 0 ? inputs.systems : [(0,system/* thisMachine */.g)()];
    const containers = await (0,discover/* discover */.k)(nix, systems, inputs, host, signal);
    if (verb === 'push')
        await (0,push/* push */.V)(nix, containers, targets, host, { signal });
    return checkCache(nix, containers, address, host, signal);
}
const cacheLines = cacheCheckText;
/** Those that cannot be asked are left out of what is offered, and another one would tell nothing of the first. */
function addressOf(name, { cachix }) {
    const found = cachix.find(cache => cache.name === name);
    if (found)
        return found.uri;
    throw new error/* UserError */.yo(`The Cachix cache ${name} cannot be asked what it has`, {
        hint: 'The warning above says why. Of several names the first is the one that is checked and pushed to.',
    });
}
function cannotPush(name) {
    return new error/* UsageError */.eb(`Nothing says that we may push to the Cachix cache ${name}`, {
        hint: 'Set CACHIX_AUTH_TOKEN or CACHIX_SIGNING_KEY in the environment.',
    });
}


/***/ }),

/***/ 8682:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   CD: () => (/* binding */ attempt),
/* harmony export */   V_: () => (/* binding */ allOrFail),
/* harmony export */   as: () => (/* binding */ doneOf)
/* harmony export */ });
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9110);

/** Runs a task, and keeps its failure, so that the others go on. */
async function attempt(name, task) {
    try {
        return { done: true, value: await task() };
    }
    catch (error) {
        return { done: false, name, error };
    }
}
/** The values when all were done; else throws the one failure as it is, or one `UserError` that tells them all. */
function allOrFail(attempts, signal) {
    signal?.throwIfAborted();
    const failed = attempts.filter(each => !each.done);
    const [first, ...more] = failed;
    if (first === undefined)
        return doneOf(attempts);
    // One cause may stop them all, and is told once.
    if (more.every(({ error }) => error === first.error))
        throw first.error;
    // A fault of the program is not to be hidden among the user's.
    const fault = failed.find(({ error }) => !(error instanceof _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo));
    if (fault)
        throw fault.error;
    throw new _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo(`${failed.length} of ${attempts.length} failed:\n${failed.map(describe).join('\n')}`, {
        parts: failed.map(partOf),
    });
}
function doneOf(attempts) {
    return attempts.flatMap(each => (each.done ? [each.value] : []));
}
/** The same failure, with the name of what failed. */
function partOf({ name, error }) {
    const { hint, at } = error instanceof _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo ? error : { hint: undefined, at: undefined };
    return new _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo(`${name}: ${(0,_util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .bD)(error)}`, { hint, at, cause: error });
}
function describe({ name, error }) {
    const hint = error instanceof _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo && error.hint !== undefined ? `\n  ${error.hint}` : '';
    return `- ${name}: ${(0,_util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .bD)(error)}${hint}`;
}


/***/ }),

/***/ 2640:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Q: () => (/* binding */ targetsOf),
/* harmony export */   x: () => (/* binding */ pushBuilt)
/* harmony export */ });
/* harmony import */ var _util_format_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4849);
/* harmony import */ var _push_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5741);


/** Pushes what was built for containers, where the inputs ask for it. Code of a fork must not fill what others trust. */
async function pushBuilt(nix, { built, cached }, inputs, host, signal) {
    const targets = targetsOf(inputs);
    if (Object.keys(targets).length === 0 || built.length + cached === 0)
        return;
    if (host.fromFork)
        return host.log.info('Nothing is pushed to caches: this is a pull request from a fork');
    if (cached > 0)
        host.log.info(`Not pushed: ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_1__/* .plural */ .LS)(cached, 'image')} from the image cache, for which nothing was built`);
    if (built.length > 0)
        await (0,_push_js__WEBPACK_IMPORTED_MODULE_0__/* .push */ .V)(nix, built, targets, host, { signal });
}
/** The first Cachix cache, when there is what it takes to write to it, and the store that is named. */
function targetsOf(inputs) {
    const { cachixHost: host, cachixAuthToken: authToken, cachixSigningKey: signingKey } = inputs;
    const { pushTo: uri, secretKey } = inputs;
    const [name] = inputs.cachix;
    const mayPush = Boolean(authToken ?? signingKey);
    return {
        ...(name !== undefined &&
            mayPush && {
            cachix: { name, host, ...(authToken && { authToken }), ...(signingKey && { signingKey }) },
        }),
        ...(uri !== undefined && { store: { uri, ...(secretKey && { secretKey }) } }),
    };
}


/***/ }),

/***/ 5741:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  V: () => (/* binding */ push_push)
});

// EXTERNAL MODULE: ./lib/nix/built-here.js + 1 modules
var built_here = __webpack_require__(9354);
// EXTERNAL MODULE: ./lib/nix/cachix.js
var cachix = __webpack_require__(9217);
// EXTERNAL MODULE: ./lib/nix/container.js
var container = __webpack_require__(984);
// EXTERNAL MODULE: ./lib/nix/push.js
var push = __webpack_require__(1423);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./lib/util/error.js
var error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/util/file.js
var file = __webpack_require__(2564);
// EXTERNAL MODULE: ./lib/util/json.js
var util_json = __webpack_require__(8884);
// EXTERNAL MODULE: ./lib/util/program.js
var util_program = __webpack_require__(2332);
// EXTERNAL MODULE: ./lib/nix/words.js
var words = __webpack_require__(1126);
;// CONCATENATED MODULE: ./lib/nix/push-cachix.js







/** Sends paths and all that they refer to to a Cachix cache. Throws a `UserError` that names the cache. */
async function pushToCachix(paths, push) {
    if (paths.length === 0)
        return;
    const { program, name, host = cachix/* CACHIX */.B, authToken, signingKey, exec, onLine, signal } = push;
    const server = host === cachix/* CACHIX */.B ? [] : ['--hostname', host];
    const result = await exec(program, [...server, 'push', name], {
        input: paths.map(path => `${path}\n`).join(''),
        env: {
            ...(authToken && { CACHIX_AUTH_TOKEN: authToken }),
            ...(signingKey && { CACHIX_SIGNING_KEY: signingKey }),
        },
        ...(onLine && { onErrorLine: onLine }),
        ...(signal && { signal }),
    });
    if (result.code === 0)
        return;
    const said = (0,words/* lastWords */.aN)({ stderr: `${result.stdout}\n${result.stderr}` });
    throw new error/* UserError */.yo(`Pushing to the Cachix cache ${name} failed:\n${said}`, {
        hint: 'Check that cachix-auth-token may write to it, and cachix-signing-key if it has a key of your own.',
    });
}
const INSTALLABLE = 'nixpkgs#cachix';
/** The `cachix` program on PATH, else out of nixpkgs. Throws a `UserError` when it can be had from neither. */
async function findCachix(nix, options) {
    const program = await (0,util_program/* programOnPath */.B)(options.path ?? '', 'cachix');
    if (program !== undefined)
        return program;
    options.notice(`There is no cachix program on PATH, so Nix gets ${INSTALLABLE}`);
    return fetchCachix(nix, options);
}
async function fetchCachix(nix, { onLine, signal }) {
    const hint = 'Install cachix on this machine, or put it on PATH in an earlier step.';
    const result = await nix.run(['build', '--no-link', '--json', INSTALLABLE], {
        ...(onLine && { onErrorLine: onLine }),
        ...(signal && { signal }),
    });
    if (result.code !== 0) {
        throw new error/* UserError */.yo(`Nix could not get cachix, which is needed for pushing:\n${(0,words/* lastError */.VS)(result)}`, {
            hint,
        });
    }
    for (const output of outputsOf(result.stdout)) {
        const program = (0,external_node_path_.join)(nix.storeRoot ?? '/', output, 'bin/cachix');
        if (await (0,file/* isExecutable */.TV)(program))
            return program;
    }
    throw new error/* UserError */.yo(`${INSTALLABLE} has no program bin/cachix`, { hint });
}
function outputsOf(json) {
    const built = (0,util_json/* asArray */._j)((0,util_json/* parseJson */.qF)(json, "Nix's list of what was built"), "Nix's list of what was built");
    return built.flatMap(each => Object.values((0,util_json/* asObject */.eB)((0,util_json/* asObject */.eB)(each, 'what was built').outputs, 'outputs')).map(String));
}

// EXTERNAL MODULE: ./lib/util/exec.js + 1 modules
var util_exec = __webpack_require__(6542);
// EXTERNAL MODULE: ./lib/util/format.js
var format = __webpack_require__(4849);
// EXTERNAL MODULE: ./lib/command/failures.js
var failures = __webpack_require__(8682);
;// CONCATENATED MODULE: ./lib/command/push.js








/**
 * Sends what was built here for containers, and what it refers to, to each target. One that fails does not keep the other
 * from its paths; then a `UserError` tells all.
 */
async function push_push(nix, containers, targets, host, { signal, exec = util_exec/* exec */.m0 }) {
    const derivations = [...new Set(containers.flatMap(container/* derivationsOf */.Mh))];
    const paths = (await (0,built_here/* builtHere */.J)(nix, derivations, { exec, signal })).map(({ path }) => path);
    const around = { nix, host, exec, signal, paths };
    const tasks = [
        ...(targets.cachix ? [toCachix(around, targets.cachix)] : []),
        ...(targets.store ? [toStore(around, targets.store)] : []),
    ];
    const results = [];
    // One after the other: both want the same line to the world.
    for (const { name, run } of tasks)
        results.push(await (0,failures/* attempt */.CD)(name, () => timed(around, name, run)));
    (0,failures/* allOrFail */.V_)(results, signal);
}
function toCachix(around, target) {
    const { nix, host, exec, signal, paths } = around;
    const onLine = (line) => host.log.debug(line);
    return {
        name: `the Cachix cache ${target.name}`,
        async run() {
            const notice = (text) => host.log.info(text);
            const program = await findCachix(nix, { path: host.env.PATH, notice, onLine, signal });
            await pushToCachix(paths, { ...target, host: target.host ?? cachix/* CACHIX */.B, program, exec, onLine, signal });
        },
    };
}
function toStore({ nix, host, signal, paths }, { uri, secretKey }) {
    const onLine = (line) => host.log.debug(line);
    const options = { secretKey, folder: host.temp, onLine, signal };
    return { name: uri, run: () => (0,push/* pushToStore */.z)(nix, paths, uri, options) };
}
async function timed({ host, paths }, name, run) {
    if (paths.length === 0) {
        host.log.info(`Nothing was built here, so there is nothing to push to ${name}`);
        return;
    }
    const began = Date.now();
    await run();
    host.log.info(`Pushed ${(0,format/* plural */.LS)(paths.length, 'path')} to ${name} in ${(0,format/* formatSeconds */.Xo)(Date.now() - began)}`);
}


/***/ }),

/***/ 6803:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Lz: () => (/* binding */ installableOf),
/* harmony export */   UY: () => (/* binding */ buildContainer)
/* harmony export */ });
/* unused harmony export buildContainers */
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6760);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9110);
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(8884);
/* harmony import */ var _explain_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(3816);
/* harmony import */ var _version_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(7879);
/* harmony import */ var _words_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(1126);






/** Builds a container, or takes it from a cache, and gives the path where it lies. Throws a `UserError` when that fails. */
async function buildContainer(nix, container, options = {}) {
    const [path] = await buildContainers(nix, [container], options);
    if (path === undefined)
        throw new Error(`Nix gave no store path for ${container.attribute}`);
    return path;
}
/**
 * Builds several containers at once, as many in parallel as Nix is set to, and gives their store paths in order. When one
 * fails, a `UserError` names it, or all of them where Nix's words do not tell which it was.
 */
async function buildContainers(nix, containers, options = {}) {
    if (containers.length === 0)
        return [];
    const installables = containers.map(each => installableOf(nix, each));
    const flags = ['--no-link', '--json', '--print-build-logs', ...(options.options ?? [])];
    const result = await nix.run(['build', ...flags, ...new Set(installables)], {
        ...(options.onLine && { onErrorLine: options.onLine }),
        ...(options.signal && { signal: options.signal }),
    });
    if (result.code !== 0)
        throw failure(containers, result.stderr, options);
    const paths = parsePaths(result.stdout);
    return containers.map(each => (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(nix.storeRoot ?? '/', pathOf(each, paths)));
}
/** From 2.13 on `^` names an output; before, a derivation's path stands for all of its outputs. */
function installableOf(nix, { derivation, output }) {
    return (0,_version_js__WEBPACK_IMPORTED_MODULE_3__/* .isAtLeast */ .du)(nix.version, 2, 13) ? `${derivation}^${output}` : derivation;
}
function parsePaths(json) {
    const built = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asArray */ ._j)((0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .parseJson */ .qF)(json, "Nix's list of what was built"), "Nix's list of what was built");
    return new Map(built.map(each => {
        const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asObject */ .eB)(each, 'what was built');
        return [(0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asString */ .oJ)(it.drvPath, 'drvPath'), (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asObject */ .eB)(it.outputs, 'outputs')];
    }));
}
function pathOf({ derivation, output }, built) {
    return (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asString */ .oJ)(built.get(derivation)?.[output], `the output ${output} of ${derivation}`);
}
function failure(containers, stderr, { options }) {
    const words = (0,_words_js__WEBPACK_IMPORTED_MODULE_5__/* .plainText */ .wh)(stderr);
    const errors = words.split('\n').filter(line => /^\s*error: /.test(line));
    const blamed = containers.filter(each => errors.some(line => line.includes(`'${each.derivation}'`)));
    const failed = blamed.length > 0 ? blamed : containers;
    const names = failed.map(each => `${each.name} (${each.attribute})`).join(', ');
    const hint = (0,_explain_js__WEBPACK_IMPORTED_MODULE_2__/* .explanationOf */ .pg)(words, options);
    return new _util_error_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .yo(`${names} could not be built:\n${(0,_words_js__WEBPACK_IMPORTED_MODULE_5__/* .lastWords */ .aN)({ stderr })}`, { hint });
}


/***/ }),

/***/ 9354:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  J: () => (/* binding */ builtHere)
});

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./lib/util/error.js
var error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/util/exec.js + 1 modules
var util_exec = __webpack_require__(6542);
// EXTERNAL MODULE: ./lib/util/json.js
var util_json = __webpack_require__(8884);
// EXTERNAL MODULE: ./lib/nix/version.js
var nix_version = __webpack_require__(7879);
// EXTERNAL MODULE: ./lib/nix/words.js
var words = __webpack_require__(1126);
;// CONCATENATED MODULE: ./lib/nix/path-info.js





/** As many paths as an argument list surely has room for. */
const AT_ONCE = 1000;
/** What a store knows of its paths; those that it does not have are left out. They are no derivations. */
async function pathInfo(nix, paths, options = {}) {
    const known = [];
    for (let at = 0; at < paths.length; at += AT_ONCE) {
        known.push(...(await askFor(nix, paths.slice(at, at + AT_ONCE), options)));
    }
    return known;
}
async function askFor(nix, paths, { store, signal }) {
    const where = store === undefined ? [] : ['--store', store];
    let said = '';
    for (const format of formatsOf(nix)) {
        const args = ['path-info', '--json', ...format, ...where, ...paths];
        const result = await nix.run(args, signal ? { signal } : {});
        if (result.code === 0)
            return parsePathInfo(result.stdout);
        said ||= (0,words/* lastError */.VS)(result);
        if (!/json-format|JSON format/.test(result.stderr))
            break;
    }
    throw new error/* UserError */.yo(`Nix did not tell about the paths in its store:\n${said}`);
}
/** From 2.34 on Nix wants to be told which form to write, and may drop the older one. */
function formatsOf({ version }) {
    return (0,nix_version/* hasSince */.bu)(version, 2, 33) ? [['--json-format', '1'], ['--json-format', '2'], []] : [[]];
}
/** Reads each form that `nix path-info --json` has had: a list, an object by path, and one with the store's folder beside it. */
function parsePathInfo(json) {
    const answer = (0,util_json/* parseJson */.qF)(json, "Nix's answer");
    if (Array.isArray(answer)) {
        const all = answer.map(each => (0,util_json/* asObject */.eB)(each, 'a path'));
        return all.filter(it => it.valid !== false).map(it => parseOne((0,util_json/* asString */.oJ)(it.path, 'path'), it, ''));
    }
    const it = (0,util_json/* asObject */.eB)(answer, "Nix's answer");
    if (it.info === undefined)
        return byPath(it, '');
    return byPath((0,util_json/* asObject */.eB)(it.info, 'info'), (0,util_json/* asString */.oJ)(it.storeDir, 'storeDir'));
}
function byPath(all, folder) {
    const valid = Object.entries(all).filter(([, it]) => it !== null);
    return valid.map(([path, it]) => parseOne(path, (0,util_json/* asObject */.eB)(it, path), folder));
}
function parseOne(path, it, folder) {
    const deriver = (0,util_json/* asOptionalString */.qM)(it.deriver, 'deriver');
    const ca = contentAddress(it.ca);
    return {
        path: (0,external_node_path_.join)(folder, path),
        narHash: (0,util_json/* asString */.oJ)(it.narHash, 'narHash'),
        narSize: (0,util_json/* asCount */.Wg)(it.narSize, 'narSize'),
        references: (0,util_json/* asStrings */.P7)(it.references, 'references').map(each => (0,external_node_path_.join)(folder, each)),
        ...(deriver !== undefined && { deriver: (0,external_node_path_.join)(folder, deriver) }),
        signatures: (0,util_json/* asArray */._j)(it.signatures ?? [], 'signatures').map(each => (0,util_json/* asString */.oJ)(each, 'a signature')),
        ...(ca !== undefined && { ca }),
        ultimate: it.ultimate === true,
    };
}
const METHODS = {
    flat: 'fixed:',
    nar: 'fixed:r:',
    text: 'text:',
    git: 'fixed:git:',
};
/** A text since ever; the newest form has it in two parts. */
function contentAddress(value) {
    if (typeof value !== 'object' || value === null)
        return (0,util_json/* asOptionalString */.qM)(value, 'ca');
    const { method, hash } = (0,util_json/* asObject */.eB)(value, 'ca');
    const prefix = METHODS[(0,util_json/* asString */.oJ)(method, 'method')];
    return prefix === undefined ? undefined : `${prefix}${(0,util_json/* asString */.oJ)(hash, 'hash').replace('-', ':')}`;
}

;// CONCATENATED MODULE: ./lib/nix/built-here.js





/**
 * What was built for derivations and came from no cache: they themselves, and all that they are built with, as far as it is
 * in the store. Without sources and derivations.
 */
async function builtHere(nix, derivations, options = {}) {
    if (derivations.length === 0)
        return [];
    const paths = await closureOf(nix, derivations, options);
    const { signal } = options;
    const known = await pathInfo(nix, paths, signal ? { signal } : {});
    return known.filter(isFromHere).map(({ ultimate, ...path }) => path);
}
/**
 * Nix notes what it built itself. It does not for what a remote builder built for it, or came from a cache that needs no
 * signatures: those are told from what came from other caches by having none, and from sources by not following from content.
 */
function isFromHere({ ultimate, signatures, ca, deriver }) {
    return ultimate || (signatures.length === 0 && ca === undefined && deriver !== undefined);
}
/** Only the older program can ask for the outputs of all that a derivation is built with. */
async function closureOf(nix, derivations, { exec = util_exec/* exec */.m0, signal }) {
    const args = ['--query', '--requisites', '--include-outputs', ...derivations];
    const result = await exec((0,external_node_path_.join)((0,external_node_path_.dirname)(nix.command), 'nix-store'), args, signal ? { signal } : {});
    if (result.code !== 0)
        throw new error/* UserError */.yo(`Nix did not tell what was built:\n${(0,words/* lastError */.VS)(result)}`);
    return result.stdout.split('\n').filter(path => path !== '' && !path.endsWith('.drv'));
}


/***/ }),

/***/ 8715:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   L: () => (/* binding */ sameCache),
/* harmony export */   e: () => (/* binding */ cacheTrouble)
/* harmony export */ });
/* harmony import */ var _words_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1126);

/** What Nix says, from 2.8 on, with the cache or the file of it that it names. */
const SAID = [
    { said: /ignoring substitute for '[^']*' from '([^']+)', as it's not signed by/, kind: 'unsigned' },
    { said: /substitute for '[^']*' from '([^']+)' is not signed by/, kind: 'unsigned' },
    { said: /ignoring untrusted substituter '([^']+)'/, kind: 'untrusted-user' },
    { said: /'([^']+)' does not appear to be a binary cache/, kind: 'no-cache' },
    { said: /unable to download '([^']+)': HTTP error 40[13]\b/, kind: 'refused' },
    { said: /file '[^']*' does not exist in binary cache '([^']+)'/, kind: 'incomplete' },
    { said: /NAR for '[^']*' fetched from '([^']+)' is incomplete/, kind: 'incomplete' },
    { said: /unable to download '([^']+)': (?!.*\bretrying in \d)/, kind: 'unreachable' },
    { said: /disabling binary cache '([^']+)' for /, kind: 'unreachable' },
    { said: /substituter '([^']+)' is disabled/, kind: 'unreachable' },
];
/** The files of a binary cache; all else that Nix downloads is none of a cache's. */
const FILE = /\/(nix-cache-info|[0-9a-z]{32}\.narinfo|nar\/[^/]+)$/;
const MEANS = {
    unsigned: 'what it has is not signed by a key that is trusted, so it is built instead. Give its key in extra-trusted-public-keys',
    'untrusted-user': 'the Nix daemon takes other caches from trusted users only. Add yourself to trusted-users in /etc/nix/nix.conf',
    refused: 'it wants credentials, or others than it got. Give them in netrc, or as cachix-auth-token',
    unreachable: 'it did not answer, so what it may have is built instead',
    'no-cache': 'what is there is no binary cache. Check the address, and whether it wants credentials',
    incomplete: 'it lacks something that it says it has, so that is built instead',
};
/** Reads one line of Nix's standard error; `undefined` where it is about something else, or Nix tries again. */
function cacheTrouble(line) {
    const text = (0,_words_js__WEBPACK_IMPORTED_MODULE_0__/* .plainText */ .wh)(line);
    for (const { said, kind } of SAID) {
        const [, named] = said.exec(text) ?? [];
        if (named === undefined)
            continue;
        if (!text.includes('unable to download'))
            return { cache: named, kind, what: MEANS[kind] };
        const cache = named.replace(FILE, '');
        return cache === named ? undefined : { cache, kind, what: MEANS[kind] };
    }
    return undefined;
}
/** Whether a cache that Nix names has that address: Nix leaves out the options in it. */
function sameCache(named, cache) {
    const plain = (text) => text.replace(/\?.*$/, '').replace(/\/+$/, '');
    return named !== undefined && plain(named) === plain(cache);
}


/***/ }),

/***/ 5294:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   g: () => (/* binding */ thisMachine)
/* harmony export */ });
/* unused harmony export systemOfMachine */
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8161);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9110);


const SYSTEM_OF = {
    x64: 'x86_64-linux',
    arm64: 'aarch64-linux',
    armv7: 'armv7l-linux',
    armv6: 'armv6l-linux',
    ia32: 'i686-linux',
    ppc64LE: 'powerpc64le-linux',
    s390x: 's390x-linux',
    riscv64: 'riscv64-linux',
};
/**
 * The system of images that run on this machine best: containers are Linux, so a Mac with Apple's processor gives
 * `aarch64-linux`. Throws a `UserError` for a machine that no image can be built for.
 */
function systemOfMachine(machine) {
    const system = SYSTEM_OF[keyOf(machine)];
    if (system !== undefined && ['linux', 'darwin'].includes(machine.platform))
        return system;
    throw new _util_error_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .yo(`This machine (${machine.platform}, ${machine.arch}) has no system that images are made for`, {
        hint: `Name the systems that you want, out of ${Object.values(SYSTEM_OF).join(', ')}.`,
    });
}
function keyOf({ arch, armVersion, endianness }) {
    if (arch === 'arm')
        return `armv${armVersion ?? '7'}`;
    return arch === 'ppc64' ? `ppc64${endianness ?? 'LE'}` : arch;
}
/** The system of the machine that this runs on. */
function thisMachine() {
    const variables = process.config.variables;
    const { platform, arch } = process;
    const armVersion = arch === 'arm' ? String(variables.arm_version) : undefined;
    return systemOfMachine({ platform, arch, armVersion, endianness: (0,node_os__WEBPACK_IMPORTED_MODULE_0__.endianness)() });
}


/***/ }),

/***/ 7606:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   o: () => (/* binding */ isFileName)
/* harmony export */ });
/**
 * Whether a text is safe as the name of a file, on any system and inside an artifact: ASCII letters, digits, `_`, `-`, `.`
 * and `+`, not beginning with `.` or `-`, at most 128 characters.
 */
function isFileName(text) {
    return /^[A-Za-z0-9_+][A-Za-z0-9_.+-]{0,127}$/.test(text);
}


/***/ })

};
