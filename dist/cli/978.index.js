export const id = 978;
export const ids = [978];
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
// EXTERNAL MODULE: ./lib/nix/cache-trouble.js
var cache_trouble = __webpack_require__(8715);
// EXTERNAL MODULE: ./lib/nix/container.js
var nix_container = __webpack_require__(984);
// EXTERNAL MODULE: ./lib/nix/store-uri.js
var store_uri = __webpack_require__(5181);
// EXTERNAL MODULE: ./lib/nix/version.js
var version = __webpack_require__(7879);
// EXTERNAL MODULE: ./lib/nix/words.js
var words = __webpack_require__(1126);
;// CONCATENATED MODULE: ./lib/nix/dry-run.js










/**
 * For each container the derivations that somebody would have to build who has nothing but caches. Whether what they have
 * is signed by a trusted key is not checked. Throws a `UserError` when the cache cannot be asked.
 */
async function lackingIn(nix, containers, options) {
    const store = (0,store_uri/* parseStoreUri */.x)(options.cache);
    const cache = store.text;
    // Nix passes over a folder that is not there without a word.
    if (store.kind === 'folder' && !(await (0,file/* exists */.t2)(store.path)))
        throw unasked(cache, `there is no folder ${store.path}`);
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
async function dryRun(nix, store, cache, { derivation, output }, options) {
    const installable = (0,version/* isAtLeast */.du)(nix.version, 2, 13) ? `${derivation}^${output}` : derivation;
    const args = ['build', '--dry-run', '--no-link', '--store', store, ...FRESH];
    const stderr = await run(nix, [...args, '--option', 'extra-substituters', cache, installable], options);
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
// EXTERNAL MODULE: ./lib/command/ready-nix.js + 31 modules
var ready_nix = __webpack_require__(9375);
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
    const { nix, offered } = await (0,ready_nix/* readyForBuild */.t)(inputs, host, signal);
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

/***/ 8394:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   m: () => (/* binding */ systemClock)
/* harmony export */ });
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8500);

const systemClock = {
    now: Date.now,
    random: Math.random,
    async sleep(ms, signal) {
        signal?.throwIfAborted();
        await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_0__.setTimeout)(ms, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
    },
};


/***/ }),

/***/ 6542:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  ec: () => (/* binding */ ProgramNotFound),
  m0: () => (/* binding */ exec),
  sX: () => (/* binding */ exitOf),
  ni: () => (/* binding */ start)
});

// EXTERNAL MODULE: external "node:child_process"
var external_node_child_process_ = __webpack_require__(1421);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(9110);
// EXTERNAL MODULE: external "node:string_decoder"
var external_node_string_decoder_ = __webpack_require__(6193);
;// CONCATENATED MODULE: ./lib/util/lines.js

const MAX_LINE = 64 * 1024;
/** Keeps the last `limit` bytes of what comes; where something was left out, from the start of a line on. */
function tail(limit) {
    let kept = [];
    let size = 0;
    let cut = false;
    const shorten = () => {
        kept = [Buffer.from(Buffer.concat(kept).subarray(-limit))];
        size = limit;
        cut = true;
    };
    return {
        push(chunk) {
            kept.push(chunk);
            size += chunk.length;
            // Twice as much is let in, so that it is not copied for every chunk.
            if (size > 2 * limit)
                shorten();
        },
        text() {
            if (size > limit)
                shorten();
            const all = Buffer.concat(kept);
            return all.subarray(cut ? all.indexOf('\n') + 1 : 0).toString();
        },
    };
}
/** Divides what comes into lines. One of more than 64 KiB is given in pieces; `end` gives the last. */
function lineSplitter(onLine) {
    const decoder = new external_node_string_decoder_.StringDecoder();
    let rest = '';
    let afterReturn = false;
    /** Without the line feed of a line that ended with the last chunk. */
    const textOf = (chunk) => {
        const text = decoder.write(chunk);
        if (text === '')
            return '';
        const own = afterReturn && text.startsWith('\n') ? text.slice(1) : text;
        afterReturn = text.endsWith('\r');
        return own;
    };
    return {
        push(chunk) {
            if (!onLine)
                return;
            const lines = (rest + textOf(chunk)).split(/\r?\n|\r/);
            rest = lines.pop() ?? '';
            for (const line of lines)
                onLine(line);
            if (rest.length <= MAX_LINE)
                return;
            onLine(rest);
            rest = '';
        },
        end() {
            const last = rest + decoder.end();
            if (onLine && last !== '')
                onLine(last);
        },
    };
}

;// CONCATENATED MODULE: ./lib/util/exec.js



