export const id = 608;
export const ids = [608];
export const modules = {

/***/ 2608:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  provideQemu: () => (/* binding */ provideQemu),
  qemuSources: () => (/* binding */ qemuSources)
});

// EXTERNAL MODULE: ./lib/nix/explain.js
var explain = __webpack_require__(3816);
// EXTERNAL MODULE: ./lib/nix/system.js
var system = __webpack_require__(5294);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/util/exec.js + 1 modules
var exec = __webpack_require__(6542);
// EXTERNAL MODULE: ./lib/util/format.js
var format = __webpack_require__(4849);
// EXTERNAL MODULE: ./lib/image/byte-reader.js
var byte_reader = __webpack_require__(8083);
// EXTERNAL MODULE: ./lib/image/bytes.js
var bytes = __webpack_require__(8734);
// EXTERNAL MODULE: ./lib/image/decode.js + 1 modules
var decode = __webpack_require__(105);
// EXTERNAL MODULE: ./lib/image/magic.js
var magic = __webpack_require__(150);
// EXTERNAL MODULE: ./lib/image/select-image.js
var select_image = __webpack_require__(6737);
// EXTERNAL MODULE: ./lib/image/tar.js
var tar = __webpack_require__(4862);
;// CONCATENATED MODULE: ./lib/image/tar-member.js

/**
 * The first regular file of a tar that has one of these names. Its body is what `input` gives next; nothing behind it has
 * been read. Throws an `Error` when the tar is damaged or cut off before.
 */
async function findFile(input, names) {
    for await (const entry of (0,tar/* tarEntries */.O_)(input)) {
        if (entry.kind === 'file' && names.includes(entry.name))
            return entry;
    }
    return undefined;
}

// EXTERNAL MODULE: ./lib/nix/qemu.js
var qemu = __webpack_require__(9867);
// EXTERNAL MODULE: ./lib/oci/digest.js
var oci_digest = __webpack_require__(9501);
// EXTERNAL MODULE: ./lib/oci/image-index.js
var image_index = __webpack_require__(5885);
// EXTERNAL MODULE: ./lib/oci/manifest.js
var manifest = __webpack_require__(4360);
// EXTERNAL MODULE: ./lib/oci/media-type.js
var media_type = __webpack_require__(8574);
// EXTERNAL MODULE: ./lib/oci/reference.js
var oci_reference = __webpack_require__(3940);
// EXTERNAL MODULE: ./lib/oci/system.js
var oci_system = __webpack_require__(5312);
// EXTERNAL MODULE: ./lib/registry/explain.js + 2 modules
var registry_explain = __webpack_require__(7432);
// EXTERNAL MODULE: ./lib/registry/repository.js + 7 modules
var repository = __webpack_require__(5182);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./lib/nix/elf.js
var elf = __webpack_require__(6322);
// EXTERNAL MODULE: ./lib/util/part-file.js
var part_file = __webpack_require__(4338);
// EXTERNAL MODULE: ./lib/util/writable.js
var writable = __webpack_require__(5078);
;// CONCATENATED MODULE: ./lib/command/seal.js




/** Writes down beside a file what it must hash to. */
async function seal(file, digest) {
    const part = await part_file/* PartFile */.Y.create((0,external_node_path_.dirname)(file));
    try {
        await part.write(Buffer.from(digest));
        await part.close();
        await part.rename(sealOf(file));
    }
    finally {
        await part.discard();
    }
}
/** Whether a file is as it was sealed: a machine that lost its power may have left its name without all of its content. */
async function isAsSealed(file) {
    try {
        return (0,oci_digest/* digestOf */.ol)(await (0,promises_.readFile)(file)) === (await (0,promises_.readFile)(sealOf(file), 'utf8'));
    }
    catch {
        return false;
    }
}
function sealOf(file) {
    return `${file}.digest`;
}

;// CONCATENATED MODULE: ./lib/command/kept-qemu.js








/** An interpreter that is kept as it was taken and can be registered, from the first fitting origin. */
async function findKept(system, { tools, machine }, isOrigin) {
    const origins = await (0,promises_.readdir)((0,external_node_path_.join)(tools, FOLDER)).catch(() => []);
    for (const origin of origins.filter(isOrigin).sort().reverse()) {
        const file = (0,external_node_path_.join)(tools, FOLDER, origin, `qemu-${(0,qemu/* qemuName */.gc)(system)}`);
        if ((await isAsSealed(file)) && (await isUsable(file, machine)))
            return file;
    }
    return undefined;
}
/**
 * Keeps an interpreter, and gives its path; `undefined` when the bytes are no static program of this machine. It is there as a
 * whole or not at all, also where others do the same at the same time. Throws a `UserError` when the disk is full.
 *
 * @param origin a name for a folder
 */
async function keepQemu(system, { tools, temp, machine }, origin, bytes) {
    const place = (0,external_node_path_.join)(FOLDER, folderName(origin));
    const folder = await (0,writable/* firstWritable */.n)((0,external_node_path_.join)(tools, place), (0,external_node_path_.join)(temp, place));
    try {
        return await keepIn(folder, `qemu-${(0,qemu/* qemuName */.gc)(system)}`, machine, bytes);
    }
    catch (error) {
        throw (0,writable/* notWritten */.x)('QEMU', folder, error);
    }
}
async function keepIn(folder, name, machine, bytes) {
    const part = await part_file/* PartFile */.Y.create(folder);
    const hasher = new oci_digest/* Hasher */.OP();
    try {
        for await (const chunk of bytes) {
            hasher.update(chunk);
            await part.write(chunk);
        }
        await part.close();
        if (!(await isUsable(part.path, machine)))
            return undefined;
        await (0,promises_.chmod)(part.path, 0o755);
        const file = (0,external_node_path_.join)(folder, name);
        await part.rename(file);
        await seal(file, hasher.digest());
        return file;
    }
    finally {
        await part.discard();
    }
}
const FOLDER = 'qemu';
/** The kernel takes a colon in a path for the end of it, and apt writes one as `%3a` in a file's name. */
function folderName(origin) {
    return origin.replace(/%3a/gi, '-').replace(/[^\w.+~-]/g, '-');
}
async function isUsable(file, machine) {
    return (await (0,elf/* isStaticProgram */.Ld)(file)) && (await (0,elf/* isProgramFor */.it)(file, machine));
}

