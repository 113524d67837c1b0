#!/usr/bin/env node
import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 4573:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:buffer");

/***/ }),

/***/ 1421:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");

/***/ }),

/***/ 7598:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");

/***/ }),

/***/ 8474:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:events");

/***/ }),

/***/ 3024:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");

/***/ }),

/***/ 1455:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs/promises");

/***/ }),

/***/ 7067:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:http");

/***/ }),

/***/ 4708:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:https");

/***/ }),

/***/ 7030:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:net");

/***/ }),

/***/ 8161:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:os");

/***/ }),

/***/ 6760:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");

/***/ }),

/***/ 7075:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream");

/***/ }),

/***/ 8321:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream/consumers");

/***/ }),

/***/ 6466:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream/promises");

/***/ }),

/***/ 6193:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:string_decoder");

/***/ }),

/***/ 8500:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:timers/promises");

/***/ }),

/***/ 3136:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:url");

/***/ }),

/***/ 7975:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:util");

/***/ }),

/***/ 5919:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:worker_threads");

/***/ }),

/***/ 8522:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:zlib");

/***/ }),

/***/ 3774:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("stream/web");

/***/ }),

/***/ 6830:
/***/ ((__webpack_module__, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var node_stream_consumers__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(8321);
/* harmony import */ var _host_local_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(8178);
/* harmony import */ var _input_args_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(3567);
/* harmony import */ var _input_help_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(7625);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(9110);
/* harmony import */ var _util_version_js__WEBPACK_IMPORTED_MODULE_7__ = __nccwpck_require__(2352);
/* harmony import */ var _commands_js__WEBPACK_IMPORTED_MODULE_5__ = __nccwpck_require__(1988);
/* harmony import */ var _run_js__WEBPACK_IMPORTED_MODULE_6__ = __nccwpck_require__(4495);








const args = process.argv.slice(2);
const host = (0,_host_local_js__WEBPACK_IMPORTED_MODULE_1__/* .localHost */ .O)({
    stderr: process.stderr,
    env: process.env,
    verbose: args.includes('--verbose'),
});
await (0,_run_js__WEBPACK_IMPORTED_MODULE_6__/* .run */ .e)(host, async (signal) => {
    const request = (0,_input_args_js__WEBPACK_IMPORTED_MODULE_2__/* .parseCommandLine */ .Du)(args);
    switch (request.kind) {
        case 'help':
            return print((0,_input_help_js__WEBPACK_IMPORTED_MODULE_3__/* .helpText */ .B)(request.command, Math.min(process.stdout.columns ?? 80, 100)));
        case 'version':
            return print(_util_version_js__WEBPACK_IMPORTED_MODULE_7__/* .VERSION */ .x);
        case 'run':
            return print(await (0,_commands_js__WEBPACK_IMPORTED_MODULE_5__/* .runCommand */ .d)(request, { host, signal, readPassword: () => (0,node_stream_consumers__WEBPACK_IMPORTED_MODULE_0__.text)(process.stdin) }));
    }
});
async function print(output) {
    if (output === undefined)
        return;
    // The process ends behind this, so what goes into a pipe must be through; a reader that has seen enough is no failure.
    await new Promise((resolve, reject) => {
        const done = (error) => error && (0,_util_error_js__WEBPACK_IMPORTED_MODULE_4__/* .codeOf */ .$N)(error) !== 'EPIPE' ? reject(error) : resolve();
        process.stdout.once('error', done);
        process.stdout.write(`${output}\n`, done);
    });
}

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ }),

/***/ 1988:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   d: () => (/* binding */ runCommand)
/* harmony export */ });
/* harmony import */ var _input_input_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(6236);
/* harmony import */ var _input_inputs_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(1932);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(9110);



/** Runs one command of the command line and gives what goes to standard output. Each command is loaded only when it is run. */
async function runCommand({ command, source, operands }, { host, signal, readPassword }) {
    const given = await withPassword(source, host, readPassword);
    const read = (table) => (0,_input_input_js__WEBPACK_IMPORTED_MODULE_0__/* .readSecretly */ .Or)(table, (0,_input_input_js__WEBPACK_IMPORTED_MODULE_0__/* .takeVariables */ .Zr)(given, table, process.env), host);
    switch (command) {
        case 'setup': {
            const inputs = read(_input_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .SETUP_INPUTS */ .S9);
            const { setup, shellLines } = await Promise.all(/* import() */[__nccwpck_require__.e(279), __nccwpck_require__.e(631), __nccwpck_require__.e(924)]).then(__nccwpck_require__.bind(__nccwpck_require__, 7924));
            return shown(await setup(inputs, host, signal), inputs.json, shellLines);
        }
        case 'plan': {
            const inputs = read(_input_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .PLAN_INPUTS */ .KJ);
            const [{ plan }, { planText }] = await Promise.all([
                Promise.all(/* import() */[__nccwpck_require__.e(759), __nccwpck_require__.e(279), __nccwpck_require__.e(151), __nccwpck_require__.e(631), __nccwpck_require__.e(19), __nccwpck_require__.e(787), __nccwpck_require__.e(801)]).then(__nccwpck_require__.bind(__nccwpck_require__, 801)),
                __nccwpck_require__.e(/* import() */ 16).then(__nccwpck_require__.bind(__nccwpck_require__, 6016)),
            ]);
            const { document, matrix } = await plan(inputs, host, signal);
            return inputs.json ? toJson({ plan: document, matrix }) : planText(document, matrix);
        }
        case 'build': {
            const inputs = read(_input_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .BUILD_INPUTS */ .$9);
            const { build } = await Promise.all(/* import() */[__nccwpck_require__.e(759), __nccwpck_require__.e(279), __nccwpck_require__.e(151), __nccwpck_require__.e(631), __nccwpck_require__.e(663), __nccwpck_require__.e(19), __nccwpck_require__.e(787), __nccwpck_require__.e(644), __nccwpck_require__.e(267)]).then(__nccwpck_require__.bind(__nccwpck_require__, 1267));
            return shown(await build(inputs, host, signal), inputs.json, builtLines);
        }
        case 'merge': {
            const inputs = read(_input_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .MERGE_INPUTS */ .HX);
            const { merge } = await Promise.all(/* import() */[__nccwpck_require__.e(759), __nccwpck_require__.e(279), __nccwpck_require__.e(151), __nccwpck_require__.e(663), __nccwpck_require__.e(19), __nccwpck_require__.e(644), __nccwpck_require__.e(193)]).then(__nccwpck_require__.bind(__nccwpck_require__, 4193));
            return shown(await merge(inputs, host, signal), inputs.json, mergedLines);
        }
        case 'publish': {
            const inputs = read(_input_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .PUBLISH_INPUTS */ ._E);
            const { publish } = await Promise.all(/* import() */[__nccwpck_require__.e(759), __nccwpck_require__.e(279), __nccwpck_require__.e(151), __nccwpck_require__.e(631), __nccwpck_require__.e(663), __nccwpck_require__.e(19), __nccwpck_require__.e(787), __nccwpck_require__.e(644), __nccwpck_require__.e(267), __nccwpck_require__.e(193), __nccwpck_require__.e(554)]).then(__nccwpck_require__.bind(__nccwpck_require__, 9554));
            const { built, merged } = await publish(inputs, host, signal);
            return inputs.json ? toJson({ built, merged }) : mergedLines(merged);
        }
        case 'cache': {
            const inputs = read(_input_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .CACHE_INPUTS */ .xJ);
            const { cacheCommand, cacheLines } = await Promise.all(/* import() */[__nccwpck_require__.e(279), __nccwpck_require__.e(631), __nccwpck_require__.e(787), __nccwpck_require__.e(890)]).then(__nccwpck_require__.bind(__nccwpck_require__, 7949));
            const states = await cacheCommand(parseCacheVerb(operands[0]), inputs, host, signal);
            if (states.some(({ cached }) => !cached))
                process.exitCode = 1;
            return shown(states, inputs.json, cacheLines);
        }
        case 'stop': {
            const { finish } = await __nccwpck_require__.e(/* import() */ 622).then(__nccwpck_require__.bind(__nccwpck_require__, 6622));
            if (!(await finish(host)))
                process.exitCode = 1;
            return undefined;
        }
        case 'inspect': {
            const inputs = read(_input_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .INSPECT_INPUTS */ .vR);
            return inputs.diff
                ? shownDiff(operands, inputs, host, signal)
                : shownTrees(operands, inputs, host, signal);
        }
    }
}
const shownTrees = async ([name = ''], inputs, host, signal) => {
    const [{ inspect }, { renderTree }] = await Promise.all([
        Promise.all(/* import() */[__nccwpck_require__.e(279), __nccwpck_require__.e(151), __nccwpck_require__.e(663), __nccwpck_require__.e(449), __nccwpck_require__.e(233)]).then(__nccwpck_require__.bind(__nccwpck_require__, 6233)),
        __nccwpck_require__.e(/* import() */ 293).then(__nccwpck_require__.bind(__nccwpck_require__, 8293)),
    ]);
    const lines = (tree) => renderTree(tree, { all: inputs.paths });
    return shown(await inspect(name, inputs, host, signal), inputs.json, trees => trees.map(lines).join('\n'));
};
const shownDiff = async ([a = '', b = ''], inputs, host, signal) => {
    const [{ diff }, { renderDiff }] = await Promise.all([
        Promise.all(/* import() */[__nccwpck_require__.e(279), __nccwpck_require__.e(151), __nccwpck_require__.e(663), __nccwpck_require__.e(449), __nccwpck_require__.e(839)]).then(__nccwpck_require__.bind(__nccwpck_require__, 8839)),
        __nccwpck_require__.e(/* import() */ 720).then(__nccwpck_require__.bind(__nccwpck_require__, 5720)),
    ]);
    return shown(await diff([a, b], inputs, host, signal), inputs.json, renderDiff);
};
function parseCacheVerb(word) {
    if (word === 'check' || word === 'push')
        return word;
    throw new _util_error_js__WEBPACK_IMPORTED_MODULE_2__/* .UsageError */ .eb(`\`cache\` does not know ${JSON.stringify(word)}`, { hint: 'It is check or push.' });
}
/** Standard input stands in for the input that has no flag: an argument list can be seen by every user of a machine. */
async function withPassword(source, host, read) {
    if (source('password-stdin') === undefined)
        return source;
    const password = (await read()).replace(/\r?\n$/, '');
    host.secret(password);
    return name => (name === 'password' ? password : source(name));
}
function shown(result, json, lines) {
    return json ? toJson(result) : lines(result);
}
function toJson(result) {
    return JSON.stringify(result, undefined, 2);
}
function builtLines(built) {
    return built.map(({ file }) => file).join('\n');
}
function mergedLines(merged) {
    return merged
        .flatMap(({ archive, digest, pushed }) => [
        ...(archive === undefined ? [] : [`${archive} ${digest}`]),
        ...pushed.map(({ image }) => image),
    ])
        .join('\n');
}


/***/ }),

/***/ 4495:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  e: () => (/* binding */ run)
});

// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __nccwpck_require__(8161);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __nccwpck_require__(9110);
// EXTERNAL MODULE: ./lib/util/part-file.js
var part_file = __nccwpck_require__(4338);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __nccwpck_require__(6760);
;// CONCATENATED MODULE: ./lib/entry/report.js


/** Tells a failure in the user's terms, and gives the exit code that stands for it: 1 failed, 2 wrong usage. */
function report(error, log) {
    if (error instanceof util_error/* UserError */.yo) {
        log.error(textOf(error), {
            at: error.at,
            parts: error.parts.map(part => ({ message: textOf(part), at: part.at })),
        });
        return error instanceof util_error/* UsageError */.eb ? 2 : 1;
    }
    // A disk that is full or a folder that is closed is no fault of this program.
    if ((0,util_error/* isSystemError */.Or)(error)) {
        log.error((0,util_error/* messageOf */.bD)(error));
        return 1;
    }
    log.error(`${(0,util_error/* messageOf */.bD)(error)}\nThis is a fault of nix-multiarch itself. Please report it, with the lines below.`);
    log.info(error instanceof Error && error.stack !== undefined ? error.stack : String(error));
    return 1;
}
function textOf(error) {
    return [error.message, whereOf(error), error.hint].filter(line => line !== undefined).join('\n');
}
/** Not for those whose own words have it. */
function whereOf({ message, at }) {
    if (at === undefined)
        return undefined;
    const spot = `:${at.line}:${at.column}`;
    if (message.includes((0,external_node_path_.basename)(at.file) + spot))
        return undefined;
    return `at ${(0,external_node_path_.relative)(process.cwd(), at.file)}${spot}`;
}

;// CONCATENATED MODULE: ./lib/entry/run.js




const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** How long what runs may take to leave in order after a signal. */
const PATIENCE_MS = 900;
/**
 * Runs a task on a host and ends the process with the exit code that its outcome asks for. A signal aborts the task, which then
 * cleans up behind itself; a second one, or a task that does not end, ends the process at once.
 */
async function run(host, task) {
    const abort = new AbortController();
    process.on('exit', () => {
        (0,part_file/* removeOpenParts */.r)();
        try {
            host.dispose();
        }
        catch {
            // What cannot be removed now is the system's to remove; the exit code stays.
        }
    });
    // Whoever reads the log may leave; the work goes on.
    process.stderr.on('error', () => { });
    for (const name of ENDING) {
        const code = 128 + external_node_os_.constants.signals[name];
        process.on(name, () => {
            if (abort.signal.aborted)
                process.exit(code);
            process.exitCode = code;
            abort.abort(new util_error/* UserError */.yo(`Ended by ${name}`));
            setTimeout(() => process.exit(code), PATIENCE_MS).unref();
        });
    }
    try {
        await task(abort.signal);
    }
    catch (error) {
        if (abort.signal.aborted)
            report(abort.signal.reason, host.log);
        else
            process.exitCode = report(error, host.log);
    }
    // Kept connections and the listeners above would hold the process.
    process.exit();
}


/***/ }),

/***/ 8178:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  O: () => (/* binding */ localHost)
});

// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __nccwpck_require__(8161);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __nccwpck_require__(6760);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __nccwpck_require__(3024);
;// CONCATENATED MODULE: ./lib/host/kept.js


/** One folder at one place, from run to run. */
function keptAt(path) {
    return {
        get path() {
            (0,external_node_fs_.mkdirSync)(path, { recursive: true, mode: 0o700 });
            return path;
        },
        get existing() {
            return (0,external_node_fs_.existsSync)(path) ? path : undefined;
        },
        remove: () => (0,external_node_fs_.rmSync)(path, { recursive: true, force: true, maxRetries: 3 }),
    };
}
/** A new folder in `parent`; `remember` is told its path, so that it can be handed in as `known` the next time. */
function keptFor(known, parent, remember) {
    let path = known || undefined;
    return {
        get path() {
            if (path === undefined) {
                path = mkdtempSync(join(parent, 'nix-multiarch-kept-'));
                remember(path);
            }
            return path;
        },
        get existing() {
            return path !== undefined && existsSync(path) ? path : undefined;
        },
        remove() {
            if (path !== undefined)
                rmSync(path, { recursive: true, force: true, maxRetries: 3 });
        },
    };
}

