export const id = 482;
export const ids = [482];
export const modules = {

/***/ 2482:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  build: () => (/* binding */ build_build),
  F: () => (/* binding */ buildChosen)
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

// EXTERNAL MODULE: ./lib/image/decode.js + 1 modules
var decode = __webpack_require__(105);
;// CONCATENATED MODULE: ./lib/image/block-format.js





/** Throws a `UserError` when this Node.js cannot write the encoding. */
function checkEncoding(encoding) {
    if (encoding === 'gzip' || (0,decode/* hasZstd */.UZ)())
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

// EXTERNAL MODULE: ./lib/nix/system.js
var system = __webpack_require__(5294);
// EXTERNAL MODULE: ./lib/util/limit.js
var limit = __webpack_require__(8631);
// EXTERNAL MODULE: ./lib/nix/container.js
var nix_container = __webpack_require__(984);
// EXTERNAL MODULE: ./lib/nix/explain.js
var explain = __webpack_require__(3816);
// EXTERNAL MODULE: ./lib/util/format.js
var format = __webpack_require__(4849);
// EXTERNAL MODULE: ./lib/nix/build.js
var build = __webpack_require__(6803);
// EXTERNAL MODULE: ./lib/nix/cache-trouble.js
var cache_trouble = __webpack_require__(8715);
;// CONCATENATED MODULE: ./lib/command/build-going-on.js




/** Nix knows what to do about the others. */
const FAILS = ['unreachable', 'refused', 'incomplete', 'no-cache'];
/**
 * Builds a container and gives the path where it lies. Old versions of Nix crash when a cache fails in the midst of it; so
 * when the build fails and some caches did as well, it is done once more without them.
 */
async function buildGoingOn(nix, container, log, { extraCaches = [], ...options } = {}) {
    const failed = new Set();
    const onLine = (line) => {
        const trouble = (0,cache_trouble/* cacheTrouble */.e)(line);
        if (trouble && FAILS.includes(trouble.kind))
            failed.add(trouble.cache);
        options.onLine?.(line);
    };
    const others = options.options ?? [];
    try {
        const all = { ...options, options: [...others, ...extraOptions(extraCaches)], onLine };
        return await (0,build/* buildContainer */.UY)(nix, container, all);
    }
    catch (error) {
        const isWell = (cache) => ![...failed].some(named => (0,cache_trouble/* sameCache */.L)(named, cache));
        const own = nix.settings.substituters;
        const isTheirs = error instanceof util_error/* UserError */.yo && !(0,explain/* failedByItself */.uD)((0,util_error/* messageOf */.bD)(error));
        if (!isTheirs || [...own, ...extraCaches].every(isWell))
            throw error;
        log.warning(`${container.name} for ${container.system}: built again without ${[...failed].join(', ')}`);
        const ownWell = own.every(isWell) ? [] : ['--option', 'substituters', own.filter(isWell).join(' ')];
        // Caches of the options come on top.
        const without = [...ownWell, ...others, ...extraOptions(extraCaches.filter(isWell))];
        return (0,build/* buildContainer */.UY)(nix, container, { ...options, options: without });
    }
}
/** What such a cache says that it has and cannot give is built: that it was restored does not mean that it is whole. */
function extraOptions(caches) {
    if (caches.length === 0)
        return [];
    return ['--option', 'extra-substituters', caches.join(' '), '--option', 'fallback', 'true'];
}

// EXTERNAL MODULE: ./lib/nix/words.js
var words = __webpack_require__(1126);
;// CONCATENATED MODULE: ./lib/util/last-lines.js
/** @param characters in all, the line ends not counted */
function lastLines({ count, characters }) {
    const kept = [];
    let size = 0;
    let left = 0;
    return {
        push(line) {
            kept.push(line);
            size += line.length;
            while (kept.length > count || (size > characters && kept.length > 1)) {
                size -= kept.shift()?.length ?? 0;
                left++;
            }
        },
        lines: () => (left === 0 ? [...kept] : [`… ${left} more lines before these`, ...kept]),
    };
}

;// CONCATENATED MODULE: ./lib/command/build-log.js



/** As much as somebody may want to scroll through. */
const BOUNDS = { count: 2000, characters: 1_000_000 };
function buildLog(container) {
    const kept = lastLines(BOUNDS);
    const derivations = [container.derivation, (0,nix_container/* chooseStream */.k5)(container).derivation];
    let built = false;
    return {
        push(line) {
            kept.push(line);
            const said = (0,words/* plainText */.wh)(line);
            built ||= /^\s*building '/.test(said) && derivations.some(each => said.includes(each));
        },
        lines: kept.lines,
        built: () => built,
    };
}

;// CONCATENATED MODULE: ./lib/command/build-words.js

/** How a build's log calls a container: `hello for x86_64-linux`. */
function labelOf({ name, system }) {
    return `${name} for ${system}`;
}
const DID = {
    built: 'built',
    emulated: 'built under QEMU',
    fetched: 'fetched',
    cached: 'taken from the cache',
};
/** `built in 1.2 s, packed in 0.4 s`. */
function timesOf({ how, times: { build = 0, pack = 0 } }) {
    return `${DID[how]} in ${(0,format/* formatSeconds */.Xo)(build)}, packed in ${(0,format/* formatSeconds */.Xo)(pack)}`;
}
/** `7 layers, 12.3 MB`. */
function contentOf({ image, size }) {
    return `${(0,format/* plural */.LS)(image.layers.length, 'layer')}, ${(0,format/* formatBytes */.z3)(size)}`;
}

// EXTERNAL MODULE: ./lib/command/built.js
var command_built = __webpack_require__(8165);
// EXTERNAL MODULE: ./lib/command/gather.js
var gather = __webpack_require__(7642);
// EXTERNAL MODULE: ./lib/image/archive-writer.js
var archive_writer = __webpack_require__(1315);
// EXTERNAL MODULE: ./lib/image/docker-manifest.js
var docker_manifest = __webpack_require__(2347);
// EXTERNAL MODULE: ./lib/image/byte-reader.js
var byte_reader = __webpack_require__(8083);
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
// EXTERNAL MODULE: ./lib/image/magic.js
var magic = __webpack_require__(150);
// EXTERNAL MODULE: ./lib/image/tar-scan.js
var tar_scan = __webpack_require__(8282);
;// CONCATENATED MODULE: ./lib/image/open.js











/** The forms, told by what they hold; names do not count. */
const FORMS = [
    { matches: it => it.stats.isDirectory(), open: openFolder },
    { matches: it => (0,magic/* encodingOf */.P$)(it.head) === 'gzip', open: path => openCompressed(path, 'gzip') },
    { matches: it => (0,magic/* encodingOf */.P$)(it.head) === 'zstd', open: path => openCompressed(path, 'zstd') },
    { matches: it => (0,magic/* isTar */.YZ)(it.head), open: openTar },
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
        return { path, stats, head: stats.isFile() ? await (0,file_bytes/* readHead */.zy)(path, magic/* HEAD */.Vx) : Buffer.alloc(0) };
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
    const input = new byte_reader/* ByteReader */.k((0,decode/* decode */.D4)(compression, (0,file_bytes/* fileBytes */.sG)(path)));
    try {
        if ((0,magic/* isTar */.YZ)(await input.read(magic/* HEAD */.Vx)))
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
// EXTERNAL MODULE: ./lib/image/select-image.js
var select_image = __webpack_require__(6737);
// EXTERNAL MODULE: ./lib/image/staged-parts.js
var staged_parts = __webpack_require__(9084);
;// CONCATENATED MODULE: ./lib/image/oci-image.js






/** How many layers are read side by side. */
const READERS = 4;
/** Takes one image of a layout. Throws an `Error` that says what is missing or is not what it should be. */
async function ociImage(index, from, platform) {
    const chosen = await (0,select_image/* selectImage */.g)(index, from.read, platform);
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
    const read = await (0,limit/* mapLimit */.sf)(unique, READERS, each => from.stage(each));
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

// EXTERNAL MODULE: ./lib/util/exec.js + 1 modules
var exec = __webpack_require__(6542);
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
    const complaints = lastOf(child.stderr);
    yield* (0,exec/* outputOf */.jH)(child, path, code => failed(path, code, complaints(), machine));
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

// EXTERNAL MODULE: ./lib/oci/media-type.js
var media_type = __webpack_require__(8574);
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
    #slots = (0,limit/* limit */.AB)(BLOCKS_IN_MEMORY);
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
            const head = await input.read(magic/* HEAD */.Vx);
            const layer = await this.#readInto(part, (0,magic/* encodingOf */.P$)(head), (0,image_bytes/* prepended */._j)(head, input.rest()));
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
        for await (const chunk of (0,decode/* decode */.D4)(encoding, (0,image_bytes/* tapped */.DS)(bytes, summed(part, sum)))) {
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
        return this.#compress(part, (0,decode/* decode */.D4)(encoding, seen), source);
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
                return this.#archive((0,decode/* decode */.D4)(source.compression, this.#watched((0,file_bytes/* fileBytes */.sG)(source.path))));
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
        return ociImage((0,image_index/* parseIndex */.A1)(index, layout_files/* INDEX_FILE */.K$), stage_contentOf(members, this.#staging), this.#options.platform);
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
function stage_contentOf(members, staging) {
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
// EXTERNAL MODULE: ./lib/oci/platform.js
var oci_platform = __webpack_require__(7122);
// EXTERNAL MODULE: ./lib/oci/system.js
var oci_system = __webpack_require__(5312);
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

// EXTERNAL MODULE: ./lib/command/stopwatch.js
var stopwatch = __webpack_require__(9098);
;// CONCATENATED MODULE: ./lib/command/build-one.js












/** Hands over the archive of an earlier run. */
async function takeCached({ image, size }, container, { host, folder }) {
    const file = fileOf(container, folder);
    const watch = (0,stopwatch/* stopwatch */.s)();
    await watch.time('upload', () => hand(file, host));
    host.log.info(`${labelOf(container)}: unchanged, from the cache: ${contentOf({ image, size })}`);
    return (0,command_built/* builtOf */.QC)(container, image, { file, size, how: 'cached', ...watch.read() });
}
/** Builds a container and leaves its archive. On GitHub, what Nix said is folded under the one line that tells of it. */
async function buildOne(around, container, prepared) {
    const { host } = around;
    const log = buildLog(container);
    const watch = (0,stopwatch/* stopwatch */.s)();
    const label = labelOf(container);
    // A job's log has no live line, and a long build should not look like a hanging one.
    if (host.kind === 'github')
        host.log.info(`${label}: building`);
    host.log.progress(`${label}: building`);
    try {
        const { file, image, size } = await leaveArchive(around, container, prepared, { log, watch });
        const how = howBuilt(log, prepared);
        const built = (0,command_built/* builtOf */.QC)(container, image, { file, size, how, ...watch.read() });
        // A file that goes away with the run is nothing to tell of.
        const where = file.startsWith(host.temp) ? '' : ` in ${file}`;
        host.log.folded(`${label}: ${timesOf(built)}: ${contentOf({ image, size })}${where}`, log.lines());
        return built;
    }
    catch (error) {
        const after = (0,format/* formatSeconds */.Xo)(Date.now() - watch.read().began);
        if (host.kind === 'github')
            host.log.folded(`${label}: failed after ${after}`, log.lines());
        throw error;
    }
}
async function leaveArchive(around, container, prepared, { log, watch }) {
    const { host, signal, encoding } = around;
    const path = await watch.time('build', () => storePathOf(around, container, prepared, log));
    const file = fileOf(container, around.folder);
    const onProgress = (bytes) => host.log.progress(`${labelOf(container)}: ${(0,format/* formatBytes */.z3)(bytes)} packed`);
    const how = { file, encoding, runsForeign: prepared?.runnable ?? false, signal, onProgress };
    const packed = await watch.time('pack', () => packageImage(container, path, host, how));
    await watch.time('upload', () => hand(file, host));
    return { ...packed, file };
}
async function storePathOf(around, container, prepared, log) {
    const { nix, host, extraCaches, signal } = around;
    const runs = prepared?.runnable === true && nix.storeRoot === undefined;
    const options = [...(prepared?.options ?? []), ...around.options];
    const onLine = (line) => {
        around.onLine(line);
        log.push(line);
    };
    // How it is built is no part of what it is: it goes by its own derivation, also where its stream is built.
    const wanted = runs ? (0,nix_container/* chooseStream */.k5)(container) : container;
    try {
        return await buildGoingOn(nix, wanted, host.log, { options, extraCaches, onLine, signal });
    }
    catch (error) {
        throw prepared?.how === 'none' && (0,explain/* lacksSystem */.Mf)((0,util_error/* messageOf */.bD)(error)) ? prepared.problem : error;
    }
}
async function hand(file, { artifacts }) {
    await artifacts?.upload(file);
}
function howBuilt(log, prepared) {
    if (!log.built())
        return 'fetched';
    return prepared?.how === 'qemu' ? 'emulated' : 'built';
}
/** Where a container's archive goes. */
function fileOf({ name, system }, folder) {
    return (0,external_node_path_.join)(folder, (0,gather/* archiveName */.uv)({ name, system }));
}

;// CONCATENATED MODULE: ./lib/command/cache-troubles.js

/** Reads Nix's log for caches that turn out to be of no use, and warns of each once. The build goes on without them. */
function cacheTroubles(log) {
    const told = new Set();
    return line => {
        const trouble = (0,cache_trouble/* cacheTrouble */.e)(line);
        if (trouble === undefined)
            return;
        const text = `The cache ${trouble.cache} was of no use: ${trouble.what}`;
        if (!told.has(text))
            log.warning(text);
        told.add(text);
    };
}

// EXTERNAL MODULE: ./lib/command/discover.js + 11 modules
var discover = __webpack_require__(9787);
// EXTERNAL MODULE: ./lib/command/failures.js
var failures = __webpack_require__(8682);
// EXTERNAL MODULE: ./lib/command/careful.js
var careful = __webpack_require__(2953);
// EXTERNAL MODULE: ./lib/command/push-built.js
var push_built = __webpack_require__(2640);
// EXTERNAL MODULE: ./lib/command/unfinished.js
var unfinished = __webpack_require__(6820);
;// CONCATENATED MODULE: ./lib/command/hand-on.js






/** Where a file cannot have two names it is copied. */
const AT_ONCE = 2;
/**
 * Pushes what was built, and lays aside what later runs can use, while Nix is there; it is saved after the job. Archives come last:
 * a run that finds them pushes nothing.
 */
async function handOn({ store, images, rest, ...results }, { nix, inputs, host, signal, folder }) {
    await leaveSaves([await store?.collect(nix, rest)], host);
    const pushed = await (0,failures/* attempt */.CD)('pushing', () => (0,push_built/* pushBuilt */.x)(nix, results, inputs, host, signal));
    if (pushed.done) {
        const archives = await (0,limit/* mapLimit */.sf)(results.built, AT_ONCE, each => images.remember(each, fileOf(each, folder)));
        await leaveSaves(archives, host);
    }
    return pushed;
}
async function leaveSaves(saves, host) {
    const all = saves.filter(save => save !== undefined);
    if (all.length === 0)
        return;
    await (0,careful/* careful */.L)('Nothing is saved for later runs', host.log, () => (0,unfinished/* leaveUnfinished */.$)(host.kept, { saves: all }));
}

;// CONCATENATED MODULE: ./lib/nix/nix32.js
/** Nix's own Base32: no e, o, t, u, and the last digit stands first. */
const ALPHABET = '0123456789abcdfghijklmnpqrsvwxyz';
/** The bytes, as hex, that `length` bytes of Nix's Base32 stand for. Throws an `Error` for anything else. */
function hexOfNix32(text, length = 32) {
    const digits = [...text].map(char => ALPHABET.indexOf(char));
    if (digits.includes(-1) || digits.length !== Math.ceil((length * 8) / 5))
        throw new Error(`${JSON.stringify(text)} is no hash of ${length} bytes in Base32`);
    const value = digits.reduce((sum, digit) => sum * 32n + BigInt(digit), 0n);
    const bytes = Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex');
    return bytes.reverse().toString('hex');
}
/** A SHA-256 as hex, from any of the ways in which Nix writes one: `sha256-<Base64>`, or `sha256:` and Base32 or hex. */
function hexOfHash(text) {
    const [, form = '', value = ''] = /^sha256([-:])(\S+)$/.exec(text) ?? [];
    if (form === '-')
        return checked(Buffer.from(value, 'base64').toString('hex'), text);
    return checked(value.length === 52 ? hexOfNix32(value) : value.toLowerCase(), text);
}
function checked(hex, text) {
    if (/^[0-9a-f]{64}$/.test(hex))
        return hex;
    throw new Error(`${JSON.stringify(text)} is no SHA-256`);
}

;// CONCATENATED MODULE: ./lib/nix/narinfo.js


/** The 32 characters that tell store paths apart. */
function hashPart(path) {
    return (0,external_node_path_.basename)(path).slice(0, 32);
}
/** The name of an uncompressed serialisation within a binary cache. */
function narFile(info) {
    return `nar/${hexOfHash(info.narHash)}.nar`;
}
/** What a binary cache says of a path that it has uncompressed. The format is that of `nix copy --to file://…`. */
function narinfo(info) {
    const hash = `sha256:${hexOfHash(info.narHash)}`;
    const lines = [
        `StorePath: ${info.path}`,
        `URL: ${narFile(info)}`,
        'Compression: none',
        `FileHash: ${hash}`,
        `FileSize: ${info.narSize}`,
        `NarHash: ${hash}`,
        `NarSize: ${info.narSize}`,
        `References: ${info.references.map(path => (0,external_node_path_.basename)(path)).join(' ')}`,
        ...(info.deriver === undefined ? [] : [`Deriver: ${(0,external_node_path_.basename)(info.deriver)}`]),
        ...info.signatures.map(signature => `Sig: ${signature}`),
        ...(info.ca === undefined ? [] : [`CA: ${info.ca}`]),
    ];
    return `${lines.join('\n')}\n`;
}

// EXTERNAL MODULE: ./lib/util/short-hash.js
var short_hash = __webpack_require__(7987);
// EXTERNAL MODULE: ./lib/util/version.js
var version = __webpack_require__(2352);
// EXTERNAL MODULE: ./lib/command/archived.js
var command_archived = __webpack_require__(5403);
;// CONCATENATED MODULE: ./lib/command/image-cache.js









/** Without a cache, nothing is found and nothing kept. */
function imageCache(cache, host, encoding) {
    if (cache === undefined)
        return { restore: async () => undefined, remember: async () => undefined };
    const placeOf = (container, file) => {
        const key = keyOf(container, encoding, host);
        return { key, path: (0,external_node_path_.join)(cache.folder, 'images', key, (0,external_node_path_.basename)(file)) };
    };
    const labelOf = ({ name, system }) => `${name} for ${system}`;
    return {
        restore: (container, file) => (0,careful/* careful */.L)(`${labelOf(container)} may be cached, but that is of no use`, host.log, async () => {
            const { key, path } = placeOf(container, file);
            await (0,promises_.rm)((0,external_node_path_.dirname)(path), { recursive: true, force: true });
            if ((await cache.restore(path, key)) === undefined)
                return undefined;
            return take(container, path, file);
        }),
        remember: (container, file) => (0,careful/* careful */.L)(`${labelOf(container)} cannot be put into the cache`, host.log, async () => {
            if (cache.readOnly)
                return undefined;
            const save = placeOf(container, file);
            await putBeside(file, save.path);
            return save;
        }),
    };
}
/**
 * What the archive follows from: the derivation, what we write beside the image, and how we write it. So the same key is
 * the same archive.
 */
function keyOf(container, encoding, host) {
    const rest = JSON.stringify([version/* VERSION */.x, encoding, container.output, (0,facts/* archiveAnnotations */.h6)(container, host)]);
    const hash = (0,short_hash/* shortHash */.B)(rest);
    return `nix-multiarch-image-${hashPart(container.derivation)}-${hash}`;
}
/** Every byte is read, so that a cache entry that is broken counts as none. */
async function take(container, path, file) {
    const archived = await (0,command_archived/* openArchived */.V)(path);
    if (archived?.derivation !== container.derivation)
        throw new Error('it is of another derivation');
    for (const blob of [archived.image.manifest, ...(0,oci_image/* blobsOf */.OR)([archived.image])])
        await archived.layout.verify(blob);
    await putBeside(path, file);
    return { image: archived.image, size: (await (0,promises_.stat)(file)).size };
}
/** The same file under a second name, or a copy where that cannot be. */
async function putBeside(file, path) {
    await (0,promises_.mkdir)((0,external_node_path_.dirname)(path), { recursive: true });
    await (0,promises_.rm)(path, { force: true });
    await (0,promises_.link)(file, path).catch(() => (0,promises_.copyFile)(file, path));
}

// EXTERNAL MODULE: ./lib/command/machines.js + 4 modules
var command_machines = __webpack_require__(5461);
// EXTERNAL MODULE: ./lib/command/ready-nix.js + 27 modules
var ready_nix = __webpack_require__(3810);
// EXTERNAL MODULE: ./lib/command/report-artifacts.js + 1 modules
var report_artifacts = __webpack_require__(3415);
// EXTERNAL MODULE: ./lib/nix/built-here.js + 1 modules
var built_here = __webpack_require__(9354);
// EXTERNAL MODULE: external "node:url"
var external_node_url_ = __webpack_require__(3136);
// EXTERNAL MODULE: ./lib/util/file.js
var util_file = __webpack_require__(2564);
;// CONCATENATED MODULE: ./lib/nix/cache-choice.js
/**
 * Chooses what a cache of so many bytes keeps: what was used last comes first, small before large, so that the most paths are kept.
 * Each comes with those that it refers to, since it is of no use without them; what it refers to that is no candidate is in
 * other caches.
 */
function chooseForCache(candidates, most) {
    const known = new Map(candidates.map(each => [each.path, each]));
    const kept = new Set();
    const nars = new Map();
    let bytes = 0;
    for (const candidate of [...known.values()].sort((a, b) => b.used - a.used || a.size - b.size)) {
        const missing = [...closureOf(candidate, known)].filter(each => !kept.has(each));
        const more = new Map(missing.filter(({ nar }) => !nars.has(nar)).map(({ nar, size }) => [nar, size]));
        const size = [...more.values()].reduce((sum, each) => sum + each, 0);
        if (bytes + size > most)
            continue;
        for (const each of missing)
            kept.add(each);
        for (const entry of more)
            nars.set(...entry);
        bytes += size;
    }
    return { kept: [...kept], bytes };
}
function closureOf(start, known) {
    const closure = new Set([start]);
    // A set that grows is walked to its end.
    for (const { references } of closure) {
        for (const path of references) {
            const found = known.get(path);
            if (found)
                closure.add(found);
        }
    }
    return closure;
}

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
;// CONCATENATED MODULE: ./lib/nix/cache-folder.js







const cache_folder_AT_ONCE = 8;
/** What a folder has. Entries that are not whole are no entries. */
async function entriesOf(folder) {
    const entries = await (0,limit/* mapLimit */.sf)(await narinfosIn(folder), cache_folder_AT_ONCE, file => readEntry(folder, file));
    return entries.filter(entry => entry !== undefined);
}
async function readEntry(folder, file) {
    const text = await (0,promises_.readFile)((0,external_node_path_.join)(folder, file), 'utf8');
    const field = (name) => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? '';
    const [path, nar, size] = [field('StorePath'), field('URL'), Number(field('NarSize') || Number.NaN)];
    // What would lead out of the folder is not ours.
    if (path === '' || !/^nar\/[^/]+$/.test(nar) || !(await hasSize((0,external_node_path_.join)(folder, nar), size)))
        return undefined;
    const names = field('References').split(' ').filter(Boolean);
    const references = names.map(name => (0,external_node_path_.join)((0,external_node_path_.dirname)(path), name));
    return { file, path, nar, size, references, used: (await (0,promises_.stat)((0,external_node_path_.join)(folder, file))).mtimeMs };
}
function hasSize(file, size) {
    return (0,promises_.stat)(file).then(found => found.size === size, () => false);
}
/** Removes all but these entries, and the content that none of them names; gives how many entries that were. */
async function sweep(folder, kept) {
    const files = new Set(kept.map(({ file }) => file));
    const gone = (await narinfosIn(folder)).filter(name => !files.has(name));
    for (const name of gone)
        await (0,promises_.rm)((0,external_node_path_.join)(folder, name), { force: true });
    const nars = new Set(kept.map(({ nar }) => nar));
    for (const name of await (0,promises_.readdir)((0,external_node_path_.join)(folder, 'nar')))
        if (!nars.has(`nar/${name}`))
            await (0,promises_.rm)((0,external_node_path_.join)(folder, 'nar', name), { recursive: true, force: true });
    return gone.length;
}
async function narinfosIn(folder) {
    return (await (0,promises_.readdir)(folder)).filter(name => name.endsWith('.narinfo'));
}
/** Writes a path that is not there yet, and its content unless another path of the same content has brought it. */
async function addEntry(folder, info, dump) {
    if (!(await hasSize((0,external_node_path_.join)(folder, narFile(info)), info.narSize)))
        await writeNar(folder, info, dump(info.path));
    // Last, because it is what makes the path be there.
    await (0,promises_.writeFile)((0,external_node_path_.join)(folder, `${hashPart(info.path)}.narinfo`), narinfo(info));
}
async function writeNar(folder, info, content) {
    const part = await part_file/* PartFile */.Y.create((0,external_node_path_.join)(folder, 'nar'));
    try {
        const hash = (0,external_node_crypto_.createHash)('sha256');
        for await (const chunk of content) {
            hash.update(chunk);
            await part.write(chunk);
        }
        if (hash.digest('hex') !== hexOfHash(info.narHash))
            throw new Error(`${info.path} is not what the store says of it`);
        await part.close();
        await part.rename((0,external_node_path_.join)(folder, narFile(info)));
    }
    finally {
        await part.discard();
    }
}

;// CONCATENATED MODULE: ./lib/nix/local-cache.js









const local_cache_AT_ONCE = 8;
function localCache(folder) {
    return {
        uri: `${(0,external_node_url_.pathToFileURL)(folder)}?trusted=1&priority=1`,
        async prepare() {
            const { entries, broken } = await tidy(folder);
            return { paths: entries.length, broken };
        },
        renew: (found, options) => renew(folder, found, options),
    };
}
async function tidy(folder) {
    await (0,promises_.mkdir)((0,external_node_path_.join)(folder, 'nar'), { recursive: true });
    const file = (0,external_node_path_.join)(folder, 'nix-cache-info');
    if (!(await (0,util_file/* exists */.t2)(file)))
        await (0,promises_.writeFile)(file, 'StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 1\n');
    const entries = await entriesOf(folder);
    return { entries, broken: await sweep(folder, entries) };
}
async function renew(folder, infos, { most, isUsed, dump }) {
    const now = Date.now();
    const { entries: all } = await tidy(folder);
    const entries = await (0,limit/* mapLimit */.sf)(all, local_cache_AT_ONCE, entry => touch(folder, entry, now, isUsed));
    const known = new Set(entries.map(({ path }) => path));
    const found = infos.filter(({ path }) => !known.has(path)).map(info => ofInfo(info, now));
    const { kept, bytes } = chooseForCache([...entries, ...found], most);
    const old = kept.filter(({ info }) => info === undefined);
    // Before anything is written, so that there is room.
    await sweep(folder, old);
    try {
        for (const { info } of kept)
            if (info)
                await addEntry(folder, info, dump);
    }
    catch (error) {
        await sweep(folder, old);
        throw error;
    }
    return { paths: kept.length, bytes, fingerprint: fingerprintOf(kept) };
}
/** Notes that an entry is in use, where it is, also for later runs. */
async function touch(folder, entry, now, isUsed) {
    if (!(await isUsed(entry.path)))
        return entry;
    await (0,promises_.utimes)((0,external_node_path_.join)(folder, entry.file), new Date(now), new Date(now));
    return { ...entry, used: now };
}
function ofInfo(info, used) {
    const { path, references, narSize: size } = info;
    return { file: `${hashPart(path)}.narinfo`, path, nar: narFile(info), size, references, used, info };
}
function fingerprintOf(entries) {
    const names = entries.map(({ file }) => file).sort();
    return (0,short_hash/* shortHash */.B)(names.join('\n'));
}

;// CONCATENATED MODULE: ./lib/nix/store-dump.js


/** A store path's serialisation (NAR), as it is written. Throws a `UserError` after the last bytes when it is not whole. */
async function* dumpPath(nix, path) {
    const child = nix.start(['store', 'dump-path', path]);
    child.stderr?.resume();
    yield* (0,exec/* outputOf */.jH)(child, nix.command, code => new util_error/* UserError */.yo(`Nix could not read ${path}: exit code ${code}`));
}

;// CONCATENATED MODULE: ./lib/command/store-cache.js










const LARGEST = 2e9;
/**
 * Brings back what jobs that build these containers have left, else what others have; at most `most` bytes of it are kept.
 * `undefined` where there is no cache.
 */
async function openStoreCache(cache, host, containers, most = LARGEST) {
    if (cache === undefined)
        return undefined;
    const folder = (0,external_node_path_.join)(cache.folder, 'store');
    const prefixes = prefixesOf(containers, host);
    const [own] = prefixes;
    const restored = await cache.restore(folder, `${own}none`, prefixes);
    const local = localCache(folder);
    const prepared = await (0,careful/* careful */.L)('There is no store cache in this run', host.log, () => local.prepare());
    if (prepared === undefined)
        return undefined;
    const { paths, broken } = prepared;
    // A key is never written to again, so what was repaired needs one of its own.
    const ending = restored !== undefined && broken > 0 ? `-${(0,short_hash/* shortHash */.B)(restored)}` : '';
    return {
        uri: restored === undefined || paths === 0 ? undefined : local.uri,
        async collect(nix, built) {
            if (cache.readOnly)
                return undefined;
            return (0,careful/* careful */.L)('What was built cannot be put into the store cache', host.log, async () => {
                const { fingerprint, ...content } = await store_cache_renew(nix, local, built, most);
                host.log.debug(`The store cache has ${sizeOf(content)}`);
                const isSaved = broken === 0 && restored?.includes(`-${fingerprint}`);
                return content.paths === 0 || isSaved ? undefined : { path: folder, key: own + fingerprint + ending };
            });
        },
    };
}
/** Jobs that run side by side have each their own, so that none loses what it built; all of one system help each other. */
function prefixesOf(containers, { env }) {
    const all = `nix-multiarch-store-${(0,system/* thisMachine */.g)()}-`;
    const attributes = containers.map(({ attribute }) => attribute).sort();
    return [`${all}${(0,short_hash/* shortHash */.B)(JSON.stringify([env.GITHUB_JOB, attributes]))}-`, all];
}
async function store_cache_renew(nix, local, containers, most) {
    const images = new Set(containers.flatMap(nix_container/* derivationsOf */.Mh));
    const found = (await (0,built_here/* builtHere */.J)(nix, [...images])).filter(({ deriver }) => deriver === undefined || !images.has(deriver));
    return local.renew(found, {
        most,
        isUsed: path => (0,util_file/* exists */.t2)((0,external_node_path_.join)(nix.storeRoot ?? '/', path)),
        dump: path => dumpPath(nix, path),
    });
}
function sizeOf({ paths, bytes }) {
    return `${(0,format/* plural */.LS)(paths, 'path')}, ${(0,format/* formatBytes */.z3)(bytes)}`;
}

// EXTERNAL MODULE: ./lib/command/summary-build.js
var summary_build = __webpack_require__(9164);
;// CONCATENATED MODULE: ./lib/command/build.js


















/** While one container is turned into an archive, the next is built. */
const build_AT_ONCE = 2;
const DOWNLOADS_AT_ONCE = 4;
/** When two builds need the same, one of them waits, and Nix looks every five seconds whether it may go on. */
const LOOK_OFTEN = ['--option', 'build-poll-interval', '1'];
/** Builds the asked-for containers for the asked-for systems and leaves an archive of each; one failure does not stop the others. */
function build_build(inputs, host, signal) {
    return buildChosen(inputs, host, signal, async (containers) => containers);
}
/** As `build`, but of those containers alone that `choose` takes out of what the flake has. */
async function buildChosen(inputs, host, signal, choose) {
    checkEncoding(inputs.compression);
    const watch = (0,stopwatch/* stopwatch */.s)();
    const ready = await watch.time('nix', () => (0,ready_nix/* readyForBuild */.tO)(inputs, host, signal));
    const systems = inputs.systems.length > 0 ? inputs.systems : [(0,system/* thisMachine */.g)()];
    const found = await watch.time('evaluate', () => (0,discover/* discover */.k)(ready.nix, systems, inputs, host, signal));
    const containers = await choose(found);
    const folder = inputs.output ?? defaultFolder(host);
    await (0,promises_.mkdir)(folder, { recursive: true });
    return buildAll(containers, { inputs, ready, host, signal, folder, watch });
}
/** On GitHub a folder that outlasts the step, for those who want the files and not the artifacts. */
function defaultFolder({ kind, env, temp }) {
    return kind === 'github' ? (0,external_node_path_.join)(env.RUNNER_TEMP ?? temp, 'nix-multiarch', gather/* ARCHIVES_FOLDER */.VV) : gather/* ARCHIVES_FOLDER */.VV;
}
async function buildAll(containers, around) {
    const { inputs, ready, host, signal, watch } = around;
    const cache = inputs.cache === false ? undefined : host.cache;
    const images = imageCache(cache, host, inputs.compression);
    const restore = (container) => images.restore(container, fileOf(container, around.folder));
    const cached = await watch.time('restore', () => (0,limit/* mapLimit */.sf)(containers, DOWNLOADS_AT_ONCE, restore));
    const rest = containers.filter((_, n) => cached[n] === undefined);
    const store = rest.length === 0 ? undefined : await openStoreCache(cache, host, containers, inputs.cacheSize);
    const builders = rest.map(container => container.builder);
    const machines = await (0,command_machines/* prepareAll */.b)(ready.nix, builders, inputs, host, signal);
    const building = buildSurroundings(around, store);
    const results = await (0,limit/* mapLimit */.sf)(containers, build_AT_ONCE, (container, n) => (0,failures/* attempt */.CD)(container.name, () => {
        const found = cached[n];
        if (found)
            return takeCached(found, container, building);
        return buildOne(building, container, machines.get(container.builder));
    }));
    setOutputs((0,failures/* doneOf */.as)(results), host);
    const built = containers.filter((_, n) => cached[n] === undefined && results[n]?.done);
    const cachedCount = containers.length - rest.length;
    const made = { store, images, rest, built, cached: cachedCount };
    const pushed = await watch.time('save', () => handOn(made, { ...around, nix: ready.nix }));
    await sumUp({ ...watch.read(), built: (0,failures/* doneOf */.as)(results) }, host);
    const all = (0,failures/* allOrFail */.V_)(results, signal);
    (0,failures/* allOrFail */.V_)([pushed], signal);
    return all;
}
function buildSurroundings({ inputs, ready, host, signal, folder }, store) {
    const watch = cacheTroubles(host.log);
    return {
        nix: ready.nix,
        host,
        signal,
        encoding: inputs.compression,
        folder,
        options: LOOK_OFTEN,
        extraCaches: store?.uri === undefined ? [] : [store.uri],
        onLine(line) {
            watch(line);
            host.log.debug(line);
        },
    };
}
/** What the build action tells later steps, also of those containers that went well beside others that did not. */
function setOutputs(built, host) {
    host.output('archives', built.map(({ file }) => file).join('\n'));
    host.output('containers', [...new Set(built.map(({ container }) => container))].join('\n'));
    host.output('json', JSON.stringify(built));
}
/** For a person, and for the job that merges. */
async function sumUp(report, host) {
    if (report.built.length > 0)
        host.summary((0,summary_build/* buildSummary */.f)(report));
    await (0,report_artifacts/* leaveReport */.U)(report, host);
}


/***/ }),

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
    const { provideQemu, qemuSources } = await Promise.all(/* import() */[__webpack_require__.e(411), __webpack_require__.e(451), __webpack_require__.e(608)]).then(__webpack_require__.bind(__webpack_require__, 2608));
    return provideQemu(system, qemuSources(host, image, signal));
}


/***/ }),

/***/ 2640:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Q: () => (/* binding */ targetsOf),
/* harmony export */   x: () => (/* binding */ pushBuilt)
/* harmony export */ });
/* harmony import */ var _util_format_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4849);
/* harmony import */ var _push_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5741);