;// CONCATENATED MODULE: ./lib/command/qemu-image.js

















/** How often a layer is begun again whose download broke off. */
const LAYER_TRIES = 3;
/** The interpreter that was once taken out of this very image. Throws a `UserError` for a reference without a digest. */
function keptFromImage(system, of) {
    const origin = originOf(pinned(of.image));
    return findKept(system, of, name => name === origin);
}
/**
 * Takes one interpreter out of an image in a registry, keeps it, and gives its path. Every byte is held against the
 * reference's digest. Throws a `UserError` that names the image.
 */
async function takeFromImage(system, of) {
    const reference = pinned(of.image);
    const client = of.client();
    try {
        return await take(system, new repository/* Repository */.L(client, reference, { signal: of.signal }), reference, of);
    }
    catch (error) {
        if (error instanceof util_error/* UserError */.yo || !(error instanceof Error) || of.signal?.aborted)
            throw error;
        throw new util_error/* UserError */.yo(`${(0,oci_reference/* referenceName */.z$)(reference)} cannot be used: ${error.message}`, { cause: error });
    }
    finally {
        client.close();
    }
}
async function take(system, repository, reference, of) {
    const { layers } = await manifestOf(repository, reference, of.machine);
    // A higher layer's file hides a lower one's.
    for (const layer of [...layers].reverse()) {
        const path = await retryingLayer(repository, () => takeFromLayer(system, repository, layer, originOf(reference), of));
        if (path !== undefined)
            return path;
    }
    throw new util_error/* UserError */.yo(`${(0,oci_reference/* referenceName */.z$)(reference)} has no static usr/bin/qemu-${(0,qemu/* qemuName */.gc)(system)} for this machine`, { hint: `An image like ${qemu/* DEFAULT_QEMU_IMAGE */.vr} is needed.` });
}
async function manifestOf(repository, of, machine) {
    const read = async ({ digest }) => (await manifestBytes(repository, of, digest)).bytes;
    const top = await manifestBytes(repository, of, of.digest);
    if (!(0,media_type/* isIndexType */.$U)(top.descriptor.mediaType))
        return (0,manifest/* parseManifest */.Ng)(top.bytes);
    const chosen = await (0,select_image/* selectImage */.g)((0,image_index/* parseIndex */.A1)(top.bytes), read, (0,oci_system/* platformOf */.tj)(machine));
    return (0,manifest/* parseManifest */.Ng)(await read(chosen));
}
async function manifestBytes(repository, of, digest) {
    const found = await repository.getManifest(digest);
    if (found !== undefined)
        return found;
    const what = digest === of.digest ? 'is not there' : `is not there as a whole: ${digest} is missing`;
    throw new util_error/* UserError */.yo(`${(0,oci_reference/* referenceName */.z$)(of)} ${what}`, {
        hint: 'Look whether the reference is right, and whether it may be read without an account.',
    });
}
/** A request is tried again by the client; what breaks off while it is read, here. */
function retryingLayer(repository, task) {
    const { retry } = repository.client;
    const isTransient = (failure) => failure instanceof registry_explain/* RegistryError */.gl && retry.isTransient(failure.failure);
    return repository.retrying(task, { ...retry, attempts: LAYER_TRIES, isTransient });
}
async function takeFromLayer(system, repository, layer, origin, shelf) {
    const tar = new byte_reader/* ByteReader */.k(unpacked(await repository.getBlob(layer)));
    try {
        const file = await findFile(tar, [`usr/bin/qemu-${(0,qemu/* qemuName */.gc)(system)}`]);
        return file && (await keepQemu(system, shelf, origin, verifiedBody(tar, file.size)));
    }
    finally {
        await tar.close();
    }
}
async function* unpacked(blob) {
    const input = new byte_reader/* ByteReader */.k(blob);
    try {
        const head = await input.read(magic/* HEAD */.Vx);
        yield* (0,decode/* decode */.D4)((0,magic/* encodingOf */.P$)(head), (0,bytes/* prepended */._j)(head, input.rest()));
    }
    finally {
        blob.destroy();
    }
}
/** The layer's digest is known only when all of it was read; until then nothing of it counts. */
async function* verifiedBody(tar, size) {
    yield* tar.take(size);
    for await (const _ of tar.rest())
        ;
}
function originOf({ digest }) {
    return `sha256-${(0,oci_digest/* hexOf */.ZD)(digest)}`;
}
function pinned(text) {
    const reference = (0,oci_reference/* parseReference */.F2)(text);
    const { digest } = reference;
    if (digest !== undefined)
        return { ...reference, digest };
    throw new util_error/* UserError */.yo(`The image for QEMU, ${text}, has no digest`, {
        hint: 'What it holds runs with the rights of the builds: name it as registry/owner/name@sha256:….',
    });
}

// EXTERNAL MODULE: ./lib/util/network-variables.js
var network_variables = __webpack_require__(1334);
;// CONCATENATED MODULE: ./lib/command/apt.js