;// CONCATENATED MODULE: ./lib/host/mask.js
/** Shorter parts of a secret are too likely to stand in harmless text. */
const SHORTEST_PART = 6;
function createMask() {
    const forms = new Set();
    let pattern;
    return {
        add(secret) {
            for (const form of formsOf(secret))
                forms.add(form);
            pattern = patternOf(forms);
        },
        apply: text => (pattern ? text.replace(pattern, '***') : text),
    };
}
/** The lines of a secret that has several and are worth hiding by themselves, for output that is read line by line. */
function secretLines(secret) {
    const lines = secret.split(/[\r\n]+/).map(line => line.trim());
    return lines.length > 1 ? lines.filter(line => line.length >= SHORTEST_PART) : [];
}
function formsOf(secret) {
    const plain = secret.trim();
    if (plain === '')
        return [];
    const encoded = [plain, ...secretLines(secret)].flatMap(text => [...urlForms(text), ...base64Forms(text)]);
    return [plain, ...secretLines(secret), ...encoded.filter(form => form.length >= SHORTEST_PART)];
}
function urlForms(text) {
    const percent = encodeURIComponent(Buffer.from(text).toString());
    return [percent, percent.replaceAll('%20', '+')];
}
/** A secret inside a longer text (`user:secret`) has one of three alignments in its base64. */
function base64Forms(text) {
    const bytes = Buffer.from(text);
    const aligned = [0, 1, 2].map(before => {
        const code = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
        return code.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    });
    return aligned.flatMap(code => [code, code.replaceAll('+', '-').replaceAll('/', '_')]);
}
function patternOf(forms) {
    if (forms.size === 0)
        return undefined;
    // The longest first, else a secret's part would be replaced and its rest left standing.
    const sources = [...forms].sort((a, b) => b.length - a.length).map(escaped);
    return new RegExp(sources.join('|'), 'g');
}
function escaped(text) {
    return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __nccwpck_require__(9110);
;// CONCATENATED MODULE: ./lib/host/temp.js



function temporaryFolder(parent) {
    let made;
    return {
        get path() {
            made ??= make(parent);
            return made;
        },
        remove() {
            if (made !== undefined)
                (0,external_node_fs_.rmSync)(made, { recursive: true, force: true, maxRetries: 3 });
            made = undefined;
        },
    };
}
function make(parent) {
    try {
        return (0,external_node_fs_.mkdtempSync)((0,external_node_path_.join)(parent, 'nix-multiarch-'));
    }
    catch (error) {
        throw new util_error/* UserError */.yo(`no temporary folder can be made in ${parent}: ${(0,util_error/* messageOf */.bD)(error)}`, {
            hint: 'Set TMPDIR to a folder that can be written, on a disk with room for the images.',
            cause: error,
        });
    }
}

// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __nccwpck_require__(7975);
;// CONCATENATED MODULE: ./lib/host/columns.js

/** Characters that terminals draw two columns wide: Unicode's East Asian Width W and F, and emoji. */
const WIDE = [
    /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff]/,
    /^[\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/,
    /^[\u{20000}-\u{3fffd}]/u,
    /^\p{Emoji_Presentation}|\ufe0f/u,
];
/** Marks that share the column of the character before them. */
const NO_WIDTH = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u;
/** Makes text safe to draw on one line of a terminal: no escape sequence, no line break, no control character. */
function oneLine(text) {
    return (0,external_node_util_.stripVTControlCharacters)(text)
        .replace(/\s+/g, ' ')
        .replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
        .trim();
}
/** Cuts text so that a terminal draws it in at most `columns` columns; an ellipsis stands for what is missing. */
function cut(text, columns) {
    const characters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
    if (widthOf(characters) <= columns)
        return text;
    let used = 1;
    const kept = [];
    for (const character of characters) {
        used += width(character);
        if (used > columns)
            break;
        kept.push(character);
    }
    return columns > 0 ? `${kept.join('')}…` : '';
}
function widthOf(characters) {
    return characters.reduce((sum, character) => sum + width(character), 0);
}
function width(character) {
    if (NO_WIDTH.test(character))
        return 0;
    return WIDE.some(wide => wide.test(character)) ? 2 : 1;
}

;// CONCATENATED MODULE: ./lib/host/terminal.js

const DRAW_EVERY_MS = 100;
const ERASE_LINE = '\r\u001b[2K';
/** A terminal that draws the live line at most ten times a second, cut so that it never wraps. */
function liveTerminal(stream) {
    let shown = false;
    let wanted;
    let drawnAt = Number.NEGATIVE_INFINITY;
    let timer;
    const erase = () => {
        const text = shown ? ERASE_LINE : '';
        shown = false;
        return text;
    };
    const draw = () => {
        timer = undefined;
        if (wanted === undefined)
            return;
        drawnAt = performance.now();
        // The last column stays free: a terminal may wrap as soon as it is filled.
        stream.write(ERASE_LINE + cut(wanted, (stream.columns ?? 80) - 1));
        shown = true;
    };
    const drawSoon = () => {
        if (timer)
            return;
        const wait = drawnAt + DRAW_EVERY_MS - performance.now();
        if (wait <= 0)
            draw();
        else
            timer = setTimeout(draw, wait).unref();
    };
    return {
        line(text) {
            stream.write(`${erase()}${text}\n`);
            if (wanted !== undefined)
                drawSoon();
        },
        live(text) {
            wanted = text === undefined ? undefined : oneLine(text);
            if (wanted !== undefined)
                return drawSoon();
            clearTimeout(timer);
            timer = undefined;
            const clear = erase();
            if (clear !== '')
                stream.write(clear);
        },
    };
}
/** A file, a pipe or a log: lines only. */
function plainTerminal(stream) {
    return {
        line: text => void stream.write(`${text}\n`),
        live: () => { },
    };
}

;// CONCATENATED MODULE: ./lib/host/local.js






/** A person's machine. */
function localHost(options) {
    const { env } = options;
    const mask = createMask();
    const temp = temporaryFolder(env.TMPDIR || (0,external_node_os_.tmpdir)());
    const terminal = isInteractive(options) ? liveTerminal(options.stderr) : plainTerminal(options.stderr);
    return {
        kind: 'local',
        env,
        log: localLog(terminal, mask, hasColor(options), options.verbose ?? false),
        get temp() {
            return temp.path;
        },
        artifacts: undefined,
        cache: undefined,
        tools: (0,external_node_path_.join)(home(env, 'XDG_CACHE_HOME', '.cache'), 'nix-multiarch'),
        kept: keptAt((0,external_node_path_.join)(home(env, 'XDG_STATE_HOME', '.local/state'), 'nix-multiarch')),
        fromFork: false,
        exportVariable(name, value) {
            process.env[name] = value;
        },
        addPath(folder) {
            process.env.PATH = [folder, process.env.PATH].filter(Boolean).join(external_node_path_.delimiter);
        },
        secret: value => mask.add(value),
        output: () => { },
        summary: () => { },
        dispose() {
            terminal.live(undefined);
            temp.remove();
        },
    };
}
/** https://specifications.freedesktop.org/basedir-spec/latest/ */
function home(env, variable, otherwise) {
    return env[variable] || (0,external_node_path_.join)(env.HOME || (0,external_node_os_.homedir)(), otherwise);
}
function localLog(terminal, mask, color, verbose) {
    const paint = color ? painted : (text) => text;
    let indent = '';
    const print = (text, prefix = '') => {
        const [first = '', ...rest] = mask.apply(text).split(/\r?\n/);
        terminal.line(indent + prefix + first);
        for (const line of rest)
            terminal.line(indent + line);
    };
    return {
        debug(message) {
            if (verbose)
                print(message, paint('debug: ', 'dim'));
        },
        info: message => print(message),
        warning: message => print(message, paint('warning: ', 'yellow')),
        error: message => print(message, paint('error: ', 'red')),
        async group(title, task) {
            print(paint(title, 'bold'));
            const before = indent;
            indent = '  ';
            try {
                return await task();
            }
            finally {
                indent = before;
            }
        },
        folded: title => print(title),
        progress: text => terminal.live(text === undefined ? undefined : mask.apply(text)),
    };
}
/** ECMA-48 "select graphic rendition": how each begins and ends. */
const STYLES = { bold: [1, 22], dim: [2, 22], red: [31, 39], yellow: [33, 39] };
function painted(text, style) {
    const [on, off] = STYLES[style];
    return `\u001b[${on}m${text}\u001b[${off}m`;
}
function isTerminal({ stderr, isTTY, env }) {
    return (isTTY ?? stderr.isTTY ?? false) && env.TERM !== 'dumb';
}
/** A build service may offer a terminal, but what it keeps is a log. */
function isInteractive(options) {
    return isTerminal(options) && !isOn(options.env.CI);
}
/** As https://no-color.org and https://force-color.org have it; what the caller says comes first. */
function hasColor(options) {
    const { env } = options;
    if (options.color !== undefined)
        return options.color;
    if (env.NO_COLOR)
        return false;
    if (env.FORCE_COLOR !== undefined)
        return env.FORCE_COLOR === '' || isOn(env.FORCE_COLOR);
    return isTerminal(options);
}
function isOn(flag) {
    return flag !== undefined && !['', '0', 'false'].includes(flag);
}


/***/ }),

/***/ 3567:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Du: () => (/* binding */ parseCommandLine),
/* harmony export */   Tb: () => (/* binding */ isSwitch),
/* harmony export */   Zo: () => (/* binding */ flagsOf)
/* harmony export */ });
/* harmony import */ var node_util__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(7975);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(9110);
/* harmony import */ var _commands_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(2420);



/** Reads the words after the program's name. Throws a `UsageError` that names the word at fault. */
function parseCommandLine(args) {
    const [verb, ...rest] = args;
    if (verb === undefined || verb === '--help' || verb === '-h')
        return { kind: 'help', command: undefined };
    if (verb === '--version' || verb === '-V')
        return { kind: 'version' };
    if (verb === 'help')
        return { kind: 'help', command: rest[0] === undefined ? undefined : commandOf(rest[0]) };
    const name = commandOf(verb);
    const command = _commands_js__WEBPACK_IMPORTED_MODULE_2__/* .COMMANDS */ .Lo[name];
    const { values, positionals } = parseFlags(name, command, rest);
    if (values.help === true)
        return { kind: 'help', command: name };
    checkOperands(name, command, { operands: positionals, values });
    return { kind: 'run', command: name, source: input => textOf(values[input]), operands: positionals };
}
/** The inputs that a command takes as flags. */
function flagsOf(command) {
    return Object.values(command.inputs).filter(input => input.on !== 'action');
}
/** A switch takes no value: it is there or not. */
function isSwitch(input) {
    return input.placeholder === '';
}
function commandOf(word) {
    if ((0,_commands_js__WEBPACK_IMPORTED_MODULE_2__/* .isCommand */ .y9)(word))
        return word;
    const what = word.startsWith('-')
        ? 'A command must come before the flags'
        : `There is no command ${JSON.stringify(word)}`;
    throw new _util_error_js__WEBPACK_IMPORTED_MODULE_1__/* .UsageError */ .eb(what, {
        hint: `The commands are ${Object.keys(_commands_js__WEBPACK_IMPORTED_MODULE_2__/* .COMMANDS */ .Lo).join(', ')}; see nix-multiarch --help.`,
    });
}
function parseFlags(name, command, args) {
    const options = flagsOf(command).map(input => [input.name, { type: isSwitch(input) ? 'boolean' : 'string', multiple: input.repeats }]);
    const help = ['help', { type: 'boolean', short: 'h' }];
    try {
        return (0,node_util__WEBPACK_IMPORTED_MODULE_0__.parseArgs)({
            args: [...args],
            allowPositionals: true,
            options: Object.fromEntries([...options, help]),
        });
    }
    catch (error) {
        throw new _util_error_js__WEBPACK_IMPORTED_MODULE_1__/* .UsageError */ .eb(firstSentence(error.message), {
            hint: `See nix-multiarch ${name} --help.`,
            cause: error,
        });
    }
}
/** Node.js adds advice about `--` that does not fit here. */
function firstSentence(message) {
    return message.split(/\. (?=To )|\n/)[0] ?? message;
}
function checkOperands(name, command, { operands, values }) {
    const hint = `See nix-multiarch ${name} --help.`;
    const { operand, twiceWith } = command;
    const isTwice = twiceWith !== undefined && values[twiceWith] === true;
    const wanted = operand === undefined ? 0 : isTwice ? 2 : 1;
    if (operands.length < wanted) {
        const needs = isTwice
            ? `\`${name} --${twiceWith}\` needs ${operand} twice`
            : `\`${name}\` needs ${operand}`;
        throw new _util_error_js__WEBPACK_IMPORTED_MODULE_1__/* .UsageError */ .eb(needs, { hint });
    }
    if (operands.length > wanted) {
        throw new _util_error_js__WEBPACK_IMPORTED_MODULE_1__/* .UsageError */ .eb(`\`${name}\` does not take ${JSON.stringify(operands[wanted])}`, { hint });
    }
}
function textOf(value) {
    if (value === undefined)
        return undefined;
    return typeof value === 'object' ? value.join('\n') : String(value);
}


/***/ }),

/***/ 2420:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Lo: () => (/* binding */ COMMANDS),
/* harmony export */   y9: () => (/* binding */ isCommand)
/* harmony export */ });
/* unused harmony export ACTION_OUTPUTS */
/* harmony import */ var _inputs_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(1932);

const COMMANDS = {
    setup: {
        summary: 'Make a machine ready: Nix with a sandboxing daemon where there is none, the caches that it takes from, QEMU for other systems. Prints what a shell must know.',
        inputs: _inputs_js__WEBPACK_IMPORTED_MODULE_0__/* .SETUP_INPUTS */ .S9,
        examples: [
            'eval "$(nix-multiarch setup)"',
            'eval "$(nix-multiarch setup --systems aarch64-linux --cachix my-cache)"',
        ],
    },
    plan: {
        summary: 'List the containers of a flake, which of them have changed since they were pushed, and the jobs that build those. Nothing is built.',
        inputs: _inputs_js__WEBPACK_IMPORTED_MODULE_0__/* .PLAN_INPUTS */ .KJ,
        examples: ['nix-multiarch plan', 'nix-multiarch plan --image "ghcr.io/me/{image}" --group system --json'],
    },
    build: {
        summary: 'Build containers with Nix and write one OCI archive for each container and system.',
        inputs: _inputs_js__WEBPACK_IMPORTED_MODULE_0__/* .BUILD_INPUTS */ .$9,
        examples: [
            'nix-multiarch build',
            'nix-multiarch build --containers "fd rg" --systems "x86_64-linux aarch64-linux" --output archives',
        ],
    },
    merge: {
        summary: 'Join the archives of each container into one multi-arch image: in a file, in a registry, or both.',
        inputs: _inputs_js__WEBPACK_IMPORTED_MODULE_0__/* .MERGE_INPUTS */ .HX,
        examples: [
            'nix-multiarch merge --archives archives --archive "{name}.oci.tar"',
            'nix-multiarch merge --archives archives --image "ghcr.io/me/{image}" --tags "1.2.3 latest"',
        ],
    },
    publish: {
        summary: 'Build and merge on one machine.',
        inputs: _inputs_js__WEBPACK_IMPORTED_MODULE_0__/* .PUBLISH_INPUTS */ ._E,
        examples: [
            'nix-multiarch publish --systems "x86_64-linux aarch64-linux" --archive "{name}.oci.tar"',
            'nix-multiarch publish --containers fd --image ghcr.io/me/fd --tags latest',
        ],
    },
    cache: {
        summary: 'Check what a binary cache lacks of the containers, or push to it what was built for them on this machine. A check that finds something missing ends with 1.',
        operand: 'check|push',
        inputs: _inputs_js__WEBPACK_IMPORTED_MODULE_0__/* .CACHE_INPUTS */ .xJ,
        examples: [
            'nix-multiarch cache check --cachix my-cache --systems "x86_64-linux aarch64-linux"',
            'nix-multiarch cache push --containers fd --store file:///srv/cache',
        ],
    },
    stop: {
        summary: 'Stop the Nix daemon that `setup` started, and remove the files with secrets that it left. Ends with 1 when the daemon could not be stopped.',
        inputs: _inputs_js__WEBPACK_IMPORTED_MODULE_0__/* .STOP_INPUTS */ .rm,
        examples: ['nix-multiarch stop'],
    },
    inspect: {
        summary: 'Show what an image holds, from a registry, an archive or an image layout: platforms, layers with their store paths, annotations. Or what changed from one image to another.',
        operand: 'REF|FILE',
        twiceWith: 'diff',
        inputs: _inputs_js__WEBPACK_IMPORTED_MODULE_0__/* .INSPECT_INPUTS */ .vR,
        examples: [
            'nix-multiarch inspect ghcr.io/me/fd:latest',
            'nix-multiarch inspect --paths fd.oci.tar',
            'nix-multiarch inspect --diff ghcr.io/me/fd:latest fd.oci.tar',
        ],
    },
};
function isCommand(word) {
    return Object.hasOwn(COMMANDS, word);
}
/** What each action gives to later steps, by output name. */
const ACTION_OUTPUTS = {
    plan: {
        matrix: 'The matrix of build jobs for `fromJSON`: a list of jobs under `include`, each with `name`, `container` (one or more names between spaces), `system`, `runner` and `emulated`.',
        jobs: 'How many jobs the matrix has; none when nothing has changed.',
        containers: 'The names of all containers of the plan, changed or not, one a line.',
        plan: 'The name of the artifact that tells the merge what was planned.',
        image: 'Where the images go, as the input `image` has it or would have it: one template a line.',
        json: 'The containers as a JSON list: name, version, whether it is built, why, systems with derivations.',
    },
    build: {
        archives: 'The paths of the archives, one a line.',
        containers: 'The names of the containers that were built, one a line.',
        json: 'All of it as a JSON list: container, system, platform, file, size in bytes, digest of the manifest, derivation.',
    },
    merge: {
        digest: 'The digest of the multi-arch image. With several containers, one a line in the order of `image`.',
        image: 'The image with its digest, `registry/owner/name@sha256:…`, one a line.',
        tags: 'The tags that were set, as full references, one a line.',
        archives: 'The paths of the multi-arch archives, one a line.',
        json: 'All of it as a JSON list: container, digest, images, tags, archive, platforms (with digest, size in bytes and layers), and what was sent.',
    },
};