/** Pushes what was built for containers, where the inputs ask for it. Code of a fork must not fill what others trust. */
async function pushBuilt(nix, { built, cached }, inputs, host, signal) {
    const targets = targetsOf(inputs);
    if (Object.keys(targets).length === 0 || built.length + cached === 0)
        return;
    if (host.fromFork)
        return host.log.info('Nothing is pushed to caches: this is a pull request from a fork');
    if (cached > 0)
        host.log.info(`Not pushed: ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_1__/* .plural */ .LS)(cached, 'image')} from the image cache, for which nothing was built`);
    if (built.length > 0)
        await (0,_push_js__WEBPACK_IMPORTED_MODULE_0__/* .push */ .V)(nix, built, targets, host, { signal });
}
/** The first Cachix cache, when there is what it takes to write to it, and the store that is named. */
function targetsOf(inputs) {
    const { cachixHost: host, cachixAuthToken: authToken, cachixSigningKey: signingKey } = inputs;
    const { pushTo: uri, secretKey } = inputs;
    const [name] = inputs.cachix;
    const mayPush = Boolean(authToken ?? signingKey);
    return {
        ...(name !== undefined &&
            mayPush && {
            cachix: { name, host, ...(authToken && { authToken }), ...(signingKey && { signingKey }) },
        }),
        ...(uri !== undefined && { store: { uri, ...(secretKey && { secretKey }) } }),
    };
}