const PATIENCE_MS = 120_000;
const OPTIONS = [
    // Without a network it is to be told soon.
    ...apt_option('Acquire::http::Timeout=10'),
    ...apt_option('Acquire::https::Timeout=10'),
    ...apt_option('Acquire::Retries=1'),
    // As root, apt loads as a user of its own, who cannot reach into our folders.
    ...apt_option('APT::Sandbox::User=root'),
];
/** The machine's lists are missing or too old: fresh ones may help. */
const UNKNOWN = /Unable to locate package|no installation candidate|Can't (select|find a source)|\b404\b/;
/**
 * Downloads a package, whose signature apt checks, into a folder. `false` when the lists do not know it, or know it where
 * it is no longer. Throws a `UserError` for any other failure.
 *
 * @param options of `freshLists`; none to go by the machine's lists
 */
async function download(name, folder, options, apt) {
    const result = await aptGet([...options, 'download', name], apt, folder);
    if (result.code === 0)
        return true;
    if (UNKNOWN.test(result.stderr))
        return false;
    throw failed(`download ${name}`, result);
}
/** Gets the package lists of the machine's sources into a folder, and gives the options with which apt reads them there. */
async function freshLists(folder, apt) {
    const [lists, cache] = [(0,external_node_path_.join)(folder, 'lists'), (0,external_node_path_.join)(folder, 'cache')];
    await (0,promises_.mkdir)((0,external_node_path_.join)(lists, 'partial'), { recursive: true });
    await (0,promises_.mkdir)((0,external_node_path_.join)(cache, 'archives/partial'), { recursive: true });
    const options = [...apt_option(`Dir::State::lists=${lists}`), ...apt_option(`Dir::Cache=${cache}`)];
    const result = await aptGet([...options, ...apt_option('Acquire::Languages=none'), 'update'], apt, folder);
    if (result.code === 0)
        return options;
    throw failed('update', result);
}
function apt_option(text) {
    return ['-o', text];
}
async function aptGet(args, apt, cwd) {
    const { exec, env, patience = PATIENCE_MS, signal } = apt;
    const limit = AbortSignal.timeout(patience);
    try {
        return await exec('apt-get', ['-q', ...OPTIONS, ...args], {
            cwd,
            clean: true,
            // In English, so that what went wrong can be told from the words.
            env: { ...(0,network_variables/* networkVariables */.I)(env), PATH: env.PATH, LC_ALL: 'C' },
            signal: signal ? AbortSignal.any([signal, limit]) : limit,
        });
    }
    catch (error) {
        signal?.throwIfAborted();
        if (limit.aborted)
            throw new util_error/* UserError */.yo(`apt-get did not end within ${patience / 1000} s`);
        throw error;
    }
}
/** apt tells errors in lines that begin with `E:`, the last one being about the whole. */
function failed(what, { code, stderr }) {
    const errors = stderr.split('\n').filter(line => line.startsWith('E: '));
    const said = errors[0]?.slice(3) ?? stderr.trim().split('\n').at(-1) ?? '';
    return new util_error/* UserError */.yo(`apt-get ${what} failed: ${said || `exit code ${code}`}`);
}

;// CONCATENATED MODULE: ./lib/command/qemu-package.js









/** Static interpreters are in the first up to Debian 12 and Ubuntu 24.04, later in the second; the other is small then. */
const PACKAGES = ['qemu-user-static', 'qemu-user'];
/** An interpreter that was once taken out of a package. */
function keptFromPackage(system, of) {
    return findKept(system, of, name => PACKAGES.some(each => name.startsWith(`${each}_`)));
}
/**
 * Takes one interpreter out of this distribution's package, keeps it, and gives its path. Nothing is installed, no script
 * of the package runs, and no rights are needed. Throws a `UserError` that says why it did not work.
 */
async function takeFromPackage(system, of) {
    const folder = await (0,promises_.mkdtemp)((0,external_node_path_.join)(of.temp, 'qemu-'));
    try {
        const path = (await fromLists(system, folder, [], of)) ??
            (await fromLists(system, folder, await freshLists((0,external_node_path_.join)(folder, 'apt'), of), of));
        if (path !== undefined)
            return path;
        const name = `qemu-${(0,qemu/* qemuName */.gc)(system)}`;
        throw new util_error/* UserError */.yo(`no package ${PACKAGES.join(' or ')} with a static ${name} is to be had`);
    }
    finally {
        await (0,promises_.rm)(folder, { recursive: true, force: true });
    }
}
/** `undefined` when the package lists, those of the machine or those that `options` name, lead to none. */
async function fromLists(system, folder, options, of) {
    for (const name of PACKAGES) {
        const into = await (0,promises_.mkdtemp)((0,external_node_path_.join)(folder, 'deb-'));
        if (!(await download(name, into, options, of)))
            continue;
        const file = (await (0,promises_.readdir)(into)).find(each => each.endsWith('.deb'));
        const path = file && (await unpack(system, (0,external_node_path_.join)(into, file), of));
        if (path)
            return path;
    }
    return undefined;
}
async function unpack(system, deb, of) {
    const name = `usr/bin/qemu-${(0,qemu/* qemuName */.gc)(system)}`;
    const tar = new byte_reader/* ByteReader */.k(contentOf(deb, of));
    try {
        const file = await findFile(tar, [`${name}-static`, name]);
        const origin = (0,external_node_path_.basename)(deb).replace(/_[^_]*\.deb$/, '');
        // apt has held the whole package against its hash, so the rest need not be read.
        return file && (await keepQemu(system, of, origin, tar.take(file.size)));
    }
    catch (error) {
        if (error instanceof util_error/* UserError */.yo || !(error instanceof Error) || error.name !== 'Error')
            throw error;
        throw new util_error/* UserError */.yo(`${(0,external_node_path_.basename)(deb)} could not be read: ${(0,util_error/* messageOf */.bD)(error)}`, { cause: error });
    }
    finally {
        await tar.close();
    }
}
/** The files of a package as a tar. */
async function* contentOf(deb, { env, signal }) {
    const options = { clean: true, env: { PATH: env.PATH }, ...(signal && { signal }) };
    const child = (0,exec/* start */.ni)('dpkg-deb', ['--fsys-tarfile', deb], options);
    child.stderr?.resume();
    yield* (0,exec/* outputOf */.jH)(child, 'dpkg-deb', code => new Error(`dpkg-deb ended with exit code ${code}`));
}

