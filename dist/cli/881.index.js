export const id = 881;
export const ids = [881];
export const modules = {

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
    throw new _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo(`${failed.length} of ${attempts.length} failed:\n${failed.map(describe).join('\n')}`);
}
function doneOf(attempts) {
    return attempts.flatMap(each => (each.done ? [each.value] : []));
}
function describe({ name, error }) {
    const hint = error instanceof _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo && error.hint !== undefined ? `\n  ${error.hint}` : '';
    return `- ${name}: ${(0,_util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .bD)(error)}${hint}`;
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

/***/ 8631:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   A: () => (/* binding */ limit),
/* harmony export */   s: () => (/* binding */ mapLimit)
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
