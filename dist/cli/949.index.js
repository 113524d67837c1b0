export const id = 949;
export const ids = [949];
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

// EXTERNAL MODULE: ./lib/command/discover.js + 5 modules
var discover = __webpack_require__(9665);
// EXTERNAL MODULE: ./lib/command/push.js + 1 modules
var push = __webpack_require__(5741);
// EXTERNAL MODULE: ./lib/command/push-built.js
var push_built = __webpack_require__(2640);
// EXTERNAL MODULE: ./lib/command/ready-nix.js + 27 modules
var ready_nix = __webpack_require__(3810);
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


/***/ })

};