/***/ }),

/***/ 7625:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   B: () => (/* binding */ helpText)
/* harmony export */ });
/* harmony import */ var _args_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(3567);
/* harmony import */ var _commands_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(2420);


/** The help of the whole program, or of one command. `width` is in columns. */
function helpText(name, width = 80) {
    return name === undefined ? overview(width) : commandHelp(name, _commands_js__WEBPACK_IMPORTED_MODULE_1__/* .COMMANDS */ .Lo[name], width);
}
function overview(width) {
    const verbs = Object.entries(_commands_js__WEBPACK_IMPORTED_MODULE_1__/* .COMMANDS */ .Lo).map(([name, { summary }]) => entry(`  ${name}`, summary, 12, width));
    return [
        "nix-multiarch turns a Nix flake's containers into multi-arch images.",
        '',
        'Usage: nix-multiarch COMMAND [FLAGS]',
        '',
        'Commands',
        ...verbs,
        '',
        'Start here: build this flake for two systems, and join them in one file',
        '  nix-multiarch publish --systems "x86_64-linux aarch64-linux" --archive "{name}.oci.tar"',
        '',
        '`nix-multiarch COMMAND --help` explains the flags of a command; `--version` tells the version.',
        'Exit codes: 0 done, 1 failed, 2 wrong usage.',
    ].join('\n');
}
function commandHelp(name, command, width) {
    const operand = command.operand === undefined ? '' : ` ${command.operand}`;
    const flags = (0,_args_js__WEBPACK_IMPORTED_MODULE_0__/* .flagsOf */ .Zo)(command).map(input => entry(`  ${flagName(input)}`, flagDoc(input), 6, width, true));
    return [
        ...wrap(command.summary, width),
        '',
        `Usage: nix-multiarch ${name}${operand} [FLAGS]`,
        '',
        'Flags',
        ...flags,
        '',
        ...variableHelp(command, width),
        command.examples.length > 1 ? 'Examples' : 'Example',
        ...command.examples.map(example => `  ${example}`),
    ].join('\n');
}
/** What is secret does not stand among arguments, which all users of a machine can see. */
function variableHelp({ inputs }, width) {
    const secret = Object.values(inputs).flatMap(({ variable, doc }) => variable === undefined ? [] : [entry(`  ${variable}`, plain(doc), 6, width, true)]);
    return secret.length === 0 ? [] : ['Environment', ...secret, ''];
}
function plain(doc) {
    return doc.replace(/`/g, '');
}
function flagName(input) {
    return (0,_args_js__WEBPACK_IMPORTED_MODULE_0__/* .isSwitch */ .Tb)(input) ? `--${input.name}` : `--${input.name} ${input.placeholder}`;
}
function flagDoc(input) {
    const doc = plain(input.doc);
    return (0,_args_js__WEBPACK_IMPORTED_MODULE_0__/* .isSwitch */ .Tb)(input) || input.default === '' ? doc : `${doc} Default: ${input.default}`;
}
/** A term and its text: beside each other from column `indent` on, or the text below when `below` is set. */
function entry(term, text, indent, width, below = false) {
    const lines = wrap(text, width - indent).map(line => ' '.repeat(indent) + line);
    if (below)
        return [term, ...lines].join('\n');
    return [term.padEnd(indent) + (lines[0] ?? '').trimStart(), ...lines.slice(1)].join('\n');
}
function wrap(text, width) {
    const lines = [];
    for (const word of text.split(' ')) {
        const last = lines.at(-1);
        if (last !== undefined && last.length + 1 + word.length <= width)
            lines[lines.length - 1] = `${last} ${word}`;
        else
            lines.push(word);
    }
    return lines;
}


/***/ }),

/***/ 6236:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Or: () => (/* binding */ readSecretly),
/* harmony export */   Xq: () => (/* binding */ forActions),
/* harmony export */   Zr: () => (/* binding */ takeVariables)
/* harmony export */ });
/* unused harmony exports readInputs, takeActionInputs */
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(9110);

/** Parses every input of a table. Throws a `UsageError` that names the input at fault. */
function readInputs(table, source) {
    const read = (input) => {
        const given = source(input.name)?.trim();
        try {
            if (given === '' && input.blank === 'refused')
                throw new Error('it is empty');
            return input.parse(given || input.default);
        }
        catch (error) {
            const hint = error instanceof _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo ? error.hint : undefined;
            throw new _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UsageError */ .eb(`Input \`${input.name}\`: ${(0,_util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .bD)(error)}`, { hint, cause: error });
        }
    };
    const values = Object.entries(table).map(([key, input]) => [key, read(input)]);
    return Object.fromEntries(values);
}
/**
 * Reads inputs as the command line gets them: from flags, and what is secret from the environment. That is taken out of it,
 * since builds may see what Nix was started with.
 */
function takeVariables(source, table, env) {
    const taken = new Map();
    for (const { name, variable } of Object.values(table)) {
        if (variable === undefined)
            continue;
        taken.set(name, env[variable]);
        delete env[variable];
    }
    return name => source(name) ?? taken.get(name);
}
/** Reads inputs, and keeps what is secret out of the log. */
function readSecretly(table, source, { secret }) {
    const values = readInputs(table, source);
    for (const [key, input] of Object.entries(table)) {
        const value = values[key];
        if (input.secret && typeof value === 'string')
            secret(value);
    }
    return values;
}
/** The inputs of a table, for actions alone. */
function forActions(table) {
    const entries = Object.entries(table).map(([key, input]) => [key, { ...input, on: 'action' }]);
    return Object.fromEntries(entries);
}
/**
 * Inputs as a GitHub runner hands them to an action. They are taken out of the environment, since GitHub's own clients start
 * programs, and hand on all that is there.
 */
function takeActionInputs(env) {
    const taken = new Map();
    for (const name of Object.keys(env).filter(each => each.startsWith('INPUT_'))) {
        taken.set(name, env[name]);
        delete env[name];
    }
    return name => taken.get(`INPUT_${name.toUpperCase()}`);
}


/***/ }),

/***/ 1932:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  $9: () => (/* binding */ BUILD_INPUTS),
  xJ: () => (/* binding */ CACHE_INPUTS),
  vR: () => (/* binding */ INSPECT_INPUTS),
  HX: () => (/* binding */ MERGE_INPUTS),
  KJ: () => (/* binding */ PLAN_INPUTS),
  _E: () => (/* binding */ PUBLISH_INPUTS),
  S9: () => (/* binding */ SETUP_INPUTS),
  rm: () => (/* binding */ STOP_INPUTS)
});

// UNUSED EXPORTS: registryInputs

// EXTERNAL MODULE: ./lib/nix/attribute.js
var attribute = __nccwpck_require__(1651);
// EXTERNAL MODULE: ./lib/oci/system.js
var system = __nccwpck_require__(5312);
;// CONCATENATED MODULE: ./lib/input/define.js
/** An input, with what most inputs have in common. */
function define_define(of) {
    return { placeholder: 'TEXT', default: '', on: 'both', repeats: false, ...of };
}

// EXTERNAL MODULE: ./lib/input/input.js
var input = __nccwpck_require__(6236);
;// CONCATENATED MODULE: ./lib/input/parse.js
/** Parsers from the text of an input; each throws an `Error` whose message says what was expected. */
function parse_text(value) {
    return value;
}
function optionalText(value) {
    return value === '' ? undefined : value;
}
/** Words between spaces, commas or line ends, each once. */
function words(value) {
    return [...new Set(value.split(/[\s,]+/).filter(word => word !== ''))];
}
/** Lines that are not blank, trimmed, each once. */
function lines(value) {
    const trimmed = value.split(/\r?\n/).map(line => line.trim());
    return [...new Set(trimmed.filter(line => line !== ''))];
}
function flag(value) {
    if (/^(true|yes|on|1)$/i.test(value))
        return true;
    if (/^(false|no|off|0|)$/i.test(value))
        return false;
    throw new Error(`${JSON.stringify(value)} is neither true nor false`);
}
/** A parser for one of a few words. */
function oneOf(...allowed) {
    return value => {
        const found = allowed.find(word => word === value);
        if (found === undefined)
            throw new Error(`${JSON.stringify(value)} is not one of ${allowed.join(', ')}`);
        return found;
    };
}
/** A parser for a list whose every word passes `each`. */
function listOf(each) {
    return value => words(value).map(each);
}
/** A whole number from 1 on, where one is given. How far it may go depends on what it is a level of. */
function optionalLevel(value) {
    if (value === '')
        return undefined;
    if (!/^[1-9]\d?$/.test(value))
        throw new Error(`${JSON.stringify(value)} is not a level, such as 6`);
    return Number(value);
}
/** A number of minutes above 0, as milliseconds. */
function minutes(value) {
    const number = Number(value);
    if (!/^\d+(\.\d+)?$/.test(value) || number <= 0 || number > 24 * 60)
        throw new Error(`${JSON.stringify(value)} is not a number of minutes, from above 0 to 1440`);
    return number * 60_000;
}

;// CONCATENATED MODULE: ./lib/input/inspect-inputs.js


const paths = define_define({
    name: 'paths',
    placeholder: '',
    on: 'cli',
    parse: flag,
    doc: 'Read every layer, and tell all the store paths in it with their sizes, uncompressed. Without it they are taken from what dockerTools writes into the config; where that says nothing, the layers of files are read, and those in a registry are not.',
});
const diff = define_define({
    name: 'diff',
    placeholder: '',
    on: 'cli',
    parse: flag,
    doc: 'Compare two images, each a reference or a file: what somebody who has the first still has to fetch for the second, and which layers, store paths, settings and annotations differ. Ends with 0 whether they differ or not.',
});

// EXTERNAL MODULE: ./lib/install/releases.js
var releases = __nccwpck_require__(1065);
// EXTERNAL MODULE: ./lib/nix/public-key.js
var public_key = __nccwpck_require__(5948);
// EXTERNAL MODULE: ./lib/nix/push.js
var push = __nccwpck_require__(1423);
// EXTERNAL MODULE: ./lib/nix/qemu.js
var qemu = __nccwpck_require__(9867);
// EXTERNAL MODULE: ./lib/nix/store-uri.js
var store_uri = __nccwpck_require__(5181);
// EXTERNAL MODULE: ./lib/util/url.js
var util_url = __nccwpck_require__(7237);
;// CONCATENATED MODULE: ./lib/input/parse-nix.js



