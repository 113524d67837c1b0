export const id = 622;
export const ids = [622];
export const modules = {

/***/ 2953:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   L: () => (/* binding */ careful)
/* harmony export */ });
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9110);

/** For what a run can do without: gives what the task gives, or tells why not in a warning and gives `undefined`. */
async function careful(what, log, task) {
    try {
        return await task();
    }
    catch (error) {
        log.warning(`${what}: ${(0,_util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .bD)(error)}`);
        return undefined;
    }
}


/***/ }),

/***/ 6622:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  finish: () => (/* binding */ finish)
});

// EXTERNAL MODULE: ./lib/util/within.js
var within = __webpack_require__(1145);
// EXTERNAL MODULE: ./lib/command/careful.js
var careful = __webpack_require__(2953);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: ./lib/install/stop-daemon.js
var stop_daemon = __webpack_require__(6344);
// EXTERNAL MODULE: ./lib/util/error.js
var error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/util/exec.js + 1 modules
var exec = __webpack_require__(6542);
// EXTERNAL MODULE: ./lib/command/unfinished.js
var command_unfinished = __webpack_require__(6820);
;// CONCATENATED MODULE: ./lib/command/end-daemon.js






const STOP_MS = 10_000;
/**
 * Stops a daemon of ours, unless others of the machine build with it. Takes ten seconds at most, whatever sudo does; tells
 * whether it has ended. One that goes on is remembered on a person's machine, where it can be tried again.
 */
async function endDaemon(daemon, host, patience = STOP_MS) {
    const tooLong = () => new Error(`it took longer than ${patience / 1000} s`);
    const goesOn = await (0,within/* within */.u)(patience, end(daemon), tooLong).catch((error) => error);
    if (goesOn === undefined)
        return true;
    const again = host.kind === 'local';
    if (again)
        await (0,command_unfinished/* leaveUnfinished */.$)(host.kept, { daemon });
    if (goesOn === 'in use')
        host.log.info(`The Nix daemon goes on, since others build with it${again ? WHEN_IDLE : ''}`);
    else
        host.log.warning(`The Nix daemon could not be stopped: ${(0,error/* messageOf */.bD)(goesOn)}${again ? RETRY : ''}`);
    return false;
}
const WHEN_IDLE = '. Run `nix-multiarch stop` again when they are done';
const RETRY = '. Run `sudo -v`, then `nix-multiarch stop` again';
/** `undefined` when it has ended. */
async function end(daemon) {
    if (await (0,stop_daemon/* isInUse */.l)(daemon))
        return 'in use';
    if (await (0,stop_daemon/* stopDaemon */.Z)(daemon, await rightsOver(daemon)))
        return undefined;
    throw new Error(`process ${daemon.pid} still runs`);
}
/** A daemon is root's as a rule, and this user's own where there is no root. */
async function rightsOver({ pid }) {
    const uid = process.getuid?.();
    const owner = await (0,promises_.stat)(`/proc/${pid}`).catch(() => undefined);
    return { exec: exec/* exec */.m0, uid, own: owner?.uid === uid };
}

;// CONCATENATED MODULE: ./lib/command/finish.js




/** Larger caches take minutes on a slow day; a job must end. */
const LONGEST_SAVING_MS = 10 * 60_000;
/**
 * What comes after the job, or undoes `setup`: removes the files with secrets, which nothing may come before, stops the daemon
 * that was started, and saves what was left to be saved. No trouble here is more than a warning, since the job's work is
 * done. Tells whether nothing is left to do.
 */
async function finish(host, longestSaving = LONGEST_SAVING_MS) {
    const { kept, log } = host;
    const unfinished = await (0,careful/* careful */.L)('What is left to do cannot be read', log, () => (0,command_unfinished/* readUnfinished */.M)(kept));
    const removed = await (0,careful/* careful */.L)('Private files could not be removed', log, async () => {
        kept.remove();
        return true;
    });
    const { daemon, saves } = unfinished ?? { saves: [] };
    const ended = daemon === undefined ||
        (await (0,careful/* careful */.L)('The Nix daemon could not be stopped', log, () => endDaemon(daemon, host)));
    const saved = await (0,careful/* careful */.L)('The cache could not be saved', log, async () => {
        await saveAll(host, saves, longestSaving);
        return true;
    });
    return [unfinished, removed, ended, saved].every(Boolean);
}
/** A client that hangs is left behind: the process ends without it. */
async function saveAll(host, saves, longest) {
    const { cache } = host;
    if (cache === undefined || cache.readOnly)
        return;
    let late = false;
    const saving = async () => {
        for (const { path, key } of saves)
            if (!late)
                await cache.save(path, key);
    };
    await (0,within/* within */.u)(longest, saving(), () => {
        late = true;
        return new Error(`it took longer than ${longest / 1000} s`);
    });
}