/** In bytes. Programs may say a lot about their work; an answer is small. */
const MAX_STDOUT = 64 * 1024 * 1024;
const MAX_STDERR = 256 * 1024;
/** How long an aborted program may take to leave in order; less than a command itself has after a signal. */
const PATIENCE_MS = 700;
const exec = async (command, args, options = {}) => {
    const child = start(command, args, options);
    if (child.pid !== undefined)
        options.onStart?.(child.pid);
    const stdout = [];
    let written = 0;
    const stderr = tail(MAX_STDERR);
    const lines = lineSplitter(options.onErrorLine);
    child.stdout?.on('data', (chunk) => {
        written += chunk.length;
        if (written <= MAX_STDOUT)
            stdout.push(chunk);
        else
            child.kill('SIGKILL');
    });
    child.stderr?.on('data', (chunk) => {
        stderr.push(chunk);
        lines.push(chunk);
    });
    const code = await exitOf(child, command);
    lines.end();
    if (written > MAX_STDOUT)
        throw new util_error/* UserError */.yo(`${command} wrote more than 64 MiB to standard output`);
    return { code, stdout: Buffer.concat(stdout).toString(), stderr: stderr.text() };
};
/** Starts a program with piped output, for those who read it as it is written. */
function start(command, args, options = {}) {
    const child = (0,external_node_child_process_.spawn)(command, args, {
        cwd: options.cwd,
        env: { ...inherited(options.clean ?? false), ...options.env },
        stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        ...(options.signal ? { signal: options.signal } : {}),
    });
    // A program that ends without reading its input is not our failure: its exit code tells.
    child.stdin?.on('error', () => { });
    child.stdin?.end(options.input);
    return child;
}
/** What a runner hands to an action alone: inputs, and tokens that act in the workflow's name. */
const PRIVATE = /^(INPUT|ACTIONS)_/;
const HARMLESS = /^(PATH|HOME|TMPDIR|LANG|LC_.*|TERM|USER)$/;
function inherited(clean) {
    const kept = (name) => (clean ? HARMLESS.test(name) : !PRIVATE.test(name));
    return Object.fromEntries(Object.entries(process.env).filter(([name]) => kept(name)));
}
/**
 * Waits for a started program; a program ended by a signal counts as 128, as in a shell. When it is aborted, the error
 * comes when the program has ended, which it is made to where it does not leave by itself.
 */
function exitOf(child, command) {
    return new Promise((resolve, reject) => {
        child.once('error', error => {
            const fail = () => reject(notStarted(command, error));
            if (isRunning(child))
                afterEnd(child, fail);
            else
                fail();
        });
        child.once('close', code => resolve(code ?? 128));
    });
}
function isRunning({ pid, exitCode, signalCode }) {
    return pid !== undefined && exitCode === null && signalCode === null;
}
/** Nix in a long evaluation, for one, hears no signal. */
function afterEnd(child, then) {
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    child.once('exit', () => {
        clearTimeout(timer);
        then();
    });
}
/** There is no such program, or none that this user can reach. */
class ProgramNotFound extends util_error/* UserError */.yo {
    name = 'ProgramNotFound';
    constructor(command, cause) {
        super(`${command} was not found`, { cause });
    }
}
function notStarted(command, error) {
    if (error.name === 'AbortError')
        return error;
    // Where a folder of PATH is closed to this user, the search for a bare name ends with that, and not with its absence.
    const isHidden = (0,util_error/* codeOf */.$N)(error) === 'EACCES' && !command.includes('/');
    if ((0,util_error/* codeOf */.$N)(error) === 'ENOENT' || isHidden)
        return new ProgramNotFound(command, error);
    return new util_error/* UserError */.yo(`${command} could not be started: ${error.message}`, { cause: error });
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
/* harmony export */   P7: () => (/* binding */ asStrings),
/* harmony export */   Wg: () => (/* binding */ asCount),
/* harmony export */   _T: () => (/* binding */ asStringMap),
/* harmony export */   _j: () => (/* binding */ asArray),
/* harmony export */   eB: () => (/* binding */ asObject),
/* harmony export */   oJ: () => (/* binding */ asString),
/* harmony export */   qF: () => (/* binding */ parseJson),
/* harmony export */   qM: () => (/* binding */ asOptionalString),
/* harmony export */   xJ: () => (/* binding */ unquotedFields)
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
function asStrings(value, what) {
    return asArray(value, what).map(item => asString(item, what));
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
/** The fields of JSON that may hold secrets, and so is never quoted; none where it is something else. */
function unquotedFields(text) {
    try {
        return asObject(JSON.parse(text), '');
    }
    catch {
        return {};
    }
}
function wrong(what, expected, value) {
    const shown = JSON.stringify(value) ?? 'nothing';
    return new Error(`${what} is not ${expected} but ${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown}`);
}


/***/ }),

/***/ 9294:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   P: () => (/* binding */ retryAfter),
/* harmony export */   R: () => (/* binding */ retrying)
/* harmony export */ });
/**
 * Runs a task until it succeeds, fails for good, or has failed too often; then throws its last failure. A failure may
 * say as `retryAfter` for how many milliseconds the other side asks to be left alone.
 */
async function retrying(of, task) {
    for (let attempt = 1;; attempt++) {
        try {
            return await task(attempt);
        }
        catch (failure) {
            const delay = waitFor(of, attempt, failure);
            if (delay === undefined)
                throw failure;
            of.onRetry?.(failure, delay);
            await of.clock.sleep(delay, of.signal);
        }
    }
}
/** Milliseconds, never less than was asked for; `undefined` when it is no use to go on. */
function waitFor({ retry, clock }, attempt, failure) {
    if (attempt >= retry.attempts || !retry.isTransient(failure))
        return undefined;
    const { retryAfter } = Object(failure);
    const asked = typeof retryAfter === 'number' ? retryAfter : 0;
    return asked > retry.longestWait ? undefined : Math.max(asked, retry.backoff(attempt, clock.random()));
}
/** Reads `Retry-After` (RFC 9110, 10.2.3), seconds or a date, as milliseconds from now. */
function retryAfter(value, now) {
    if (value === undefined)
        return undefined;
    if (/^\d+$/.test(value.trim()))
        return Number(value) * 1000;
    const date = Date.parse(value);
    return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}


/***/ })

};