/** Parsers for what Nix is set up with; each throws an `Error` whose message says what was expected. */
function parseNixVersion(text) {
    if (/^\d+\.\d+(\.\d+)?(pre[\w.]*)?$/.test(text))
        return text;
    throw new Error(`${JSON.stringify(text)} is not a version of Nix, such as 2.34.8`);
}
/** Gives it in lower case. */
function parseSha256(text) {
    if (text === '')
        return undefined;
    if (/^[0-9a-f]{64}$/i.test(text))
        return text.toLowerCase();
    throw new Error(`${JSON.stringify(text)} is not a SHA-256: 64 hex digits`);
}
/** Lines as in nix.conf. */
function confLines(text) {
    const all = lines(text);
    const odd = all.find(line => !/^(#|!?include\s+\S|[\w-]+\s*=)/.test(line));
    if (odd === undefined)
        return all;
    // What stands there may be a secret that went astray.
    throw new Error('a line is not as nix.conf has them: a name, an equals sign and a value');
}
const POWERS = { '': 0, k: 1, m: 2, g: 3 };
/** A size such as `500 MB` or `2 GiB`, in bytes. */
function parseSize(text) {
    const [, number = '', unit = '', binary] = /^(\d+(?:\.\d+)?)\s*([kmg]?)(i?)b?$/i.exec(text) ?? [];
    if (number === '')
        throw new Error(`${JSON.stringify(text)} is not a size, such as 500 MB or 2 GB`);
    return Math.round(Number(number) * (binary ? 1024 : 1000) ** (POWERS[unit.toLowerCase()] ?? 0));
}
/** An address that is fetched from. */
function parseWebUrl(text) {
    const url = (0,util_url/* urlFrom */.s)(text);
    if (url !== undefined && /^https?:$/.test(url.protocol))
        return text;
    throw new Error(`${JSON.stringify(text)} is no address that begins with https://`);
}
/** None where nothing is given. */
function optional(parse) {
    return text => (text === '' ? undefined : parse(text));
}
/** The address of a store, as Nix takes it. */
function storeAddress(text) {
    return (0,store_uri/* parseStoreUri */.x)(text).text;
}

;// CONCATENATED MODULE: ./lib/input/nix-inputs.js







const nixVersion = define_define({
    name: 'nix-version',
    placeholder: 'VERSION',
    default: releases/* DEFAULT_NIX_VERSION */.j,
    parse: parseNixVersion,
    doc: 'The Nix to install where there is none. Its release is held against the SHA-256 that stands in this project; for another version against the one beside the release, with a warning.',
});
const nixUrl = define_define({
    name: 'nix-url',
    placeholder: 'URL',
    parse: optional(parseWebUrl),
    doc: 'Where the release of Nix comes from: a mirror of `https://releases.nixos.org/nix`, or the address of one tarball.',
});
const nixSha256 = define_define({
    name: 'nix-sha256',
    placeholder: 'HEX',
    parse: parseSha256,
    doc: "The SHA-256 of the release's tarball.",
});
const nixConf = define_define({
    name: 'nix-conf',
    placeholder: 'LINES',
    repeats: true,
    parse: confLines,
    doc: 'Lines for the configuration of Nix, such as `max-jobs = 2`. They come after all others.',
});
const cachix = define_define({
    name: 'cachix',
    placeholder: 'NAMES',
    repeats: true,
    parse: words,
    doc: 'Names of Cachix caches to take from. Address and public keys come from Cachix. The first one is pushed to when there is a `cachix-signing-key` or a `cachix-auth-token`.',
});
const cachixHost = define_define({
    name: 'cachix-host',
    placeholder: 'URL',
    default: 'https://cachix.org',
    parse: parseWebUrl,
    doc: 'The Cachix server that knows them.',
});
const cachixAuthToken = define_define({
    name: 'cachix-auth-token',
    on: 'action',
    secret: true,
    variable: 'CACHIX_AUTH_TOKEN',
    parse: optionalText,
    doc: 'The token for private Cachix caches, and for pushing. The command line takes `CACHIX_AUTH_TOKEN` from the environment.',
});
const cachixSigningKey = define_define({
    name: 'cachix-signing-key',
    on: 'action',
    secret: true,
    variable: 'CACHIX_SIGNING_KEY',
    parse: optionalText,
    doc: 'The key that signs what is pushed to Cachix, for a cache whose key Cachix does not hold. The command line takes `CACHIX_SIGNING_KEY` from the environment.',
});
const extraSubstituters = define_define({
    name: 'extra-substituters',
    placeholder: 'URIS',
    repeats: true,
    parse: listOf(storeAddress),
    doc: 'Addresses of further binary caches to take from. One that is down is left out with a warning.',
});
const extraTrustedPublicKeys = define_define({
    name: 'extra-trusted-public-keys',
    placeholder: 'KEYS',
    repeats: true,
    parse: listOf(public_key/* parsePublicKey */.e),
    doc: 'The public keys of those caches, `name:base64`. What is not signed by a trusted key is built instead.',
});
const netrc = define_define({
    name: 'netrc',
    on: 'action',
    secret: true,
    variable: 'NIX_MULTIARCH_NETRC',
    parse: optionalText,
    doc: 'Credentials for binary caches, as the lines of a netrc file: `machine cache.example.org login me password secret`. The command line takes `NIX_MULTIARCH_NETRC` from the environment.',
});
const pushTo = define_define({
    name: 'push-to',
    placeholder: 'URI',
    parse: optional(storeAddress),
    doc: 'A store that gets what was built, with all that belongs to it: any address that `nix copy` knows, such as `s3://bucket` or `file:///srv/cache`. Nothing is pushed for pull requests from forks.',
});
const secretKey = define_define({
    name: 'secret-key',
    on: 'action',
    secret: true,
    variable: 'NIX_MULTIARCH_SECRET_KEY',
    parse: optional(push/* parseSecretKey */.N),
    doc: 'The secret key that signs what goes to `push-to`, as `nix key generate-secret` makes one. The command line takes `NIX_MULTIARCH_SECRET_KEY` from the environment.',
});
const cache = define_define({
    name: 'cache',
    on: 'action',
    default: 'true',
    parse: flag,
    doc: "Whether GitHub's cache keeps archives by derivation, and what was built here and is in no binary cache. Pull requests from forks only read it. The command line has no such cache: it has its Nix store.",
});
const cacheSize = define_define({
    name: 'cache-size',
    on: 'action',
    default: '2 GB',
    parse: parseSize,
    doc: 'How much of what was built here is kept, uncompressed. What was not used for longest goes first. GitHub gives a repository 10 GB for all caches.',
});
const qemuImage = define_define({
    name: 'qemu-image',
    placeholder: 'REF',
    default: qemu/* DEFAULT_QEMU_IMAGE */.vr,
    parse: parse_text,
    doc: 'The image that a static QEMU is taken from, where the machine has none and no package of it. Nothing but this one program is taken, and each byte is held against the digest.',
});
const store = define_define({
    name: 'store',
    placeholder: 'URI',
    parse: optional(storeAddress),
    doc: 'The store that is meant, where it is not the first Cachix cache of `--cachix`: any address that `nix copy` knows.',
});
const githubToken = define_define({
    name: 'github-token',
    on: 'action',
    secret: true,
    // GitHub fills this in.
    actionDefault: '${{ github.token }}',
    variable: 'GITHUB_TOKEN',
    parse: optionalText,
    doc: 'The token for flake inputs on github.com, which allows more requests than none. The command line takes `GITHUB_TOKEN` from the environment.',
});
/** Which Nix to install, and from where. */
const installation = { nixVersion, nixUrl, nixSha256 };
/** What Nix may take from, and how it is set. */
const caches = {
    cachix,
    cachixHost,
    cachixAuthToken,
    extraSubstituters,
    extraTrustedPublicKeys,
    netrc,
    nixConf,
    githubToken,
};
/** Where what was built goes. */
const pushing = { cachixSigningKey, pushTo, secretKey };

;// CONCATENATED MODULE: ./lib/input/runners.js

/** Words `system=label` and `system=[label, label]`, between spaces, commas or line ends. */
function parseRunners(text) {
    const entry = /([^\s,=]+)\s*=\s*(\[[^\]]*\]|[^\s,[\]]+)|[^\s,]+/g;
    const all = [...text.matchAll(entry)].map(([word, system = '', runner]) => {
        if (runner === undefined)
            throw new Error(`${JSON.stringify(word)} is not a system, an equals sign and a runner's label`);
        return [parseSystem(system), parseRunner(runner)];
    });
    const twice = all.find(([system], n) => all.findIndex(([other]) => other === system) < n);
    if (twice !== undefined)
        throw new Error(`${twice[0]} has two runners`);
    return Object.fromEntries(all);
}
function parseSystem(word) {
    if ((0,system/* isSystem */.yQ)(word))
        return word;
    throw new Error(`${JSON.stringify(word)} is not a system; known: ${system/* SYSTEMS */.LB.join(', ')}`);
}
/** Quotes are what YAML has around labels, and no part of them. */
function parseRunner(text) {
    if (!text.startsWith('['))
        return text;
    const labels = text
        .slice(1, -1)
        .split(',')
        .map(label => label.trim().replace(/^(["'])(.*)\1$/, '$2'))
        .filter(label => label !== '');
    if (labels.length === 0)
        throw new Error(`${text} names no label`);
    return labels;
}

;// CONCATENATED MODULE: ./lib/input/plan-inputs.js



const runners = define_define({
    name: 'runners',
    placeholder: 'SYSTEM=LABEL',
    repeats: true,
    parse: parseRunners,
    doc: 'The runner for each system, as `aarch64-linux=ubuntu-24.04-arm`, or with several labels as `aarch64-linux=[self-hosted, linux, arm64]`. What is named here builds its system itself. By default `x86_64-linux=ubuntu-24.04` and `aarch64-linux=ubuntu-24.04-arm`; every other system is emulated on the runner of x86_64-linux.',
});
const group = define_define({
    name: 'group',
    placeholder: 'container|system',
    default: 'container',
    parse: oneOf('container', 'system'),
    doc: 'Whether each container has a job of its own for each system, or all containers of a system share one, and so its setting up. GitHub starts 256 jobs from one matrix at most; where there would be more, containers share them.',
});
const force = define_define({
    name: 'force',
    placeholder: '',
    default: 'false',
    parse: flag,
    doc: 'Build all containers, also those that the registry has just as the flake describes them.',
});
const planFile = define_define({
    name: 'plan',
    placeholder: 'FILE',
    on: 'cli',
    parse: optionalText,
    doc: 'Write the plan into this file, for `merge --plan`. On GitHub it is an artifact.',
});

// EXTERNAL MODULE: ./lib/oci/reference.js
var reference = __nccwpck_require__(3940);
// EXTERNAL MODULE: ./lib/util/error.js
var error = __nccwpck_require__(9110);
;// CONCATENATED MODULE: ./lib/tag/input-lines.js

/** Reads each line that is neither blank nor a comment (`# …`). Errors name the line at fault. */
function inputLines(text, parse) {
    return text.split(/\r?\n/).flatMap((whole, index) => {
        const line = whole.trim();
        if (line === '' || line.startsWith('#'))
            return [];
        try {
            return [parse(line)];
        }
        catch (cause) {
            throw new Error(`line ${index + 1}, ${line}: ${(0,error/* messageOf */.bD)(cause)}`, { cause });
        }
    });
}

;// CONCATENATED MODULE: ./lib/tag/attributes.js
const FIELD = /\s*(?:"((?:[^"]|"")*)"|((?!")[^,]*))\s*(?:,|$)/y;
/** Reads `key=value` between commas; a field in double quotes may hold commas, and `""` for a quote. */
function parseAttributes(line) {
    return fieldsOf(line)
        .map(field => field.trim())
        .filter(field => field !== '')
        .map(attributeOf);
}
function fieldsOf(line) {
    const fields = [];
    FIELD.lastIndex = 0;
    while (FIELD.lastIndex < line.length) {
        const match = FIELD.exec(line);
        if (!match)
            throw new Error('a quote is not closed, or something stands after it');
        fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    }
    return fields;
}
function attributeOf(field) {
    const equals = field.indexOf('=');
    if (equals < 0)
        return { key: undefined, value: field };
    return { key: field.slice(0, equals).trim().toLowerCase(), value: field.slice(equals + 1).trim() };
}

// EXTERNAL MODULE: ./lib/tag/template.js
var template = __nccwpck_require__(8744);
// EXTERNAL MODULE: ./lib/tag/vocabulary.js
var vocabulary = __nccwpck_require__(9178);
;// CONCATENATED MODULE: ./lib/tag/rule-attributes.js


/** Throws an `Error` with the example when it is absent or empty. */
function needed(attributes, key, example) {
    const value = attributes.get(key);
    if (!value)
        throw new Error(`it lacks ${key}, such as ${key}=${example}`);
    return value;
}
/** Its `value`, which may be empty. */
function givenValue(attributes) {
    return (0,template/* parseTemplate */.QC)(attributes.get('value') ?? '', vocabulary/* GLOBAL_VOCABULARY */.ng);
}
/** Throws an `Error` that lists what is allowed. */
function rule_attributes_oneOf(allowed, attributes, key) {
    const value = attributes.get(key);
    const found = allowed.find(word => word === value);
    if (found === undefined)
        throw new Error(`${key}=${value ?? ''} is not one of ${allowed.join(', ')}`);
    return found;
}
/** Throws an `Error` when it is none. */
function wholeNumber(attributes, key) {
    const value = attributes.get(key) ?? '';
    if (!/^\d{1,9}$/.test(value))
        throw new Error(`${key}=${value} is not a whole number`);
    return Number(value);
}
/** `v(.*)`, or with flags `/v(.*)/i`. */
function parseRegExp(text) {
    const [, inner = text, flags = ''] = /^\/(.+)\/(.*)$/.exec(text) ?? [];
    try {
        // Without a memory, so that two uses of it give the same.
        return new RegExp(inner, flags.replace(/[gy]/g, ''));
    }
    catch (cause) {
        throw new Error(`${text} is not a regular expression`, { cause });
    }
}

;// CONCATENATED MODULE: ./lib/tag/rule-forms.js



const EVENTS = ['branch', 'tag', 'pr'];
const FORMATS = ['short', 'long'];
const FORMS = {
    schedule: {
        priority: 1000,
        attributes: { pattern: 'nightly' },
        own: all => ({
            type: 'schedule',
            pattern: (0,template/* parseTemplate */.QC)(needed(all, 'pattern', 'nightly'), vocabulary/* DATE_VOCABULARY */.c2),
        }),
    },
    semver: {
        priority: 900,
        attributes: { pattern: undefined, value: '', match: undefined },
        own: all => ({
            type: 'semver',
            pattern: (0,template/* parseTemplate */.QC)(needed(all, 'pattern', '{{version}}'), vocabulary/* VERSION_VOCABULARY */.MT),
            value: givenValue(all),
            ...(all.get('match') && { match: parseRegExp(needed(all, 'match', 'v(.*)')) }),
        }),
    },
    match: {
        priority: 800,
        attributes: { pattern: undefined, group: '0', value: '' },
        own: all => ({
            type: 'match',
            pattern: parseRegExp(needed(all, 'pattern', 'v(.*)')),
            group: wholeNumber(all, 'group'),
            value: givenValue(all),
        }),
    },
    edge: {
        priority: 700,
        attributes: { branch: undefined },
        own: all => ({ type: 'edge', ...(all.get('branch') && { branch: needed(all, 'branch', 'main') }) }),
    },
    ref: {
        priority: 600,
        attributes: { event: undefined },
        own: all => ({ type: 'ref', event: rule_attributes_oneOf(EVENTS, all, 'event') }),
    },
    raw: {
        priority: 200,
        attributes: { value: undefined },
        own: all => ({ type: 'raw', value: (0,template/* parseTemplate */.QC)(needed(all, 'value', 'stable'), vocabulary/* GLOBAL_VOCABULARY */.ng) }),
    },
    sha: {
        priority: 100,
        attributes: { format: 'short' },
        prefix: 'sha-',
        own: all => ({ type: 'sha', format: rule_attributes_oneOf(FORMATS, all, 'format') }),
    },
};
/** Throws an `Error` for a type that there is not. */
function formOf(type) {
    if (type === 'pep440') {
        throw new Error('versions of PEP 440 are not read here; give the tag itself, or use type=match');
    }
    const form = Object.entries(FORMS).find(([name]) => name === type)?.[1];
    if (!form)
        throw new Error(`type=${type} is not one of ${Object.keys(FORMS).join(', ')}`);
    return form;
}

;// CONCATENATED MODULE: ./lib/tag/parse-rule.js





const COMMON = ['type', 'enable', 'priority', 'prefix', 'suffix'];
/** Reads one line of rules: `type=…,…`, a tag as it is, or `auto`. Throws an `Error` that says what is wrong. */
function parseRule(line) {
    if (line === 'auto')
        return { line, type: 'auto', enable: ['true'], priority: 1000 };
    const given = new Map(parseAttributes(line).map(({ key, value }) => [key ?? 'value', value]));
    const form = formOf(given.get('type') ?? 'raw');
    const known = [...COMMON, ...Object.keys(form.attributes)];
    const odd = [...given.keys()].find(key => !known.includes(key));
    if (odd !== undefined)
        throw new Error(`${odd} is not an attribute of it; there are ${known.join(', ')}`);
    const defaults = { enable: 'true', priority: String(form.priority), ...form.attributes };
    const all = new Map([...Object.entries(defaults), ...given].flatMap(definite));
    const prefix = all.get('prefix') ?? (given.get('event') === 'pr' ? 'pr-' : form.prefix);
    return {
        line,
        enable: (0,template/* parseTemplate */.QC)(needed(all, 'enable', 'true'), vocabulary/* GLOBAL_VOCABULARY */.ng),
        priority: wholeNumber(all, 'priority'),
        ...affix('prefix', prefix),
        ...affix('suffix', all.get('suffix')),
        ...form.own(all),
    };
}
function definite([key, value]) {
    return value === undefined ? [] : [[key, value]];
}
function affix(key, text) {
    return text === undefined ? {} : { [key]: (0,template/* parseTemplate */.QC)(text, vocabulary/* GLOBAL_VOCABULARY */.ng) };
}

;// CONCATENATED MODULE: ./lib/tag/flavor.js




const NONE = { text: [], onLatest: false };
const LATEST = { auto: 'auto', true: true, false: false };
/** Reads the lines of docker/metadata-action's input `flavor`; an empty text is its default. Errors name the line at fault. */
function parseFlavor(text) {
    const given = inputLines(text, parseFlavorLine);
    return Object.assign({ latest: 'auto', prefix: NONE, suffix: NONE }, ...given);
}
function parseFlavorLine(line) {
    let found = {};
    let last;
    for (const { key, value } of parseAttributes(line)) {
        if (key === 'latest') {
            found = { ...found, latest: flavor_oneOf(LATEST, 'latest', value) };
        }
        else if (key === 'prefix' || key === 'suffix') {
            last = key;
            found = { ...found, [key]: { text: (0,template/* parseTemplate */.QC)(value, vocabulary/* GLOBAL_VOCABULARY */.ng), onLatest: false } };
        }
        else if (key === 'onlatest' && last) {
            found = {
                ...found,
                [last]: { ...found[last], onLatest: flavor_oneOf({ true: true, false: false }, key, value) },
            };
        }
        else {
            throw new Error(`${key ?? value} is not latest=auto|true|false, prefix=… or suffix=… (these with onlatest=true)`);
        }
    }
    return found;
}
function flavor_oneOf(allowed, key, value) {
    const found = Object.hasOwn(allowed, value) ? allowed[value] : undefined;
    if (found === undefined)
        throw new Error(`${key}=${value} is not one of ${Object.keys(allowed).join(', ')}`);
    return found;
}

;// CONCATENATED MODULE: ./lib/tag/request.js




/**
 * Reads the input `tags`: `auto` or nothing; tags or whole references between spaces, commas or line ends; or lines of
 * which some are rules (`type=…`) or `auto`. Errors name the line at fault.
 */
