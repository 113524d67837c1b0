export const id = 279;
export const ids = [279];
export const modules = {

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
  jH: () => (/* binding */ outputOf),
  ni: () => (/* binding */ start)
});

// UNUSED EXPORTS: exitOf

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
/**
 * What a started program writes to standard output. Ends only when the program has ended well: throws what `failure` makes of its
 * exit code when it failed. The program is ended when the reader stops early. It must be read from the moment that the program is
 * started, since its end is not heard before.
 */
async function* outputOf(child, command, failure) {
    const { stdout, stderr } = child;
    const exited = exitOf(child, command);
    exited.catch(() => { });
    try {
        yield* stdout;
        const code = await exited;
        if (code !== 0)
            throw failure(code);
    }
    finally {
        child.kill('SIGKILL');
        stdout.destroy();
        stderr.destroy();
    }
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

/***/ 2564:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Q9: () => (/* binding */ writePrivately),
/* harmony export */   TV: () => (/* binding */ isExecutable),
/* harmony export */   t2: () => (/* binding */ exists)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);

/** Whether there is something at a path that we may look at. */
function exists(path) {
    return may(path, node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.constants.F_OK);
}
function isExecutable(path) {
    return may(path, node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.constants.X_OK);
}
function may(path, mode) {
    return (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.access)(path, mode).then(() => true, () => false);
}
/** Writes a file that only its owner can read, from the first byte on, also where there was one that others could. */
async function writePrivately(path, text) {
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.rm)(path, { force: true });
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.writeFile)(path, text, { mode: 0o600, flag: 'wx' });
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
/* harmony import */ var _on_one_line_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3633);

/** @param what names the text in the error, as in `index.json` */
function parseJson(text, what) {
    try {
        return JSON.parse(text.toString());
    }
    catch (error) {
        throw new Error(`${what} is not JSON: ${(0,_on_one_line_js__WEBPACK_IMPORTED_MODULE_0__/* .onOneLine */ .G)(error.message)}`, { cause: error });
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
    const cut = shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
    return new Error((0,_on_one_line_js__WEBPACK_IMPORTED_MODULE_0__/* .onOneLine */ .G)(`${what} is not ${expected} but ${cut}`));
}


/***/ }),

/***/ 8631:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   AB: () => (/* binding */ limit),
/* harmony export */   bs: () => (/* binding */ together),
/* harmony export */   sf: () => (/* binding */ mapLimit)
/* harmony export */ });
function limit(max) {
    let running = 0;
    const waiting = [];
    return async (task) => {
        // A freed place is handed to the next in line without being given up, so that a newcomer cannot overtake.
        if (running >= max)
            await new Promise(resolve => waiting.push(resolve));
        else
            running++;
        try {
            return await task();
        }
        finally {
            const next = waiting.shift();
            if (next)
                next();
            else
                running--;
        }
    };
}
/**
 * Like `Promise.all(items.map(task))`, at most `max` at once. After a failure no further item is started, what
 * runs is waited for (so that nothing still writes when the caller cleans up), and the first failure is thrown.
 */
async function mapLimit(items, max, task) {
    const results = new Array(items.length);
    let next = 0;
    let failure;
    const worker = async () => {
        while (next < items.length && !failure) {
            const index = next++;
            try {
                results[index] = await task(items[index], index);
            }
            catch (error) {
                failure ??= { error };
            }
        }
    };
    await Promise.all(Array.from({ length: Math.min(max, items.length) }, worker));
    if (failure)
        throw failure.error;
    return results;
}
/** Like `Promise.all`, but after a failure what runs is waited for, as `mapLimit` does it. */
async function together(tasks) {
    await Promise.allSettled(tasks);
    return Promise.all(tasks);
}


/***/ }),

/***/ 3633:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   G: () => (/* binding */ onOneLine)
/* harmony export */ });
/** Text that others wrote, on one line: quoted where it would break the line or speak to the terminal. */
function onOneLine(text) {
    return /[\x00-\x1f\x7f-\x9f]/.test(text) ? JSON.stringify(text).replace(/[\x7f-\x9f]/g, '?') : text;
}


/***/ }),

/***/ 2614:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   f: () => (/* binding */ PASSING_STATUS)
/* harmony export */ });
/** HTTP statuses that tell of a trouble which may be gone on the next try. */
const PASSING_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);


/***/ }),