/***/ }),

/***/ 5741:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  V: () => (/* binding */ push_push)
});

// EXTERNAL MODULE: ./lib/nix/built-here.js + 1 modules
var built_here = __webpack_require__(9354);
// EXTERNAL MODULE: ./lib/nix/cachix.js
var cachix = __webpack_require__(9217);
// EXTERNAL MODULE: ./lib/nix/container.js
var container = __webpack_require__(984);
// EXTERNAL MODULE: ./lib/nix/push.js
var push = __webpack_require__(1423);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./lib/util/error.js
var error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/util/file.js
var file = __webpack_require__(2564);
// EXTERNAL MODULE: ./lib/util/json.js
var util_json = __webpack_require__(8884);
// EXTERNAL MODULE: ./lib/util/program.js
var util_program = __webpack_require__(2332);
// EXTERNAL MODULE: ./lib/nix/words.js
var words = __webpack_require__(1126);
;// CONCATENATED MODULE: ./lib/nix/push-cachix.js







/** Sends paths and all that they refer to to a Cachix cache. Throws a `UserError` that names the cache. */
async function pushToCachix(paths, push) {
    if (paths.length === 0)
        return;
    const { program, name, host = cachix/* CACHIX */.B, authToken, signingKey, exec, onLine, signal } = push;
    const server = host === cachix/* CACHIX */.B ? [] : ['--hostname', host];
    const result = await exec(program, [...server, 'push', name], {
        input: paths.map(path => `${path}\n`).join(''),
        env: {
            ...(authToken && { CACHIX_AUTH_TOKEN: authToken }),
            ...(signingKey && { CACHIX_SIGNING_KEY: signingKey }),
        },
        ...(onLine && { onErrorLine: onLine }),
        ...(signal && { signal }),
    });
    if (result.code === 0)
        return;
    const said = (0,words/* lastWords */.aN)({ stderr: `${result.stdout}\n${result.stderr}` });
    throw new error/* UserError */.yo(`Pushing to the Cachix cache ${name} failed:\n${said}`, {
        hint: 'Check that cachix-auth-token may write to it, and cachix-signing-key if it has a key of your own.',
    });
}
const INSTALLABLE = 'nixpkgs#cachix';
/** The `cachix` program on PATH, else out of nixpkgs. Throws a `UserError` when it can be had from neither. */
async function findCachix(nix, options) {
    const program = await (0,util_program/* programOnPath */.B)(options.path ?? '', 'cachix');
    if (program !== undefined)
        return program;
    options.notice(`There is no cachix program on PATH, so Nix gets ${INSTALLABLE}`);
    return fetchCachix(nix, options);
}
async function fetchCachix(nix, { onLine, signal }) {
    const hint = 'Install cachix on this machine, or put it on PATH in an earlier step.';
    const result = await nix.run(['build', '--no-link', '--json', INSTALLABLE], {
        ...(onLine && { onErrorLine: onLine }),
        ...(signal && { signal }),
    });
    if (result.code !== 0) {
        throw new error/* UserError */.yo(`Nix could not get cachix, which is needed for pushing:\n${(0,words/* lastError */.VS)(result)}`, {
            hint,
        });
    }
    for (const output of outputsOf(result.stdout)) {
        const program = (0,external_node_path_.join)(nix.storeRoot ?? '/', output, 'bin/cachix');
        if (await (0,file/* isExecutable */.TV)(program))
            return program;
    }
    throw new error/* UserError */.yo(`${INSTALLABLE} has no program bin/cachix`, { hint });
}
function outputsOf(json) {
    const built = (0,util_json/* asArray */._j)((0,util_json/* parseJson */.qF)(json, "Nix's list of what was built"), "Nix's list of what was built");
    return built.flatMap(each => Object.values((0,util_json/* asObject */.eB)((0,util_json/* asObject */.eB)(each, 'what was built').outputs, 'outputs')).map(String));
}