function parseTagRequest(text) {
    const lines = inputLines(text, line => line);
    if (lines.length === 0 || lines.every(line => line === 'auto'))
        return { kind: 'auto' };
    if (!lines.some(isRule)) {
        const tags = inputLines(text, parseList).flat();
        if (tags.length === 0)
            throw new Error('it names no tag');
        return { kind: 'list', tags };
    }
    const rules = inputLines(text, parseRules).flat();
    return { kind: 'rules', rules: rules.toSorted((a, b) => b.priority - a.priority) };
}
function isRule(line) {
    return line === 'auto' || /=|\{\{/.test(line);
}
/** A line of rules; beside such lines, one of tags. */
function parseRules(line) {
    if (isRule(line))
        return [parseRule(line)];
    return parseList(line).map(({ tag, name }) => parseRule(name === undefined ? tag : `type=raw,value=${tag},prefix=,suffix=`));
}
function parseList(line) {
    const words = line.split(/[\s,]+/).filter(word => word !== '');
    if (words.includes('auto'))
        throw new Error('auto needs a line of its own');
    return words.map(parseListed);
}
function parseListed(word) {
    if ((0,reference/* isTag */.dz)(word))
        return { tag: word };
    if (!word.includes('/') && !word.includes(':'))
        throw new Error(`${word} is not a tag`);
    const { tag, digest, ...name } = (0,reference/* parseReference */.F2)(word);
    if (tag === undefined || digest !== undefined)
        throw new Error(`${word} has no tag, or more than one`);
    return { tag, name: (0,reference/* referenceName */.z$)(name) };
}

;// CONCATENATED MODULE: ./lib/input/annotation-lines.js

const LEVELS = ['index', 'manifest'];
/**
 * Lines `key=value`, each for the index and the manifests, or for what it begins with: `index:`, `manifest:` or
 * `manifest,index:`, as docker/metadata-action writes them.
 */
function parseAnnotations(text) {
    return lines(text).map(line => {
        const [, levels, rest = line] = /^([^=:]+):([^=]+=.*)$/.exec(line) ?? [];
        return { ...keyAndValue(rest), on: levels === undefined ? LEVELS : parseLevels(levels) };
    });
}
/** Lines `key=value`, as docker/metadata-action writes labels; the last of those with one key counts. */
function parseLabels(text) {
    const all = lines(text).map(keyAndValue);
    return Object.fromEntries(all.map(({ key, value }) => [key, value]));
}
function parseLevels(text) {
    return text.split(',').map(word => {
        const level = LEVELS.find(each => each === word.trim());
        if (level !== undefined)
            return level;
        throw new Error(`${JSON.stringify(text)} is no place for annotations; known: ${LEVELS.join(', ')}`);
    });
}
function keyAndValue(line) {
    const [, key, value] = /^([^\s=]+)=(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined)
        throw new Error(`${JSON.stringify(line)} is no key, an equals sign and a value`);
    return { key, value };
}

;// CONCATENATED MODULE: ./lib/input/tag-inputs.js




const tags = define_define({
    name: 'tags',
    placeholder: 'TAGS',
    default: 'auto',
    // Rules that make no tag are not to end in `latest`.
    blank: 'refused',
    repeats: true,
    parse: parseTagRequest,
    doc: 'The tags to set. `auto` takes them from the version and from Git: `1.2.3`, `1.2`, `1` and `latest`, the branch, `sha-` and the commit, `pr-` and the number. Or a list between spaces, commas or line ends; or the rules of docker/metadata-action, one a line, or what that action gives. They all name one digest, move last, and never go backwards.',
});
const version = define_define({
    name: 'version',
    placeholder: 'VERSION',
    parse: optionalText,
    doc: "The version that tags are made from. By default it is the image's own, its `version` or its tag when that is a version, else that of the Git tag.",
});
const flavor = define_define({
    name: 'flavor',
    placeholder: 'LINES',
    repeats: true,
    parse: parseFlavor,
    doc: 'What holds for all tags that rules make, as in docker/metadata-action: `latest=auto|true|false`, `prefix=…`, `suffix=…`.',
});
const tag_inputs_push = define_define({
    name: 'push',
    placeholder: 'auto|true|false',
    default: 'auto',
    parse: oneOf('auto', 'true', 'false'),
    doc: 'Whether anything is sent to a registry. `auto` sends nothing for pull requests; there all is done but that.',
});
const overwrite = define_define({
    name: 'overwrite',
    placeholder: '',
    default: 'false',
    parse: flag,
    doc: 'Let the tag of an exact version be set anew although it names something else already. By default that is an error.',
});
const annotations = define_define({
    name: 'annotations',
    placeholder: 'LINES',
    repeats: true,
    parse: parseAnnotations,
    doc: 'Lines `key=value` that are written on the index and on the manifests, beside those that come from Git and the flake, and before them. `index:` or `manifest:` at the beginning of a line names one of the two.',
});
const labels = define_define({
    name: 'labels',
    placeholder: 'LINES',
    repeats: true,
    parse: parseLabels,
    doc: "Lines `key=value` for the labels in the images' configurations.",
});
const release = define_define({
    name: 'release',
    on: 'action',
    placeholder: '',
    default: 'false',
    parse: flag,
    doc: 'After a push to the default branch with a version that is new: make the Git tag `v<version>` and a release on GitHub, when all is pushed. The job needs `permissions: contents: write`.',
});
/** For the merge: what the plan found. */
const plan = define_define({
    name: 'plan',
    placeholder: 'FILE',
    parse: optionalText,
    doc: 'The document that `plan` wrote: containers that it found unchanged are taken from the registry, and only their tags are brought up to date. By default it is the artifact that the plan left in this workflow run, if it did.',
});
/** What decides which tags a run sets; the plan looks under the same names. */
const tagging = { tags, version, flavor, push: tag_inputs_push, overwrite };
/** What the merge writes on images beside that. */
const writing = { annotations, labels };

;// CONCATENATED MODULE: ./lib/input/inputs.js









const flake = define_define({
    name: 'flake',
    placeholder: 'REF',
    default: '.',
    parse: parse_text,
    doc: 'The flake that has the containers: a folder or any flake reference that Nix knows, such as `github:owner/repository`.',
});
const containers = define_define({
    name: 'containers',
    placeholder: 'NAMES',
    repeats: true,
    parse: words,
    doc: 'Names of containers, between spaces, commas or line ends. None means every image that the flake has for the system; it is found by evaluating, not by building.',
});
const inputs_attribute = define_define({
    name: 'attribute',
    placeholder: 'TEMPLATE',
    default: attribute/* DEFAULT_ATTRIBUTE */.vX,
    parse: attribute/* parseAttributeTemplate */.U2,
    doc: 'Where in the flake a container stands. `{system}` and `{name}` are filled in, so that `packages.x86_64-linux.{name}-aarch64` names a cross-compiled one. It must hold `{name}`.',
});
const systems = define_define({
    name: 'systems',
    placeholder: 'SYSTEMS',
    repeats: true,
    parse: listOf(inputs_parseSystem),
    doc: `The Nix systems to build for. None means this machine's own Linux system, also on macOS. Known: ${system/* SYSTEMS */.LB.map(system => `\`${system}\``).join(', ')}.`,
});
const expectedSystems = define_define({
    name: 'systems',
    placeholder: 'SYSTEMS',
    repeats: true,
    parse: expected,
    doc: 'The systems that every container must have, no more and no fewer. None means those that any container of the run has; `any` takes whatever there is.',
});
const plannedSystems = define_define({
    ...systems,
    default: 'x86_64-linux aarch64-linux',
    doc: 'The Nix systems to plan for. One that the flake has no images for is left out, and that is said.',
});
const emulation = define_define({
    name: 'emulation',
    placeholder: 'auto|off',
    default: 'auto',
    parse: oneOf('auto', 'off'),
    doc: "Whether a system that is neither the machine's own nor within reach of Nix (`extra-platforms`, remote builders) is built under QEMU. `auto` registers a static QEMU, which is fetched where the machine has none; that needs root or sudo. `off` makes such a system an error, unless it is built already or in a cache.",
});
const compression = define_define({
    name: 'compression',
    placeholder: 'gzip|zstd',
    default: 'gzip',
    parse: oneOf('gzip', 'zstd'),
    doc: 'How layers are compressed. `zstd` is smaller and faster, needs Node.js 22.15 or newer here, and Docker 23 or containerd 1.5 to pull. An image that has not changed since it was pushed keeps the compression that it has, until `force` builds it anew.',
});
const compressionLevel = define_define({
    name: 'compression-level',
    placeholder: 'N',
    parse: optionalLevel,
    doc: 'How hard layers are compressed, from 1 (fast) to 9 for gzip, to 19 for zstd. By default it is what gives most for its time. Layers that are there already stay as they are.',
});
const archivesKind = define_define({
    name: 'archives',
    placeholder: 'auto|full|thin',
    default: 'auto',
    parse: oneOf('auto', 'full', 'thin'),
    doc: 'Whether archives carry all their layers. A `thin` one names those that the registry of `image` has already, which are then not compressed, handed over or sent again; only the merge can open it, and only while they are there. `auto` makes thin ones where `image` is given and the run may push, and full ones for forks, pull requests and where there is no registry.',
});
const output = define_define({
    name: 'output',
    placeholder: 'DIR',
    parse: optionalText,
    doc: 'The folder for the archives, `<container>-<system>.oci.tar` each. On GitHub each one is an artifact as well, and the default is a temporary folder; `build` on a machine of your own puts them into `archives`, and `publish` keeps none unless this is given.',
});
const archives = define_define({
    name: 'archives',
    placeholder: 'DIR',
    parse: optionalText,
    doc: 'The folder that holds the archives to merge. By default they are the artifacts of this workflow run on GitHub, and the folder `archives` elsewhere.',
});
const archive = define_define({
    name: 'archive',
    placeholder: 'FILE',
    parse: optionalText,
    doc: "Also write each multi-arch image into this file, as one OCI archive. `{name}` stands for the container and `{image}` for the image's own name; with several containers one of them must be there.",
});
const inputs_image = define_define({
    name: 'image',
    placeholder: 'REF',
    repeats: true,
    parse: lines,
    doc: "Where to push, without a tag: `ghcr.io/owner/{image}`, one or several lines. `{name}` stands for the container, `{image}` for the image's own name (as `dockerTools` has it), `{owner}` for the owner of the repository on GitHub. Letters become lower case. The default is `ghcr.io/{owner}/{image}` on GitHub, unless `archive` is given, and no push elsewhere.",
});
// For the build, which pushes nothing.
const imageToCompare = define_define({
    ...inputs_image,
    doc: 'Where the merge will push, written as there. Layers that are in the registry already are looked up there, under the tags that the run would set, and need not be packed again. None means that nothing is looked up.',
});
const packAnew = define_define({
    ...force,
    doc: 'Look up no layers in the registry: all are packed anew.',
});
const pushTimeout = define_define({
    name: 'push-timeout',
    placeholder: 'MINUTES',
    default: '60',
    parse: minutes,
    doc: 'How long pushing may take in all, with all tries and waits. When it is over, the run ends, and tags that were not set stay as they are.',
});
const username = define_define({
    name: 'username',
    placeholder: 'NAME',
    parse: optionalText,
    doc: 'The user at the registry of `image`. By default the credentials come from the Docker configuration that docker/login-action or `docker login` leaves, credential helpers included, and at ghcr.io from `github-token`.',
});
const inputs_password = define_define({
    name: 'password',
    on: 'action',
    secret: true,
    parse: optionalText,
    doc: 'The password or token that goes with `username`. The command line reads it from standard input, with `--password-stdin`.',
});
const passwordStdin = define_define({
    name: 'password-stdin',
    placeholder: '',
    on: 'cli',
    parse: flag,
    doc: 'Read the password or token that goes with `--username` from standard input.',
});
const inputs_githubToken = define_define({
    name: 'github-token',
    on: 'action',
    secret: true,
    variable: 'GITHUB_TOKEN',
    // GitHub fills this in.
    actionDefault: '${{ github.token }}',
    parse: optionalText,
    doc: 'The token for ghcr.io when nothing else gives credentials for it; the job needs `permissions: packages: write`. In `plan`, `build` and `publish` also for flake inputs on github.com. The command line takes `GITHUB_TOKEN` from the environment.',
});
const insecure = define_define({
    name: 'insecure',
    placeholder: '',
    default: 'false',
    parse: flag,
    doc: 'Allow plain HTTP to a registry that does not speak TLS. Loopback addresses need no such word.',
});
const json = define_define({
    name: 'json',
    placeholder: '',
    on: 'cli',
    parse: flag,
    doc: 'Print the result as JSON.',
});
const verbose = define_define({
    name: 'verbose',
    placeholder: '',
    on: 'cli',
    parse: flag,
    doc: "Log more, Nix's own lines included.",
});
const registryInputs = { username, password: inputs_password, passwordStdin, githubToken: inputs_githubToken, insecure };
const runInputs = { json, verbose };
const buildOnly = {
    flake,
    containers,
    attribute: inputs_attribute,
    systems,
    emulation,
    compression,
    compressionLevel,
    output,
};
const lookingUp = {
    version: tagging.version,
    flavor: tagging.flavor,
    tags: {
        ...tagging.tags,
        doc: 'The tags that the merge will set, written as there: under them `image` is looked at.',
    },
    push: {
        ...tagging.push,
        doc: 'Whether the merge will push, written as there. `auto` makes full archives for pull requests.',
    },
};
const building = { ...buildOnly, qemuImage: qemuImage, ...caches, ...pushing };
const destination = { archive, image: inputs_image, ...tagging, annotations: annotations, labels: labels, pushTimeout };
/** The inputs of each command. */
const SETUP_INPUTS = { systems, emulation, qemuImage: qemuImage, ...installation, ...caches, ...runInputs };
const BUILD_INPUTS = {
    ...building,
    archives: archivesKind,
    force: packAnew,
    image: imageToCompare,
    ...lookingUp,
    ...registryInputs,
    ...(0,input/* forActions */.Xq)(installation),
    cache: cache,
    cacheSize: cacheSize,
    ...runInputs,
};
const CACHE_INPUTS = {
    flake,
    containers,
    attribute: inputs_attribute,
    systems,
    ...caches,
    cachixSigningKey: pushing.cachixSigningKey,
    secretKey: pushing.secretKey,
    store: store,
    ...runInputs,
};
const MERGE_INPUTS = {
    archives,
    systems: expectedSystems,
    plan: plan,
    ...destination,
    release: release,
    ...registryInputs,
    ...runInputs,
};
const PLAN_INPUTS = {
    flake,
    containers,
    attribute: inputs_attribute,
    systems: plannedSystems,
    runners: runners,
    group: group,
    force: force,
    image: inputs_image,
    ...tagging,
    ...registryInputs,
    ...caches,
    githubToken: inputs_githubToken,
    ...(0,input/* forActions */.Xq)(installation),
    planFile: planFile,
    ...runInputs,
};
const PUBLISH_INPUTS = { ...building, force: force, ...destination, ...registryInputs, ...runInputs };
const STOP_INPUTS = { verbose };
const INSPECT_INPUTS = { paths: paths, diff: diff, ...registryInputs, ...runInputs };
function inputs_parseSystem(word) {
    if (!(0,system/* isSystem */.yQ)(word))
        throw new Error(`${JSON.stringify(word)} is not a system; known: ${system/* SYSTEMS */.LB.join(', ')}`);
    return word;
}
function expected(value) {
    return value === 'any' ? 'any' : listOf(inputs_parseSystem)(value);
}


/***/ }),

/***/ 1065:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   L: () => (/* binding */ releaseFor),
/* harmony export */   j: () => (/* binding */ DEFAULT_NIX_VERSION)
/* harmony export */ });
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(9110);

/** What is installed where no other version is asked for. */
const DEFAULT_NIX_VERSION = '2.35.2';
/** The SHA-256 of the tarballs at releases.nixos.org, by version and system. */
const KNOWN = {
    '2.35.2': {
        'x86_64-linux': '0c3960a9792331a22081c3c7a5d8465db9b17c50b3acdf18587fa4c6f2cb1158',
        'aarch64-linux': '4d0302a2910f5eec1c33b8deef634f04899a75737e7001ec49908d003ae5efda',
        'x86_64-darwin': 'd725518d89f3b0b8d4af702a9d38d519814014cbe125afb3ed0545c9d755f6a5',
        'aarch64-darwin': '1695c13aba5afa7c2ecd6dc4a9393f602e7bbc440ed45e81602c831546580ec3',
    },
};
const PROCESSORS = {
    x64: 'x86_64',
    arm64: 'aarch64',
    ia32: 'i686',
    riscv64: 'riscv64',
};
const HOME = 'https://releases.nixos.org/nix';
/** Where a Nix for this machine lies, and what it must hash to. Throws a `UserError` where there is none for it. */
function releaseFor({ version, platform, arch, url, sha256 }) {
    if (url !== undefined && isTarball(url))
        return { url, sha256, custom: true };
    const system = nixSystem(platform, arch);
    return {
        url: under(url ?? HOME, `nix-${version}/nix-${version}-${system}.tar.xz`),
        sha256: sha256 ?? KNOWN[version]?.[system],
        custom: false,
    };
}
/** A path under an address, which may have a query behind its own. */
function under(address, path) {
    const url = new URL(address);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
    return url.href;
}
function isTarball(url) {
    return /\.(tar(\.\w+)?|tgz)$/.test(new URL(url).pathname);
}
/** Nix's name of a machine, `aarch64-darwin`. */
function nixSystem(platform, arch) {
    const processor = PROCESSORS[arch];
    if (processor !== undefined && ['linux', 'darwin'].includes(platform))
        return `${processor}-${platform}`;
    throw new _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo(`There is no release of Nix for this machine (${platform}, ${arch})`, {
        hint: 'Install Nix in another way before this runs: it is then used as it is.',
    });
}


/***/ }),

/***/ 1651:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   BR: () => (/* binding */ checkSystems),
/* harmony export */   U2: () => (/* binding */ parseAttributeTemplate),
/* harmony export */   iq: () => (/* binding */ attributePath),
/* harmony export */   o$: () => (/* binding */ attributeText),
/* harmony export */   vX: () => (/* binding */ DEFAULT_ATTRIBUTE),
/* harmony export */   w4: () => (/* binding */ attributeOf)
/* harmony export */ });
/* unused harmony export splitAttribute */
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(9110);

const DEFAULT_ATTRIBUTE = 'packages.{system}.{name}';
/**
 * Reads a template: parts divided by dots, each bare or in double quotes, `{name}` once and not in the first part,
 * `{system}` anywhere or nowhere. Throws a `UsageError` that says what is wrong.
 */
function parseAttributeTemplate(text) {
    const bad = (why) => new _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UsageError */ .eb(`${JSON.stringify(text)} is no attribute template: ${why}`, {
        hint: `Write it as ${DEFAULT_ATTRIBUTE}, with {name} for the container and {system} for the system.`,
    });
    const unknown = /\{(?!name\}|system\})[^}]*\}/.exec(text);
    if (unknown)
        throw bad(`${unknown[0]} is neither {name} nor {system}`);
    const parts = splitAttribute(text);
    if (parts === undefined)
        throw bad('its parts are not names divided by dots');
    const named = parts.filter(part => part.includes('{name}'));
    if (named.length !== 1 || named[0]?.split('{name}').length !== 2)
        throw bad('it must hold {name} once');
    if (parts[0]?.includes('{name}'))
        throw bad('{name} cannot stand in the first part');
    return { text, parts };
}
/** Throws a `UsageError` when several systems would get one and the same container. */
function checkSystems({ text }, systems) {
    if (systems.length < 2 || text.includes('{system}'))
        return;
    throw new _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UsageError */ .eb(`The attribute ${text} is the same for ${systems.join(' and ')}`, {
        hint: 'Write {system} where the system stands in it, or name the one that it is for, with `systems`.',
    });
}
/** `a."b.c".d` as its three parts; `undefined` when it is no attribute path. */
function splitAttribute(text) {
    const parts = [];
    const part = /(?:"([^"]*)"|([^".\s]+))(\.|$)/y;
    while (part.lastIndex < text.length) {
        const match = part.exec(text);
        if (match === null)
            return undefined;
        parts.push(match[1] ?? match[2] ?? '');
        if (part.lastIndex === text.length)
            return match[3] === '.' ? undefined : parts;
    }
    return undefined;
}
/** The template's path for a system. */
function attributePath(template, system) {
    const parts = template.parts.map(part => part.replaceAll('{system}', system));
    const at = parts.findIndex(part => part.includes('{name}'));
    const [prefix = '', suffix = ''] = parts[at]?.split('{name}') ?? [];
    return { before: parts.slice(0, at), prefix, suffix, after: parts.slice(at + 1) };
}
/** The attribute of one container, as one writes it after a flake's `#`. */
function attributeOf(path, name) {
    return attributeText([...path.before, `${path.prefix}${name}${path.suffix}`, ...path.after]);
}
/** Parts as an attribute path, those that need it in quotes. */
function attributeText(parts) {
    return parts.map(part => (/^[A-Za-z_][A-Za-z0-9_'-]*$/.test(part) ? part : `"${part}"`)).join('.');
}


/***/ }),

/***/ 6322:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Aj: () => (/* binding */ elfHead),
/* harmony export */   Eo: () => (/* binding */ elfMask),
/* harmony export */   Ld: () => (/* binding */ isStaticProgram),
/* harmony export */   it: () => (/* binding */ isProgramFor)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(1455);

const MACHINES = {
    'x86_64-linux': { bits: 64, order: 'little', machine: 62 },
    'aarch64-linux': { bits: 64, order: 'little', machine: 183 },
    'armv7l-linux': { bits: 32, order: 'little', machine: 40 },
    'armv6l-linux': { bits: 32, order: 'little', machine: 40 },
    'i686-linux': { bits: 32, order: 'little', machine: 3 },
    'powerpc64le-linux': { bits: 64, order: 'little', machine: 21 },
    's390x-linux': { bits: 64, order: 'big', machine: 22 },
    'riscv64-linux': { bits: 64, order: 'little', machine: 243 },
};
const EXECUTABLE = 2;
const INTERPRETER = 3;
/** The first 20 bytes of a program for a system: identification, type (executable) and machine. */
function elfHead(system) {
    const { bits, order, machine } = MACHINES[system];
    const head = Buffer.alloc(20);
    head.set([0x7f, 0x45, 0x4c, 0x46, bits / 32, order === 'little' ? 1 : 2, 1]);
    if (order === 'little')
        head.writeUInt16LE(EXECUTABLE, 16);
    else
        head.writeUInt16BE(EXECUTABLE, 16);
    if (order === 'little')
        head.writeUInt16LE(machine, 18);
    else
        head.writeUInt16BE(machine, 18);
    return head;
}
/** Which bits of `elfHead` count: not the OS/ABI byte, and not the one that tells executable from position-independent. */
function elfMask(system) {
    const mask = Buffer.alloc(20, 0xff);
    mask[7] = 0;
    mask[MACHINES[system].order === 'little' ? 16 : 17] = 0xfe;
    return mask;
}
/** Whether a file is an ELF program that needs no dynamic loader. A file that cannot be read is none. */
async function isStaticProgram(path) {
    try {
        const file = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.open)(path);
        try {
            const types = await segmentTypes(file);
            return types.length > 0 && !types.includes(INTERPRETER);
        }
        finally {
            await file.close();
        }
    }
    catch {
        return false;
    }
}
/** Whether a file is an ELF program for a system's processor. A file that cannot be read is none. */
async function isProgramFor(path, system) {
    try {
        const file = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.open)(path);
        try {
            const [head, wanted, mask] = [await read(file, 0, 20), elfHead(system), elfMask(system)];
            return mask.every((bits, n) => (((head[n] ?? 0) ^ (wanted[n] ?? 0)) & bits) === 0);
        }
        finally {
            await file.close();
        }
    }
    catch {
        return false;
    }
}
/** The types of the program headers; none when the file is no ELF file. */
async function segmentTypes(file) {
    const head = await read(file, 0, 64);
    if (head.readUInt32BE(0) !== 0x7f454c46)
        return [];
    const wide = head[4] === 2;
    const little = head[5] === 1;
    const u16 = (from, at) => (little ? from.readUInt16LE(at) : from.readUInt16BE(at));
    const u32 = (from, at) => (little ? from.readUInt32LE(at) : from.readUInt32BE(at));
    const u64 = (at) => Number(little ? head.readBigUInt64LE(at) : head.readBigUInt64BE(at));
    const start = wide ? u64(32) : u32(head, 28);
    const size = u16(head, wide ? 54 : 42);
    const count = u16(head, wide ? 56 : 44);
    const table = await read(file, start, size * count);
    return Array.from({ length: count }, (_, n) => u32(table, n * size));
}
async function read(file, position, length) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
    if (bytesRead < length)
        throw new Error('the file ends too early');
    return buffer;
}