// EXTERNAL MODULE: ./lib/command/registry-client.js + 14 modules
var registry_client = __webpack_require__(5886);
;// CONCATENATED MODULE: ./lib/command/provide-qemu.js








/** About four seconds without a network: the build may well be there already, and need no QEMU. */
const ATTEMPTS = 4;
/**
 * The sources of a run, for this machine.
 *
 * @param image a reference by digest
 */
function qemuSources(host, image, signal) {
    const { tools, temp, env, log } = host;
    const client = () => (0,registry_client/* anonymousClient */.vR)(host, ATTEMPTS);
    return { tools, temp, env, log, image, signal, exec: exec/* exec */.m0, machine: (0,system/* thisMachine */.g)(), client };
}
/** In the order in which they are tried. */
const WAYS = [
    { name: () => 'the package of this system', kept: keptFromPackage, take: takeFromPackage },
    { name: of => of.image, kept: keptFromImage, take: takeFromImage },
];
/**
 * Gets a static QEMU that runs a system's programs on this machine, and gives its path: one that is kept from an earlier run,
 * else out of the distribution's package, else out of an image in a registry. Throws a `UserError` with all reasons when
 * there is none.
 */
async function provideQemu(system, of) {
    for (const way of WAYS) {
        const kept = await way.kept(system, of);
        if (kept !== undefined)
            return kept;
    }
    const reasons = [];
    for (const way of WAYS) {
        const path = await attempt(way, system, of, reasons);
        if (path !== undefined)
            return path;
    }
    throw new util_error/* UserError */.yo(`There is no QEMU for ${system} to be had here: ${reasons.join('; ')}`, {
        hint: `To build for ${system}: ${explain/* OTHER_WAYS */.uJ}.`,
    });
}
async function attempt(way, system, of, reasons) {
    const began = Date.now();
    const from = `from ${way.name(of)}`;
    try {
        const path = await way.take(system, of);
        of.log.info(`QEMU for ${system}: taken ${from} in ${(0,format/* formatSeconds */.Xo)(Date.now() - began)}`);
        return path;
    }
    catch (error) {
        of.signal?.throwIfAborted();
        if (!(error instanceof util_error/* UserError */.yo || (0,util_error/* isSystemError */.Or)(error)))
            throw error;
        of.log.debug(`QEMU for ${system}: not ${from}: ${error.message}`);
        reasons.push(`${from}: ${error.message}`);
        return undefined;
    }
}


/***/ }),

/***/ 8083:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   k: () => (/* binding */ ByteReader)
/* harmony export */ });
/** Reads a stream of chunks by count of bytes. */
class ByteReader {
    #chunks;
    #held = Buffer.alloc(0);
    #position = 0;
    constructor(source) {
        this.#chunks = source[Symbol.asyncIterator]();
    }
    /** How many bytes have been read. */
    get position() {
        return this.#position;
    }
    /** Exactly `count` bytes, or fewer where the stream ends. */
    async read(count) {
        const parts = [];
        let missing = count;
        while (missing > 0) {
            const part = await this.#next(missing);
            if (!part)
                break;
            parts.push(part);
            missing -= part.length;
        }
        const [only] = parts;
        return parts.length === 1 && only ? only : Buffer.concat(parts);
    }
    /** Copies into a buffer until it is full, or the stream ends. */
    async fill(into) {
        let filled = 0;
        while (filled < into.length) {
            const part = await this.#next(into.length - filled);
            if (!part)
                break;
            filled += part.copy(into, filled);
        }
        return filled;
    }
    /** Exactly `count` bytes. Throws an `Error` when the stream ends before. */
    async exactly(count) {
        const bytes = await this.read(count);
        if (bytes.length < count)
            throw this.#cutOff(count - bytes.length);
        return bytes;
    }
    /** The next `count` bytes as they come, not copied. Throws an `Error` when the stream ends before. */
    async *take(count) {
        let missing = count;
        while (missing > 0) {
            const part = await this.#next(missing);
            if (!part)
                throw this.#cutOff(missing);
            missing -= part.length;
            yield part;
        }
    }
    async skip(count) {
        for await (const _ of this.take(count))
            ;
    }
    /** Reads until a byte with this value has been read. Gives `false` where none of the next `max` has it. */
    async skipPast(value, max) {
        for (let left = max; left > 0 && (await this.#hold());) {
            const part = this.#cut(Math.min(left, this.#held.indexOf(value) + 1 || this.#held.length));
            if (part.at(-1) === value)
                return true;
            left -= part.length;
        }
        return false;
    }
    /** What is left, as it comes. */
    async *rest() {
        for (let part = await this.#next(Infinity); part; part = await this.#next(Infinity))
            yield part;
    }
    /** Lets go of the source. */
    async close() {
        await this.#chunks.return?.();
    }
    #cutOff(missing) {
        return new Error(`it is cut off: ${missing} bytes are missing after byte ${this.#position}`);
    }
    async #next(max) {
        return (await this.#hold()) ? this.#cut(max) : undefined;
    }
    /** Whether there is more; then some of it is held. */
    async #hold() {
        while (this.#held.length === 0) {
            const { value, done } = await this.#chunks.next();
            if (done)
                return false;
            this.#held = value;
        }
        return true;
    }
    /** Of what is held. */
    #cut(max) {
        const part = this.#held.subarray(0, Math.min(max, this.#held.length));
        this.#held = this.#held.subarray(part.length);
        this.#position += part.length;
        return part;
    }
}