/***/ 6343:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   T6: () => (/* binding */ ProxyError),
/* harmony export */   vd: () => (/* binding */ proxyRefusal),
/* harmony export */   xh: () => (/* binding */ proxyFailure)
/* harmony export */ });
/* harmony import */ var node_http__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7067);
/* harmony import */ var _error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9110);
/* harmony import */ var _passing_status_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(2614);



/** A proxy that cannot be reached, or that does not lead to where we want. */
class ProxyError extends Error {
    name = 'ProxyError';
    proxy;
    /** The system's own where there was no connection; else `PROXY_BUSY`, which may pass, or `PROXY_REFUSED`. */
    code;
    /** What the proxy answered. */
    status;
    constructor(proxy, says, of) {
        super(`the proxy ${proxy.url.origin} ${says}`, of.cause === undefined ? undefined : { cause: of.cause });
        this.proxy = proxy;
        this.code = of.code;
        this.status = of.status;
    }
}
function proxyRefusal(proxy, status) {
    const code = _passing_status_js__WEBPACK_IMPORTED_MODULE_2__/* .PASSING_STATUS */ .f.has(status) ? 'PROXY_BUSY' : 'PROXY_REFUSED';
    const words = `${status} ${node_http__WEBPACK_IMPORTED_MODULE_0__.STATUS_CODES[status] ?? ''}`.trim();
    return new ProxyError(proxy, `answers ${words}`, { code, status });
}
function proxyFailure(proxy, error) {
    if (error instanceof ProxyError)
        return error;
    const code = (0,_error_js__WEBPACK_IMPORTED_MODULE_1__/* .codeOf */ .$N)(error);
    // Where several addresses were tried, the message is empty.
    const reason = error.message || code;
    return new ProxyError(proxy, `cannot be reached: ${reason}`, { code, cause: error });
}


/***/ }),

/***/ 5742:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  _: () => (/* binding */ proxiesOf),
  i: () => (/* binding */ proxyFor)
});

// EXTERNAL MODULE: ./lib/util/error.js
var error = __webpack_require__(9110);
// EXTERNAL MODULE: external "node:net"
var external_node_net_ = __webpack_require__(7030);
;// CONCATENATED MODULE: ./lib/util/no-proxy.js

/**
 * Whether an address is reached without a proxy, as `NO_PROXY` has it: names separated by commas or spaces, each a host (with all
 * below it), an IP address or a range of them (`10.0.0.0/8`), with a port or without, or `*` for everything. What lies on this very
 * machine never needs a proxy, as in Go's programs.
 */
function needsNoProxy(url, list) {
    const host = bare(url.hostname);
    if (isThisMachine(host))
        return true;
    const port = url.port || DEFAULT_PORTS[url.protocol];
    return list
        .split(/[\s,]+/)
        .filter(Boolean)
        .some(entry => matches(entry.toLowerCase(), host, port));
}
const DEFAULT_PORTS = { 'http:': '80', 'https:': '443' };
/** An IPv6 address stands in brackets in URLs. */
function bare(hostname) {
    return hostname
        .toLowerCase()
        .replace(/^\[|\]$/g, '')
        .replace(/\.$/, '');
}
function isThisMachine(host) {
    return host === 'localhost' || ((0,external_node_net_.isIP)(host) !== 0 && isWithin(host, LOOPBACK));
}
const LOOPBACK = new external_node_net_.BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
function matches(entry, host, port) {
    if (entry === '*')
        return true;
    const { name, wanted } = takenApart(entry);
    if (wanted !== undefined && wanted !== port)
        return false;
    const range = rangeOf(name);
    if (range)
        return (0,external_node_net_.isIP)(host) !== 0 && isWithin(host, range);
    const domain = name.replace(/^\*?\./, '');
    return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
}
/** The colons of an IPv6 address are no ports unless it stands in brackets. */
function takenApart(entry) {
    if ((0,external_node_net_.isIP)(entry) === 6 || (0,external_node_net_.isIP)(entry.replace(/\/\d+$/, '')) === 6)
        return { name: entry, wanted: undefined };
    const [, name = entry, wanted] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
    return { name: bare(name), wanted };
}
/** One IP address or a range of them. */
function rangeOf(name) {
    const [address = '', bits] = name.split('/');
    const version = (0,external_node_net_.isIP)(address);
    if (version === 0)
        return undefined;
    const most = version === 4 ? 32 : 128;
    if (bits !== undefined && !/^\d+$/.test(bits))
        return undefined;
    const length = Number(bits ?? most);
    if (length > most)
        return undefined;
    const range = new external_node_net_.BlockList();
    range.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6');
    return range;
}
function isWithin(host, range) {
    return range.check(host, (0,external_node_net_.isIP)(host) === 6 ? 'ipv6' : 'ipv4');
}