// EXTERNAL MODULE: ./lib/util/exec.js + 1 modules
var util_exec = __webpack_require__(6542);
// EXTERNAL MODULE: ./lib/util/format.js
var format = __webpack_require__(4849);
// EXTERNAL MODULE: ./lib/command/failures.js
var failures = __webpack_require__(8682);
;// CONCATENATED MODULE: ./lib/command/push.js








/**
 * Sends what was built here for containers, and what it refers to, to each target. One that fails does not keep the other
 * from its paths; then a `UserError` tells all.
 */
async function push_push(nix, containers, targets, host, { signal, exec = util_exec/* exec */.m0 }) {
    const derivations = [...new Set(containers.flatMap(container/* derivationsOf */.Mh))];
    const paths = (await (0,built_here/* builtHere */.J)(nix, derivations, { exec, signal })).map(({ path }) => path);
    const around = { nix, host, exec, signal, paths };
    const tasks = [
        ...(targets.cachix ? [toCachix(around, targets.cachix)] : []),
        ...(targets.store ? [toStore(around, targets.store)] : []),
    ];
    const results = [];
    // One after the other: both want the same line to the world.
    for (const { name, run } of tasks)
        results.push(await (0,failures/* attempt */.CD)(name, () => timed(around, name, run)));
    (0,failures/* allOrFail */.V_)(results, signal);
}
function toCachix(around, target) {
    const { nix, host, exec, signal, paths } = around;
    const onLine = (line) => host.log.debug(line);
    return {
        name: `the Cachix cache ${target.name}`,
        async run() {
            const notice = (text) => host.log.info(text);
            const program = await findCachix(nix, { path: host.env.PATH, notice, onLine, signal });
            await pushToCachix(paths, { ...target, host: target.host ?? cachix/* CACHIX */.B, program, exec, onLine, signal });
        },
    };
}
function toStore({ nix, host, signal, paths }, { uri, secretKey }) {
    const onLine = (line) => host.log.debug(line);
    const options = { secretKey, folder: host.temp, onLine, signal };
    return { name: uri, run: () => (0,push/* pushToStore */.z)(nix, paths, uri, options) };
}
async function timed({ host, paths }, name, run) {
    if (paths.length === 0) {
        host.log.info(`Nothing was built here, so there is nothing to push to ${name}`);
        return;
    }
    const began = Date.now();
    await run();
    host.log.info(`Pushed ${(0,format/* plural */.LS)(paths.length, 'path')} to ${name} in ${(0,format/* formatSeconds */.Xo)(Date.now() - began)}`);
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

/***/ 6803:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Lz: () => (/* binding */ installableOf),
/* harmony export */   UY: () => (/* binding */ buildContainer)
/* harmony export */ });
/* unused harmony export buildContainers */
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6760);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9110);
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(8884);
/* harmony import */ var _explain_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(3816);
/* harmony import */ var _version_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(7879);
/* harmony import */ var _words_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(1126);






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
    return containers.map(each => (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(nix.storeRoot ?? '/', pathOf(each, paths)));
}
/** From 2.13 on `^` names an output; before, a derivation's path stands for all of its outputs. */
function installableOf(nix, { derivation, output }) {
    return (0,_version_js__WEBPACK_IMPORTED_MODULE_3__/* .isAtLeast */ .du)(nix.version, 2, 13) ? `${derivation}^${output}` : derivation;
}
function parsePaths(json) {
    const built = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asArray */ ._j)((0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .parseJson */ .qF)(json, "Nix's list of what was built"), "Nix's list of what was built");
    return new Map(built.map(each => {
        const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asObject */ .eB)(each, 'what was built');
        return [(0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asString */ .oJ)(it.drvPath, 'drvPath'), (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asObject */ .eB)(it.outputs, 'outputs')];
    }));
}
function pathOf({ derivation, output }, built) {
    return (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asString */ .oJ)(built.get(derivation)?.[output], `the output ${output} of ${derivation}`);
}
function failure(containers, stderr, { options }) {
    const words = (0,_words_js__WEBPACK_IMPORTED_MODULE_5__/* .plainText */ .wh)(stderr);
    const errors = words.split('\n').filter(line => /^\s*error: /.test(line));
    const blamed = containers.filter(each => errors.some(line => line.includes(`'${each.derivation}'`)));
    const failed = blamed.length > 0 ? blamed : containers;
    const names = failed.map(each => `${each.name} (${each.attribute})`).join(', ');
    const hint = (0,_explain_js__WEBPACK_IMPORTED_MODULE_2__/* .explanationOf */ .pg)(words, options);
    return new _util_error_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .yo(`${names} could not be built:\n${(0,_words_js__WEBPACK_IMPORTED_MODULE_5__/* .lastWords */ .aN)({ stderr })}`, { hint });
}