/***/ }),

/***/ 8734:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   DS: () => (/* binding */ tapped),
/* harmony export */   Wu: () => (/* binding */ Sum),
/* harmony export */   _j: () => (/* binding */ prepended),
/* harmony export */   qy: () => (/* binding */ lazily)
/* harmony export */ });
/* harmony import */ var _oci_digest_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9501);

/** The digest and size of what went by. */
class Sum {
    #hasher = new _oci_digest_js__WEBPACK_IMPORTED_MODULE_0__/* .Hasher */ .OP();
    #size = 0;
    add(chunk) {
        this.#hasher.update(chunk);
        this.#size += chunk.length;
    }
    /** May be called once. */
    total() {
        return { digest: this.#hasher.digest(), size: this.#size };
    }
}
/** The same bytes; `see` is called with each chunk before it is handed on. */
async function* tapped(bytes, see) {
    for await (const chunk of bytes) {
        await see(chunk);
        yield chunk;
    }
}
async function* prepended(head, rest) {
    if (head.length > 0)
        yield head;
    if (rest)
        yield* rest;
}
/** What a stream holds, opened when its first byte is asked for: one that nobody reads could fail unheard. */
async function* lazily(open) {
    yield* open();
}


/***/ }),

/***/ 105:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  D4: () => (/* binding */ decode),
  UZ: () => (/* binding */ hasZstd)
});

// UNUSED EXPORTS: unzstd

// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(7075);
// EXTERNAL MODULE: external "node:stream/promises"
var promises_ = __webpack_require__(6466);
// EXTERNAL MODULE: external "node:zlib"
var external_node_zlib_ = __webpack_require__(8522);
var external_node_zlib_namespaceObject = /*#__PURE__*/__webpack_require__.t(external_node_zlib_, 2);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/image/byte-reader.js
var byte_reader = __webpack_require__(8083);
// EXTERNAL MODULE: ./lib/image/magic.js
var image_magic = __webpack_require__(150);
;// CONCATENATED MODULE: ./lib/image/zstd-frames.js


/**
 * Cuts a zstd stream (RFC 8878, 3.1) into its frames, each given as its own bytes; skippable frames are left out.
 * Node.js stops decoding after the first frame without an error, so the ends must be known. A frame must be read to
 * its end before the next is asked for. Throws an `Error` when the stream is cut off or something else follows.
 */
async function* zstdFrames(source) {
    const input = new byte_reader/* ByteReader */.k(source);
    try {
        for (let magic = await input.read(4); magic.length > 0; magic = await input.read(4)) {
            const value = magic.length === 4 ? magic.readUInt32LE(0) : 0;
            if (!(0,image_magic/* isZstdMagic */.l0)(value))
                throw new Error('the zstd stream is damaged: no frame where one should start');
            if ((0,image_magic/* isSkippableMagic */.FE)(value))
                await input.skip((await input.exactly(4)).readUInt32LE(0));
            else
                yield zstd_frames_frame(input, magic);
        }
    }
    finally {
        await input.close();
    }
}
async function* zstd_frames_frame(input, magic) {
    const flags = await input.exactly(1);
    const descriptor = flags.readUInt8(0);
    yield Buffer.concat([magic, flags, await input.exactly(headerRest(descriptor))]);
    for (let last = false; !last;) {
        const header = await input.exactly(3);
        const bits = header.readUIntLE(0, 3);
        last = (bits & 1) === 1;
        yield header;
        yield* input.take(blockSize(bits));
    }
    if (descriptor & 4)
        yield await input.exactly(4);
}
/** The length of a frame header after its first byte: window, dictionary id and content size, where they are. */
function headerRest(descriptor) {
    const single = (descriptor & 0x20) !== 0;
    const dictionary = [0, 1, 2, 4][descriptor & 3];
    const content = [single ? 1 : 0, 2, 4, 8][descriptor >>> 6];
    return (single ? 0 : 1) + dictionary + content;
}
const RLE = 1;
function blockSize(header) {
    return ((header >>> 1) & 3) === RLE ? 1 : header >>> 3;
}

;// CONCATENATED MODULE: ./lib/image/decode.js





const CHUNK = 1 << 18;
/** Takes the compression off. Throws an `Error` when the source is damaged, cut off or goes on after its end. */
function decode(encoding, source) {
    switch (encoding) {
        case 'none':
            return source;
        case 'gzip':
            return gunzip(source);
        case 'zstd':
            return unzstd(source);
    }
}
/** All members of a gzip stream (RFC 1952), one after the other. */
async function* gunzip(source) {
    const decoder = external_node_zlib_.createGunzip({ chunkSize: CHUNK });
    let given = 0;
    async function* counted() {
        for await (const chunk of source) {
            given += chunk.length;
            yield chunk;
        }
    }
    yield* through('gzip', decoder, counted());
    // Node.js takes zero bytes after a member for padding and reads no further.
    if (decoder.bytesWritten !== given)
        throw new Error('the gzip stream goes on after its end');
}
/** All frames of a zstd stream, one after the other. */
async function* unzstd(source, native = hasZstd()) {
    const decodeFrame = native
        ? (frame) => through('zstd', external_node_zlib_.createZstdDecompress({ chunkSize: CHUNK }), frame)
        : (await __webpack_require__.e(/* import() */ 845).then(__webpack_require__.bind(__webpack_require__, 845))).decodeFrame;
    for await (const frame of zstdFrames(source))
        yield* decodeFrame(frame);
}
/** Whether this runtime has zstd of its own: Node.js 22.15 and 23.8 brought it. */
function hasZstd() {
    return typeof Reflect.get(external_node_zlib_namespaceObject, 'createZstdDecompress') === 'function';
}
async function* through(encoding, decoder, source) {
    const fed = (0,promises_.pipeline)(external_node_stream_.Readable.from(source), decoder);
    // Whoever reads the decoder meets the failure there; the promise is asked again at the end.
    fed.catch(() => { });
    try {
        yield* decoder;
        await fed;
    }
    catch (error) {
        throw told(error, encoding);
    }
    finally {
        // Where the reader stopped early, the source is let go of before it is told so.
        decoder.destroy();
        await fed.catch(() => { });
    }
}
/** The decoder's failures in words; the source's own stay what they are. */
function told(error, encoding) {
    const code = (0,util_error/* codeOf */.$N)(error) ?? '';
    if (!/^Z(STD)?_/.test(code))
        return error;
    const what = code === 'Z_BUF_ERROR' ? 'cut off' : `damaged: ${error.message}`;
    return new Error(`the ${encoding} stream is ${what}`, { cause: error });
}


