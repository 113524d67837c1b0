export const id = 608;
export const ids = [608];
export const modules = {

/***/ 32608:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  provideQemu: () => (/* binding */ provideQemu),
  qemuSources: () => (/* binding */ qemuSources)
});

// EXTERNAL MODULE: ./lib/nix/explain.js
var explain = __webpack_require__(73816);
// EXTERNAL MODULE: ./lib/nix/system.js
var system = __webpack_require__(15294);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(39110);
// EXTERNAL MODULE: ./lib/util/exec.js + 1 modules
var exec = __webpack_require__(86542);
// EXTERNAL MODULE: ./lib/util/format.js
var format = __webpack_require__(4849);
// EXTERNAL MODULE: ./lib/image/byte-reader.js
var byte_reader = __webpack_require__(28083);
// EXTERNAL MODULE: ./lib/image/bytes.js
var bytes = __webpack_require__(18734);
// EXTERNAL MODULE: ./lib/image/decode.js + 1 modules
var decode = __webpack_require__(90105);
// EXTERNAL MODULE: ./lib/image/magic.js
var magic = __webpack_require__(150);
// EXTERNAL MODULE: ./lib/image/select-image.js
var select_image = __webpack_require__(56737);
// EXTERNAL MODULE: ./lib/image/tar.js
var tar = __webpack_require__(14862);
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
var qemu = __webpack_require__(69867);
// EXTERNAL MODULE: ./lib/oci/digest.js
var oci_digest = __webpack_require__(9501);
// EXTERNAL MODULE: ./lib/oci/image-index.js
var image_index = __webpack_require__(15885);
// EXTERNAL MODULE: ./lib/oci/manifest.js
var manifest = __webpack_require__(44360);
// EXTERNAL MODULE: ./lib/oci/media-type.js
var media_type = __webpack_require__(68574);
// EXTERNAL MODULE: ./lib/oci/reference.js
var oci_reference = __webpack_require__(23940);
// EXTERNAL MODULE: ./lib/oci/system.js
var oci_system = __webpack_require__(25312);
// EXTERNAL MODULE: ./lib/registry/explain.js + 2 modules
var registry_explain = __webpack_require__(17432);
// EXTERNAL MODULE: ./lib/registry/repository.js + 7 modules
var repository = __webpack_require__(35182);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./lib/nix/elf.js
var elf = __webpack_require__(76322);
// EXTERNAL MODULE: ./lib/util/part-file.js
var part_file = __webpack_require__(24338);
// EXTERNAL MODULE: ./lib/util/writable.js
var writable = __webpack_require__(55078);
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
var network_variables = __webpack_require__(51334);
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

// EXTERNAL MODULE: ./lib/command/registry-client.js + 16 modules
var registry_client = __webpack_require__(63666);
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


/***/ })

};