/***/ }),

/***/ 5948:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   N: () => (/* binding */ isPublicKey),
/* harmony export */   e: () => (/* binding */ parsePublicKey)
/* harmony export */ });
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(9110);

/** A key that a cache signs with, as Nix writes it: a name, a colon, and 32 bytes in base64. Throws a `UserError` for anything else. */
function parsePublicKey(text) {
    if (isPublicKey(text))
        return text;
    const [, name = ''] = /^([^:\s]*):/.exec(text) ?? [];
    const isSecret = Buffer.from(text.slice(name.length + 1), 'base64').length === 64;
    // A secret key in the wrong place is not to be shown.
    const what = isSecret
        ? `The key ${name} is a secret key, not a public one`
        : `${JSON.stringify(text)} is no public key of a cache`;
    throw new _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo(what, {
        hint: 'It looks like cache.example.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=, a name and 32 bytes in base64.',
    });
}
function isPublicKey(text) {
    const [, key = ''] = /^[^:\s#"\\]+:([A-Za-z0-9+/]{43}=)$/.exec(text) ?? [];
    return Buffer.from(key, 'base64').length === 32;
}


/***/ }),

/***/ 1423:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   N: () => (/* binding */ parseSecretKey),
/* harmony export */   z: () => (/* binding */ pushToStore)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(7598);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(1455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(6760);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(9110);
/* harmony import */ var _store_uri_js__WEBPACK_IMPORTED_MODULE_4__ = __nccwpck_require__(5181);
/* harmony import */ var _words_js__WEBPACK_IMPORTED_MODULE_5__ = __nccwpck_require__(1126);






/** As many paths as an argument list surely has room for. */
const AT_ONCE = 1000;
/**
 * Copies paths, with all that they refer to, into a store, signed where there is a key. Throws a `UserError` that names the
 * store.
 */
async function pushToStore(nix, paths, uri, options) {
    const { text } = (0,_store_uri_js__WEBPACK_IMPORTED_MODULE_4__/* .parseStoreUri */ .x)(uri);
    if (paths.length === 0)
        return;
    await withKeyFile(options, async (keyFile) => {
        for (let at = 0; at < paths.length; at += AT_ONCE) {
            await pushBatch(nix, paths.slice(at, at + AT_ONCE), text, keyFile, options);
        }
    });
}
/** Files of a binary cache are signed as they are written, which takes no rights here. Other stores take what our own has signed. */
async function pushBatch(nix, paths, store, keyFile, options) {
    const isCache = /^(https?|file|s3):/.test(store);
    if (keyFile !== undefined && !isCache) {
        await runFor(store, nix, ['store', 'sign', '--recursive', '--key-file', keyFile, ...paths], options);
    }
    const signing = keyFile !== undefined && isCache ? `secret-key=${encodeURIComponent(keyFile)}` : undefined;
    const to = signing === undefined ? store : `${store}${store.includes('?') ? '&' : '?'}${signing}`;
    await runFor(store, nix, ['copy', '--to', to, ...paths], options);
}
async function runFor(store, nix, args, { onLine, signal }) {
    const result = await nix.run(args, { ...(onLine && { onErrorLine: onLine }), ...(signal && { signal }) });
    if (result.code === 0)
        return;
    const words = (0,_words_js__WEBPACK_IMPORTED_MODULE_5__/* .lastError */ .VS)(result);
    throw new _util_error_js__WEBPACK_IMPORTED_MODULE_3__/* .UserError */ .yo(`Pushing to ${store} failed:\n${words}`, { hint: hintFor(words) });
}
const HINTS = [
    {
        said: /not privileged to add signatures/,
        hint: 'The Nix daemon lets trusted users sign alone. Add yourself to trusted-users in /etc/nix/nix.conf.',
    },
    {
        said: /lacks a (valid )?signature|lacks a signature by a trusted key/,
        hint: 'That store takes signed paths alone: give a secret-key whose public key it trusts.',
    },
    {
        said: /HTTP error 40[13]\b|does not appear to be a binary cache/,
        hint: 'Check the address, and whether it wants credentials, or others than it got: they belong into netrc.',
    },
    {
        said: /key is corrupt|secret key/,
        hint: 'Check secret-key: `nix key generate-secret` makes one.',
    },
];
function hintFor(words) {
    return HINTS.find(({ said }) => said.test(words))?.hint;
}
async function withKeyFile({ secretKey, folder }, task) {
    if (secretKey === undefined)
        return task(undefined);
    const file = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(folder, `key-${(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomUUID)()}`);
    try {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.writeFile)(file, secretKey, { mode: 0o600, flag: 'wx' });
        await task(file);
    }
    finally {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.rm)(file, { force: true });
    }
}
/** The text of a secret key. It is checked because Nix shows a malformed one in its error. Throws a `UserError`. */
function parseSecretKey(text) {
    const key = text.trim();
    const [, bytes = ''] = /^[^:\s]+:([A-Za-z0-9+/]+={0,2})$/.exec(key) ?? [];
    if (Buffer.from(bytes, 'base64').length === 64)
        return key;
    throw new _util_error_js__WEBPACK_IMPORTED_MODULE_3__/* .UserError */ .yo('it is no secret key of a cache: a name, a colon, and 64 bytes in base64', {
        hint: 'Make one with `nix key generate-secret --key-name cache.example.org-1`.',
    });
}


/***/ }),

/***/ 9867:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   gc: () => (/* binding */ qemuName),
/* harmony export */   "if": () => (/* binding */ findQemu),
/* harmony export */   vr: () => (/* binding */ DEFAULT_QEMU_IMAGE)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(6760);
/* harmony import */ var _elf_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(6322);


/** QEMU's name of each system's processor. */
const QEMU_NAMES = {
    'x86_64-linux': 'x86_64',
    'aarch64-linux': 'aarch64',
    'armv7l-linux': 'arm',
    'armv6l-linux': 'arm',
    'i686-linux': 'i386',
    'powerpc64le-linux': 'ppc64le',
    's390x-linux': 's390x',
    'riscv64-linux': 'riscv64',
};
/** Where QEMU comes from when the machine and its packages have none: by digest, the tag being for people. */
const DEFAULT_QEMU_IMAGE = 'docker.io/tonistiigi/binfmt:qemu-v10.2.3-68@sha256:400a4873b838d1b89194d982c45e5fb3cda4593fbfd7e08a02e76b03b21166f0';
function qemuName(system) {
    return QEMU_NAMES[system];
}
/** A QEMU for a system's programs on PATH that can run in a sandbox, because it needs no libraries. */
async function findQemu(system, path) {
    const folders = path.split(node_path__WEBPACK_IMPORTED_MODULE_0__.delimiter).filter(Boolean);
    const names = [`qemu-${qemuName(system)}-static`, `qemu-${qemuName(system)}`];
    for (const file of folders.flatMap(folder => names.map(name => (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(folder, name)))) {
        if (await (0,_elf_js__WEBPACK_IMPORTED_MODULE_1__/* .isStaticProgram */ .Ld)(file))
            return file;
    }
    return undefined;
}


/***/ }),

/***/ 5181:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   i: () => (/* binding */ fileUrl),
/* harmony export */   x: () => (/* binding */ parseStoreUri)
/* harmony export */ });
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(9110);
/* harmony import */ var _util_url_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(7237);


const EXAMPLES = 'It looks like https://cache.example.org, file:///srv/cache or s3://bucket.';
/**
 * Reads the address of a store, as Nix takes it. Throws a `UserError` for what is none, and for passwords in it, since
 * Nix prints addresses.
 */