/***/ }),

/***/ 150:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   FE: () => (/* binding */ isSkippableMagic),
/* harmony export */   P$: () => (/* binding */ encodingOf),
/* harmony export */   Vx: () => (/* binding */ HEAD),
/* harmony export */   YZ: () => (/* binding */ isTar),
/* harmony export */   l0: () => (/* binding */ isZstdMagic)
/* harmony export */ });
/* harmony import */ var _tar_header_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9710);

/** How many of the first bytes tell what a file is. */
const HEAD = _tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .BLOCK */ .IE;
const COMPRESSIONS = [
    { encoding: 'gzip', matches: head => head.length > 2 && head.readUIntBE(0, 3) === 0x1f8b08 },
    { encoding: 'zstd', matches: head => head.length > 3 && isZstdMagic(head.readUInt32LE(0)) },
];
/** A frame, or a skippable frame before one (RFC 8878, 3.1). */
function isZstdMagic(magic) {
    return magic === 0xfd2fb528 || isSkippableMagic(magic);
}
function isSkippableMagic(magic) {
    return magic >>> 4 === 0x184d2a5;
}
/** How a file is compressed, by its first bytes. */
function encodingOf(head) {
    return COMPRESSIONS.find(it => it.matches(head))?.encoding ?? 'none';
}
/** Whether the first block is a tar header or the end mark of an empty tar. */
function isTar(head) {
    if (head.length < _tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .BLOCK */ .IE)
        return false;
    const block = head.subarray(0, _tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .BLOCK */ .IE);
    return (0,_tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .isZeroBlock */ .ei)(block) || (0,_tar_header_js__WEBPACK_IMPORTED_MODULE_0__/* .parseHeader */ .RW)(block) !== undefined;
}


/***/ }),

/***/ 6737:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   g: () => (/* binding */ selectImage)
/* harmony export */ });
/* harmony import */ var _oci_config_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1403);
/* harmony import */ var _oci_descriptor_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1260);
/* harmony import */ var _oci_image_index_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(5885);
/* harmony import */ var _oci_manifest_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(4360);
/* harmony import */ var _oci_media_type_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(8574);
/* harmony import */ var _oci_platform_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(7122);
/* harmony import */ var _util_on_one_line_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(3633);







/** Deeper than any tool nests indexes. */
const MAX_DEPTH = 4;
/**
 * Finds the image to take: the only one there is, or the one for `wanted`. Attestations count as none. Throws an
 * `Error` that names what is there when that leaves none or more than one.
 */
async function selectImage(index, read, wanted) {
    const all = (0,_oci_descriptor_js__WEBPACK_IMPORTED_MODULE_1__/* .distinct */ .dM)(await candidates(index, read));
    const [only, ...more] = all;
    if (!only)
        throw new Error('its index lists no image');
    if (more.length === 0)
        return only;
    const platforms = await Promise.all(all.map(each => platformOf(each, read)));
    const there = (0,_util_on_one_line_js__WEBPACK_IMPORTED_MODULE_5__/* .onOneLine */ .G)(platforms.map(_oci_platform_js__WEBPACK_IMPORTED_MODULE_6__/* .platformName */ .$r).sort().join(', '));
    if (!wanted)
        throw new Error(`it holds ${all.length} images (${there}), and no platform was asked for`);
    const name = (0,_oci_platform_js__WEBPACK_IMPORTED_MODULE_6__/* .platformName */ .$r)((0,_oci_platform_js__WEBPACK_IMPORTED_MODULE_6__/* .normalizePlatform */ .FL)(wanted));
    const fitting = all.filter((_, n) => (0,_oci_platform_js__WEBPACK_IMPORTED_MODULE_6__/* .platformName */ .$r)(platforms[n]) === name);
    if (fitting.length === 1 && fitting[0])
        return fitting[0];
    const count = fitting.length === 0 ? 'none' : `${fitting.length}`;
    throw new Error(`it holds ${all.length} images (${there}), ${count} of them for ${name}`);
}
/** The images that an index leads to. */
async function candidates(index, read, depth = 1) {
    if (depth > MAX_DEPTH)
        throw new Error('its indexes are nested too deeply');
    const found = [];
    for (const descriptor of index.manifests.filter(each => !(0,_oci_image_index_js__WEBPACK_IMPORTED_MODULE_2__/* .isAttestation */ .H3)(each))) {
        if ((0,_oci_media_type_js__WEBPACK_IMPORTED_MODULE_4__/* .isIndexType */ .$U)(descriptor.mediaType)) {
            found.push(...(await candidates((0,_oci_image_index_js__WEBPACK_IMPORTED_MODULE_2__/* .parseIndex */ .A1)(await read(descriptor)), read, depth + 1)));
        }
        else
            found.push(descriptor);
    }
    return found;
}
async function platformOf(descriptor, read) {
    if (descriptor.platform)
        return (0,_oci_platform_js__WEBPACK_IMPORTED_MODULE_6__/* .normalizePlatform */ .FL)(descriptor.platform);
    return (0,_oci_config_js__WEBPACK_IMPORTED_MODULE_0__/* .parseConfig */ .o)(await read((0,_oci_manifest_js__WEBPACK_IMPORTED_MODULE_3__/* .parseManifest */ .Ng)(await read(descriptor)).config)).platform;
}