/***/ }),

/***/ 9354:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  J: () => (/* binding */ builtHere)
});

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./lib/util/error.js
var error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/util/exec.js + 1 modules
var util_exec = __webpack_require__(6542);
// EXTERNAL MODULE: ./lib/util/json.js
var util_json = __webpack_require__(8884);
// EXTERNAL MODULE: ./lib/nix/version.js
var nix_version = __webpack_require__(7879);
// EXTERNAL MODULE: ./lib/nix/words.js
var words = __webpack_require__(1126);
;// CONCATENATED MODULE: ./lib/nix/path-info.js





/** As many paths as an argument list surely has room for. */
const AT_ONCE = 1000;
/** What a store knows of its paths; those that it does not have are left out. They are no derivations. */
async function pathInfo(nix, paths, options = {}) {
    const known = [];
    for (let at = 0; at < paths.length; at += AT_ONCE) {
        known.push(...(await askFor(nix, paths.slice(at, at + AT_ONCE), options)));
    }
    return known;
}
async function askFor(nix, paths, { store, signal }) {
    const where = store === undefined ? [] : ['--store', store];
    let said = '';
    for (const format of formatsOf(nix)) {
        const args = ['path-info', '--json', ...format, ...where, ...paths];
        const result = await nix.run(args, signal ? { signal } : {});
        if (result.code === 0)
            return parsePathInfo(result.stdout);
        said ||= (0,words/* lastError */.VS)(result);
        if (!/json-format|JSON format/.test(result.stderr))
            break;
    }
    throw new error/* UserError */.yo(`Nix did not tell about the paths in its store:\n${said}`);
}
/** From 2.34 on Nix wants to be told which form to write, and may drop the older one. */
function formatsOf({ version }) {
    return (0,nix_version/* hasSince */.bu)(version, 2, 33) ? [['--json-format', '1'], ['--json-format', '2'], []] : [[]];
}
/** Reads each form that `nix path-info --json` has had: a list, an object by path, and one with the store's folder beside it. */
function parsePathInfo(json) {
    const answer = (0,util_json/* parseJson */.qF)(json, "Nix's answer");
    if (Array.isArray(answer)) {
        const all = answer.map(each => (0,util_json/* asObject */.eB)(each, 'a path'));
        return all.filter(it => it.valid !== false).map(it => parseOne((0,util_json/* asString */.oJ)(it.path, 'path'), it, ''));
    }
    const it = (0,util_json/* asObject */.eB)(answer, "Nix's answer");
    if (it.info === undefined)
        return byPath(it, '');
    return byPath((0,util_json/* asObject */.eB)(it.info, 'info'), (0,util_json/* asString */.oJ)(it.storeDir, 'storeDir'));
}
function byPath(all, folder) {
    const valid = Object.entries(all).filter(([, it]) => it !== null);
    return valid.map(([path, it]) => parseOne(path, (0,util_json/* asObject */.eB)(it, path), folder));
}
function parseOne(path, it, folder) {
    const deriver = (0,util_json/* asOptionalString */.qM)(it.deriver, 'deriver');
    const ca = contentAddress(it.ca);
    return {
        path: (0,external_node_path_.join)(folder, path),
        narHash: (0,util_json/* asString */.oJ)(it.narHash, 'narHash'),
        narSize: (0,util_json/* asCount */.Wg)(it.narSize, 'narSize'),
        references: (0,util_json/* asStrings */.P7)(it.references, 'references').map(each => (0,external_node_path_.join)(folder, each)),
        ...(deriver !== undefined && { deriver: (0,external_node_path_.join)(folder, deriver) }),
        signatures: (0,util_json/* asArray */._j)(it.signatures ?? [], 'signatures').map(each => (0,util_json/* asString */.oJ)(each, 'a signature')),
        ...(ca !== undefined && { ca }),
        ultimate: it.ultimate === true,
    };
}
const METHODS = {
    flat: 'fixed:',
    nar: 'fixed:r:',
    text: 'text:',
    git: 'fixed:git:',
};
/** A text since ever; the newest form has it in two parts. */
function contentAddress(value) {
    if (typeof value !== 'object' || value === null)
        return (0,util_json/* asOptionalString */.qM)(value, 'ca');
    const { method, hash } = (0,util_json/* asObject */.eB)(value, 'ca');
    const prefix = METHODS[(0,util_json/* asString */.oJ)(method, 'method')];
    return prefix === undefined ? undefined : `${prefix}${(0,util_json/* asString */.oJ)(hash, 'hash').replace('-', ':')}`;
}

