export const id = 445;
export const ids = [445];
export const modules = {

/***/ 6445:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  build: () => (/* binding */ build)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __webpack_require__(7975);
// EXTERNAL MODULE: external "node:zlib"
var external_node_zlib_ = __webpack_require__(8522);
var external_node_zlib_namespaceObject = /*#__PURE__*/__webpack_require__.t(external_node_zlib_, 2);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(9110);
;// CONCATENATED MODULE: ./lib/image/crc32.js

/** The runtime's own where it has one (Node.js 20.15, 22.2), else by table. */
function makeCrc32(native = Reflect.get(external_node_zlib_namespaceObject, 'crc32')) {
    return typeof native === 'function' ? native : tableCrc32();
}
/** Four bytes at a time: table `n` holds what a byte becomes after `n` more zero bytes. */
function tableCrc32() {
    const table = makeTable();
    const entry = (n, byte) => table[n * 256 + (byte & 0xff)];
    return (bytes, before) => {
        let crc = ~before;
        let at = 0;
        for (; at + 4 <= bytes.length; at += 4) {
            crc ^= bytes.readInt32LE(at);
            crc = entry(3, crc) ^ entry(2, crc >>> 8) ^ entry(1, crc >>> 16) ^ entry(0, crc >>> 24);
        }
        for (; at < bytes.length; at++)
            crc = entry(0, crc ^ bytes.readUInt8(at)) ^ (crc >>> 8);
        return ~crc >>> 0;
    };
}
function makeTable() {
    const table = new Int32Array(4 * 256);
    for (let byte = 0; byte < 256; byte++) {
        let crc = byte;
        for (let bit = 0; bit < 8; bit++)
            crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
        table[byte] = crc;
    }
    for (let at = 256; at < table.length; at++) {
        const before = table[at - 256];
        table[at] = (before >>> 8) ^ table[before & 0xff];
    }
    return table;
}

// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(7075);
// EXTERNAL MODULE: external "node:stream/promises"
var external_node_stream_promises_ = __webpack_require__(6466);
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
    const fed = (0,external_node_stream_promises_.pipeline)(external_node_stream_.Readable.from(source), decoder);
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

;// CONCATENATED MODULE: ./lib/image/block-format.js





/** Throws a `UserError` when this Node.js cannot write the encoding. */
function checkEncoding(encoding) {
    if (encoding === 'gzip' || hasZstd())
        return;
    throw new util_error/* UserError */.yo(`Node.js ${process.versions.node} cannot write ${encoding}`, {
        hint: 'Use Node.js 22.15 or newer, or gzip.',
    });
}
/** Begins one stream. Throws a `UserError` when this Node.js cannot write the encoding. */
function blockFormat(encoding) {
    checkEncoding(encoding);
    switch (encoding) {
        case 'gzip':
            return new GzipFormat();
        case 'zstd':
            return zstdFormat();
    }
}
const deflateRaw = (0,external_node_util_.promisify)(external_node_zlib_.deflateRaw);
// Measured on 690 MB of libraries and 300 MB of text: skopeo's gzip gives 35.3 and 35.5 % of the bytes; here level 1 gives
// 37.0 and 37.6 %, level 2 36.3 and 36.9 %, level 4 35.0 and 35.3 %. Level 2 is as fast as level 1 and takes a fifth less
// time than level 4. Smaller blocks are slower; larger ones gain nothing.
const GZIP_LEVEL = 2;
const GZIP_BLOCK = 1 << 20;
/** How far back deflate can refer (RFC 1951). */
const WINDOW = 1 << 15;
/**
 * One gzip member (RFC 1952). Every block is deflated by itself with the window before it as dictionary, and flushed to
 * a whole byte, so that blocks can be strung together; an empty last block ends them. No time, no name, system unknown.
 */
class GzipFormat {
    blockSize = GZIP_BLOCK;
    head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    #crc32 = makeCrc32();
    #crc = 0;
    #size = 0;
    #window;
    encode(block) {
        const dictionary = this.#window;
        this.#window = Buffer.from(block.subarray(-WINDOW));
        this.#crc = this.#crc32(block, this.#crc);
        this.#size += block.length;
        return deflateRaw(block, {
            level: GZIP_LEVEL,
            memLevel: 9,
            chunkSize: Math.max(1024, block.length >>> 1),
            finishFlush: external_node_zlib_.constants.Z_SYNC_FLUSH,
            ...(dictionary && { dictionary }),
        });
    }
    tail() {
        this.#window = undefined;
        const tail = Buffer.from([0x03, 0x00, 0, 0, 0, 0, 0, 0, 0, 0]);
        tail.writeUInt32LE(this.#crc, 2);
        tail.writeUInt32LE(this.#size % 2 ** 32, 6);
        return tail;
    }
}
// A frame refers to nothing before it: with 2 MiB, level 3 gives 1.5 % more bytes than one long frame.
const ZSTD_LEVEL = 3;
const ZSTD_FRAME = 1 << 21;
/** Frames of their own, one after the other (RFC 8878, 3.1). */
function zstdFormat() {
    const params = {
        [external_node_zlib_.constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL,
        [external_node_zlib_.constants.ZSTD_c_checksumFlag]: 1,
    };
    const compress = (0,external_node_util_.promisify)(external_node_zlib_.zstdCompress);
    let frames = 0;
    return {
        blockSize: ZSTD_FRAME,
        head: Buffer.alloc(0),
        encode(block) {
            frames++;
            return compress(block, { params, chunkSize: Math.max(1024, block.length >>> 1) });
        },
        // No content at all still needs a frame: an empty one.
        tail: () => (frames > 0 ? Buffer.alloc(0) : external_node_zlib_.zstdCompressSync(Buffer.alloc(0), { params })),
    };
}

// EXTERNAL MODULE: ./lib/util/json.js
var util_json = __webpack_require__(8884);
;// CONCATENATED MODULE: ./lib/nix/explain.js
/** The ways to build for a system that this machine is not of. */
const OTHER_WAYS = 'use a runner of that system (on GitHub, runs-on: ubuntu-24.04-arm for aarch64-linux), ' +
    'or a remote builder in the setting builders, ' +
    'or QEMU: install qemu-user-static (Debian and Ubuntu) and leave emulation on';
const MISMATCH = /a '[^']*' with features \{[^}]*\} is required to build|Required system: '/;
/** Whether Nix failed because it cannot build for a system at all. */
function lacksSystem(words) {
    return MISMATCH.test(words);
}
const NOT_TRUSTED = 'The Nix daemon takes the setting extra-platforms from trusted users only. Add yourself to trusted-users in ' +
    '/etc/nix/nix.conf, or set extra-platforms there, and restart the daemon.';
/** What we can add to Nix's own words about a failure; the first that fits is given. */
const EXPLANATIONS = [
    { said: /ignoring the client-specified setting 'extra-platforms'/, hint: NOT_TRUSTED },
    { said: MISMATCH, hint: `Nix cannot build for that system here: ${OTHER_WAYS}.` },
    { said: /Exec format error/, hint: `This machine cannot run programs of that system: ${OTHER_WAYS}.` },
    {
        said: /cannot perform a sandboxed build/,
        hint: 'This environment, a container perhaps, allows no sandbox. Put `sandbox = false` into the configuration of Nix, ' +
            'or run the container with more rights.',
    },
    {
        said: /No space left on device/,
        hint: 'Free some space for the Nix store, or give it a larger disk.',
    },
];
/** How Nix, old and new, tells that it could not get a flake or one of its inputs. */
const FETCHING = [
    /while fetching the input '/,
    /unable to download '/,
    /cannot find flake '/,
    /program 'git' failed/,
    /input '.*' is unsupported/,
    /flake\.nix' does not exist/,
    /does not contain a '\/?flake\.nix'/,
    // Evaluation reads from the store alone.
    /getting status of '(?!\/nix\/store\/)/,
    /getting status of '.*\/flake\.nix'/,
];
const EVALUATING = /… while (evaluating|calling) /;
/** Whether a flake was not fetched, and so not evaluated either. */
function isFetchFailure(words) {
    return FETCHING.some(said => said.test(words)) && !EVALUATING.test(words);
}
/**
 * What to do about a failure, from what Nix said and the options that it was given; `undefined` where its words stand for
 * themselves.
 */
function explanationOf(words, options = []) {
    // Not every version says that it ignored the setting.
    if (options.includes('extra-platforms') && MISMATCH.test(words))
        return NOT_TRUSTED;
    return EXPLANATIONS.find(({ said }) => said.test(words))?.hint;
}

;// CONCATENATED MODULE: ./lib/nix/version.js
const PRINTED = /^nix \(([^)]*)\) ((\d+)\.(\d+)\S*)/m;
/** Reads what `nix --version` prints, such as `nix (Nix) 2.34.8`; `undefined` when it is something else. */
function parseNixVersion(printed) {
    const [, name = '', text = '', major, minor] = PRINTED.exec(printed) ?? [];
    if (major === undefined)
        return undefined;
    return { flavour: flavourOf(name), major: Number(major), minor: Number(minor), text };
}
function flavourOf(name) {
    if (name.startsWith('Determinate'))
        return 'determinate';
    return name.startsWith('Lix') ? 'lix' : 'nix';
}
/** Whether it has what came to the original with a version after 2.18, where Lix left it. */
function hasSince(version, major, minor) {
    return version.flavour !== 'lix' && isAtLeast(version, major, minor);
}
function isAtLeast(version, major, minor) {
    return version.major > major || (version.major === major && version.minor >= minor);
}

;// CONCATENATED MODULE: ./lib/nix/words.js
/** Lines that come with every call and explain no failure. */
const NOISE = [
    /^(\S+> )?\s*$/,
    /^th(is|ese \d+) derivations? will be built/,
    /^ {2}\/nix\/store\/\S+\.drv$/,
    /^building '/,
    /^warning: the group '.*' specified in/,
    /^warning: Git tree .* is dirty/,
    /^warning: unable to download .*retrying/,
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

;// CONCATENATED MODULE: ./lib/nix/build.js






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
    return containers.map(each => (0,external_node_path_.join)(nix.storeRoot ?? '/', pathOf(each, paths)));
}
/** From 2.13 on `^` names an output; before, a derivation's path stands for all of its outputs. */
function installableOf(nix, { derivation, output }) {
    return isAtLeast(nix.version, 2, 13) ? `${derivation}^${output}` : derivation;
}
function parsePaths(json) {
    const built = (0,util_json/* asArray */._j)((0,util_json/* parseJson */.qF)(json, "Nix's list of what was built"), "Nix's list of what was built");
    return new Map(built.map(each => {
        const it = (0,util_json/* asObject */.eB)(each, 'what was built');
        return [(0,util_json/* asString */.oJ)(it.drvPath, 'drvPath'), (0,util_json/* asObject */.eB)(it.outputs, 'outputs')];
    }));
}
function pathOf({ derivation, output }, built) {
    return (0,util_json/* asString */.oJ)(built.get(derivation)?.[output], `the output ${output} of ${derivation}`);
}
function failure(containers, stderr, { options }) {
    const words = plainText(stderr);
    const errors = words.split('\n').filter(line => /^\s*error: /.test(line));
    const blamed = containers.filter(each => errors.some(line => line.includes(`'${each.derivation}'`)));
    const failed = blamed.length > 0 ? blamed : containers;
    const names = failed.map(each => `${each.name} (${each.attribute})`).join(', ');
    const hint = explanationOf(words, options);
    return new util_error/* UserError */.yo(`${names} could not be built:\n${lastWords({ stderr })}`, { hint });
}

;// CONCATENATED MODULE: ./lib/nix/container.js

const ABOUT = ['imageName', 'imageTag', 'version', 'description', 'licenses', 'homepage'];
/** Reads one container as the evaluation in `evaluation.ts` gives it. Throws an `Error` when it has another shape. */
function parseContainer(value, of) {
    const it = (0,util_json/* asObject */.eB)(value, 'a container');
    const about = ABOUT.map(key => [key, (0,util_json/* asOptionalString */.qM)(it[key], key)]);
    return {
        name: (0,util_json/* asString */.oJ)(it.name, 'name'),
        ...of,
        builder: (0,util_json/* asString */.oJ)(it.builder, 'builder'),
        ...parseBuilt(it),
        streamed: it.streamed === true,
        ...(it.stream ? { stream: parseBuilt((0,util_json/* asObject */.eB)(it.stream, 'stream')) } : {}),
        ...Object.fromEntries(about.filter(([, text]) => text)),
    };
}
function parseBuilt(it) {
    return { derivation: (0,util_json/* asString */.oJ)(it.derivation, 'derivation'), output: (0,util_json/* asString */.oJ)(it.output, 'output') };
}
/**
 * The container built as a stream, where it offers one: that saves compressing an image only to decompress it again.
 * For machines that can run the builder's programs.
 */
function chooseStream(container) {
    return container.stream === undefined ? container : { ...container, ...container.stream, streamed: true };
}

// EXTERNAL MODULE: ./lib/oci/system.js
var oci_system = __webpack_require__(5312);
// EXTERNAL MODULE: ./lib/util/file.js
var util_file = __webpack_require__(2564);
;// CONCATENATED MODULE: ./lib/nix/elf.js

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
        const file = await (0,promises_.open)(path);
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
    const head = elfHead(system);
    const fits = ({ magic, mask }) => magic.every((byte, n) => ((byte ^ (head[n + entry.offset] ?? 0)) & (mask[n] ?? 0)) === 0);
    return entry.enabled && entry.offset + entry.magic.length <= head.length && fits(entry);
}
/** The line that registers an interpreter for a system's programs. */
function registration(name, system, interpreter) {
    return `:${name}:M::${escaped(elfHead(system))}:${escaped(elfMask(system))}:${interpreter}:POCF`;
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
    const lines = split(setting).map(async (line) => (line.startsWith('@') ? builders_read(line.slice(1).trim()) : [line]));
    return (await Promise.all(lines)).flat();
}
function split(text) {
    const lines = text.split(/[\n;]/).map(line => line.replace(/#.*$/, '').trim());
    return lines.filter(Boolean);
}
async function builders_read(path) {
    return split(await (0,promises_.readFile)(path, 'utf8').catch(() => ''));
}
function systemsOf(line, ownSystem) {
    const [, systems = '-'] = line.split(/\s+/);
    return systems === '-' ? [ownSystem] : systems.split(',').filter(Boolean);
}

;// CONCATENATED MODULE: ./lib/nix/qemu.js


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
function qemuName(system) {
    return QEMU_NAMES[system];
}
/** A QEMU for a system's programs on PATH that can run in a sandbox, because it needs no libraries. */
async function findQemu(system, path) {
    const folders = path.split(external_node_path_.delimiter).filter(Boolean);
    const names = [`qemu-${qemuName(system)}-static`, `qemu-${qemuName(system)}`];
    for (const file of folders.flatMap(folder => names.map(name => (0,external_node_path_.join)(folder, name)))) {
        if (await isStaticProgram(file))
            return file;
    }
    return undefined;
}

;// CONCATENATED MODULE: ./lib/nix/register.js





/**
 * Tells the kernel to run a system's programs under a static QEMU, until the machine stops. Somebody else registering
 * the same at the same time is no failure. Throws a `UserError` when it is not allowed.
 */
async function registerQemu(system, interpreter, folder, rights) {
    const file = (0,external_node_path_.join)(folder, 'register');
    if (!(await (0,util_file/* exists */.t)(file)))
        await mount(folder, rights);
    const line = registration(`nix-multiarch-${qemuName(system)}`, system, interpreter);
    const result = await asRoot(rights, 'tee', [file], line);
    if (result.code === 0 || /File exists/.test(result.stderr))
        return;
    throw refused(`QEMU for ${system} could not be registered in ${file}`, result);
}
async function mount(folder, rights) {
    const result = await asRoot(rights, 'mount', ['-t', 'binfmt_misc', 'binfmt_misc', folder]);
    if (await (0,util_file/* exists */.t)((0,external_node_path_.join)(folder, 'register')))
        return;
    throw refused(`binfmt_misc could not be mounted on ${folder}`, result);
}
/** A program that is not there (`sudo`, as a rule) fails like one that refuses. */
async function asRoot(rights, command, args, input = '') {
    const [program = '', ...rest] = rights.uid === 0 ? [command, ...args] : ['sudo', '-n', command, ...args];
    try {
        // In English, so that what went wrong can be told from the words.
        return await rights.exec(program, rest, { input, env: { LC_ALL: 'C' } });
    }
    catch (error) {
        return { code: 127, stdout: '', stderr: (0,util_error/* messageOf */.bD)(error) };
    }
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
    const qemu = await findQemu(system, options.env.PATH ?? '');
    if (qemu === undefined)
        throw impossible(system, 'and no static QEMU for it was found');
    await registerQemu(system, qemu, folder, options);
    const entries = await entriesFor(system, folder);
    if (entries.some(entry => reachesSandbox(entry, settings)))
        return qemu;
    throw impossible(system, `and the kernel does not use ${qemu}, although it was registered`);
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
    const there = await Promise.all(entries.map(async (entry) => isOpen(entry) || (await (0,util_file/* exists */.t)(entry.interpreter))));
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
        hint: `To build for ${system}: ${OTHER_WAYS}.`,
    });
}

;// CONCATENATED MODULE: ./lib/nix/settings.js

/** Reads the output of `nix config show --json`. A setting that this Nix does not have takes its usual value. */
function parseSettings(json) {
    const all = (0,util_json/* asObject */.eB)((0,util_json/* parseJson */.qF)(json, "Nix's settings"), "Nix's settings");
    return {
        system: settings_text(settingOf(all, 'system')),
        extraPlatforms: words(settingOf(all, 'extra-platforms')),
        builders: settings_text(settingOf(all, 'builders')),
        sandbox: ![false, 'false'].includes(settingOf(all, 'sandbox')),
        sandboxPaths: sandboxPaths(settingOf(all, 'sandbox-paths')),
        buildUsersGroup: settings_text(settingOf(all, 'build-users-group')),
        store: settings_text(settingOf(all, 'store')) || 'auto',
    };
}
function settingOf(all, name) {
    const setting = all[name];
    return setting === undefined ? undefined : (0,util_json/* asObject */.eB)(setting, name).value;
}
function settings_text(value) {
    return typeof value === 'string' ? value : '';
}
function words(value) {
    const list = Array.isArray(value) ? value.map(String) : settings_text(value).split(/\s+/);
    return list.filter(Boolean);
}
/** Older versions give a list of `inside=outside`, newer ones an object whose keys are the paths inside. */
function sandboxPaths(value) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
        return Object.keys(value);
    return words(value).map(entry => entry.replace(/[=?].*$/, ''));
}