/***/ }),

/***/ 6820:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $: () => (/* binding */ leaveUnfinished),
/* harmony export */   M: () => (/* binding */ readUnfinished)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6760);


const FILE = 'unfinished.json';
async function readUnfinished(kept) {
    if (kept.existing === undefined)
        return { saves: [] };
    const text = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readFile)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(kept.existing, FILE), 'utf8').catch(() => '{}');
    return { saves: [], ...JSON.parse(text) };
}
/** Adds to what is to be done. Calls must not overlap. */
async function leaveUnfinished(kept, more) {
    const before = await readUnfinished(kept);
    const all = { ...before, ...more, saves: [...before.saves, ...(more.saves ?? [])] };
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.writeFile)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(kept.path, FILE), JSON.stringify(all), { mode: 0o600 });
}


/***/ }),

/***/ 1895:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ap: () => (/* binding */ familyOf),
/* harmony export */   W_: () => (/* binding */ isRunning),
/* harmony export */   hh: () => (/* binding */ processOf)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6760);


/** `undefined` where there is no such process, or it has ended and only waits to be looked after. */
async function processOf(pid, procfs = '/proc') {
    return running(pid, procfs);
}
/** Whether that very process still runs. */
async function isRunning({ pid, startTime }, procfs = '/proc') {
    return (await running(pid, procfs))?.startTime === startTime;
}
/** A process with its children and theirs; nothing where it has ended. */
async function familyOf(head, procfs = '/proc') {
    if (!(await isRunning(head, procfs)))
        return [];
    const names = (await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readdir)(procfs)).filter(name => /^\d+$/.test(name));
    const all = (await Promise.all(names.map(name => running(Number(name), procfs)))).filter(Boolean);
    const childrenOf = (pid) => all.flatMap(process => (process?.parent === pid ? [process, ...childrenOf(process.pid)] : []));
    return [head, ...childrenOf(head.pid)];
}
/** The name, in brackets, may hold anything, so fields count from its end (proc_pid_stat(5)). */
async function running(pid, procfs) {
    const stat = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readFile)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(procfs, String(pid), 'stat'), 'latin1').catch(() => '');
    const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const startTime = rest[17];
    if (startTime === undefined || state === 'Z' || state === 'X')
        return undefined;
    return { pid, startTime, parent: Number(parent) };
}


/***/ }),

/***/ 6344:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Z: () => (/* binding */ stopDaemon),
/* harmony export */   l: () => (/* binding */ isInUse)
/* harmony export */ });
/* harmony import */ var _util_as_root_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2563);
/* harmony import */ var _util_clock_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8394);
/* harmony import */ var _process_table_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(1895);



const POLL_MS = 10;
/** Clients of ours that have just ended may take so long to be noticed. */
const NOTICE_MS = 1500;
/** Whether others have work for a daemon: it has a process for each who is connected. */
async function isInUse(daemon, patience = NOTICE_MS) {
    const deadline = Date.now() + patience;
    while ((await (0,_process_table_js__WEBPACK_IMPORTED_MODULE_2__/* .familyOf */ .Ap)(daemon)).length > 1) {
        if (Date.now() > deadline)
            return true;
        await _util_clock_js__WEBPACK_IMPORTED_MODULE_1__/* .systemClock */ .m.sleep(POLL_MS * 5);
    }
    return false;
}
/** How long it may take to leave in order, and then to be gone when it is made to. */
const LEAVE_MS = 3000;
const GONE_MS = 1000;
/**
 * Stops a daemon of ours with all that it has started, which is in sessions of its own. One that has gone, or whose number
 * has been given to another process, is no failure. Takes four seconds at most; tells whether all are gone.
 */