function parseStoreUri(text) {
    if (/[\s\x00-\x1f\x7f#"\\]/.test(text))
        throw noStore(text);
    if (text.startsWith('/'))
        return { kind: 'folder', text, path: text };
    if (/^(daemon|local|auto)$/.test(text))
        return { kind: 'other', text };
    const url = (0,_util_url_js__WEBPACK_IMPORTED_MODULE_1__/* .urlFrom */ .s)(text);
    if (url === undefined)
        throw noStore(text);
    if (url.password !== '') {
        throw new _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo(`The address of the cache ${url.host} holds a password`, {
            hint: `Nix prints such addresses. Put a line \`machine ${url.hostname} login … password …\` into netrc instead.`,
        });
    }
    if (/^https?:$/.test(url.protocol))
        return { kind: 'http', text, url };
    if (url.protocol === 'file:')
        return { kind: 'folder', text, path: decodeURIComponent(url.pathname) };
    return { kind: 'other', text };
}
/** The address of a file of a cache, without the options for Nix that its own may carry. */
function fileUrl(cache, name) {
    return `${cache.origin}${cache.pathname.replace(/\/*$/, '')}/${name}`;
}
function noStore(text) {
    return new _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo(`${JSON.stringify(text)} is no address of a Nix store or cache`, { hint: EXAMPLES });
}


/***/ }),

/***/ 1126:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   VS: () => (/* binding */ lastError),
/* harmony export */   aN: () => (/* binding */ lastWords),
/* harmony export */   wh: () => (/* binding */ plainText)
/* harmony export */ });
/** Lines that come with every call and explain no failure. */
const NOISE = [
    /^(\S+> )?\s*$/,
    /^th(is|ese \d+) derivations? will be built/,
    /^ {2}\/nix\/store\/\S+\.drv$/,
    /^building '/,
    /^warning: the group '.*' specified in/,
    /^warning: Git tree .* is dirty/,
    /^warning: (error: )?unable to download .*retrying/,
    /^\(use '--show-trace'/,
];
/** The last lines of what Nix told people, as plain text and without noise. */
function lastWords(result, count = 25) {
    return lines(result).slice(-count).join('\n');
}
/** The same from the last `error: …` on: under a trace, the cause stands at the end. */
function lastError(result, count = 25) {
    const said = lines(result);
    const at = said.findLastIndex(line => /^\s*error: \S/.test(line));
    if (at < 0)
        return lastWords(result, count);
    const indent = /^\s*/.exec(said[at] ?? '')?.[0].length ?? 0;
    const cause = said
        .slice(at, at + count)
        .map(line => (line.slice(0, indent).trim() ? line : line.slice(indent)));
    return cause.join('\n');
}
/** Old versions write raw bytes of their own protocol into a log, too. */
function plainText(text) {
    return text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, '').replace(/[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]+/g, ' ');
}
function lines(result) {
    const all = plainText(result.stderr).split(/\r?\n/);
    return all.filter(line => !NOISE.some(noise => noise.test(line)));
}


/***/ }),

/***/ 9501:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Bc: () => (/* binding */ isDigest),
/* harmony export */   OP: () => (/* binding */ Hasher),
/* harmony export */   ZD: () => (/* binding */ hexOf),
/* harmony export */   m: () => (/* binding */ parseDigest),
/* harmony export */   ol: () => (/* binding */ digestOf)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(7598);

const DIGEST = /^sha256:[0-9a-f]{64}$/;
function isDigest(text) {
    return typeof text === 'string' && DIGEST.test(text);
}
/** Throws an `Error` naming `text` when it is not a SHA-256 digest. */
function parseDigest(text) {
    if (!isDigest(text))
        throw new Error(`not a sha256 digest: ${JSON.stringify(text)}`);
    return text;
}
/** The 64 hex digits, as blobs are named in an image layout. */
function hexOf(digest) {
    return digest.slice('sha256:'.length);
}
function digestOf(bytes) {
    return new Hasher().update(bytes).digest();
}
/** Hashes bytes as they come. */
class Hasher {
    #hash = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)('sha256');
    update(bytes) {
        this.#hash.update(bytes);
        return this;
    }
    /** May be called once. */
    digest() {
        return `sha256:${this.#hash.digest('hex')}`;
    }
}


/***/ }),

/***/ 7122:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   $r: () => (/* binding */ platformName),
/* harmony export */   FL: () => (/* binding */ normalizePlatform)
/* harmony export */ });
/* unused harmony export parsePlatform */
/** `linux/arm64`, `linux/arm/v7`. */
function platformName(platform) {
    return [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/');
}
/** Reads `linux/arm64` or `linux/arm/v7`; throws an `Error` when it has another shape. */
function parsePlatform(text) {
    const [os, architecture, variant, ...more] = text.split('/');
    if (!os || !architecture || variant === '' || more.length > 0)
        throw new Error(`not a platform: ${text}`);
    return { os, architecture, ...(variant && { variant }) };
}
/**
 * The platform with the variant that its architecture implies: `arm` without one is v7, as Docker and containerd
 * read it, and `arm64/v8` is plain `arm64`. Two equal results name the same machine.
 */
function normalizePlatform(platform) {
    const { variant, ...rest } = platform;
    if (platform.architecture === 'arm')
        return { ...rest, variant: variant ?? 'v7' };
    if (variant === undefined || (platform.architecture === 'arm64' && variant === 'v8'))
        return rest;
    return { ...rest, variant };
}


/***/ }),

/***/ 3940:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   F2: () => (/* binding */ parseReference),
/* harmony export */   dz: () => (/* binding */ isTag),
/* harmony export */   lS: () => (/* binding */ isImageName),
/* harmony export */   z$: () => (/* binding */ referenceName)
/* harmony export */ });
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(9110);
/* harmony import */ var _digest_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(9501);


// The grammar of the OCI distribution-spec, "Pulling manifests".
const REPOSITORY = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const LAST_PORT = 65_535;
const HOST = /^([a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)*|\[[0-9a-fA-F:]+\])(:\d{1,5})?$/;
function isTag(text) {
    return TAG.test(text);
}
/**
 * Reads `ghcr.io/owner/name`, with `:tag`, `@sha256:…` or both. As with Docker, a first part without a dot, a port or
 * the name `localhost` is no registry, and `docker.io` stands before it. Letters in the repository become lower case,
 * since no registry takes others. Throws a `UserError` that says which part is wrong.
 */
function parseReference(text) {
    const bad = (why) => new _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo(`${JSON.stringify(text)} is not an image reference: ${why}`, {
        hint: 'Write it as registry/owner/name[:tag][@sha256:…], for example ghcr.io/owner/name:latest.',
    });
    if (text.includes('://'))
        throw bad('it names a scheme');
    const [name = '', digest, ...more] = text.split('@');
    if (more.length > 0)
        throw bad('it has more than one @');
    if (digest !== undefined && !(0,_digest_js__WEBPACK_IMPORTED_MODULE_1__/* .isDigest */ .Bc)(digest))
        throw bad(`${digest} is not sha256: and 64 hex digits`);
    const colon = name.lastIndexOf(':');
    const tagged = colon > name.lastIndexOf('/');
    const path = tagged ? name.slice(0, colon) : name;
    const tag = tagged ? name.slice(colon + 1) : undefined;
    if (tag !== undefined && !isTag(tag))
        throw bad(`${JSON.stringify(tag)} is not a tag`);
    const { registry, repository } = splitRegistry(path);
    if (!HOST.test(registry) || portOf(registry) > LAST_PORT)
        throw bad(`${registry} is not a host`);
    if (!REPOSITORY.test(repository))
        throw bad(`${JSON.stringify(repository)} is not a repository name`);
    return { registry, repository, ...(tag !== undefined && { tag }), ...(digest && { digest }) };
}
/** Whether a text names an image without a tag or digest, with or without a registry. */
function isImageName(text) {
    try {
        const { tag, digest } = parseReference(text);
        return tag === undefined && digest === undefined;
    }
    catch {
        return false;
    }
}
function portOf(host) {
    return Number(/:(\d+)$/.exec(host)?.[1] ?? 0);
}
function splitRegistry(path) {
    const slash = path.indexOf('/');
    const first = slash < 0 ? '' : path.slice(0, slash);
    const isHost = first === 'localhost' || /[.:]/.test(first);
    const registry = isHost ? first.toLowerCase() : 'docker.io';
    const rest = (isHost ? path.slice(slash + 1) : path).toLowerCase();
    const official = registry === 'docker.io' && rest !== '' && !rest.includes('/');
    return { registry, repository: official ? `library/${rest}` : rest };
}
/** `ghcr.io/owner/name:tag@sha256:…`, with the parts that are there. */
function referenceName(of) {
    const tag = of.tag === undefined ? '' : `:${of.tag}`;
    const digest = of.digest === undefined ? '' : `@${of.digest}`;
    return `${of.registry}/${of.repository}${tag}${digest}`;
}


/***/ }),

/***/ 5312:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   LB: () => (/* binding */ SYSTEMS),
/* harmony export */   RK: () => (/* binding */ platformFor),
/* harmony export */   tj: () => (/* binding */ platformOf),
/* harmony export */   yQ: () => (/* binding */ isSystem)
/* harmony export */ });
/* harmony import */ var _platform_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(7122);

/** The one table between Nix's systems and OCI's platforms. */
const PLATFORMS = {
    'x86_64-linux': { os: 'linux', architecture: 'amd64' },
    'aarch64-linux': { os: 'linux', architecture: 'arm64' },
    'armv7l-linux': { os: 'linux', architecture: 'arm', variant: 'v7' },
    'armv6l-linux': { os: 'linux', architecture: 'arm', variant: 'v6' },
    'i686-linux': { os: 'linux', architecture: '386' },
    'powerpc64le-linux': { os: 'linux', architecture: 'ppc64le' },
    's390x-linux': { os: 'linux', architecture: 's390x' },
    'riscv64-linux': { os: 'linux', architecture: 'riscv64' },
};
const SYSTEMS = Object.keys(PLATFORMS);
function isSystem(text) {
    return Object.hasOwn(PLATFORMS, text);
}
function platformOf(system) {
    return PLATFORMS[system];
}
/**
 * The platform of an image for `system` whose config states `stated`; `undefined` when that is another machine. A
 * variant that the config leaves out is the system's.
 */
function platformFor(system, stated) {
    const own = PLATFORMS[system];
    if (stated.os !== own.os || stated.architecture !== own.architecture)
        return undefined;
    const variant = stated.variant ?? own.variant;
    const platform = (0,_platform_js__WEBPACK_IMPORTED_MODULE_0__/* .normalizePlatform */ .FL)({ ...stated, ...(variant && { variant }) });
    return own.variant === undefined || platform.variant === own.variant ? platform : undefined;
}


/***/ }),

/***/ 8441:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   CV: () => (/* binding */ TOKEN),
/* harmony export */   D: () => (/* binding */ ALIKE),
/* harmony export */   ZF: () => (/* binding */ OWN),
/* harmony export */   sJ: () => (/* binding */ checkDateFormat)
/* harmony export */ });
/** Moment's tokens that dayjs and its plugin render alike. */
const ALIKE = new Set('YYYY YY M MM MMM MMMM D DD Do d dd ddd dddd H HH h hh k kk m mm s ss SSS A a Z ZZ Q W WW X x z'.split(' '));
/** Those that dayjs would show as something else. */
const OWN = new Map([
    ['DDD', time => String(dayOfYear(time))],
    ['DDDD', time => String(dayOfYear(time)).padStart(3, '0')],
    ['E', time => String(time.isoWeekday())],
    ['S', time => String(Math.floor(time.millisecond() / 100))],
    ['SS', time => String(Math.floor(time.millisecond() / 10)).padStart(2, '0')],
]);
/** A token, text in brackets (first group), or what stands between. */
const TOKEN = /\[([^\]]*)\]|Do|([A-Za-z])\2*|[^A-Za-z[]+|\[/g;
/** Letters that Moment leaves as they are, such as the `T` before a time. */
const PLAIN = /^[^A-Za-z]|^([bcfijnpqrtuvBCFIJKOPRTUV])\1*$/;
/** Throws an `Error` when a format holds a token that is not known, or a time zone is none. */
function checkDateFormat(format, zone) {
    for (const [token, literal] of format.matchAll(TOKEN)) {
        const known = literal !== undefined || PLAIN.test(token) || ALIKE.has(token) || OWN.has(token);
        if (!known)
            throw new Error(`${token} in the date format ${format} is not known; write text as [text]`);
    }
    try {
        new Intl.DateTimeFormat('en', { timeZone: zone });
    }
    catch (cause) {
        throw new Error(`${zone} is no time zone`, { cause });
    }
}
function dayOfYear(time) {
    const first = Date.UTC(time.year(), 0, 1);
    return (Date.UTC(time.year(), time.month(), time.date()) - first) / 86_400_000 + 1;
}


/***/ }),

/***/ 8744:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   QC: () => (/* binding */ parseTemplate),
/* harmony export */   XX: () => (/* binding */ render),
/* harmony export */   wX: () => (/* binding */ namesIn)
/* harmony export */ });
const EXPRESSION = /\{\{\{?([^{}]*)\}?\}\}/g;
const WORD = /\s*(?:([a-z_]+)=)?(?:'([^']*)'|"([^"]*)"|([^\s'"=]+))/gy;
/** Reads a template. Throws an `Error` that names an expression which is not in the vocabulary, or used wrongly. */
function parseTemplate(text, vocabulary) {
    const parts = [];
    let end = 0;
    for (const { 0: whole, 1: inner = '', index } of text.matchAll(EXPRESSION)) {
        parts.push(text.slice(end, index), known(parseCall(inner, whole), vocabulary));
        end = index + whole.length;
    }
    const rest = text.slice(end);
    if (/\{\{|\}\}/.test(rest))
        throw new Error(`${JSON.stringify(text)} opens or closes an expression too often`);
    return [...parts, rest].filter(part => part !== '');
}
function render(template, meaning) {
    return template.map(part => (typeof part === 'string' ? part : meaning(part))).join('');
}
/** The names of a template's expressions. */
function namesIn(template) {
    return template.flatMap(part => (typeof part === 'string' ? [] : [part.name]));
}
function parseCall(inner, whole) {
    const [first, ...others] = [...inner.matchAll(WORD)];
    const length = [first, ...others].reduce((sum, match) => sum + (match?.[0].length ?? 0), 0);
    const name = first?.[4];
    if (name === undefined || inner.slice(length).trim() !== '')
        throw new Error(`${whole} is no expression`);
    const read = others.map(([, key, single, double, bare]) => [key, single ?? double ?? bare ?? '']);
    return {
        name,
        words: read.flatMap(([key, value]) => (key === undefined ? [value] : [])),
        options: Object.fromEntries(read.filter(([key]) => key !== undefined)),
    };
}
function known(call, vocabulary) {
    const check = Object.hasOwn(vocabulary, call.name) ? vocabulary[call.name] : undefined;
    if (!check) {
        const names = Object.keys(vocabulary).join(', ');
        throw new Error(`{{${call.name}}} is not known here; there are ${names}`);
    }
    check(call);
    return call;
}


/***/ }),

/***/ 9178:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   MT: () => (/* binding */ VERSION_VOCABULARY),
/* harmony export */   c2: () => (/* binding */ DATE_VOCABULARY),
/* harmony export */   nT: () => (/* binding */ DEFAULT_ZONE),
/* harmony export */   ng: () => (/* binding */ GLOBAL_VOCABULARY)
/* harmony export */ });
/* harmony import */ var _date_tokens_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(8441);