// EXTERNAL MODULE: ./lib/util/url.js
var util_url = __webpack_require__(7237);
;// CONCATENATED MODULE: ./lib/util/proxy.js



/**
 * The proxy that `https_proxy` or `http_proxy`, in small letters or in capitals, name for an address, unless `no_proxy` excepts it.
 * Throws `UserError` where that is none that we can use.
 */
function proxyFor(url, env) {
    const variable = variableFor(url, env);
    if (variable === undefined || needsNoProxy(url, env.no_proxy || env.NO_PROXY || ''))
        return undefined;
    const proxy = urlOf(variable, env);
    return { url: new URL(proxy.origin), authorization: authorizationOf(proxy), variable };
}
/** As `proxyFor`, for one environment. Passwords in it are told before anything else. */
function proxiesOf(env, onSecret = () => { }) {
    for (const name of VARIABLES) {
        const { password = '' } = (0,util_url/* urlFrom */.s)(withScheme(env[name] ?? '')) ?? {};
        for (const secret of new Set([password, decoded(password)]))
            if (secret !== '')
                onSecret(secret);
    }
    return url => proxyFor(url, env);
}
const VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];
function variableFor({ protocol }, env) {
    const name = `${protocol.slice(0, -1)}_proxy`;
    return [name, name.toUpperCase()].find(variable => env[variable]);
}
/** The value is not told when it is wrong, since it may hold a password. */
function urlOf(variable, env) {
    const url = (0,util_url/* urlFrom */.s)(withScheme(env[variable] ?? ''));
    if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '')
        return url;
    const isNone = !url || url.hostname === '';
    throw new error/* UserError */.yo(isNone
        ? `${variable} does not hold the address of a proxy`
        : `${variable} names a proxy of a kind that cannot be used, ${url.protocol}//`, { hint: `Proxies are named as ${variable}=http://host:port, or with https://.` });
}
/** Others take `proxy:3128`, too. */
function withScheme(address) {
    return address.includes('://') ? address : `http://${address}`;
}
function authorizationOf({ username, password }) {
    if (username === '' && password === '')
        return undefined;
    return `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')}`;
}
function decoded(text) {
    try {
        return decodeURIComponent(text);
    }
    catch {
        return text;
    }
}


/***/ }),

/***/ 9294:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   P: () => (/* binding */ retryAfter),
/* harmony export */   R: () => (/* binding */ retrying)
/* harmony export */ });
/**
 * Runs a task until it succeeds, fails for good, or has failed too often; then throws its last failure, or `OutOfTime`
 * where another try would come too late. A failure may say as `retryAfter` for how many milliseconds the other side asks
 * to be left alone, or as `atOnce` that there is nothing to wait for.
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
            if (of.budget && delay >= of.budget.left())
                throw of.budget.over(failure);
            of.budget?.saw(failure);
            if (delay === 0)
                continue;
            of.onRetry?.(failure, delay);
            await of.clock.sleep(delay, of.signal);
        }
    }
}
/** Milliseconds, never less than was asked for; `undefined` when it is no use to go on. */
function waitFor({ retry, clock }, attempt, failure) {
    if (attempt >= retry.attempts || !retry.isTransient(failure))
        return undefined;
    const { retryAfter, atOnce } = Object(failure);
    if (atOnce === true)
        return 0;
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


/***/ }),

/***/ 9993:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  B: () => (/* binding */ Routes)
});

// EXTERNAL MODULE: external "node:http"
var external_node_http_ = __webpack_require__(7067);
// EXTERNAL MODULE: external "node:https"
var external_node_https_ = __webpack_require__(4708);
// EXTERNAL MODULE: ./lib/util/proxy-error.js
var proxy_error = __webpack_require__(6343);
;// CONCATENATED MODULE: ./lib/util/tunnel-agent.js



/**
 * Connections with TLS through a proxy, which sees none of it (RFC 9110, 9.3.6). Node.js's own agents do this only from 22.21 and
 * 24.5 on; others hand a proxy's refusal on as if it were the server's answer.
 */