;// CONCATENATED MODULE: ./lib/nix/built-here.js





/**
 * What was built for derivations and came from no cache: they themselves, and all that they are built with, as far as it is
 * in the store. Without sources and derivations.
 */
async function builtHere(nix, derivations, options = {}) {
    if (derivations.length === 0)
        return [];
    const paths = await closureOf(nix, derivations, options);
    const { signal } = options;
    const known = await pathInfo(nix, paths, signal ? { signal } : {});
    return known.filter(isFromHere).map(({ ultimate, ...path }) => path);
}
/**
 * Nix notes what it built itself. It does not for what a remote builder built for it, or came from a cache that needs no
 * signatures: those are told from what came from other caches by having none, and from sources by not following from content.
 */
function isFromHere({ ultimate, signatures, ca, deriver }) {
    return ultimate || (signatures.length === 0 && ca === undefined && deriver !== undefined);
}
/** Only the older program can ask for the outputs of all that a derivation is built with. */
async function closureOf(nix, derivations, { exec = util_exec/* exec */.m0, signal }) {
    const args = ['--query', '--requisites', '--include-outputs', ...derivations];
    const result = await exec((0,external_node_path_.join)((0,external_node_path_.dirname)(nix.command), 'nix-store'), args, signal ? { signal } : {});
    if (result.code !== 0)
        throw new error/* UserError */.yo(`Nix did not tell what was built:\n${(0,words/* lastError */.VS)(result)}`);
    return result.stdout.split('\n').filter(path => path !== '' && !path.endsWith('.drv'));
}


