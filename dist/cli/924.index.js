export const id = 924;
export const ids = [924];
export const modules = {

/***/ 5461:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  b: () => (/* binding */ prepareAll)
});

// EXTERNAL MODULE: ./lib/oci/system.js
var oci_system = __webpack_require__(5312);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/util/file.js
var util_file = __webpack_require__(2564);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./lib/nix/elf.js
var elf = __webpack_require__(6322);
;// CONCATENATED MODULE: ./lib/nix/binfmt.js



/** Where binfmt_misc is mounted, under `/proc` as a rule. */
function binfmtFolder(procfs) {
    return (0,external_node_path_.join)(procfs, 'sys/fs/binfmt_misc');
}
/** The registered entries, in no order; `undefined` when binfmt_misc is not mounted. */
async function readBinfmt(folder) {
    const names = await (0,promises_.readdir)(folder).catch(() => []);
    if (!names.includes('register'))
        return undefined;
    const status = await binfmt_text(folder, 'status');
    const entries = await Promise.all(names.map(async (name) => parseEntry(name, await binfmt_text(folder, name))));
    const on = status.trim() !== 'disabled';
    return entries.flatMap(entry => (entry === undefined ? [] : [{ ...entry, enabled: entry.enabled && on }]));
}
/** `register` is not readable, and an entry can go while one looks. */
function binfmt_text(folder, name) {
    return (0,promises_.readFile)((0,external_node_path_.join)(folder, name), 'utf8').catch(() => '');
}
/** Reads an entry as the kernel shows it; `undefined` when it goes by a file's extension, or is none. */
function parseEntry(name, shown) {
    const field = (key) => new RegExp(`^${key}:? (.*)$`, 'm').exec(shown)?.[1]?.trim() ?? '';
    const magic = Buffer.from(field('magic'), 'hex');
    if (magic.length === 0)
        return undefined;
    const mask = Buffer.from(field('mask'), 'hex');
    return {
        name,
        enabled: shown.startsWith('enabled'),
        interpreter: field('interpreter'),
        flags: field('flags'),
        offset: Number(field('offset')),
        magic,
        mask: mask.length === magic.length ? mask : Buffer.alloc(magic.length, 0xff),
    };
}
/** Whether the kernel hands programs of a system to an entry. */
function handles(entry, system) {
    const head = (0,elf/* elfHead */.Aj)(system);
    const fits = ({ magic, mask }) => magic.every((byte, n) => ((byte ^ (head[n + entry.offset] ?? 0)) & (mask[n] ?? 0)) === 0);
    return entry.enabled && entry.offset + entry.magic.length <= head.length && fits(entry);
}
/** The line that registers an interpreter for a system's programs. */
function registration(name, system, interpreter) {
    return `:${name}:M::${escaped((0,elf/* elfHead */.Aj)(system))}:${escaped((0,elf/* elfMask */.Eo)(system))}:${interpreter}:POCF`;
}
/** The kernel reads `\\x` escapes, so that zeros and colons can stand in the line. */
function escaped(bytes) {
    return [...bytes].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

;// CONCATENATED MODULE: ./lib/nix/builders.js

/**
 * The systems that remote builders offer, from the `builders` setting: machine lines divided by newlines or `;`, whose
 * second field lists systems with commas (`-` stands for `ownSystem`), or `@file` for a file of such lines. A file
 * that cannot be read offers nothing: the setting names one that need not exist.
 */
async function builderSystems(builders, ownSystem) {
    const lines = await linesOf(builders);
    return new Set(lines.flatMap(line => systemsOf(line, ownSystem)));
}
async function linesOf(setting) {
    const lines = split(setting).map(async (line) => (line.startsWith('@') ? read(line.slice(1).trim()) : [line]));
    return (await Promise.all(lines)).flat();
}
function split(text) {
    const lines = text.split(/[\n;]/).map(line => line.replace(/#.*$/, '').trim());
    return lines.filter(Boolean);
}
async function read(path) {
    return split(await (0,promises_.readFile)(path, 'utf8').catch(() => ''));
}
function systemsOf(line, ownSystem) {
    const [, systems = '-'] = line.split(/\s+/);
    return systems === '-' ? [ownSystem] : systems.split(',').filter(Boolean);
}

// EXTERNAL MODULE: ./lib/nix/explain.js
var explain = __webpack_require__(3816);
// EXTERNAL MODULE: ./lib/nix/qemu.js
var nix_qemu = __webpack_require__(9867);
// EXTERNAL MODULE: ./lib/util/as-root.js
var as_root = __webpack_require__(2563);
;// CONCATENATED MODULE: ./lib/nix/register.js






/**
 * Tells the kernel to run a system's programs under a static QEMU, until the machine stops. Somebody else registering
 * the same at the same time is no failure. Throws a `UserError` when it is not allowed.
 */
async function registerQemu(system, interpreter, folder, rights) {
    const file = (0,external_node_path_.join)(folder, 'register');
    if (!(await (0,util_file/* exists */.t2)(file)))
        await mount(folder, rights);
    const line = registration(`nix-multiarch-${(0,nix_qemu/* qemuName */.gc)(system)}`, system, interpreter);
    const result = await (0,as_root/* asRoot */.t)(rights, 'tee', [file], { input: line });
    if (result.code === 0 || /File exists/.test(result.stderr))
        return;
    throw refused(`QEMU for ${system} could not be registered in ${file}`, result);
}
/**
 * Throws a `UserError` where this machine would not let anything be registered: what is costly to get need not be got there.
 * Mounts binfmt_misc where it is not.
 */
async function checkRegistrable(system, folder, rights) {
    const file = (0,external_node_path_.join)(folder, 'register');
    if (!(await (0,util_file/* exists */.t2)(file)))
        await mount(folder, rights);
    const result = await (0,as_root/* asRoot */.t)(rights, 'test', ['-w', file]);
    if (result.code !== 0)
        throw refused(`QEMU for ${system} cannot be registered in ${file}`, result);
}
async function mount(folder, rights) {
    const result = await (0,as_root/* asRoot */.t)(rights, 'mount', ['-t', 'binfmt_misc', 'binfmt_misc', folder]);
    if (await (0,util_file/* exists */.t2)((0,external_node_path_.join)(folder, 'register')))
        return;
    throw refused(`binfmt_misc could not be mounted on ${folder}`, result);
}
function refused(what, result) {
    return new util_error/* UserError */.yo(`${what}: ${result.stderr.trim() || `exit code ${result.code}`}`, {
        hint: 'It takes root. Run this as root, or install the package qemu-user-static (Debian and Ubuntu), which registers QEMU itself.',
    });
}

;// CONCATENATED MODULE: ./lib/nix/emulation.js








/** Systems whose programs the processor of another runs by itself. */
const RUN_BY = { 'i686-linux': 'x86_64-linux' };
/** The same of some processors: those who set Nix up for it know theirs. */
const MAY_RUN_BY = {
    'armv7l-linux': ['aarch64-linux'],
    'armv6l-linux': ['aarch64-linux', 'armv7l-linux'],
};
/**
 * Makes sure that Nix can build for a system: by itself, by what it is set up for, by a remote builder, or under QEMU,
 * which is registered with the kernel where it is not yet (as root, or through sudo without a password).
 */
async function prepareSystem(nix, system, options) {
    try {
        return await prepare(nix, system, options);
    }
    catch (error) {
        if (!(error instanceof util_error/* UserError */.yo))
            throw error;
        return { how: 'none', options: [], runnable: false, problem: error, note: error.message };
    }
}
/** Throws a `UserError` when there is no way. */
async function prepare({ settings }, system, options) {
    const linux = options.platform === 'linux';
    const folder = binfmtFolder(options.procfs ?? '/proc');
    const entries = linux && (0,oci_system/* isSystem */.yQ)(system) ? await entriesFor(system, folder) : [];
    // Nix's own fetchers are built for `builtin`, which every machine is.
    if (settings.system === system || system === 'builtin')
        return emulation_native(system, linux);
    const runnable = entries.length > 0 || (linux && RUN_BY[system] === settings.system);
    const remote = await builderSystems(settings.builders, settings.system);
    if (settings.extraPlatforms.includes(system)) {
        const needsQemu = !runnable && !remote.has(system) && !MAY_RUN_BY[system]?.includes(settings.system);
        return needsQemu ? configured(system, folder, settings, options) : asConfigured(system, runnable);
    }
    if (remote.has(system)) {
        return { how: 'builder', options: [], runnable, note: `${system} is built by a remote builder` };
    }
    if (options.emulation === 'off')
        throw impossible(system, 'and emulation is off');
    const ready = entries.find(entry => reachesSandbox(entry, settings));
    if (ready !== undefined)
        return emulated(settings, system, ready.interpreter);
    if (!linux || !(0,oci_system/* isSystem */.yQ)(system))
        throw impossible(system, 'and QEMU runs only Linux programs on Linux');
    return emulated(settings, system, await register(system, folder, settings, options));
}
/** Nix is told to build for the system, and the kernel is not: so it is told, too, where that can be done. */
async function configured(system, folder, settings, options) {
    const asIs = asConfigured(system, false);
    if (options.emulation === 'off' || options.platform !== 'linux' || !(0,oci_system/* isSystem */.yQ)(system))
        return asIs;
    try {
        const qemu = await register(system, folder, settings, options);
        return { ...emulated(settings, system, qemu), options: [] };
    }
    catch (error) {
        if (!(error instanceof util_error/* UserError */.yo))
            throw error;
        return { ...asIs, note: `${asIs.note}, but: ${error.message}` };
    }
}
function asConfigured(system, runnable) {
    return { how: 'nix', options: [], runnable, note: `Nix is set up to build for ${system} here` };
}
/** Gives the QEMU that the system's programs run under from now on. */
async function register(system, folder, settings, options) {
    const qemu = (await (0,nix_qemu/* findQemu */["if"])(system, options.env.PATH ?? '')) ?? (await provide(system, folder, options));
    if (qemu === undefined)
        throw impossible(system, 'and no static QEMU for it was found');
    await registerQemu(system, qemu, folder, options);
    const entries = await entriesFor(system, folder);
    if (entries.some(entry => reachesSandbox(entry, settings)))
        return qemu;
    throw impossible(system, `and the kernel does not use ${qemu}, although it was registered`);
}
/** Nothing is downloaded for a machine that would not let it be registered. */
async function provide(system, folder, options) {
    if (options.provideQemu === undefined)
        return undefined;
    await checkRegistrable(system, folder, options);
    return options.provideQemu(system);
}
function emulation_native(system, linux) {
    return { how: 'native', options: [], runnable: linux, note: `${system} is this machine's own system` };
}
function emulated(settings, system, interpreter) {
    // The setting replaces what was configured, so that goes in again.
    const platforms = [...settings.extraPlatforms, system].join(' ');
    return {
        how: 'qemu',
        options: ['--option', 'extra-platforms', platforms],
        runnable: true,
        note: `${system} runs under ${interpreter}`,
    };
}
/** The enabled entries that run a system's programs and whose interpreter is there. */
async function entriesFor(system, folder) {
    const entries = ((await readBinfmt(folder)) ?? []).filter(entry => handles(entry, system));
    const there = await Promise.all(entries.map(async (entry) => isOpen(entry) || (await (0,util_file/* exists */.t2)(entry.interpreter))));
    return entries.filter((_, n) => there[n]);
}
function isOpen(entry) {
    return entry.flags.includes('F');
}
function reachesSandbox(entry, { sandbox, sandboxPaths }) {
    const shared = sandboxPaths.some(path => `${entry.interpreter}/`.startsWith(`${path}/`));
    return isOpen(entry) || !sandbox || shared;
}
function impossible(system, why) {
    return new util_error/* UserError */.yo(`This machine cannot build for ${system}: it is of another system, ${why}`, {
        hint: `To build for ${system}: ${explain/* OTHER_WAYS */.uJ}.`,
    });
}

// EXTERNAL MODULE: ./lib/util/exec.js + 1 modules
var exec = __webpack_require__(6542);
;// CONCATENATED MODULE: ./lib/command/machines.js


/** Makes the machine ready for each system that something is to be built on. */
async function prepareAll(nix, builders, { emulation, qemuImage }, host, signal) {
    const { platform } = process;
    const uid = process.getuid?.();
    const { env, log } = host;
    const machines = new Map();
    for (const builder of new Set(builders)) {
        const prepared = await prepareSystem(nix, builder, {
            emulation,
            exec: exec/* exec */.m0,
            env,
            platform,
            uid,
            provideQemu: system => qemuFor(system, qemuImage, host, signal),
        });
        log.debug(prepared.note);
        machines.set(builder, prepared);
    }
    return machines;
}
/** Loaded only where it is needed: it brings what talks to registries. */
async function qemuFor(system, image, host, signal) {
    const { provideQemu, qemuSources } = await Promise.all(/* import() */[__webpack_require__.e(151), __webpack_require__.e(608)]).then(__webpack_require__.bind(__webpack_require__, 2608));
    return provideQemu(system, qemuSources(host, image, signal));
}


/***/ }),

/***/ 7924:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   setup: () => (/* binding */ setup),
/* harmony export */   shellLines: () => (/* binding */ shellLines)
/* harmony export */ });
/* harmony import */ var _nix_nix_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8969);
/* harmony import */ var _machines_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(5461);
/* harmony import */ var _ready_nix_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(776);



/** Makes a machine ready, for as long as it runs or until `stop`. Throws a `UserError` where a system cannot be built for. */
async function setup(inputs, host, signal) {
    const options = { install: true, folder: host.kept.path };
    const { running, paths, variables } = await (0,_ready_nix_js__WEBPACK_IMPORTED_MODULE_2__/* .setUpNix */ .$T)(inputs, host, signal, options);
    // What was said to a daemon just now need not be said to it again, unless there are settings of which Nix knows more than we.
    if (running !== undefined && inputs.systems.length + inputs.nixConf.length === 0)
        return { version: running, paths, variables, systems: {} };
    const nix = await (0,_nix_nix_js__WEBPACK_IMPORTED_MODULE_0__/* .openNix */ .M)((0,_ready_nix_js__WEBPACK_IMPORTED_MODULE_2__/* .around */ .mC)(host));
    const machines = await (0,_machines_js__WEBPACK_IMPORTED_MODULE_1__/* .prepareAll */ .b)(nix, inputs.systems, inputs, host, signal);
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