;// CONCATENATED MODULE: ./lib/nix/store-root.js

/**
 * The folder under which store paths really lie, where that is not `/`: a store may be set to one, and a user of a machine
 * that has no `/nix/var/nix` gets one at home. Programs in such a store cannot be run from outside of it.
 */
function storeRoot({ store, env, uid, hasState }) {
    if (store.startsWith('/'))
        return store;
    const root = /^local\?(?:.*&)?root=([^&]+)/.exec(store)?.[1];
    if (root !== undefined)
        return decodeURIComponent(root);
    if (store !== 'auto' || hasState || uid === undefined || uid === 0)
        return undefined;
    const data = env.XDG_DATA_HOME || (0,external_node_path_.join)(env.HOME ?? '/', '.local/share');
    return (0,external_node_path_.join)(data, 'nix/root');
}

;// CONCATENATED MODULE: ./lib/nix/nix.js








const FEATURES = ['--extra-experimental-features', 'nix-command flakes'];
const HOW_TO_INSTALL = 'Install Nix 2.8 or newer: the package nix-bin of your distribution, or see https://nixos.org/download';
/** Finds Nix and asks for its version and settings. Throws a `UserError` when there is none, or it is older than 2.8. */
async function openNix(around) {
    const command = await findNix(around.env);
    if (command === undefined)
        throw new util_error/* UserError */.yo('Nix was not found', { hint: HOW_TO_INSTALL });
    const version = await askVersion(around.exec, command);
    const settings = await askSettings(around.exec, command, version);
    const options = await rootOptions(around, settings);
    const run = (args, runOptions) => around.exec(command, [...FEATURES, ...options, ...args], runOptions);
    // Two at once stumble over each other when they set up a fresh store, so the first to come is alone.
    await run(['store', hasSince(version, 2, 19) ? 'info' : 'ping']);
    const hasState = await (0,util_file/* exists */.t)(around.stateFolder ?? '/nix/var/nix');
    return {
        command,
        version,
        settings,
        run,
        storeRoot: storeRoot({ ...around, store: settings.store, hasState }),
    };
}
/** The first `nix` on PATH, or in the places where installers put it before a new login. */
async function findNix(env) {
    const home = env.HOME === undefined ? [] : [(0,external_node_path_.join)(env.HOME, '.nix-profile/bin')];
    const places = ['/nix/var/nix/profiles/default/bin', ...home, '/run/current-system/sw/bin'];
    const folders = [...(env.PATH ?? '').split(external_node_path_.delimiter).filter(Boolean), ...places];
    for (const folder of folders) {
        const path = (0,external_node_path_.join)(folder, 'nix');
        if (await (0,util_file/* isExecutable */.T)(path))
            return path;
    }
    return undefined;
}
async function askVersion(exec, command) {
    const result = await exec(command, ['--version']);
    const version = parseNixVersion(result.stdout);
    if (result.code !== 0 || version === undefined) {
        const said = result.stdout.trim() || lastWords(result);
        throw new util_error/* UserError */.yo(`${command} --version gave no version: ${said}`, { hint: HOW_TO_INSTALL });
    }
    if (isAtLeast(version, 2, 8))
        return version;
    throw new util_error/* UserError */.yo(`Nix ${version.text} (${command}) is too old`, { hint: HOW_TO_INSTALL });
}
/** `nix config show` was `nix show-config` before 2.20, and forks renamed it in their own time. */
async function askSettings(exec, command, version) {
    const names = [['config', 'show'], ['show-config']];
    if (!isAtLeast(version, 2, 20))
        names.reverse();
    let said = '';
    for (const name of names) {
        const result = await exec(command, [...FEATURES, ...name, '--json']);
        if (result.code === 0)
            return parseSettings(result.stdout);
        said ||= lastWords(result);
    }
    throw new util_error/* UserError */.yo(`${command} did not tell its settings:\n${said}`);
}
/**
 * Root builds as members of a group that some packages do not make; without it nothing would build. The sandbox is
 * the same either way.
 */