async function stopDaemon(daemon, rights) {
    const family = await (0,_process_table_js__WEBPACK_IMPORTED_MODULE_2__/* .familyOf */ .Ap)(daemon);
    for (const [signal, patience] of [
        ['TERM', LEAVE_MS],
        ['KILL', GONE_MS],
    ]) {
        const left = await stillRunning(family);
        if (left.length === 0)
            return true;
        await (0,_util_as_root_js__WEBPACK_IMPORTED_MODULE_0__/* .asRoot */ .t)(rights, 'sh', ['-c', `kill -${signal} ${left.map(({ pid }) => pid).join(' ')}`]);
        if (await allEnd(left, patience))
            return true;
    }
    return false;
}
async function allEnd(family, patience) {
    const deadline = Date.now() + patience;
    while ((await stillRunning(family)).length > 0) {
        if (Date.now() > deadline)
            return false;
        await _util_clock_js__WEBPACK_IMPORTED_MODULE_1__/* .systemClock */ .m.sleep(POLL_MS);
    }
    return true;
}
async function stillRunning(family) {
    const run = await Promise.all(family.map(member => (0,_process_table_js__WEBPACK_IMPORTED_MODULE_2__/* .isRunning */ .W_)(member)));
    return family.filter((_, n) => run[n]);
}


/***/ }),

/***/ 2563:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   B: () => (/* binding */ mayBeRoot),
/* harmony export */   t: () => (/* binding */ asRoot)
/* harmony export */ });
/* harmony import */ var _error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9110);
/* harmony import */ var _within_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1145);


/** What sudo asks may be far away, or a finger on a key that nobody is there to lay. */
const SUDO_MS = 10_000;
/** Whether programs can be run as root without asking anybody. A sudo that gives no answer counts as none. */
async function mayBeRoot(rights, patience = SUDO_MS) {
    if (rights.uid === undefined)
        return false;
    if (rights.uid === 0)
        return true;
    const trying = asRoot(rights, 'true', []).then(({ code }) => code === 0);
    return (0,_within_js__WEBPACK_IMPORTED_MODULE_1__/* .within */ .u)(patience, trying, () => new Error('sudo gives no answer')).catch(() => false);
}
/**
 * Runs a program as root, through sudo where we are not, with none of our variables but a handful. A program that is
 * not there (`sudo`, as a rule) fails like one that refuses. With a signal, the program has ended before the abort is thrown.
 */
async function asRoot(rights, command, args, options = {}) {
    const { signal, ...rest } = options;
    signal?.throwIfAborted();
    const end = (pid) => void asRoot(rights, 'sh', ['-c', `kill -TERM ${pid}`]);
    const ending = endedBy(signal, end);
    try {
        return await runAsRoot(rights, [command, ...args], { ...rest, onStart: ending.started });
    }
    finally {
        ending.over();
        signal?.throwIfAborted();
    }
}
async function runAsRoot({ exec, uid, own = uid === 0 }, command, options) {
    const [program = '', ...args] = own ? command : ['sudo', '-n', ...command];
    try {
        // In English, so that what went wrong can be told from the words.
        return await exec(program, args, { input: '', ...options, clean: true, env: { LC_ALL: 'C' } });
    }
    catch (error) {
        return { code: 127, stdout: '', stderr: (0,_error_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .bD)(error) };
    }
}
/** Only root may end what root runs; sudo hands on a signal that comes from elsewhere. */
function endedBy(signal, end) {
    let onAbort = () => { };
    return {
        started(pid) {
            onAbort = () => end(pid);
            if (signal?.aborted)
                onAbort();
            else
                signal?.addEventListener('abort', onAbort, { once: true });
        },
        over: () => signal?.removeEventListener('abort', onAbort),
    };
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

/***/ 1145:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   u: () => (/* binding */ within)
/* harmony export */ });
/**
 * What a task gives, or the error of `late` once so many milliseconds have passed. The task is not ended then: it is for those
 * that cannot be, and whoever waits must be able to go on without it.
 */
async function within(milliseconds, task, late) {
    let timer;
    const tooLong = new Promise((_, reject) => {
        timer = setTimeout(() => reject(late()), milliseconds);
    });
    return Promise.race([task, tooLong]).finally(() => clearTimeout(timer));
}


/***/ })

};