class TunnelAgent extends external_node_https_.Agent {
    #proxy;
    #patience;
    #asking = new Set();
    constructor(proxy, { patience, ...options }) {
        super(options);
        this.#proxy = proxy;
        this.#patience = patience;
    }
    createConnection(options, done = () => { }) {
        this.#open(authorityOf(options))
            .then(socket => {
            try {
                return super.createConnection({ ...options, socket });
            }
            catch (error) {
                socket.destroy();
                throw error;
            }
        })
            .then(secured => done(null, secured), (error) => done(error, undefined));
    }
    /** Also ends what is asked of the proxy at the moment. */
    destroy() {
        for (const call of this.#asking)
            call.destroy();
        super.destroy();
    }
    /** A connection to a host and port, which is free for whatever is to be said there. */
    #open(authority) {
        const [proxy, patience] = [this.#proxy, this.#patience];
        const call = askFor(authority, proxy, this.options.ca);
        this.#asking.add(call);
        const late = () => void call.destroy(tooLate(proxy, patience ?? 0));
        const timer = patience === undefined ? undefined : setTimeout(late, patience);
        return tunnelOf(call, proxy).finally(() => {
            clearTimeout(timer);
            this.#asking.delete(call);
        });
    }
}
function tunnelOf(call, proxy) {
    return new Promise((resolve, reject) => {
        call.once('error', error => reject((0,proxy_error/* proxyFailure */.xh)(proxy, error)));
        call.once('connect', ({ statusCode = 0 }, socket, head) => {
            if (statusCode >= 200 && statusCode < 300) {
                if (head.length > 0)
                    socket.unshift(head);
                return resolve(socket);
            }
            socket.destroy();
            reject((0,proxy_error/* proxyRefusal */.vd)(proxy, statusCode));
        });
        call.end();
    });
}
function askFor(authority, { url, authorization }, ca) {
    const request = url.protocol === 'https:' ? external_node_https_.request : external_node_http_.request;
    return request({
        ...(ca !== undefined && { ca }),
        method: 'CONNECT',
        hostname: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port || (url.protocol === 'https:' ? 443 : 80),
        path: authority,
        headers: {
            host: authority,
            ...(authorization !== undefined && { 'proxy-authorization': authorization }),
        },
        agent: false,
    });
}
function authorityOf({ host, port }) {
    const name = String(host);
    return `${name.includes(':') ? `[${name}]` : name}:${port}`;
}
function tooLate(proxy, patience) {
    const says = `gave no connection within ${patience / 1000} s`;
    return new proxy_error/* ProxyError */.T6(proxy, says, { code: 'TIMEOUT' });
}

;// CONCATENATED MODULE: ./lib/util/route.js



/** Ways to servers, straight or through proxies. */
class Routes {
    #agents;
    #proxies;
    #patience;
    #tunnels = new Map();
    /** @param patience milliseconds until a proxy must have given a tunnel */
    constructor(agents, proxies = () => undefined, patience) {
        this.#agents = agents;
        this.#proxies = proxies;
        this.#patience = patience;
    }
    /** Throws `UserError` where the proxy that is named for it is none. */
    to(url) {
        const proxy = this.#proxies(url);
        const path = url.pathname + url.search;
        const isSafe = url.protocol === 'https:';
        if (proxy && !isSafe)
            return readBy(proxy, url.origin + path, url.host, this.#agents);
        const agent = proxy ? this.#tunnel(proxy) : this.#agents[isSafe ? 'https' : 'http'];
        return { ...straight(url, path, agent), headers: {}, reader: undefined };
    }
    /** Closes all tunnels; the agents are whose they were. */
    close() {
        for (const tunnel of this.#tunnels.values())
            tunnel.destroy();
    }
    #tunnel(proxy) {
        const key = proxy.url.origin;
        const known = this.#tunnels.get(key);
        if (known)
            return known;
        const made = new TunnelAgent(proxy, { ...this.#agents.https.options, patience: this.#patience });
        this.#tunnels.set(key, made);
        return made;
    }
}
/** Without TLS there is nothing to hide: the proxy gets the whole address (RFC 9112, 3.2.2). */
function readBy(reader, address, host, agents) {
    const { url, authorization } = reader;
    const login = authorization === undefined ? {} : { 'proxy-authorization': authorization };
    const agent = agents[url.protocol === 'https:' ? 'https' : 'http'];
    return { ...straight(url, address, agent), headers: { host, ...login }, reader };
}
function straight(url, path, agent) {
    const request = url.protocol === 'https:' ? external_node_https_.request : external_node_http_.request;
    return { request, options: { ...at(url), path, agent } };
}
/** The URL is taken apart by hand: Node.js would turn a user and password in it into an Authorization header. */
function at({ protocol, hostname, port }) {
    return { hostname: hostname.replace(/^\[|\]$/g, ''), port: port || (protocol === 'https:' ? 443 : 80) };
}


/***/ })

};