/** The time zone of a date that names none. */
const DEFAULT_ZONE = 'UTC';
/** Expressions that take a format and a time zone. */
const DATE_VOCABULARY = { date: dated, commit_date: dated };
/** The expressions of `value`, `enable`, `prefix` and `suffix`; all but `version` are docker/metadata-action's. */
const GLOBAL_VOCABULARY = {
    branch: alone,
    tag: alone,
    sha: alone,
    base_ref: alone,
    is_default_branch: alone,
    is_not_default_branch: alone,
    version: alone,
    ...DATE_VOCABULARY,
};
/** The expressions of the pattern of a semver rule. */
const VERSION_VOCABULARY = {
    raw: alone,
    version: alone,
    major: alone,
    minor: alone,
    patch: alone,
};
function alone({ name, words, options }) {
    if (words.length + Object.keys(options).length > 0)
        throw new Error(`{{${name}}} stands alone`);
}
function dated({ name, words: [format, ...more], options: { tz = DEFAULT_ZONE, ...others } }) {
    if (format === undefined || more.length > 0 || Object.keys(others).length > 0) {
        throw new Error(`{{${name}}} takes a format and a time zone: {{${name} 'YYYYMMDD' tz='UTC'}}`);
    }
    (0,_date_tokens_js__WEBPACK_IMPORTED_MODULE_0__/* .checkDateFormat */ .sJ)(format, tz);
}


/***/ }),

/***/ 9110:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   $N: () => (/* binding */ codeOf),
/* harmony export */   Or: () => (/* binding */ isSystemError),
/* harmony export */   bD: () => (/* binding */ messageOf),
/* harmony export */   eb: () => (/* binding */ UsageError),
/* harmony export */   yo: () => (/* binding */ UserError)
/* harmony export */ });
/**
 * A failure that the user can understand and act on. It is shown without a stack trace.
 * `message` says what is wrong and where; `hint` says what to do next.
 */
class UserError extends Error {
    name = 'UserError';
    hint;
    /** Where in the user's own files the cause stands. */
    at;
    /** The failures that this one tells of, where it tells of several. */
    parts;
    constructor(message, options = {}) {
        super(message, options.cause === undefined ? undefined : { cause: options.cause });
        this.hint = options.hint;
        this.at = options.at;
        this.parts = options.parts ?? [];
    }
}
/** The command was called wrongly: exit code 2 on the command line. */
class UsageError extends UserError {
    name = 'UsageError';
}
/** The words of any thrown value. */
function messageOf(error) {
    return error instanceof Error ? error.message : String(error);
}
/** Whether the operating system refused something: the disk is full, a file is missing, a connection broke. */
function isSystemError(error) {
    return /^E(?!RR_)/.test(codeOf(error) ?? '');
}
/** The `code` of a system error (`ENOENT`, `ECONNRESET`), where it has one. */
function codeOf(error) {
    if (typeof error !== 'object' || error === null || !('code' in error))
        return undefined;
    return typeof error.code === 'string' ? error.code : undefined;
}


/***/ }),

/***/ 4338:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Y: () => (/* binding */ PartFile),
/* harmony export */   r: () => (/* binding */ removeOpenParts)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(7598);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(3024);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(1455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_3__ = __nccwpck_require__(6760);




/** Those that have neither got their name nor been discarded. */
const openParts = new Set();
/** Removes every part file of this process at once, for a process that ends without waiting for its work. Never fails. */
function removeOpenParts() {
    for (const path of openParts) {
        try {
            (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.rmSync)(path, { force: true });
        }
        catch { }
    }
    openParts.clear();
}
/** A file that is written under a name of its own, and gets its real name when it is whole. */
class PartFile {
    /** Where it is until it gets its name. */
    path;
    #file;
    #open = true;
    constructor(path, file) {
        this.path = path;
        this.#file = file;
    }
    /** Creates the folder too where it is missing. */
    static async create(directory) {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.mkdir)(directory, { recursive: true });
        const path = (0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(directory, `.${(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomUUID)()}.part`);
        openParts.add(path);
        try {
            return new PartFile(path, await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.open)(path, 'wx'));
        }
        catch (error) {
            openParts.delete(path);
            throw error;
        }
    }
    /** Appends; wait for one write before the next. */
    async write(bytes) {
        await this.#file.writeFile(bytes);
    }
    async close() {
        if (!this.#open)
            return;
        this.#open = false;
        await this.#file.close();
    }
    /** In the same folder, or at least on the same disk. */
    async rename(path) {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.rename)(this.path, path);
        openParts.delete(this.path);
    }
    /** Removes the file unless it has got its name. Never fails. */
    async discard() {
        await this.close().catch(() => { });
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.rm)(this.path, { force: true }).catch(() => { });
        openParts.delete(this.path);
    }
}


/***/ }),

/***/ 7237:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   s: () => (/* binding */ urlFrom)
/* harmony export */ });
/**
 * An address, whole or seen from `base`; `undefined` for what is none. It stands for `URL.canParse`, which in Node.js 20.3 and
 * 20.4 forgets its base once it is compiled.
 */
function urlFrom(text, base) {
    try {
        return new URL(text, base);
    }
    catch {
        return undefined;
    }
}


/***/ }),

/***/ 2352:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   x: () => (/* binding */ VERSION)
/* harmony export */ });
/** The version of this program; package.json says the same. */
const VERSION = '0.1.0';


/***/ })

/******/ });
/************************************************************************/
/******/ // The module cache
/******/ var __webpack_module_cache__ = {};
/******/ 
/******/ // The require function
/******/ function __nccwpck_require__(moduleId) {
/******/ 	// Check if module is in cache
/******/ 	var cachedModule = __webpack_module_cache__[moduleId];
/******/ 	if (cachedModule !== undefined) {
/******/ 		return cachedModule.exports;
/******/ 	}
/******/ 	// Create a new module (and put it into the cache)
/******/ 	var module = __webpack_module_cache__[moduleId] = {
/******/ 		// no module.id needed
/******/ 		// no module.loaded needed
/******/ 		exports: {}
/******/ 	};
/******/ 
/******/ 	// Execute the module function
/******/ 	var threw = true;
/******/ 	try {
/******/ 		__webpack_modules__[moduleId].call(module.exports, module, module.exports, __nccwpck_require__);
/******/ 		threw = false;
/******/ 	} finally {
/******/ 		if(threw) delete __webpack_module_cache__[moduleId];
/******/ 	}
/******/ 
/******/ 	// Return the exports of the module
/******/ 	return module.exports;
/******/ }
/******/ 
/******/ // expose the modules object (__webpack_modules__)
/******/ __nccwpck_require__.m = __webpack_modules__;
/******/ 
/************************************************************************/
/******/ /* webpack/runtime/asset-relocator-loader */
/******/ if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = decodeURIComponent(new URL('.', import.meta.url).pathname).slice(import.meta.url.match(/^file:\/\/\/\w:/) ? 1 : 0, -1) + "/";
/******/ 
/******/ /* webpack/runtime/async module */
/******/ (() => {
/******/ 	var webpackQueues = typeof Symbol === "function" ? Symbol("webpack queues") : "__webpack_queues__";
/******/ 	var webpackExports = typeof Symbol === "function" ? Symbol("webpack exports") : "__webpack_exports__";
/******/ 	var webpackError = typeof Symbol === "function" ? Symbol("webpack error") : "__webpack_error__";
/******/ 	var resolveQueue = (queue) => {
/******/ 		if(queue && queue.d < 1) {
/******/ 			queue.d = 1;
/******/ 			queue.forEach((fn) => (fn.r--));
/******/ 			queue.forEach((fn) => (fn.r-- ? fn.r++ : fn()));
/******/ 		}
/******/ 	}
/******/ 	var wrapDeps = (deps) => (deps.map((dep) => {
/******/ 		if(dep !== null && typeof dep === "object") {
/******/ 			if(dep[webpackQueues]) return dep;
/******/ 			if(dep.then) {
/******/ 				var queue = [];
/******/ 				queue.d = 0;
/******/ 				dep.then((r) => {
/******/ 					obj[webpackExports] = r;
/******/ 					resolveQueue(queue);
/******/ 				}, (e) => {
/******/ 					obj[webpackError] = e;
/******/ 					resolveQueue(queue);
/******/ 				});
/******/ 				var obj = {};
/******/ 				obj[webpackQueues] = (fn) => (fn(queue));
/******/ 				return obj;
/******/ 			}
/******/ 		}
/******/ 		var ret = {};
/******/ 		ret[webpackQueues] = x => {};
/******/ 		ret[webpackExports] = dep;
/******/ 		return ret;
/******/ 	}));
/******/ 	__nccwpck_require__.a = (module, body, hasAwait) => {
/******/ 		var queue;
/******/ 		hasAwait && ((queue = []).d = -1);
/******/ 		var depQueues = new Set();
/******/ 		var exports = module.exports;
/******/ 		var currentDeps;
/******/ 		var outerResolve;
/******/ 		var reject;
/******/ 		var promise = new Promise((resolve, rej) => {
/******/ 			reject = rej;
/******/ 			outerResolve = resolve;
/******/ 		});
/******/ 		promise[webpackExports] = exports;
/******/ 		promise[webpackQueues] = (fn) => (queue && fn(queue), depQueues.forEach(fn), promise["catch"](x => {}));
/******/ 		module.exports = promise;
/******/ 		body((deps) => {
/******/ 			currentDeps = wrapDeps(deps);
/******/ 			var fn;
/******/ 			var getResult = () => (currentDeps.map((d) => {
/******/ 				if(d[webpackError]) throw d[webpackError];
/******/ 				return d[webpackExports];
/******/ 			}))
/******/ 			var promise = new Promise((resolve) => {
/******/ 				fn = () => (resolve(getResult));
/******/ 				fn.r = 0;
/******/ 				var fnQueue = (q) => (q !== queue && !depQueues.has(q) && (depQueues.add(q), q && !q.d && (fn.r++, q.push(fn))));
/******/ 				currentDeps.map((dep) => (dep[webpackQueues](fnQueue)));
/******/ 			});
/******/ 			return fn.r ? promise : getResult();
/******/ 		}, (err) => ((err ? reject(promise[webpackError] = err) : outerResolve(exports)), resolveQueue(queue)));
/******/ 		queue && queue.d < 0 && (queue.d = 0);
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/create fake namespace object */
/******/ (() => {
/******/ 	var getProto = Object.getPrototypeOf ? (obj) => (Object.getPrototypeOf(obj)) : (obj) => (obj.__proto__);
/******/ 	var leafPrototypes;
/******/ 	// create a fake namespace object
/******/ 	// mode & 1: value is a module id, require it
/******/ 	// mode & 2: merge all properties of value into the ns
/******/ 	// mode & 4: return value when already ns object
/******/ 	// mode & 16: return value when it's Promise-like
/******/ 	// mode & 8|1: behave like require
/******/ 	__nccwpck_require__.t = function(value, mode) {
/******/ 		if(mode & 1) value = this(value);
/******/ 		if(mode & 8) return value;
/******/ 		if(typeof value === 'object' && value) {
/******/ 			if((mode & 4) && value.__esModule) return value;
/******/ 			if((mode & 16) && typeof value.then === 'function') return value;
/******/ 		}
/******/ 		var ns = Object.create(null);
/******/ 		__nccwpck_require__.r(ns);
/******/ 		var def = {};
/******/ 		leafPrototypes = leafPrototypes || [null, getProto({}), getProto([]), getProto(getProto)];
/******/ 		for(var current = mode & 2 && value; typeof current == 'object' && !~leafPrototypes.indexOf(current); current = getProto(current)) {
/******/ 			Object.getOwnPropertyNames(current).forEach((key) => (def[key] = () => (value[key])));
/******/ 		}
/******/ 		def['default'] = () => (value);
/******/ 		__nccwpck_require__.d(ns, def);
/******/ 		return ns;
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/define property getters */
/******/ (() => {
/******/ 	// define getter functions for harmony exports
/******/ 	__nccwpck_require__.d = (exports, definition) => {
/******/ 		for(var key in definition) {
/******/ 			if(__nccwpck_require__.o(definition, key) && !__nccwpck_require__.o(exports, key)) {
/******/ 				Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 			}
/******/ 		}
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/ensure chunk */
/******/ (() => {
/******/ 	__nccwpck_require__.f = {};
/******/ 	// This file contains only the entry chunk.
/******/ 	// The chunk loading function for additional chunks
/******/ 	__nccwpck_require__.e = (chunkId) => {
/******/ 		return Promise.all(Object.keys(__nccwpck_require__.f).reduce((promises, key) => {
/******/ 			__nccwpck_require__.f[key](chunkId, promises);
/******/ 			return promises;
/******/ 		}, []));
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/get javascript chunk filename */
/******/ (() => {
/******/ 	// This function allow to reference async chunks
/******/ 	__nccwpck_require__.u = (chunkId) => {
/******/ 		// return url for filenames based on template
/******/ 		return "" + chunkId + ".index.js";
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/hasOwnProperty shorthand */
/******/ (() => {
/******/ 	__nccwpck_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop))
/******/ })();
/******/ 
/******/ /* webpack/runtime/make namespace object */
/******/ (() => {
/******/ 	// define __esModule on exports
/******/ 	__nccwpck_require__.r = (exports) => {
/******/ 		if(typeof Symbol !== 'undefined' && Symbol.toStringTag) {
/******/ 			Object.defineProperty(exports, Symbol.toStringTag, { value: 'Module' });
/******/ 		}
/******/ 		Object.defineProperty(exports, '__esModule', { value: true });
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/import chunk loading */
/******/ (() => {
/******/ 	// no baseURI
/******/ 	
/******/ 	// object to store loaded and loading chunks
/******/ 	// undefined = chunk not loaded, null = chunk preloaded/prefetched
/******/ 	// [resolve, Promise] = chunk loading, 0 = chunk loaded
/******/ 	var installedChunks = {
/******/ 		792: 0
/******/ 	};
/******/ 	
/******/ 	var installChunk = (data) => {
/******/ 		var {ids, modules, runtime} = data;
/******/ 		// add "modules" to the modules object,
/******/ 		// then flag all "ids" as loaded and fire callback
/******/ 		var moduleId, chunkId, i = 0;
/******/ 		for(moduleId in modules) {
/******/ 			if(__nccwpck_require__.o(modules, moduleId)) {
/******/ 				__nccwpck_require__.m[moduleId] = modules[moduleId];
/******/ 			}
/******/ 		}
/******/ 		if(runtime) runtime(__nccwpck_require__);
/******/ 		for(;i < ids.length; i++) {
/******/ 			chunkId = ids[i];
/******/ 			if(__nccwpck_require__.o(installedChunks, chunkId) && installedChunks[chunkId]) {
/******/ 				installedChunks[chunkId][0]();
/******/ 			}
/******/ 			installedChunks[ids[i]] = 0;
/******/ 		}
/******/ 	
/******/ 	}
/******/ 	
/******/ 	__nccwpck_require__.f.j = (chunkId, promises) => {
/******/ 			// import() chunk loading for javascript
/******/ 			var installedChunkData = __nccwpck_require__.o(installedChunks, chunkId) ? installedChunks[chunkId] : undefined;
/******/ 			if(installedChunkData !== 0) { // 0 means "already installed".
/******/ 	
/******/ 				// a Promise means "currently loading".
/******/ 				if(installedChunkData) {
/******/ 					promises.push(installedChunkData[1]);
/******/ 				} else {
/******/ 					if(true) { // all chunks have JS
/******/ 						// setup Promise in chunk cache
/******/ 						var promise = import("./" + __nccwpck_require__.u(chunkId)).then(installChunk, (e) => {
/******/ 							if(installedChunks[chunkId] !== 0) installedChunks[chunkId] = undefined;
/******/ 							throw e;
/******/ 						});
/******/ 						var promise = Promise.race([promise, new Promise((resolve) => (installedChunkData = installedChunks[chunkId] = [resolve]))])
/******/ 						promises.push(installedChunkData[1] = promise);
/******/ 					}
/******/ 				}
/******/ 			}
/******/ 	};
/******/ 	
/******/ 	// no prefetching
/******/ 	
/******/ 	// no preloaded
/******/ 	
/******/ 	// no external install chunk
/******/ 	
/******/ 	// no on chunks loaded
/******/ })();
/******/ 
/************************************************************************/
/******/ 
/******/ // startup
/******/ // Load entry module and return exports
/******/ // This entry module used 'module' so it can't be inlined
/******/ var __webpack_exports__ = __nccwpck_require__(6830);
/******/ __webpack_exports__ = await __webpack_exports__;
/******/ 