/***/ }),

/***/ 8715:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   L: () => (/* binding */ sameCache),
/* harmony export */   e: () => (/* binding */ cacheTrouble)
/* harmony export */ });
/* harmony import */ var _words_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1126);

/** What Nix says, from 2.8 on, with the cache or the file of it that it names. */
const SAID = [
    { said: /ignoring substitute for '[^']*' from '([^']+)', as it's not signed by/, kind: 'unsigned' },
    { said: /substitute for '[^']*' from '([^']+)' is not signed by/, kind: 'unsigned' },
    { said: /ignoring untrusted substituter '([^']+)'/, kind: 'untrusted-user' },
    { said: /'([^']+)' does not appear to be a binary cache/, kind: 'no-cache' },
    { said: /unable to download '([^']+)': HTTP error 40[13]\b/, kind: 'refused' },
    { said: /file '[^']*' does not exist in binary cache '([^']+)'/, kind: 'incomplete' },
    { said: /NAR for '[^']*' fetched from '([^']+)' is incomplete/, kind: 'incomplete' },
    { said: /unable to download '([^']+)': (?!.*\bretrying in \d)/, kind: 'unreachable' },
    { said: /disabling binary cache '([^']+)' for /, kind: 'unreachable' },
    { said: /substituter '([^']+)' is disabled/, kind: 'unreachable' },
];
/** The files of a binary cache; all else that Nix downloads is none of a cache's. */
const FILE = /\/(nix-cache-info|[0-9a-z]{32}\.narinfo|nar\/[^/]+)$/;
const MEANS = {
    unsigned: 'what it has is not signed by a key that is trusted, so it is built instead. Give its key in extra-trusted-public-keys',
    'untrusted-user': 'the Nix daemon takes other caches from trusted users only. Add yourself to trusted-users in /etc/nix/nix.conf',
    refused: 'it wants credentials, or others than it got. Give them in netrc, or as cachix-auth-token',
    unreachable: 'it did not answer, so what it may have is built instead',
    'no-cache': 'what is there is no binary cache. Check the address, and whether it wants credentials',
    incomplete: 'it lacks something that it says it has, so that is built instead',
};
/** Reads one line of Nix's standard error; `undefined` where it is about something else, or Nix tries again. */
function cacheTrouble(line) {
    const text = (0,_words_js__WEBPACK_IMPORTED_MODULE_0__/* .plainText */ .wh)(line);
    for (const { said, kind } of SAID) {
        const [, named] = said.exec(text) ?? [];
        if (named === undefined)
            continue;
        if (!text.includes('unable to download'))
            return { cache: named, kind, what: MEANS[kind] };
        const cache = named.replace(FILE, '');
        return cache === named ? undefined : { cache, kind, what: MEANS[kind] };
    }
    return undefined;
}
/** Whether a cache that Nix names has that address: Nix leaves out the options in it. */
function sameCache(named, cache) {
    const plain = (text) => text.replace(/\?.*$/, '').replace(/\/+$/, '');
    return named !== undefined && plain(named) === plain(cache);
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


/***/ })

};