/***/ }),

/***/ 9710:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   IE: () => (/* binding */ BLOCK),
/* harmony export */   RW: () => (/* binding */ parseHeader),
/* harmony export */   YS: () => (/* binding */ encodeHeader),
/* harmony export */   Zt: () => (/* binding */ paddingOf),
/* harmony export */   ei: () => (/* binding */ isZeroBlock),
/* harmony export */   qt: () => (/* binding */ hasMagic)
/* harmony export */ });
const BLOCK = 512;
const CHECKSUM = { at: 148, length: 8 };
const SIZE = { at: 124, length: 12 };
/** The largest size that eleven octal digits hold, plus one. */
const OCTAL_LIMIT = 8 ** 11;
/** How many bytes stand after a body so that the next header starts on a block. */
function paddingOf(size) {
    return (BLOCK - (size % BLOCK)) % BLOCK;
}
function isZeroBlock(block) {
    return block.every(byte => byte === 0);
}
/** Whether a block, or the beginning of one, calls itself a tar header. */
function hasMagic(block) {
    return block.toString('latin1', 257, 262) === 'ustar';
}
/** `undefined` when the block is no tar header: its checksum tells. */
function parseHeader(block) {
    if (block.length < BLOCK || !checksums(block).includes(octal(block, CHECKSUM)))
        return undefined;
    const size = numberAt(block, SIZE);
    if (size === undefined)
        return undefined;
    const name = text(block, 0, 100);
    // GNU's own format keeps other things where ustar has the prefix.
    const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? text(block, 345, 155) : '';
    return {
        name: prefix === '' ? name : `${prefix}/${name}`,
        type: String.fromCharCode(block[156] || 0x30),
        size,
        link: text(block, 157, 100),
    };
}
/** A ustar header without owner, time or anything else that differs from machine to machine. */
function encodeHeader(of) {
    const block = Buffer.alloc(BLOCK);
    block.write(of.name, 0, 100);
    writeOctal(block, of.mode, 100, 8);
    for (const owner of [108, 116])
        writeOctal(block, 0, owner, 8);
    writeSize(block, of.size);
    writeOctal(block, 0, 136, 12);
    block.write(of.type, 156);
    block.write('ustar\x0000', 257, 'latin1');
    for (const device of [329, 337])
        writeOctal(block, 0, device, 8);
    block.fill(' ', CHECKSUM.at, CHECKSUM.at + CHECKSUM.length);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, CHECKSUM.at, 'latin1');
    return block;
}
/** The sum over the header with blanks for the checksum itself: of unsigned bytes, and of signed ones as some old tars do. */
function checksums(block) {
    let unsigned = 0;
    let signed = 0;
    for (const [at, byte] of block.entries()) {
        const value = at >= CHECKSUM.at && at < CHECKSUM.at + CHECKSUM.length ? 0x20 : byte;
        unsigned += value;
        signed += value > 127 ? value - 256 : value;
    }
    return [unsigned, signed];
}
/** A number in octal or, where the first bit is set, in GNU's base 256. */
function numberAt(block, field) {
    const bytes = block.subarray(field.at, field.at + field.length);
    const first = bytes[0] ?? 0;
    const value = first & 0x80 ? base256(bytes) : octal(block, field);
    return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
function base256(bytes) {
    if (bytes[0] !== 0x80)
        return Number.NaN;
    return bytes.subarray(1).reduce((total, byte) => total * 256 + byte, 0);
}
function octal(block, field) {
    const digits = block
        .toString('latin1', field.at, field.at + field.length)
        .replace(/[\0 ]+$/, '')
        .trimStart();
    if (digits === '')
        return 0;
    return /^[0-7]+/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}
function text(block, at, length) {
    const field = block.subarray(at, at + length);
    const end = field.indexOf(0);
    return field.toString('utf8', 0, end < 0 ? length : end);
}
function writeOctal(block, value, at, length) {
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
}
function writeSize(block, size) {
    if (size < OCTAL_LIMIT) {
        writeOctal(block, size, SIZE.at, SIZE.length);
        return;
    }
    block[SIZE.at] = 0x80;
    block.writeBigUInt64BE(BigInt(size), SIZE.at + 4);
}


/***/ }),

/***/ 4862:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   O_: () => (/* binding */ tarEntries),
/* harmony export */   s3: () => (/* binding */ rawMembers)
/* harmony export */ });
/* unused harmony exports memberName, linkTarget */
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6760);
/* harmony import */ var _tar_header_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9710);


/** Far more than any name needs; it keeps a hostile header from being read into memory. */
const MAX_EXTENSION = 1 << 20;
/**
 * The members of a tar, in order, up to its end mark. A member's body may be read from `input` before the next
 * member is asked for; what is left of it is skipped. Throws an `Error` when the tar is damaged or cut off, and when a
 * name in it leads out of it.
 */