async function rootOptions(around, settings) {
    const direct = [around.env.NIX_REMOTE ?? '', settings.store].every(store => /^(auto|local)?$/.test(store));
    if (around.uid !== 0 || !direct || settings.buildUsersGroup === '')
        return [];
    const hasUsers = await hasMembers(around.groupFile ?? '/etc/group', settings.buildUsersGroup);
    return hasUsers ? [] : ['--option', 'build-users-group', ''];
}
async function hasMembers(groupFile, group) {
    const text = await (0,promises_.readFile)(groupFile, 'utf8').catch(() => '');
    const fields = text.split('\n').map(line => line.split(':'));
    return fields.some(([name, , , members]) => name === group && members?.trim());
}

// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(8161);
;// CONCATENATED MODULE: ./lib/nix/system.js


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
    throw new util_error/* UserError */.yo(`This machine (${machine.platform}, ${machine.arch}) has no system that images are made for`, {
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
    return systemOfMachine({ platform, arch, armVersion, endianness: (0,external_node_os_.endianness)() });
}

// EXTERNAL MODULE: ./lib/oci/platform.js
var oci_platform = __webpack_require__(7122);
// EXTERNAL MODULE: ./lib/util/exec.js + 1 modules
var exec = __webpack_require__(6542);
// EXTERNAL MODULE: ./lib/util/format.js
var format = __webpack_require__(4849);
// EXTERNAL MODULE: ./lib/util/limit.js
var limit = __webpack_require__(8631);
// EXTERNAL MODULE: ./lib/nix/attribute.js
var nix_attribute = __webpack_require__(1651);
;// CONCATENATED MODULE: ./lib/nix/quote.js
/** A Nix string literal that stands for exactly `text`, whatever it holds. */
function nixString(text) {
    const escaped = text
        .replace(/["\\$]/g, '\\$&')
        .replaceAll('\n', '\\n')
        .replaceAll('\r', '\\r')
        .replaceAll('\t', '\\t');
    return `"${escaped}"`;
}

;// CONCATENATED MODULE: ./lib/nix/evaluation.js


function parseAnswer(value) {
    const it = (0,util_json/* asObject */.eB)(value, "the flake's answer");
    if (it.absent !== undefined) {
        return {
            kind: 'absent',
            part: (0,util_json/* asString */.oJ)(it.absent, 'absent'),
            siblings: (0,util_json/* asStrings */.P7)(it.siblings, 'siblings'),
        };
    }
    return {
        kind: 'found',
        containers: (0,util_json/* asArray */._j)(it.containers, 'containers').map(each => (0,util_json/* asObject */.eB)(each, 'a container')),
        skipped: (0,util_json/* asStrings */.P7)(it.skipped, 'skipped'),
        missing: (0,util_json/* asStrings */.P7)(it.missing, 'missing'),
        others: (0,util_json/* asStringMap */._T)(it.others, 'others') ?? {},
    };
}
/**
 * A Nix function for `nix eval --apply`, from what stands at the first part of `query.before` to an answer. What was
 * asked goes in as one string of JSON, so that no name is ever read as Nix.
 */
function answerFunction(query) {
    return `(${ANSWER}) (builtins.fromJSON ${nixString(JSON.stringify(query))})`;
}
const ANSWER = `query: root:
let
  inherit (builtins) attrNames concatStringsSep deepSeq elem filter head isAttrs isInt isList isString listToAttrs map
    stringLength substring tail toString tryEval typeOf unsafeDiscardStringContext;

  attempt = value: default: let tried = tryEval value; in if tried.success then tried.value else default;

  descend = path: value:
    if path == [ ] then { inherit value; }
    else if isAttrs value && value ? \${head path} then descend (tail path) value.\${head path}
    else { absent = head path; siblings = if isAttrs value then attrNames value else [ ]; };

  set = descend (tail query.before) root;

  full = name: query.prefix + name + query.suffix;
  inner = attribute:
    substring (stringLength query.prefix) (stringLength attribute - stringLength (full "")) attribute;
  every = filter
    (name: name != "")
    (map inner (filter (attribute: full (inner attribute) == attribute) (attrNames set.value)));
  at = name:
    if isAttrs set.value && set.value ? \${full name} then descend query.after set.value.\${full name}
    else { absent = name; };

  isDerivation = value: isAttrs value && (value.type or null) == "derivation";
  isImage = value: isDerivation value && (value ? imageName || value ? copyToDockerDaemon);

  text = value:
    if isString value then unsafeDiscardStringContext value
    else if isInt value then toString value
    else null;
  first = value: if isList value && value != [ ] then head value else value;
  spdx = licence: if isAttrs licence then licence.spdxId or null else licence;
  licences = value:
    if isList value then concatStringsSep " AND " (filter isString (map spdx value)) else spdx value;

  built = value: {
    derivation = unsafeDiscardStringContext value.drvPath;
    output = value.outputName or "out";
  };

  describe = name: value:
    let
      about = field: attempt (text field) null;
      stream = attempt (value.stream or null) null;
    in
    built value // {
      inherit name;
      builder = value.system;
      streamed = attempt (value.isExe or false) false == true;
      stream = if isDerivation stream then built stream else null;
      imageName = about (value.imageName or null);
      imageTag = about (value.imageTag or null);
      version = about (value.version or null);
      description = about (value.meta.description or null);
      licenses = about (licences (value.meta.license or null));
      homepage = about (first (value.meta.homepage or null));
    };

  discovered = map
    (name:
      let
        found = at name;
        tried = tryEval (
          if found ? value && isImage found.value
          then let it = describe name found.value; in deepSeq it it
          else null);
      in
      { inherit name tried; })
    every;
  succeeded = filter (each: each.tried.success && each.tried.value != null) discovered;

  named = map (name: { inherit name; found = at name; }) query.names;
  present = filter (each: each.found ? value) named;

  answer =
    if query.names == null then {
      containers = map (each: each.tried.value) succeeded;
      skipped = map (each: each.name) (filter (each: !each.tried.success) discovered);
      missing = [ ];
      others = { };
    } else {
      containers = map
        (each: describe each.name each.found.value)
        (filter (each: isDerivation each.found.value) present);
      skipped = [ ];
      missing = map (each: each.name) (filter (each: !(each.found ? value)) named);
      others = listToAttrs (map
        (each: { inherit (each) name; value = typeOf each.found.value; })
        (filter (each: !(isDerivation each.found.value)) present));
    };
in
if set ? value then answer else set`;

;// CONCATENATED MODULE: ./lib/nix/flake-ref.js



/**
 * Checks a flake reference before Nix sees it: it is no option and has no `#`, and a local one has a `flake.nix`.
 * Anything else (`github:owner/name`, `nixpkgs`) is Nix's to judge. Throws a `UserError`.
 */
async function checkFlakeRef(ref, cwd) {
    if (ref === '' || ref.startsWith('-'))
        throw new util_error/* UsageError */.eb(`${JSON.stringify(ref)} is no flake reference`);
    if (ref.includes('#')) {
        throw new util_error/* UsageError */.eb(`The flake reference ${ref} has a #`, {
            hint: 'Give the part before the # as the flake, and the part behind it as containers or as the attribute.',
        });
    }
    const local = localFlake(ref, cwd);
    if (local !== undefined)
        await checkLocal(ref, local);
}
/** The folder that a bare name such as `tools` may have been meant for, as Nix wants it written: `./tools`. */
async function meantFolder(ref, cwd) {
    const isBare = /^[^./:?][^:?]*$/.test(ref);
    return isBare && (await (0,util_file/* exists */.t)((0,external_node_path_.join)(cwd, ref, 'flake.nix'))) ? `./${ref}` : undefined;
}
/** `undefined` when the reference names no folder of this machine. */
function localFlake(ref, cwd) {
    const [path = '', query = ''] = ref.split('?');
    const url = /^(path|git\+file):(?:\/\/)?(.*)$/.exec(path);
    const isPath = /^[./]/.test(path);
    if (url === null && !isPath)
        return undefined;
    const asked = new URLSearchParams(query);
    if (url?.[1] === 'git+file' || asked.has('ref') || asked.has('rev')) {
        return { folder: (0,external_node_path_.resolve)(cwd, flake_ref_decode(url?.[2] ?? path)), flakeFile: 'committed' };
    }
    const folder = (0,external_node_path_.resolve)(cwd, flake_ref_decode(url?.[2] ?? path), asked.get('dir') ?? '');
    return { folder, flakeFile: url === null && !asked.has('dir') ? 'upwards' : 'here' };
}
function flake_ref_decode(path) {
    try {
        return decodeURIComponent(path);
    }
    catch {
        return path;
    }
}
async function checkLocal(ref, { folder, flakeFile }) {
    const hint = 'Give the folder that holds flake.nix.';
    if (!(await (0,util_file/* exists */.t)(folder))) {
        throw new util_error/* UserError */.yo(`The flake ${ref} does not exist: there is no ${folder}`, { hint });
    }
    if (flakeFile === 'committed')
        return;
    const folders = flakeFile === 'here' ? [folder] : [...upwards(folder)];
    for (const each of folders)
        if (await (0,util_file/* exists */.t)((0,external_node_path_.join)(each, 'flake.nix')))
            return;
    throw new util_error/* UserError */.yo(`There is no flake.nix in ${folder}`, { hint });
}
function* upwards(folder) {
    yield folder;
    if ((0,external_node_path_.dirname)(folder) !== folder)
        yield* upwards((0,external_node_path_.dirname)(folder));
}

;// CONCATENATED MODULE: ./lib/nix/suggest.js
/** The candidate that `text` is most likely a slip of, if any is near enough. */
function suggestion(text, candidates) {
    const near = candidates.map(candidate => ({ candidate, steps: distance(text, candidate) }));
    const [best] = near.sort((a, b) => a.steps - b.steps);
    return best !== undefined && best.steps <= Math.max(1, Math.floor(text.length / 3))
        ? best.candidate
        : undefined;
}
/** How many letters to add, drop or change, upper and lower case being the same (Levenshtein). */
function distance(a, b) {
    const [from, to] = [a.toLowerCase(), b.toLowerCase()];
    let row = Array.from({ length: to.length + 1 }, (_, n) => n);
    for (const [i, letter] of [...from].entries()) {
        const next = [i + 1];
        for (let j = 0; j < to.length; j++) {
            const change = (row[j] ?? 0) + (letter === to[j] ? 0 : 1);
            next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
        }
        row = next;
    }
    return row[to.length] ?? 0;
}

;// CONCATENATED MODULE: ./lib/nix/flake.js










/**
 * Evaluates a flake once for a system and gives its containers; nothing is built. Evaluation is pure, and settings that
 * the flake brings along are not accepted. Throws a `UserError` for a flake that is not there or does not evaluate,
 * and for named containers that are missing or no derivations.
 */
async function findContainers(nix, options) {
    await checkFlakeRef(options.flake, options.cwd);
    const path = (0,nix_attribute/* attributePath */.iq)(options.attribute, options.system);
    const names = options.names.length === 0 ? null : [...new Set(options.names)];
    const answer = await ask(nix, options, { ...path, names });
    if (answer.kind === 'absent')
        throw absent(options, path, answer);
    if (answer.missing.length > 0)
        throw await missing(nix, options, path, answer.missing);
    const [other] = Object.entries(answer.others);
    if (other !== undefined)
        throw notDerivation(options, path, other);
    const containers = answer.containers.map(each => {
        const attribute = (0,nix_attribute/* attributeOf */.w4)(path, String(each.name));
        return parseContainer(each, { system: options.system, attribute });
    });
    return { containers: names === null ? withoutAliases(containers) : containers, skipped: answer.skipped };
}
/** `default` is as a rule another name for one of the others. */
function withoutAliases(containers) {
    const others = new Set(containers.filter(each => each.name !== 'default').map(each => each.derivation));
    return containers.filter(each => each.name !== 'default' || !others.has(each.derivation));
}
async function ask(nix, options, query) {
    const [root = ''] = query.before;
    const installable = `${options.flake}#${absolute(nix)}${(0,nix_attribute/* attributeText */.o$)([root])}`;
    const result = await nix.run(['eval', '--json', installable, '--apply', answerFunction(query)], {
        cwd: options.cwd,
        ...(options.onLine && { onErrorLine: options.onLine }),
        ...(options.signal && { signal: options.signal }),
    });
    if (result.code === 0)
        return parseAnswer((0,util_json/* parseJson */.qF)(result.stdout, "Nix's answer"));
    throw await evaluationFailure(options, query, result);
}
/** A leading dot keeps Nix from looking under `packages` and `legacyPackages` first; it came with 2.19. */
function absolute({ version }) {
    return hasSince(version, 2, 19) ? '.' : '';
}
const NAME_THEM = 'If this is not about an image, name the containers that you want.';
async function evaluationFailure(options, query, result) {
    const words = lastError(result);
    if (/does not provide attribute/.test(words)) {
        return new util_error/* UserError */.yo(`The flake ${options.flake} has no ${(0,nix_attribute/* attributeText */.o$)(query.before.slice(0, 1))}`, {
            hint: `The attribute ${options.attribute.text} says where to look.`,
        });
    }
    const unfetched = isFetchFailure(plainText(result.stderr));
    const folder = unfetched ? await meantFolder(options.flake, options.cwd) : undefined;
    const where = query.names?.map(name => (0,nix_attribute/* attributeOf */.w4)(query, name)).join(', ') ?? (0,nix_attribute/* attributeText */.o$)(query.before);
    const guess = unfetched || query.names !== null ? undefined : NAME_THEM;
    return new util_error/* UserError */.yo(`Nix could not evaluate ${where} of the flake ${options.flake}:\n${words}`, {
        hint: folder === undefined ? (explanationOf(words) ?? guess) : `If you mean the folder, write ${folder}.`,
    });
}
function absent(options, path, at) {
    const where = (0,nix_attribute/* attributeText */.o$)(path.before.slice(0, Math.max(1, path.before.indexOf(at.part))));
    const there = at.siblings.length > 0 ? `: ${where} has ${at.siblings.join(', ')}` : '';
    const lookedAt = `The attribute ${options.attribute.text} says where to look.`;
    if (at.part !== options.system) {
        return new util_error/* UserError */.yo(`The flake ${options.flake} has no ${where}.${at.part}${there}`, { hint: lookedAt });
    }
    return new util_error/* UserError */.yo(`The flake ${options.flake} has nothing for ${options.system}${there}`, {
        hint: `Name the systems that the flake is made for. ${lookedAt}`,
    });
}
async function missing(nix, options, path, names) {
    const attributes = names.map(name => (0,nix_attribute/* attributeOf */.w4)(path, name)).join(', ');
    const there = await imageNames(nix, options);
    const guess = names.map(name => suggestion(name, there)).find(Boolean);
    const images = there.length > 0 ? `Its images are: ${there.join(', ')}.` : 'It has no images there.';
    return new util_error/* UserError */.yo(`The flake ${options.flake} has no ${attributes}`, {
        hint: guess === undefined ? images : `Did you mean ${guess}? ${images}`,
    });
}
/** For an error message only, so that a flake that cannot be listed is no further failure. */
async function imageNames(nix, options) {
    try {
        const { containers } = await findContainers(nix, { ...options, names: [] });
        return containers.map(container => container.name);
    }
    catch {
        return [];
    }
}
function notDerivation(options, path, [name, type]) {
    return new util_error/* UserError */.yo(`${(0,nix_attribute/* attributeOf */.w4)(path, name)} of the flake ${options.flake} is no derivation but of the type ${type}`, {
        hint: 'A container is a derivation that builds an image, as dockerTools.buildLayeredImage makes one.',
    });
}

// EXTERNAL MODULE: ./lib/util/file-name.js
var file_name = __webpack_require__(7606);
;// CONCATENATED MODULE: ./lib/command/discover.js




/** The containers to build for every system, found with one evaluation for each system. One that fails ends the others. */
async function discover(nix, systems, inputs, host, signal) {
    const failed = new AbortController();
    const perSystem = async (system) => {
        const options = {
            flake: inputs.flake,
            cwd: process.cwd(),
            system,
            names: inputs.containers,
            attribute: inputs.attribute,
            signal: AbortSignal.any([signal, failed.signal]),
        };
        const { containers, skipped } = await findContainers(nix, options);
        for (const name of skipped)
            host.log.warning(`${name} for ${system} does not evaluate, so it is left out`);
        if (containers.length === 0)
            throw noImages(inputs.flake, system);
        return containers;
    };
    const found = await (0,limit/* mapLimit */.s)(systems, systems.length, system => perSystem(system).catch(error => {
        failed.abort();
        throw error;
    }));
    const containers = found.flat();
    for (const { name } of containers)
        refuseOddName(name);
    return containers;
}
function noImages(flake, system) {
    return new util_error/* UserError */.yo(`The flake ${flake} has no images for ${system}`, {
        hint: 'An image is known by its imageName, which dockerTools gives it. Name others with `containers`.',
    });
}
/** A container's name becomes a file's and an artifact's. */
function refuseOddName(name) {
    if ((0,file_name/* isFileName */.o)(name))
        return;
    throw new util_error/* UserError */.yo(`The container ${JSON.stringify(name)} cannot give its name to a file`, {
        hint: 'Give it an attribute name of at most 128 letters, digits, _, -, . and +, not beginning with . or -.',
    });
}

// EXTERNAL MODULE: ./lib/command/failures.js
var failures = __webpack_require__(8682);
// EXTERNAL MODULE: ./lib/command/gather.js
var gather = __webpack_require__(7642);
// EXTERNAL MODULE: ./lib/image/archive-writer.js
var archive_writer = __webpack_require__(1315);
// EXTERNAL MODULE: ./lib/image/docker-manifest.js
var docker_manifest = __webpack_require__(2347);
// EXTERNAL MODULE: external "node:buffer"
var external_node_buffer_ = __webpack_require__(4573);
;// CONCATENATED MODULE: ./lib/image/elf.js
/** How many of a file's first bytes tell whether it is an ELF file (System V ABI, chapter 4), and for which machine. */
const ELF_HEAD = 20;
/** OCI's names of the machines, by `e_machine`. */
const ARCHITECTURES = new Map([
    [3, '386'],
    [21, 'ppc64le'],
    [22, 's390x'],
    [40, 'arm'],
    [62, 'amd64'],
    [183, 'arm64'],
    [243, 'riscv64'],
]);
/** Executables and shared objects; other ELF files are data to a machine. */
const RUNNABLE = new Set([2, 3]);
function isElf(head) {
    return head.toString('latin1', 0, 4) === '\x7fELF';
}
function isRunnableElf(head) {
    return isElf(head) && head.length >= ELF_HEAD && RUNNABLE.has(numberAt(head, 16));
}
/** OCI's name of the machine that an ELF file is for; `undefined` for one that no image is made for. */
function architectureOf(head) {
    return ARCHITECTURES.get(numberAt(head, 18));
}
function numberAt(head, at) {
    const isBig = head[5] === 2;
    return isBig ? head.readUInt16BE(at) : head.readUInt16LE(at);
}

// EXTERNAL MODULE: ./lib/image/file-bytes.js
var file_bytes = __webpack_require__(6333);
;// CONCATENATED MODULE: ./lib/image/describe.js



/** Enough of a file to tell a person what it is. */
const LOOKED_AT = 1 << 16;
/** What a file can be that is no image, the more telling first. */
const KINDS = [
    { what: 'an empty file', matches: head => head.length === 0 },
    {
        what: 'a nix2container image description (JSON), which names layers without holding them',
        matches: head => startsJson(head) && head.includes('"image-config"') && head.includes('"layers"'),
    },
    { what: 'JSON', matches: startsJson },
    { what: 'an xz file', matches: head => head.toString('latin1', 0, 6) === '\xfd7zXZ\0' },
    { what: 'a bzip2 file', matches: head => head.toString('latin1', 0, 3) === 'BZh' },
    { what: 'a zip file', matches: head => head.toString('latin1', 0, 4) === 'PK\x03\x04' },
    { what: 'a squashfs file system', matches: head => head.toString('latin1', 0, 4) === 'hsqs' },
    { what: 'a program that may not be executed', matches: isElf },
    { what: 'a script that may not be executed', matches: head => head.toString('latin1', 0, 2) === '#!' },
    { what: 'text', matches: isText },
];
/** A few words on what a file is, by its first bytes. */
async function describeFile(path) {
    const head = await (0,file_bytes/* readHead */.zy)(path, LOOKED_AT);
    return KINDS.find(kind => kind.matches(head))?.what ?? 'a file of an unknown kind';
}
function startsJson(head) {
    return /^\s*[[{]/.test(head.toString('latin1', 0, 64));
}
function isText(head) {
    // The last character may be cut in two.
    return !head.includes(0) && [0, 1, 2, 3].some(cut => (0,external_node_buffer_.isUtf8)(head.subarray(0, head.length - cut)));
}

// EXTERNAL MODULE: ./lib/image/docker-archive.js
var docker_archive = __webpack_require__(3574);
// EXTERNAL MODULE: ./lib/image/layout-files.js
var layout_files = __webpack_require__(353);
// EXTERNAL MODULE: ./lib/image/tar-scan.js
var tar_scan = __webpack_require__(8282);
;// CONCATENATED MODULE: ./lib/image/open.js











/** The forms, told by what they hold; names do not count. */
const FORMS = [
    { matches: it => it.stats.isDirectory(), open: openFolder },
    { matches: it => (0,image_magic/* encodingOf */.P$)(it.head) === 'gzip', open: path => openCompressed(path, 'gzip') },
    { matches: it => (0,image_magic/* encodingOf */.P$)(it.head) === 'zstd', open: path => openCompressed(path, 'zstd') },
    { matches: it => (0,image_magic/* isTar */.YZ)(it.head), open: openTar },
    { matches: isProgram, open: async (path) => ({ kind: 'stream-script', path }) },
];
/** Recognises an image at `path`. Throws a `UserError` that says what is there instead. */
async function openSource(path) {
    const found = await look(path);
    const form = FORMS.find(it => it.matches(found));
    if (!form)
        throw notAnImage(found.path, await describeFile(found.path));
    return form.open(found.path);
}
async function look(given) {
    try {
        const path = await (0,promises_.realpath)(given);
        const stats = await (0,promises_.stat)(path);
        return { path, stats, head: stats.isFile() ? await (0,file_bytes/* readHead */.zy)(path, image_magic/* HEAD */.Vx) : Buffer.alloc(0) };
    }
    catch (error) {
        const why = (0,util_error/* codeOf */.$N)(error) === 'ENOENT' ? 'does not exist' : `cannot be read: ${(0,util_error/* messageOf */.bD)(error)}`;
        throw new util_error/* UserError */.yo(`${given} ${why}`, { cause: error });
    }
}
function isProgram({ stats, head }) {
    return (stats.mode & 0o111) !== 0 && (isElf(head) || head.toString('latin1', 0, 2) === '#!');
}
async function openFolder(path) {
    const names = await (0,promises_.readdir)(path);
    if (names.includes(layout_files/* LAYOUT_FILE */.gI))
        return { kind: 'oci-layout', path };
    const some = names.length === 0 ? 'nothing' : names.sort().slice(0, 5).join(', ');
    throw notAnImage(path, `a folder without ${layout_files/* LAYOUT_FILE */.gI} (it holds ${some})`);
}
async function openCompressed(path, compression) {
    const input = new byte_reader/* ByteReader */.k(decode(compression, (0,file_bytes/* fileBytes */.sG)(path)));
    try {
        if ((0,image_magic/* isTar */.YZ)(await input.read(image_magic/* HEAD */.Vx)))
            return { kind: 'compressed-archive', path, compression };
    }
    catch (error) {
        throw new util_error/* UserError */.yo(`${path}: ${(0,util_error/* messageOf */.bD)(error)}`, { cause: error });
    }
    finally {
        await input.close();
    }
    throw notAnImage(path, `a ${compression} file that holds no tar`);
}
async function openTar(path) {
    const names = await namesIn(path);
    // `docker save` of Docker 25 and newer writes both, and only its manifest.json says which image was meant.
    if (names.has(docker_archive/* DOCKER_MANIFEST_FILE */.KL))
        return { kind: 'docker-archive', path };
    if (names.has(layout_files/* LAYOUT_FILE */.gI))
        return { kind: 'oci-archive', path };
    throw notAnImage(path, `a tar with neither ${docker_archive/* DOCKER_MANIFEST_FILE */.KL} nor ${layout_files/* LAYOUT_FILE */.gI}`);
}
async function namesIn(path) {
    try {
        return new Set((await (0,tar_scan/* scanTar */.t)(path)).map(entry => entry.name));
    }
    catch (error) {
        throw new util_error/* UserError */.yo(`${path}: ${(0,util_error/* messageOf */.bD)(error)}`, { cause: error });
    }
}
function notAnImage(path, what) {
    return new util_error/* UserError */.yo(`${path} is no container image but ${what}`, {
        hint: 'Taken are docker-archives (dockerTools.buildImage, buildLayeredImage), stream scripts ' +
            '(dockerTools.streamLayeredImage), OCI layout folders and OCI archives.',
    });
}

// EXTERNAL MODULE: ./lib/oci/digest.js
var digest = __webpack_require__(9501);
// EXTERNAL MODULE: ./lib/oci/image-index.js
var image_index = __webpack_require__(5885);
// EXTERNAL MODULE: ./lib/image/bytes.js
var image_bytes = __webpack_require__(8734);
// EXTERNAL MODULE: ./lib/image/layout.js
var image_layout = __webpack_require__(8663);
// EXTERNAL MODULE: ./lib/image/tar-header.js
var tar_header = __webpack_require__(9710);
;// CONCATENATED MODULE: ./lib/image/machine-survey.js


/** Far more than a pax header needs. */
const MAX_PAX = 1 << 16;
/**
 * Notes for which machines the programs in a layer's tar are, while it goes by. It looks at the beginnings of files alone, and
 * stops without a word where it does not understand the tar.
 */
class MachineSurvey {
    machines = new Map();
    #wanted = 'header';
    /** How many bytes of it. */
    #length = tar_header/* BLOCK */.IE;
    #kept = Buffer.alloc(0);
    #toSkip = 0;
    /** What remains of a body, with its padding, behind what is wanted of it. */
    #rest = 0;
    add(chunk) {
        let at = 0;
        while (at < chunk.length && this.#wanted !== 'nothing') {
            const skipped = Math.min(this.#toSkip, chunk.length - at);
            this.#toSkip -= skipped;
            at += skipped;
            if (this.#toSkip > 0)
                return;
            const part = chunk.subarray(at, at + this.#length - this.#kept.length);
            at += part.length;
            this.#kept = this.#kept.length === 0 ? part : Buffer.concat([this.#kept, part]);
            if (this.#kept.length === this.#length)
                this.#take(this.#kept);
        }
        // A view would hold the whole chunk in memory.
        if (this.#kept.length > 0)
            this.#kept = Buffer.from(this.#kept);
    }
    #take(bytes) {
        const wanted = this.#wanted;
        this.#kept = Buffer.alloc(0);
        if (wanted === 'header') {
            this.#takeHeader(bytes);
            return;
        }
        this.#wanted = 'header';
        this.#length = tar_header/* BLOCK */.IE;
        this.#toSkip = this.#rest;
        if (wanted === 'head')
            this.#takeHead(bytes);
        // The next header then does not say how long its body is.
        else if (bytes.includes(' size='))
            this.#wanted = 'nothing';
    }
    #takeHeader(header) {
        const size = sizeIn(header);
        const type = String.fromCharCode(header[156] || 0x30);
        // More headers of their own kind follow that of a GNU sparse file.
        if (!(0,tar_header/* hasMagic */.qt)(header) || size === undefined || type === 'S') {
            this.#wanted = 'nothing';
            return;
        }
        const isPax = type === 'x' || type === 'g';
        if (isPax && size > MAX_PAX)
            this.#wanted = 'nothing';
        else if (isPax && size > 0)
            this.#want('pax', size, size);
        else if (type === '0' && size >= ELF_HEAD)
            this.#want('head', ELF_HEAD, size);
        else
            this.#toSkip = size + (0,tar_header/* paddingOf */.Zt)(size);
    }
    /** The first `length` bytes of a body of `size`. */
    #want(what, length, size) {
        this.#wanted = what;
        this.#length = length;
        this.#rest = size + (0,tar_header/* paddingOf */.Zt)(size) - length;
    }
    #takeHead(head) {
        const architecture = isRunnableElf(head) ? architectureOf(head) : undefined;
        if (architecture !== undefined)
            this.machines.set(architecture, (this.machines.get(architecture) ?? 0) + 1);
    }
}
/** What several layers hold together. */
function sumOf(all) {
    const sum = new Map();
    for (const machines of all) {
        for (const [architecture, count] of machines)
            sum.set(architecture, (sum.get(architecture) ?? 0) + count);
    }
    return sum;
}
/** Octal digits; larger sizes than those hold are left to others. */
function sizeIn(header) {
    const digits = /^ *([0-7]+)[ \0]*$/.exec(header.toString('latin1', 124, 136))?.[1];
    return digits === undefined ? undefined : Number.parseInt(digits, 8);
}

// EXTERNAL MODULE: ./lib/image/members.js
var image_members = __webpack_require__(2146);
// EXTERNAL MODULE: ./lib/oci/config.js
var oci_config = __webpack_require__(1403);
// EXTERNAL MODULE: ./lib/oci/descriptor.js
var descriptor = __webpack_require__(1260);
// EXTERNAL MODULE: ./lib/oci/manifest.js
var oci_manifest = __webpack_require__(4360);
// EXTERNAL MODULE: ./lib/oci/media-type.js
var media_type = __webpack_require__(8574);
;// CONCATENATED MODULE: ./lib/image/select-image.js






/** Deeper than any tool nests indexes. */
const MAX_DEPTH = 4;
/**
 * Finds the image to take: the only one there is, or the one for `wanted`. Attestations count as none. Throws an
 * `Error` that names what is there when that leaves none or more than one.
 */
async function selectImage(index, read, wanted) {
    const all = (0,descriptor/* distinct */.dM)(await candidates(index, read));
    const [only, ...more] = all;
    if (!only)
        throw new Error('its index lists no image');
    if (more.length === 0)
        return only;
    const platforms = await Promise.all(all.map(each => platformOf(each, read)));
    const there = platforms.map(oci_platform/* platformName */.$r).sort().join(', ');
    if (!wanted)
        throw new Error(`it holds ${all.length} images (${there}), and no platform was asked for`);
    const name = (0,oci_platform/* platformName */.$r)((0,oci_platform/* normalizePlatform */.FL)(wanted));
    const fitting = all.filter((_, n) => (0,oci_platform/* platformName */.$r)(platforms[n]) === name);
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
    for (const descriptor of index.manifests.filter(each => !(0,image_index/* isAttestation */.H3)(each))) {
        if ((0,media_type/* isIndexType */.$U)(descriptor.mediaType)) {
            found.push(...(await candidates((0,image_index/* parseIndex */.A1)(await read(descriptor)), read, depth + 1)));
        }
        else
            found.push(descriptor);
    }
    return found;
}
async function platformOf(descriptor, read) {
    if (descriptor.platform)
        return (0,oci_platform/* normalizePlatform */.FL)(descriptor.platform);
    return (0,oci_config/* parseConfig */.o)(await read((0,oci_manifest/* parseManifest */.Ng)(await read(descriptor)).config)).platform;
}

// EXTERNAL MODULE: ./lib/image/staged-parts.js
var staged_parts = __webpack_require__(9084);
;// CONCATENATED MODULE: ./lib/image/oci-image.js






/** How many layers are read side by side. */
const READERS = 4;
/** Takes one image of a layout. Throws an `Error` that says what is missing or is not what it should be. */
async function ociImage(index, from, platform) {
    const chosen = await selectImage(index, from.read, platform);
    const manifest = (0,oci_manifest/* parseManifest */.Ng)(await from.read(chosen));
    const config = await from.read(manifest.config);
    const { diffIds } = (0,oci_config/* parseConfig */.o)(config);
    if (manifest.layers.length !== diffIds.length) {
        throw new Error(`the manifest lists ${manifest.layers.length} layers, the config ${diffIds.length}`);
    }
    const staged = await stageAll(manifest.layers, from);
    const layers = manifest.layers.map((layer, n) => {
        const it = staged.get(layer.digest);
        (0,staged_parts/* checkDiffId */.t)(it, diffIds[n], `layer ${n + 1} of ${diffIds.length}, ${layer.digest},`);
        return it;
    });
    return { config, layers };
}
/** Every digest once. */
async function stageAll(descriptors, from) {
    const unique = (0,descriptor/* distinct */.dM)(descriptors);
    const read = await (0,limit/* mapLimit */.s)(unique, READERS, each => from.stage(each));
    const staged = new Map();
    for (const [n, expected] of unique.entries()) {
        const layer = (await read[n]?.finished);
        checkSource(layer, expected);
        staged.set(expected.digest, layer);
    }
    return staged;
}
function checkSource({ source }, expected) {
    if (source.digest === expected.digest && source.size === expected.size)
        return;
    throw new Error(`the layer ${expected.digest} (${expected.size} bytes) holds ${source.digest} (${source.size} bytes)`);
}

;// CONCATENATED MODULE: ./lib/image/runnable.js



/** OCI's names of processors, where Node.js has others. */
const RENAMED = new Map([
    ['ia32', '386'],
    ['ppc64', 'ppc64le'],
    ['x64', 'amd64'],
]);
const EMULATION_HINT = 'Build it on a machine of its own system, enable emulation (QEMU), or build an image that is not streamed ' +
    '(buildLayeredImage).';
/** Longer than any `#!` line that a kernel reads. */
const FIRST_LINE = 4096;
const MAX_INTERPRETERS = 5;
/**
 * Finds out whether a program can be executed here. To try it is no way: where the kernel refuses a foreign program,
 * the C library hands it to the shell, which reads any script as its own. Gives the machine that it is for where that
 * is another than this one's. Throws a `UserError` when an interpreter is missing, or it is for another machine whose
 * programs do not run here.
 */
async function checkRunnable(path, runsForeign) {
    let program = path;
    for (let depth = 0; depth < MAX_INTERPRETERS; depth++) {
        const head = await headOf(program, path);
        const interpreter = interpreterIn(head);
        if (interpreter === undefined) {
            const machine = foreignMachine(head);
            if (machine === undefined || runsForeign)
                return machine;
            throw foreign(path, program, machine);
        }
        program = interpreter;
    }
    throw new util_error/* UserError */.yo(`the stream script ${path} is interpreted by too many scripts`);
}
function interpreterIn(head) {
    return /^#![ \t]*([^ \t\n]+)/.exec(head.toString('latin1'))?.[1];
}
function foreignMachine(head) {
    if (!isElf(head) || head.length < ELF_HEAD)
        return undefined;
    const machine = architectureOf(head) ?? 'another machine';
    const own = RENAMED.get(process.arch) ?? process.arch;
    return process.platform === 'linux' && machine === own ? undefined : machine;
}
async function headOf(program, script) {
    try {
        return await (0,file_bytes/* readHead */.zy)(program, FIRST_LINE);
    }
    catch (error) {
        const why = (0,util_error/* codeOf */.$N)(error) === 'ENOENT' ? 'does not exist' : `cannot be read: ${(0,util_error/* messageOf */.bD)(error)}`;
        throw new util_error/* UserError */.yo(`the stream script ${script} cannot be executed: its interpreter ${program} ${why}`, {
            hint: EMULATION_HINT,
            cause: error,
        });
    }
}
function foreign(script, program, machine) {
    const what = program === script ? 'it' : `its interpreter ${program}`;
    return new util_error/* UserError */.yo(`the stream script ${script} cannot be executed here: ${what} is for ${machine}`, {
        hint: EMULATION_HINT,
    });
}

;// CONCATENATED MODULE: ./lib/image/script-bytes.js



/**
 * What a stream script writes. Ends only when the script has ended well: throws a `UserError` with the last lines of
 * its standard error when it failed, and one that says what to do when it cannot run on this machine. The script is
 * ended when the reader stops early.
 */
async function* scriptBytes(path, { signal, runsForeign = false }) {
    const machine = await checkRunnable(path, runsForeign);
    const child = (0,exec/* start */.ni)(path, [], { clean: true, ...(signal && { signal }) });
    const { stdout, stderr } = child;
    const exited = (0,exec/* exitOf */.sX)(child, path);
    exited.catch(() => { });
    const complaints = lastOf(stderr);
    try {
        yield* stdout;
        const code = await exited;
        if (code !== 0)
            throw failed(path, code, complaints(), machine);
    }
    finally {
        child.kill('SIGKILL');
        stdout.destroy();
        stderr.destroy();
    }
}
const KEPT = 4096;
const LINES = 10;
/** Keeps the end of what a program says. */
function lastOf(stderr) {
    let text = '';
    stderr.setEncoding('utf8');
    stderr.on('data', (chunk) => {
        text = (text + chunk).slice(-KEPT);
    });
    return () => text.trimEnd().split('\n').slice(-LINES).join('\n');
}
function failed(path, code, complaints, machine) {
    const foreign = machine === undefined ? '' : ` (it is for ${machine})`;
    const said = complaints === '' ? ' and said nothing' : `:\n${complaints}`;
    return new util_error/* UserError */.yo(`the stream script ${path}${foreign} ended with exit code ${code}${said}`, {
        hint: machine === undefined ? 'Run it by itself, its output into a file, to see more.' : EMULATION_HINT,
    });
}

// EXTERNAL MODULE: ./lib/util/part-file.js
var part_file = __webpack_require__(4338);
;// CONCATENATED MODULE: ./lib/image/block-writer.js

/**
 * Compresses one layer: blocks side by side, written in order. `slots` bounds how many blocks of all
 * layers are in memory; a block keeps its slot until it is written.
 */
class BlockWriter {
    #format;
    #sink;
    #slots;
    #plain = new image_bytes/* Sum */.Wu();
    #block;
    #filled = 0;
    #written;
    #failure;
    constructor(format, sink, slots) {
        this.#format = format;
        this.#sink = sink;
        this.#slots = slots;
        this.#written = this.#watched(sink(format.head));
    }
    /** Waits while there are too many blocks in memory. Throws when an earlier block could not be written. */
    async write(chunk) {
        this.#plain.add(chunk);
        for (let at = 0; at < chunk.length;) {
            this.#block ??= Buffer.allocUnsafeSlow(this.#format.blockSize);
            const copied = chunk.copy(this.#block, this.#filled, at);
            at += copied;
            this.#filled += copied;
            if (this.#filled === this.#block.length)
                await this.#flush();
        }
    }
    /** Hands over what is left, and waits as `write` does. Call it after the last `write`. */
    async end() {
        if (this.#filled > 0)
            await this.#flush();
    }
    /** Waits for all to be written and gives the digest and size of the content. Call it after `end`. */
    async finished() {
        await this.#written;
        await this.#sink(this.#format.tail());
        return this.#plain.total();
    }
    /** Waits until nothing is being written any more. Never fails. */
    async settled() {
        await this.#written.catch(() => { });
    }
    async #flush() {
        const block = this.#block?.subarray(0, this.#filled) ?? Buffer.alloc(0);
        const before = this.#written;
        this.#block = undefined;
        this.#filled = 0;
        await new Promise(started => {
            this.#written = this.#watched(this.#slots(() => this.#encode(block, before, started)));
        });
        if (this.#failure)
            throw this.#failure.error;
    }
    async #encode(block, before, started) {
        started();
        const encoded = this.#format.encode(block);
        await before;
        await this.#sink(await encoded);
    }
    #watched(work) {
        work.catch(error => {
            this.#failure ??= { error };
        });
        return work;
    }
}

;// CONCATENATED MODULE: ./lib/image/staging.js













/** Enough to keep four threads busy while the next are read: 8 MiB with gzip's blocks, 16 MiB with zstd's. */
const BLOCKS_IN_MEMORY = 8;
/**
 * Where the layers of one image are compressed to. They stay in part files until the whole image is known to be good:
 * then `keep` gives those it has their names, and `discard` removes the others.
 */
class Staging {
    #directory;
    #encoding;
    #slots = (0,limit/* limit */.A)(BLOCKS_IN_MEMORY);
    #parts = [];
    #writers = [];
    #finishing = [];
    /** Throws a `UserError` when this Node.js cannot write the encoding. */
    constructor(directory, encoding) {
        checkEncoding(encoding);
        this.#directory = (0,external_node_path_.resolve)(directory);
        this.#encoding = encoding;
    }
    /** Reads a layer to its end, whatever it is compressed with. Waits only while too much of it is in memory. */
    async read(body) {
        const part = await part_file/* PartFile */.Y.create(this.#directory);
        this.#parts.push(part);
        const input = new byte_reader/* ByteReader */.k(body);
        try {
            const head = await input.read(image_magic/* HEAD */.Vx);
            const layer = await this.#readInto(part, (0,image_magic/* encodingOf */.P$)(head), (0,image_bytes/* prepended */._j)(head, input.rest()));
            // Asked for again at the end; a failure before that must not count as unhandled.
            layer.finished.catch(() => { });
            this.#finishing.push(layer.finished);
            return layer;
        }
        finally {
            await input.close();
        }
    }
    /** Gives the layers their names, `<hex>` in the folder, and opens them from there. */
    async keep(layers) {
        const parts = new Map(layers.map(layer => [this.#pathOf(layer), layer.part]));
        for (const [path, part] of parts)
            await part.rename(path);
        return layers.map(layer => ({ ...layer.stored, open: () => (0,file_bytes/* openFile */.Tq)(this.#pathOf(layer)) }));
    }
    /** Removes every file that was not kept, once nothing writes any more. Never fails. */
    async discard() {
        await Promise.allSettled([...this.#finishing, ...this.#writers.map(writer => writer.settled())]);
        for (const part of this.#parts)
            await part.discard();
    }
    #readInto(part, encoding, bytes) {
        if (encoding === this.#encoding)
            return this.#copy(part, encoding, bytes);
        return encoding === 'none' ? this.#compress(part, bytes) : this.#transcode(part, encoding, bytes);
    }
    /** Already as wanted: the bytes are kept, and decoded only for the digest of what they hold. */
    async #copy(part, encoding, bytes) {
        const plain = new image_bytes/* Sum */.Wu();
        const sum = new image_bytes/* Sum */.Wu();
        const survey = new MachineSurvey();
        for await (const chunk of decode(encoding, (0,image_bytes/* tapped */.DS)(bytes, summed(part, sum)))) {
            plain.add(chunk);
            survey.add(chunk);
        }
        await part.close();
        const source = sum.total();
        const stored = { mediaType: (0,media_type/* layerType */.ON)(encoding), ...source };
        const { machines } = survey;
        return { finished: Promise.resolve({ diffId: plain.total().digest, source, stored, machines, part }) };
    }
    #transcode(part, encoding, bytes) {
        const source = new image_bytes/* Sum */.Wu();
        const seen = (0,image_bytes/* tapped */.DS)(bytes, chunk => source.add(chunk));
        return this.#compress(part, decode(encoding, seen), source);
    }
    async #compress(part, plain, source) {
        const sum = new image_bytes/* Sum */.Wu();
        const writer = new BlockWriter(blockFormat(this.#encoding), summed(part, sum), this.#slots);
        this.#writers.push(writer);
        const survey = new MachineSurvey();
        for await (const chunk of plain) {
            survey.add(chunk);
            await writer.write(chunk);
        }
        await writer.end();
        const finish = async () => {
            const content = await writer.finished();
            await part.close();
            const stored = { mediaType: (0,media_type/* layerType */.ON)(this.#encoding), ...sum.total() };
            const { machines } = survey;
            return { diffId: content.digest, source: source?.total() ?? content, stored, machines, part };
        };
        return { finished: finish() };
    }
    #pathOf(layer) {
        return (0,external_node_path_.join)(this.#directory, (0,digest/* hexOf */.ZD)(layer.stored.digest));
    }
}
function summed(part, sum) {
    return bytes => {
        sum.add(bytes);
        return part.write(bytes);
    };
}

;// CONCATENATED MODULE: ./lib/image/stage.js















/**
 * Reads what Nix produced, compresses its layers and verifies every digest in it. Throws a `UserError` naming the
 * source and what is wrong with it; nothing of a failed image is left in the folder.
 */
async function stageImage(source, options) {
    const staging = new Staging(options.directory, options.encoding);
    try {
        const { config, layers } = await new Stager(staging, options).parts(source);
        const machines = sumOf(layers.map(layer => layer.machines));
        return { config, layers: await staging.keep(layers), machines };
    }
    catch (error) {
        throw explained(error, source.path, options);
    }
    finally {
        await staging.discard();
    }
}
class Stager {
    #staging;
    #options;
    #bytesRead = 0;
    constructor(staging, options) {
        this.#staging = staging;
        this.#options = options;
    }
    parts(source) {
        switch (source.kind) {
            case 'docker-archive':
                return this.#archive(this.#watched((0,file_bytes/* fileBytes */.sG)(source.path)));
            case 'compressed-archive':
                return this.#archive(decode(source.compression, this.#watched((0,file_bytes/* fileBytes */.sG)(source.path))));
            case 'stream-script':
                return this.#archive(this.#watched(scriptBytes(source.path, this.#options)));
            case 'oci-archive':
            case 'oci-layout':
                return this.#layout(source.path);
        }
    }
    async #archive(bytes) {
        const members = await (0,image_members/* readMembers */.mo)(bytes, this.#staging);
        const images = (0,docker_archive/* dockerImages */.zG)(members);
        const index = members.documents.get(layout_files/* INDEX_FILE */.K$);
        // A multi-arch archive lists one image for each platform in both; only the index tells which is for which.
        if (images && (images.length === 1 || !index))
            return (0,docker_archive/* dockerImage */.qr)(images, members, this.#staging);
        if (!index)
            throw new Error(`it holds neither ${docker_archive/* DOCKER_MANIFEST_FILE */.KL} nor ${layout_files/* INDEX_FILE */.K$}`);
        return ociImage((0,image_index/* parseIndex */.A1)(index, layout_files/* INDEX_FILE */.K$), contentOf(members, this.#staging), this.#options.platform);
    }
    async #layout(path) {
        const layout = await (0,image_layout/* openLayout */.B)(path);
        const content = {
            read: descriptor => layout.read(descriptor),
            stage: async (descriptor) => {
                const blob = layout.blob(descriptor);
                return this.#staging.read(this.#watched((0,image_bytes/* lazily */.qy)(() => blob.open())));
            },
        };
        return ociImage(layout.index, content, this.#options.platform);
    }
    /** Tells of progress, and stops when asked to. */
    #watched(bytes) {
        return (0,image_bytes/* tapped */.DS)(bytes, chunk => {
            this.#options.signal?.throwIfAborted();
            this.#bytesRead += chunk.length;
            this.#options.onProgress?.(this.#bytesRead);
        });
    }
}
/** The blobs of an OCI archive that was read in one pass. */
function contentOf(members, staging) {
    const nameOf = (descriptor) => `${layout_files/* BLOBS */.df}/${(0,digest/* hexOf */.ZD)(descriptor.digest)}`;
    return {
        async read(descriptor) {
            const bytes = (0,image_members/* documentAt */.XR)(members, nameOf(descriptor));
            const actual = (0,digest/* digestOf */.ol)(bytes);
            if (actual !== descriptor.digest)
                throw new Error(`${descriptor.digest} holds ${actual}`);
            return bytes;
        },
        stage: descriptor => (0,image_members/* layerAt */.VF)(members, nameOf(descriptor), staging),
    };
}
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT']);
/** The private folder is gone by the time this is read, so the one that it was made in is named. */
function roomHint(directory) {
    const disk = (0,external_node_path_.dirname)((0,external_node_path_.dirname)(directory));
    return `Make room on the disk of ${disk}, or set TMPDIR (on GitHub RUNNER_TEMP) to a folder on another one.`;
}
/** What is wrong with the content, or with the disk, becomes the user's error; a mistake of ours stays what it is. */
function explained(error, path, { signal, directory }) {
    if (signal?.aborted)
        return signal.reason;
    const isPlain = error instanceof Error && error.name === 'Error';
    if (!isPlain && !(0,util_error/* isSystemError */.Or)(error))
        return error;
    const hint = NO_ROOM.has((0,util_error/* codeOf */.$N)(error) ?? '') ? roomHint(directory) : undefined;
    return new util_error/* UserError */.yo(`${path}: ${error.message}`, { hint, cause: error });
}

// EXTERNAL MODULE: ./lib/oci/image.js
var oci_image = __webpack_require__(5148);
// EXTERNAL MODULE: ./lib/command/facts.js
var facts = __webpack_require__(5642);
;// CONCATENATED MODULE: ./lib/command/package-image.js














/** Turns what Nix gave for a container into its OCI archive, and gives the image in it. */
async function packageImage(container, storePath, host, options) {
    const directory = (0,external_node_path_.join)(host.temp, `${container.name}-${container.system}`);
    const { encoding, signal, runsForeign, onProgress } = options;
    try {
        const source = await openSource(storePath);
        const platform = (0,oci_system/* platformOf */.tj)(container.system);
        const staged = await stageImage(source, {
            encoding,
            directory,
            platform,
            signal,
            ...(runsForeign && { runsForeign }),
            ...(onProgress && { onProgress }),
        });
        const image = imageOf(container, staged, host);
        const annotations = (0,facts/* archiveAnnotations */.h6)(container, host);
        const { size } = await (0,archive_writer/* writeArchive */._)(options.file, {
            index: [{ ...(0,descriptor/* descriptorOf */.nb)(image.manifest), annotations }],
            blobs: [image.manifest, ...(0,oci_image/* blobsOf */.OR)([image])],
            dockerManifest: (0,docker_manifest/* encodeDockerManifest */.y)([image], (0,facts/* dockerName */.ah)(annotations)),
        }, { signal });
        return { image, size };
    }
    finally {
        await (0,promises_.rm)(directory, { recursive: true, force: true });
    }
}
function imageOf(container, staged, host) {
    const config = (0,oci_config/* parseConfig */.o)(staged.config);
    const platform = (0,oci_system/* platformFor */.RK)(container.system, config.platform);
    if (platform === undefined)
        throw wrongPlatform(container, (0,oci_platform/* platformName */.$r)(config.platform));
    checkMachines(container, config, staged);
    const annotations = (0,facts/* manifestAnnotations */.gc)(container, host);
    return (0,oci_image/* makeImage */.Gs)({ platform, config: staged.config, layers: staged.layers, annotations });
}
/** A config can say anything. An image that runs something, but has no program for its own machine, was built for another. */
function checkMachines({ name, system, attribute }, config, { machines }) {
    const { architecture } = (0,oci_system/* platformOf */.tj)(system);
    const runsHere = architecture === 'amd64' ? ['amd64', '386'] : [architecture];
    const runs = config.entrypoint.length + config.cmd.length > 0;
    if (!runs || machines.size === 0 || runsHere.some(own => machines.has(own)))
        return;
    const found = [...machines]
        .map(([machine, count]) => `${(0,format/* plural */.LS)(count, 'program')} for ${machine}`)
        .join(', ');
    throw new util_error/* UserError */.yo(`${name} for ${system} says that it is for ${architecture}, but it holds ${found} and none for ${architecture}`, {
        hint: `Look at ${attribute}: its contents come from a package set of another system.`,
    });
}
function wrongPlatform({ name, system, attribute }, stated) {
    const expected = (0,oci_platform/* platformName */.$r)((0,oci_system/* platformOf */.tj)(system));
    return new util_error/* UserError */.yo(`${name} for ${system} should be for ${expected}, but its image config says ${stated}`, {
        hint: `Look at ${attribute}: it was built for another system, or its \`architecture\` argument is wrong.`,
    });
}

// EXTERNAL MODULE: ./lib/command/summary.js
var summary = __webpack_require__(2497);
;// CONCATENATED MODULE: ./lib/command/build.js



















/** While one container is turned into an archive, the next is built. */
const AT_ONCE = 2;
/** Builds the asked-for containers for the asked-for systems and leaves an archive of each; one failure does not stop the others. */
async function build(inputs, host, signal) {
    checkEncoding(inputs.compression);
    const uid = process.getuid?.();
    const nix = await openNix({ exec: exec/* exec */.m0, env: host.env, uid });
    const systems = inputs.systems.length > 0 ? inputs.systems : [thisMachine()];
    const containers = await discover(nix, systems, inputs, host, signal);
    const machines = await prepareAll(nix, containers, inputs, host);
    const folder = inputs.output ?? defaultFolder(host);
    await (0,promises_.mkdir)(folder, { recursive: true });
    const results = await (0,limit/* mapLimit */.s)(containers, AT_ONCE, container => (0,failures/* attempt */.CD)(container.name, () => {
        const prepared = machines.get(container.builder);
        return buildOne({ nix, host, signal, inputs, folder }, container, prepared);
    }));
    setOutputs((0,failures/* doneOf */.as)(results), host);
    return (0,failures/* allOrFail */.V_)(results, signal);
}
/** On GitHub a folder that outlasts the step, for those who want the files and not the artifacts. */
function defaultFolder({ kind, env, temp }) {
    return kind === 'github' ? (0,external_node_path_.join)(env.RUNNER_TEMP ?? temp, 'nix-multiarch', gather/* ARCHIVES_FOLDER */.VV) : gather/* ARCHIVES_FOLDER */.VV;
}
/** Makes the machine ready for each system that a derivation wants to be built on. */
async function prepareAll(nix, containers, { emulation }, host) {
    const machines = new Map();
    for (const builder of new Set(containers.map(container => container.builder))) {
        const { platform } = process;
        const options = { emulation, exec: exec/* exec */.m0, env: host.env, platform, uid: process.getuid?.() };
        const prepared = await prepareSystem(nix, builder, options);
        host.log.debug(prepared.note);
        machines.set(builder, prepared);
    }
    return machines;
}
async function buildOne(around, found, prepared) {
    const { nix, host, signal, inputs, folder } = around;
    const runs = prepared?.runnable === true && nix.storeRoot === undefined;
    const container = runs ? chooseStream(found) : found;
    const label = `${container.name} for ${container.system}`;
    const began = Date.now();
    // A job's log has no live line, and a long build should not look like a hanging one.
    if (host.kind === 'github')
        host.log.info(`${label}: building`);
    host.log.progress(`${label}: building`);
    const path = await buildContainer(nix, container, {
        options: prepared?.options ?? [],
        onLine: line => host.log.debug(line),
        signal,
    }).catch(error => {
        throw prepared?.how === 'none' && lacksSystem((0,util_error/* messageOf */.bD)(error)) ? prepared.problem : error;
    });
    const built = Date.now();
    const file = (0,external_node_path_.join)(folder, `${container.name}-${container.system}${gather/* ARCHIVE_ENDING */.ZE}`);
    const { image, size } = await packageImage(container, path, host, {
        file,
        encoding: inputs.compression,
        runsForeign: prepared?.runnable ?? false,
        signal,
        onProgress: bytes => host.log.progress(`${label}: ${(0,format/* formatBytes */.z3)(bytes)} packed`),
    });
    await host.artifacts?.upload(file);
    const how = prepared?.how === 'qemu' ? ' under QEMU' : '';
    const times = `built${how} in ${(0,format/* formatSeconds */.Xo)(built - began)}, packed in ${(0,format/* formatSeconds */.Xo)(Date.now() - built)}`;
    // A file that goes away with the run is nothing to tell of.
    const where = file.startsWith(host.temp) ? '' : ` in ${file}`;
    const layers = (0,format/* plural */.LS)(image.layers.length, 'layer');
    host.log.info(`${label}: ${times}: ${layers}, ${(0,format/* formatBytes */.z3)(size)}${where}`);
    return builtOf(container, image, { file, size });
}
function builtOf({ name, system, derivation }, { platform, manifest }, archive) {
    const { digest } = manifest;
    return { container: name, system, platform: (0,oci_platform/* platformName */.$r)(platform), ...archive, digest, derivation };
}
/** What the build action tells later steps, also of those containers that went well beside others that did not. */
function setOutputs(built, host) {
    host.output('archives', built.map(({ file }) => file).join('\n'));
    host.output('containers', [...new Set(built.map(({ container }) => container))].join('\n'));
    host.output('json', JSON.stringify(built));
    if (built.length > 0)
        host.summary((0,summary/* buildSummary */.f)(built));
}


/***/ }),

/***/ 2564:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   T: () => (/* binding */ isExecutable),
/* harmony export */   t: () => (/* binding */ exists)
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


/***/ })

};