async function* tarEntries(input) {
    for await (const member of rawMembers(input))
        yield toEntry(member);
}
/** The same with every name as it stands there, for tars of which nothing is unpacked: layers have absolute names. */
async function* rawMembers(input) {
    let global = {};
    let local = {};
    for (let header = await readHeader(input); header; header = await readHeader(input)) {
        const extension = await readExtension(input, header);
        if (extension?.scope === 'global')
            global = { ...global, ...extension.overrides };
        else if (extension)
            local = { ...local, ...extension.overrides };
        else {
            const member = toMember(header, { ...global, ...local }, input.position);
            local = {};
            yield member;
            await input.skip(member.offset + member.size + (0,_tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .paddingOf */ .Zt)(member.size) - input.position);
        }
    }
}
/** A member's name without `./`. Throws an `Error` when it is absolute or has a `..` in it: no image needs that. */
function memberName(name) {
    if (name.startsWith('/') || name.split('/').includes('..'))
        throw new Error(`it holds a member with an unsafe path: ${JSON.stringify(name)}`);
    return node_path__WEBPACK_IMPORTED_MODULE_0__.posix.join('/', name).slice(1);
}
/** The member a link stands for; its target is read from `folder`. Throws an `Error` when it leads out of the tar. */
function linkTarget(target, folder = '') {
    const path = node_path__WEBPACK_IMPORTED_MODULE_0__.posix.join(folder, target);
    if (target.startsWith('/') || path.split('/')[0] === '..')
        throw new Error(`it holds a link with an unsafe target: ${JSON.stringify(target)}`);
    return path;
}
async function readHeader(input) {
    const at = input.position;
    const block = await input.read(_tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .BLOCK */ .IE);
    if (at === 0 && block.length < _tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .BLOCK */ .IE && !(0,_tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .hasMagic */ .qt)(block))
        throw new Error(`it is no tar: it has only ${block.length} bytes`);
    if (block.length < _tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .BLOCK */ .IE)
        throw new Error(`it is cut off: the tar ends at byte ${at} without its end mark`);
    if ((0,_tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .isZeroBlock */ .ei)(block))
        return undefined;
    const header = (0,_tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .parseHeader */ .RW)(block);
    if (!header)
        throw new Error(`there is no tar header at byte ${at}`);
    return header;
}
function toMember(header, over, offset) {
    const { type } = header;
    const size = '123456'.includes(type) ? 0 : (over.size ?? header.size);
    return { name: over.path ?? header.name, type, link: over.linkpath ?? header.link, offset, size };
}
function toEntry({ name: raw, type, link, offset, size }) {
    const name = memberName(raw);
    switch (type) {
        case '0':
        case '7':
            return { kind: raw.endsWith('/') ? 'other' : 'file', name, offset, size };
        case '1':
            return { kind: 'link', name, offset, size: 0, target: linkTarget(link) };
        case '2':
            return { kind: 'link', name, offset, size: 0, target: linkTarget(link, node_path__WEBPACK_IMPORTED_MODULE_0__.posix.dirname(name)) };
        default:
            return { kind: 'other', name, offset, size };
    }
}
const EXTENSIONS = {
    x: body => ({ scope: 'local', overrides: parsePax(body) }),
    g: body => ({ scope: 'global', overrides: parsePax(body) }),
    L: body => ({ scope: 'local', overrides: { path: untilNul(body) } }),
    K: body => ({ scope: 'local', overrides: { linkpath: untilNul(body) } }),
};
async function readExtension(input, header) {
    const parse = EXTENSIONS[header.type];
    if (!parse)
        return undefined;
    if (header.size > MAX_EXTENSION)
        throw new Error(`the tar has a header of ${header.size} bytes`);
    const body = await input.read(header.size);
    if (body.length < header.size)
        throw new Error(`it is cut off inside a header at byte ${input.position}`);
    await input.skip((0,_tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .paddingOf */ .Zt)(header.size));
    return parse(body);
}
/** The records of a pax header: `<length> <key>=<value>\n`, the length counting all of it. */
function parsePax(body) {
    const records = new Map();
    for (let at = 0; at < body.length;) {
        const blank = body.indexOf(0x20, at);
        const length = Number(body.toString('latin1', at, Math.max(at, blank)));
        const record = body.toString('utf8', blank + 1, at + length - 1);
        const equals = record.indexOf('=');
        if (!Number.isInteger(length) || length < 5 || at + length > body.length || equals < 0)
            throw new Error('the tar has a damaged pax header');
        records.set(record.slice(0, equals), record.slice(equals + 1));
        at += length;
    }
    return paxOverrides(records);
}
function paxOverrides(records) {
    const path = records.get('path');
    const linkpath = records.get('linkpath');
    const size = records.get('size');
    if (size !== undefined && !/^\d{1,15}$/.test(size))
        throw new Error(`the tar has a pax size of ${size}`);
    return {
        ...(path !== undefined && { path }),
        ...(linkpath !== undefined && { linkpath }),
        ...(size !== undefined && { size: Number(size) }),
    };
}
function untilNul(body) {
    const end = body.indexOf(0);
    return body.toString('utf8', 0, end < 0 ? body.length : end);
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

/***/ 1403:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   o: () => (/* binding */ parseConfig)
/* harmony export */ });
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8884);
/* harmony import */ var _digest_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9501);


/** Throws an `Error` that says which field is missing or wrong. */
function parseConfig(bytes) {
    const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asObject */ .eB)((0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .parseJson */ .qF)(bytes, 'the image config'), 'the image config');
    const run = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asObject */ .eB)(it.config ?? {}, 'config');
    const rootfs = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asObject */ .eB)(it.rootfs, 'rootfs');
    const variant = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asOptionalString */ .qM)(it.variant, 'variant');
    return {
        platform: {
            os: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asString */ .oJ)(it.os, 'os'),
            architecture: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asString */ .oJ)(it.architecture, 'architecture'),
            ...(variant && { variant }),
        },
        diffIds: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asArray */ ._j)(rootfs.diff_ids, 'rootfs.diff_ids').map(_digest_js__WEBPACK_IMPORTED_MODULE_0__/* .parseDigest */ .m),
        entrypoint: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asStrings */ .P7)(run.Entrypoint ?? [], 'config.Entrypoint'),
        cmd: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asStrings */ .P7)(run.Cmd ?? [], 'config.Cmd'),
    };
}


/***/ })

};
