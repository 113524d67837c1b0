export const id = 267;
export const ids = [267];
export const modules = {

/***/ 1267:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  build: () => (/* binding */ build_build),
  j: () => (/* binding */ makeChosen)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/image/decode.js + 1 modules
var decode = __webpack_require__(105);
;// CONCATENATED MODULE: ./lib/image/block-format.js


/** What compression levels there are, from the fastest to the one that gives the fewest bytes. */
const LEVELS = {
    gzip: [1, 9],
    zstd: [1, 19],
};
/** Throws a `UserError` when this Node.js cannot write the encoding, or when the encoding has no such level. */
function checkEncoding(encoding, level) {
    checkRuntime(encoding);
    const [from, to] = LEVELS[encoding];
    if (level === undefined || (Number.isInteger(level) && level >= from && level <= to))
        return;
    throw new util_error/* UserError */.yo(`${encoding} has no compression level ${level}`, {
        hint: `Its levels are the whole numbers from ${from}, the fastest, to ${to}, which gives the fewest bytes.`,
    });
}
function checkRuntime(encoding) {
    if (encoding === 'gzip' || (0,decode/* hasZstd */.UZ)())
        return;
    throw new util_error/* UserError */.yo(`Node.js ${process.versions.node} cannot write ${encoding}`, {
        hint: 'Use Node.js 22.15 or newer, or gzip.',
    });
}

// EXTERNAL MODULE: ./lib/nix/system.js
var system = __webpack_require__(5294);
// EXTERNAL MODULE: ./lib/oci/known-layers.js
var known_layers = __webpack_require__(7361);
// EXTERNAL MODULE: ./lib/util/limit.js
var limit = __webpack_require__(8631);
// EXTERNAL MODULE: ./lib/nix/container.js
var nix_container = __webpack_require__(984);
// EXTERNAL MODULE: ./lib/nix/explain.js
var explain = __webpack_require__(3816);
// EXTERNAL MODULE: ./lib/oci/config.js
var oci_config = __webpack_require__(1403);
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

// EXTERNAL MODULE: ./lib/oci/descriptor.js
var descriptor = __webpack_require__(1260);
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

// EXTERNAL MODULE: ./lib/oci/image-index.js
var image_index = __webpack_require__(5885);
// EXTERNAL MODULE: ./lib/image/bytes.js
var image_bytes = __webpack_require__(8734);
;// CONCATENATED MODULE: ./lib/image/cuttable.js

/** A smaller file is compressed again before a thread has been started. */
const WORTH_A_THREAD = 1 << 20;
/** Whether layers may be taken out of a file as they are compressed there: not where a level is asked for. */
async function isCuttable(path, compression, { encoding, level }) {
    if (compression !== 'gzip' || encoding !== 'gzip' || level !== undefined)
        return false;
    return (await (0,promises_.stat)(path)).size >= WORTH_A_THREAD;
}

;// CONCATENATED MODULE: ./lib/image/file-source.js
const CHUNK = 1 << 19;
/** A part of an open file, read straight into the buffers where it is wanted. */
class FileSource {
    #file;
    #see;
    #at;
    #left;
    /** @param see is told how many bytes have just been read */
    constructor(file, part, see) {
        this.#file = file;
        this.#at = part.offset;
        this.#left = part.size;
        this.#see = see;
    }
    async fill(into) {
        let filled = 0;
        while (filled < into.length && this.#left > 0) {
            const wanted = Math.min(into.length - filled, this.#left);
            const { bytesRead } = await this.#file.read(into, filled, wanted, this.#at);
            if (bytesRead === 0)
                throw new Error(`it is cut off: ${this.#left} bytes are missing after byte ${this.#at}`);
            filled += bytesRead;
            this.#at += bytesRead;
            this.#left -= bytesRead;
            this.#see(bytesRead);
        }
        return filled;
    }
    async *rest() {
        while (this.#left > 0) {
            const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK, this.#left));
            await this.fill(chunk);
            yield chunk;
        }
    }
}

// EXTERNAL MODULE: ./lib/image/members.js
var image_members = __webpack_require__(2146);
;// CONCATENATED MODULE: ./lib/image/file-members.js


/** The members of a tar file. Each is read only when it is asked for, and each layer once. */
class FileMembers {
    #file;
    #staging;
    #see;
    #parts = new Map();
    #links = new Map();
    #read = new Map();
    /** @param see is told how many bytes have just been read */
    constructor(file, entries, staging, see) {
        this.#file = file;
        this.#staging = staging;
        this.#see = see;
        for (const entry of entries)
            this.#add(entry);
    }
    async find(name) {
        const part = this.#part(name);
        if (!part || part.size > image_members/* SMALL */.o5)
            return undefined;
        const bytes = Buffer.alloc(part.size);
        await this.#source(part).fill(bytes);
        return bytes;
    }
    async layer(name) {
        const part = this.#part(name);
        if (!part)
            throw (0,image_members/* missingLayer */.ew)(name);
        const layer = this.#read.get(part.name) ?? this.#staging.read(this.#source(part));
        this.#read.set(part.name, layer);
        return layer;
    }
    /** As when unpacking: of two members with one name the later counts. */
    #add(entry) {
        if (entry.kind === 'other')
            return;
        this.#parts.delete(entry.name);
        this.#links.delete(entry.name);
        if (entry.kind === 'file')
            this.#parts.set(entry.name, entry);
        else
            this.#links.set(entry.name, entry.target);
    }
    #part(name) {
        return this.#parts.get((0,image_members/* followLinks */.n1)(this.#links, name));
    }
    #source(part) {
        return new FileSource(this.#file, part, this.#see);
    }
}

;// CONCATENATED MODULE: ./lib/image/pieces.js
/** A stream of bytes of which the newest are held, each byte known by its place in the whole. */
class Pieces {
    #pieces = [];
    #end;
    /** `start` is the place of the first byte that will come. */
    constructor(start) {
        this.#end = start;
    }
    /** The place of the oldest byte that is held. */
    get start() {
        return this.#pieces[0]?.at ?? this.#end;
    }
    /** The place behind the newest byte. */
    get end() {
        return this.#end;
    }
    add(bytes) {
        this.#pieces.push({ at: this.#end, bytes });
        this.#end += bytes.length;
    }
    /** What is not held is left out. */
    slice(from, to) {
        const parts = this.#pieces
            .map(({ at, bytes }) => bytes.subarray(Math.max(0, from - at), Math.max(0, to - at)))
            .filter(bytes => bytes.length > 0);
        const [only] = parts;
        return parts.length === 1 && only ? only : Buffer.concat(parts);
    }
    /** Lets go of the pieces that lie before a place as a whole. */
    forget(before) {
        const kept = this.#pieces.findIndex(({ at, bytes }) => at + bytes.length > before);
        this.#pieces.splice(0, kept < 0 ? this.#pieces.length : kept);
    }
}

;// CONCATENATED MODULE: ./lib/image/block-trail.js

/** A block that takes more than this is not waited for. */
const HELD = 4 << 20;
/** The part of a deflate stream that was read last, and where in it the blocks begin. */
class BlockTrail {
    /** The stream. */
    pieces = new Pieces(0);
    #starts = [];
    note(starts) {
        this.#starts.push(...starts);
    }
    /** The longest run of blocks whose content lies between two places of it; no part of it is given again. */
    take(from, to) {
        const oldest = this.pieces.start * 8;
        const first = this.#starts.findIndex(({ at, bit }) => at >= from && bit >= oldest);
        const last = this.#starts.findLastIndex(({ at }) => at <= to);
        const begin = this.#starts[first];
        const end = this.#starts[last];
        if (!begin || !end || begin.at >= end.at)
            return undefined;
        this.#starts.splice(0, last);
        const bytes = this.pieces.slice(Math.floor(begin.bit / 8), Math.ceil(end.bit / 8));
        return { start: begin.at, end: end.at, bit: begin.bit, endBit: end.bit, bytes };
    }
    /**
     * All content before `at`, of which `used` bytes of the stream were read, has been dealt with: what only belongs to that is
     * let go of. What is held follows from these alone, so that the same stream is always cut alike.
     */
    forget(at, used) {
        const open = this.#starts.findLastIndex(start => start.at <= at);
        this.#starts.splice(0, Math.max(0, open));
        const [oldest] = this.#starts;
        if (oldest)
            this.pieces.forget(Math.floor(oldest.bit / 8));
        this.pieces.forget(used - HELD);
    }
}

// EXTERNAL MODULE: external "node:zlib"
var external_node_zlib_ = __webpack_require__(8522);
var external_node_zlib_namespaceObject = /*#__PURE__*/__webpack_require__.t(external_node_zlib_, 2);
;// CONCATENATED MODULE: ./lib/image/crc32.js

/** The runtime's own where it has one (Node.js 20.15, 22.2), else by table. */
function makeCrc32(native = Reflect.get(external_node_zlib_namespaceObject, 'crc32')) {
    if (typeof native !== 'function')
        return tableCrc32();
    const crc32 = native;
    // Of no bytes at no address zlib gives the value to start with.
    return (bytes, before) => (bytes.length === 0 ? before : crc32(bytes, before));
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

;// CONCATENATED MODULE: ./lib/image/dense.js

/** A layer or a block below this size is compressed, whatever comes of it. */
const SMALL_CONTENT = 1 << 16;
/** Compressed content that is at least this much of the plain one is not worth unpacking. */
const WORTHLESS = 0.97;
/** Whether compressing was for nothing; sizes in bytes. */
function isWorthless(compressed, plain) {
    return plain >= SMALL_CONTENT && compressed >= plain * WORTHLESS;
}
/**
 * Whether a block holds what is compressed or encrypted already, told by samples: its bytes are about equally frequent, and a
 * part out of its middle does not compress. Content alone decides, so that the same block is always taken for the same.
 */
function isDense(block) {
    if (block.length < SMALL_CONTENT || entropyOf(block) < DENSE_ENTROPY)
        return false;
    const at = (block.length - SMALL_CONTENT) >>> 1;
    const part = block.subarray(at, at + SMALL_CONTENT);
    return isWorthless((0,external_node_zlib_.deflateRawSync)(part, { level: 1, chunkSize: SMALL_CONTENT }).length, part.length);
}
const SAMPLES = 1 << 14;
/** In bits per byte. Programs have 5 to 6.5, texts 4 to 5, compressed files above 7.95; samples of so many random bytes have 7.99. */
const DENSE_ENTROPY = 7.9;
/** Of bytes that lie at equal distances. */
function entropyOf(block) {
    const counts = new Uint32Array(256);
    const step = Math.max(1, Math.floor(block.length / SAMPLES));
    let total = 0;
    for (let at = 0; at < block.length; at += step, total++) {
        const byte = block[at];
        counts[byte] = counts[byte] + 1;
    }
    let sum = 0;
    for (const count of counts)
        if (count > 0)
            sum += count * Math.log2(count);
    return Math.log2(total) - sum / total;
}

;// CONCATENATED MODULE: ./lib/image/not-cuttable.js
/** Layers cannot be cut out of this gzip stream: it is damaged, or not made as that needs. */
class NotCuttable extends Error {
}

;// CONCATENATED MODULE: ./lib/image/gzip-frame.js

/** How far back deflate can refer (RFC 1951). */
const WINDOW = 1 << 15;
/** What a gzip member begins with (RFC 1952): no time, no name, system unknown. */
const GZIP_HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
/** What ends a member whose last block has not been written yet: an empty one, the content's CRC-32 and its size. */
function gzipTail(crc32, size) {
    const tail = Buffer.from([0x03, 0x00, 0, 0, 0, 0, 0, 0, 0, 0]);
    tail.writeUInt32LE(crc32, 2);
    tail.writeUInt32LE(size % 2 ** 32, 6);
    return tail;
}
const FLAG = { headerSum: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 };
const ZERO = 0;
/** Of the name and of the comment, each. */
const LONGEST_TEXT = 1 << 16;
/** Reads over the header of a gzip member (RFC 1952, 2.3). Throws `NotCuttable` where there is none, or an unreasonable one. */
async function skipGzipHeader(input) {
    const head = await partOf(input, 10);
    const flags = head.readUInt8(3);
    if (head.readUIntBE(0, 3) !== 0x1f8b08 || flags & FLAG.reserved)
        throw new NotCuttable('no gzip header');
    if (flags & FLAG.extra)
        await partOf(input, (await partOf(input, 2)).readUInt16LE(0));
    if (flags & FLAG.name)
        await skipText(input);
    if (flags & FLAG.comment)
        await skipText(input);
    if (flags & FLAG.headerSum)
        await partOf(input, 2);
}
async function partOf(input, size) {
    const bytes = await input.read(size);
    if (bytes.length < size)
        throw new NotCuttable('the gzip stream is cut off');
    return bytes;
}
async function skipText(input) {
    if (!(await input.skipPast(ZERO, LONGEST_TEXT)))
        throw new NotCuttable('a text in the gzip header is cut off or too long');
}

;// CONCATENATED MODULE: ./lib/image/inflate-wasm.js
// Written by scripts/wasm.js from native/inflate.c, whose SHA-256 is
// 2deee2b37de5ba1f0a7c48436e199394c029cbfc9f59430280076027a38e4a5c.
/** WebAssembly, in base64. */
const INFLATE_WASM = 'AGFzbQEAAAABFwRgAn9/AX9gBH9/f38Bf2AAAX9gAAF8AwkIAAECAgICAgMEBQFwAQEBBQMBAAsGCAF/AUGg4CgLB0AIBm1lbW9yeQIAA3J1bgAABHJvb20AAgdjb250ZW50AAMFZ2l2ZW4ABAZibG9ja3MABQR0b2xkAAYEdXNlZAAHCuNgCPE0CAh/AX4GfwF+An8Bfgt7EX8jgICAgABBoAhrIgIkgICAgABBACEDQbCpkoAAQQAoAvSIgIAAIgRBACgC+IiAgABrIgVBgIACIAVBgIACSRsiBWsgBCAFa0GwqZCAAGogBfwKAABBAEGAgAIgBWs2AviIgIAAQQBBgIACNgL0iICAAEEAQQApA4ispoAAIARBgIB+aq18NwOIrKaAAEEAQQAoAoCJgIAAIABqIgU2AoCJgIAAQQBBADYCgKymgAACQAJAAkAgAUUNACAFQZCJgIAAakEAQYAQ/AsAQQAoApCpkIAAIQRBgAghAAwBC0GAeCEAIAVBACgCkKmQgAAiBGtBgAhJDQELIARBkImAgABqIQZBACEHQQAoApSspoAAIQhBACgCoKmQgAAhCUEAKQOYqZCAACEKAkACQEEAKAKQrKaAACILDQAgCEUNAEECIQxBsKmSgAAhDQwBCyAFIABqQZCJgIAAaiEOIAJBgAhqQQRyIQ9BsKmSgAAhDUEAIQwgAkE4aiEQAkADQAJAIAYgDkkNAEEBIQcMAwtBACEHAkAgDUGwqaKAAEkNAEEBIQwMAwsCQAJAAkACQAJAAkACQCALDgMAAgEGC0EAIQcCQEEAKAKArKaAACIFQYAgRw0AQQEhDAwJCyAFQQR0IgRBiKyigABqQQApA4ispoAAIA1BsKmQgABrQYCAfmqsfLo5AwAgBEGArKKAAGpBACkD8KuigAAgBkGQiYCAAGusfEIDhiAJrSIRfbo5AwBBACAFQQFqNgKArKaAAEEAIAYpAAAgEYYgCoQiEaciBUEBcTYClKymgABBAEECQQEgBUEBdkEDcSIFGzYCkKymgAAgCUE4ciIEQX1qIRIgBkE/IAlrQQN2aiETAkAgBQ0AQQAhCUEAIBMgEkEDdmsiBS8AACIENgKYrKaAACAEIAUvAAJB//8Dc0YhCyAFQQRqIQZCACEKDAULIBFCA4ghFEEAIQsCQAJAIAVBf2oOAgABBQv9DAwAAAANAAAADgAAAA8AAAAhFf0MCAAAAAkAAAAKAAAACwAAACEW/QwEAAAABQAAAAYAAAAHAAAAIRf9DAAAAAABAAAAAgAAAAMAAAAhGEEAIQUDQCACQeACaiAFaiIEQRBq/QwJCQkJCQkJCQkJCQkJCQkJIhn9DAgICAgICAgICAgICAgICAgiGv0MBwcHBwcHBwcHBwcHBwcHByIbIBj9DPj+///4/v//+P7///j+//8iHP2uAf0M6P///+j////o////6P///yId/TogFyAc/a4BIB39Ov0NAAQIDBAUGBwAAAAAAAAAACAWIBz9rgEgHf06Ih79GwD9FwggHv0bAf0XCSAe/RsC/RcKIB79GwP9FwsgFSAc/a4BIB39OiIc/RsA/RcMIBz9GwH9Fw0gHP0bAv0XDiAc/RsD/RcP/VIgGP0MgP///4D///+A////gP///yIe/a4B/QxwAAAAcAAAAHAAAABwAAAAIhz9OiAXIB79rgEgHP06/Q0ABAgMEBQYHAAAAAAAAAAAIBYgHv2uASAc/ToiH/0bAP0XCCAf/RsB/RcJIB/9GwL9FwogH/0bA/0XCyAVIB79rgEgHP06Ih79GwD9FwwgHv0bAf0XDSAe/RsC/RcOIB79GwP9Fw/9Uv0LBAAgBCAZIBogGyAY/Qzo/v//6P7//+j+///o/v//Ih79rgEgHf06IBcgHv2uASAd/Tr9DQAECAwQFBgcAAAAAAAAAAAgFiAe/a4BIB39OiIf/RsA/RcIIB/9GwH9FwkgH/0bAv0XCiAf/RsD/RcLIBUgHv2uASAd/ToiHf0bAP0XDCAd/RsB/RcNIB39GwL9Fw4gHf0bA/0XD/1SIBj9DHD///9w////cP///3D///8iHf2uASAc/TogFyAd/a4BIBz9Ov0NAAQIDBAUGBwAAAAAAAAAACAWIB39rgEgHP06Ih79GwD9FwggHv0bAf0XCSAe/RsC/RcKIB79GwP9FwsgFSAd/a4BIBz9OiId/RsA/RcMIB39GwH9Fw0gHf0bAv0XDiAd/RsD/RcP/VL9CwQAIBj9DCAAAAAgAAAAIAAAACAAAAAiHf2uASEYIBcgHf2uASEXIBYgHf2uASEWIBUgHf2uASEVIAVBIGoiBUGgAkcNAAsgEEKFipSo0KDBggU3AwAgAkEgakEQakKFipSo0KDBggU3AwAgAkKFipSo0KDBggU3AyggAkKFipSo0KDBggU3AyAgAkHgAmpBoAIgAkEgakEgEIGAgIAAIQsMBAtBACELIAJBIGpBAEHAAvwLACACQQA2AA8gAv0MAAAAAAAAAAAAAAAAAAAAACId/QsEACATKQAAIBKthiAUhCIRpyIDQR9xIgVBHUsNAyADQQV2QR9xIgBBHUsNAyAFQYECaiEgIABBAWohISARQg6IIREgEkE4ckFyaiEFIANBCnZBD3EhACATQcIAIARrQQN2aiEEQXwhAwNAIAIgA0HkiICAAGotAABqIAQpAAAgBa2GIBGEIhGnQQdxOgAAIARBPyAFa0EDdmohBCARQgOIIREgBUE4ckF9aiIiIQUgACADQQFqIgNHDQALIAJBgAhqQRBqIB39CwQAIAIgHf0LBIAIIAJBgAhqIAItAABBAXRqIgUgBS8BAEEBajsBACACQYAIaiACLQABQQF0aiIFIAUvAQBBAWo7AQAgAkGACGogAi0AAkEBdGoiBSAFLwEAQQFqOwEAIAJBgAhqIAItAANBAXRqIgUgBS8BAEEBajsBACACQYAIaiACLQAEQQF0aiIFIAUvAQBBAWo7AQAgAkGACGogAi0ABUEBdGoiBSAFLwEAQQFqOwEAIAJBgAhqIAItAAZBAXRqIgUgBS8BAEEBajsBACACQYAIaiACLQAHQQF0aiIFIAUvAQBBAWo7AQAgAkGACGogAi0ACEEBdGoiBSAFLwEAQQFqOwEAIAJBgAhqIAItAAlBAXRqIgUgBS8BAEEBajsBACACQYAIaiACLQAKQQF0aiIFIAUvAQBBAWo7AQAgAkGACGogAi0AC0EBdGoiBSAFLwEAQQFqOwEAIAJBgAhqIAItAAxBAXRqIgUgBS8BAEEBajsBACACQYAIaiACLQANQQF0aiIFIAUvAQBBAWo7AQAgAkGACGogAi0ADkEBdGoiBSAFLwEAQQFqOwEAIAJBgAhqIAItAA9BAXRqIgUgBS8BAEEBajsBACACQYAIaiACLQAQQQF0aiIFIAUvAQBBAWo7AQAgAkGACGogAi0AEUEBdGoiBSAFLwEAQQFqOwEAIAJBgAhqIAItABJBAXRqIgUgBS8BAEEBajsBACACQQA7AYAIIAIvAYIIIgVBAksNA0EEIAVBAXQgAi8BhAgiAGprIgNBAEgNAyADQQF0IAIvAYYIIiNrIgNBAEgNAyADQQF0IAIvAYgIIgZrIgNBAEgNAyADQQF0IAIvAYoIIglrIgNBAEgNAyADQQF0IAIvAYwIIghrIgNBAEgNAyADQQF0IAIvAY4IIiRrIgNBAEgNAyADQQF0IAIvAZAIIiVrIgNBAEgNAyADQQF0IAIvAZIIIiZrIgNBAEgNAyADQQF0IAIvAZQIIidrIgNBAEgNAyADQQF0IAIvAZYIIihrIgNBAEgNAyADQQF0IAIvAZgIIilrIgNBAEgNAyADQQF0IAIvAZoIIiprIgNBAEgNAyADQQF0IAIvAZwIIitrIgNBAEgNAyADQQF0IAIvAZ4IRw0DQQAhAyACQQA7AeIHIAIgBTsB5AcgAiAAIAVqIgA7AeYHIAIgIyAAaiIAOwHoByACIAYgAGoiADsB6gcgAiAJIABqIgA7AewHIAIgCCAAaiIAOwHuByACICQgAGoiADsB8AcgAiAlIABqIgA7AfIHIAIgJiAAaiIAOwH0ByACICcgAGoiADsB9gcgAiAoIABqIgA7AfgHIAIgKSAAaiIAOwH6ByACICogAGoiADsB/AcgAiArIABqOwH+BwNAAkAgAiADaiIALQAAIiNFDQAgAkHgB2ogI0EBdGoiIyAjLwEAIiNBAWo7AQAgAkHgAmogI0EBdGogAzsBAAsCQCADQRJHDQBBACEDQQEhJEECISUgAkHgAmohAANAAkAgBUH//wNxIgVFDQBBfyAkdCEIICVBf2ohBiAkQQh0ICRyIQkDQCADQQJ0QaDcp4AAaiAALwEAQRB0IAlqNgIAAkAgAyAGRw0AICRBBksNCCAlQQJ0IgVBoNyngABqQaDcp4AAIAX8CgAAICRBBkYNCCAlQQN0IgVBoNyngABqQaDcp4AAIAX8CgAAICRBBUYNCCAlQQR0IgVBoNyngABqQaDcp4AAIAX8CgAAICRBBEYNCCAlQQV0IgVBoNyngABqQaDcp4AAIAX8CgAAICRBA0YNCCAlQQZ0IgVBoNyngABqQaDcp4AAIAX8CgAAICRBAkYNCCAlQQd0IgVBoNyngABqQaDcp4AAIAX8CgAAICRBAUYNCCAlQQh0IgVBoNyngABqQaDcp4AAIAX8CgAADAgLIABBAmohAEGAgICAeCAIIANzQX9zZ3YiI0F/aiADcSAjciEDIAVBf2oiBQ0ACwsCQAJAICRBBksNACAlQQJ0IgVBoNyngABqQaDcp4AAIAX8CgAAICRBAWohIwwBC0EAISMgJEEBaiIoQQhJDQAgJEECaiEsIA8gJEEBdGohLUGAASEpQQAhJkF/ISRBACEjA0ACQCACQYAIaiAoQQF0ai8BACInRQ0AIChBeWoiK0EIdCArciEuQX8gKHQiL0F/cyEwQQEgK3QiCUECdCElA0ACQCADQf8AcSIqICRGDQAgKyEkIAkhIwJAIChBDksNACArISQgCSEjIC0hBiAsIQUgJyEIICcgCU8NAAJAA0AgBUEBaiEkQQEgBUF5anQhIyAFQQ5LDQEgBi8BACEmIAZBAmohBiAkIQUgJiAIQQF0aiIIICNJDQALCyAkQXhqISQLICMgKWoiBUGAAUsNCyAqQQJ0QaDcp4AAaiApQRB0ICRBCHRyQYeAA3I2AgAgKiEkICkhJiAFISkLAkAgA0EHdiIGICNPDQAgAC8BAEEQdCAuaiEIICYgBmpBAnRBoNyngABqIQUDQCAFIAg2AgAgBSAlaiEFIAYgCWoiBiAjSQ0ACwsgAyAwRg0JIABBAmohAEGAgICAeCAvIANzQX9zZ3YiBUF/aiADcSAFciEDICdBf2oiJw0ACwsgLUECaiEtICxBAWohLCAoQQFqISgMAAsLICVBAXQhJSACQYAIaiAjQQF0ai8BACEFICMhJAwACwsCQCAAQQFqLQAAIgBFDQAgAkHgB2ogAEEBdGoiACAALwEAIgBBAWo7AQAgAkHgAmogAEEBdGogA0EBajsBAAsgA0ECaiEDDAALC0EAKAL4iICAAEGwqZCAAGohIyANIQUgBiEiIAkhACAKIRQCQANAIABBOHIhAyAiQT8gAGtBA3ZqIRICQAJAAkAgIikAACAArYYgFIQiEadB/w9xQQJ0QaCspoAAaigCACIEQX9KDQAgBSAEQRB2OgAAIAMgBEE/cSIEayEDAkAgESAErYgiEadB/w9xQQJ0QaCspoAAaigCACIEQX9MDQAgBUEBaiEFDAELIAUgBEEQdjoAASADIARBP3EiBGshAyARIAStiCIRp0H/D3FBAnRBoKymgABqKAIAIgRBf0wNASAFQQJqIQULAkAgBEGAgAJxRQ0AAkAgBEGAgAFxRQ0AIAMgBEE/cSIAayEDIBEgAK2IIhGnQX8gBEEIdkEPcXRBf3NxIARBEHZqQQJ0QaCspoAAaigCACIEQX9KDQAgBSAEQRB2OgAAIAVBAWohBSADIARBP3EiBGshACARIAStiCEUIBIhIgwDCwJAIARBgMAAcUUNAEEAIQtBAEEANgKQrKaAACADIARBP3EiBGshACARIAStiCEUIBIhIgwFCyAEQYCAAnFFDQBBAyEMDAsLIAMgBEE/cSILayIAQThyISECQCASKQAAIACthiARIAutiIQiFKdB/wNxQQJ0QaCsp4AAaigCACIDQYCAAXFFDQAgFCADQT9xIiKtiCIUp0F/IANBCHZBD3F0QX9zcSADQRB2Qf//AXFqQQJ0QaCsp4AAaigCACEDICEgImshIQsCQCADQYCAAnFFDQBBAyEMDAwLAkAgFCADQQh2QQ9xIiKtiKdBfyADQT9xIiAgImt0QX9zcSADQRB2aiITIAUgI2tNDQBBAyEMDAwLIBJBPyAAa0EDdmohIiAhICBrIQAgFCAgrYghFCAFIBEgBEEIdkEPcSIDrYinQX8gCyADa3RBf3NxIhIgBEEQdiILamohBEEAIBNrIQMCQAJAIBNBEEkNAANAIAUgBSADav0AAAD9CwAAIAVBEGoiBSAESQ0ADAILCyAFIBNrISACQCATQQhJDQACQCASIAVqIAtqIgsgBUEIaiISIAsgEksbIAVBf3NqIgtBCEkNAAJAIAUgEiALQXhxIiEgE2tqTw0AICAgEiAhakkNAQsgC0EDdkEBaiImQf7///8DcSIlQX5qIhJBAXZBAWoiC0EDcSETQQAhIQJAIBJBBkkNACALQXxxISRBACEhIAUhEgNAIBIgEiADaiIL/QAAAP0LAAAgEkEQaiALQRBq/QAAAP0LAAAgEkEgaiALQSBq/QAAAP0LAAAgEkEwaiALQTBq/QAAAP0LAAAgEkHAAGohEiAhQQhqISEgJEF8aiIkDQALCwJAIBNFDQAgBSAhQQN0aiESA0AgEiASIANq/QAAAP0LAAAgEkEQaiESIBNBf2oiEw0ACwsgJiAlRg0CIAUgJUEDdCIDaiEFICAgA2ohIAsDQCAFICApAAA3AAAgIEEIaiEgIAVBCGoiBSAESQ0ADAILCwJAIBNBAUYNAAJAIBIgBWogC2oiEiAFQQFqIgsgEiALSxsiEiAFayImQRBJDQACQCAFIBIgE2tPDQAgICASSQ0BCyAmQXBxIidBcGoiC0EEdkEBaiITQQNxISFBACESAkAgC0EwSQ0AIAUgA2ohJSATQfz///8BcSEkQQAhEgNAIAUgEmoiCyAlIBJqIhP9AAAA/QsAACALQRBqIBNBEGr9AAAA/QsAACALQSBqIBNBIGr9AAAA/QsAACALQTBqIBNBMGr9AAAA/QsAACASQcAAaiESICRBfGoiJA0ACwsCQCAhRQ0AIAUgEmohEgNAIBIgEiADav0AAAD9CwAAIBJBEGohEiAhQX9qIiENAAsLICYgJ0YNAiAFICdqIQUgICAnaiEgCwNAIAUgIC0AADoAACAgQQFqISAgBUEBaiIFIARJDQAMAgsLICAxAABCgYKEiJCgwIABfiERAkAgEiAFaiALaiIDIAVBCGoiEiADIBJLGyAFQX9zaiIDQQhJDQAgA0EDdkEBaiIhQf7///8DcSIgQX5qIgNBAXZBAWoiE0EDcSESIBH9EiEdQQAhCwJAIANBBkkNACATQXxxIRNBACELIAUhAwNAIAMgHf0LAAAgA0EwaiAd/QsAACADQSBqIB39CwAAIANBEGogHf0LAAAgA0HAAGohAyALQQhqIQsgE0F8aiITDQALCwJAIBJFDQAgBSALQQN0aiEDA0AgAyAd/QsAACADQRBqIQMgEkF/aiISDQALCyAhICBGDQEgBSAgQQN0aiEFCwNAIAUgETcAACAFQQhqIgUgBEkNAAsLIAQhBQwBCyAFIARBEHY6AAIgBUEDaiEFIAMgBEE/cSIEayEAIBEgBK2IIRQgEiEiC0ECIQsgIiAOTw0BIAVBsKmigABJDQALCyAiIABBA3ZrIQYgFEF/IABBB3EiCXRBf3OtgyEKIAUhDQwECyANIAYgDiAGayIFQbCpooAAIA1rIgNBACgCmKymgAAiBCAEIANLGyIDIAMgBUsbIgX8CgAAQQAgBCAFayIENgKYrKaAACAGIAVqIQYgDSAFaiENQQEhCyAEDQNBACELQQBBADYCkKymgAAMAwsgISAgaiEGQQAhBQNAICIiI0E4ciAEKQAAICOthiARhCIRp0H/AHFBAnRBoNyngABqKAIAIgtBP3EiA2shIiARIAOtiCEKIAtBEHYhAEEBIQMCQAJAIAtBgIDAAE8NACAKIREMAQsCQAJAAkACQCAAQXBqDgIAAQILAkAgBQ0AQQAhCwwGCyAiQX5qISIgCkICiCERIAqnQQNxQQNqIQMgBSACQSBqakF/ai0AACEADAMLICJBfWohIiAKQgOIIREgCqdBB3FBA2ohAwwBCyAiQXlqISIgCkIHiCERIAqnQf8AcUELaiEDC0EAIQALQQAhCyADIAVqIAZLDQFBPyAja0EDdiEjAkACQCADQRBJDQAgAkEgaiAFaiAA/Q8iHf0LAAACQCADQfABcSIJQRBGDQAgBSACQSBqaiIIQRBqIB39CwAAIAlBIEYNACAIQSBqIB39CwAAIAlBMEYNACAIQTBqIB39CwAAIAlBwABGDQAgCEHAAGogHf0LAAAgCUHQAEYNACAIQdAAaiAd/QsAACAJQeAARg0AIAhB4ABqIB39CwAAIAlB8ABGDQAgCEHwAGogHf0LAAALIAUgCWohBSADIAlGDQEgA0EPcSEDCwNAIAJBIGogBWogADoAACAFQQFqIQUgA0F/aiIDDQALCyAEICNqIQQgBSAGSQ0ACwJAIAItAKACRQ0AIAJBIGogICACQSBqICBqICEQgYCAgABBAEchCwsgIiESIBEhFCAEIRMLIBMgEkEDdmshBiAUQX8gEkEHcSIJdEF/c62DIQoLAkAgCw0AQQMhDAwEC0EAKAKUrKaAACEIQQAoApCspoAAIQsLIAsNACAIRQ0AC0ECIQwLQQAhBwtBACAKNwOYqZCAAEEAIAk2AqCpkIAAQQAgBkGQiYCAAGsiBTYCkKmQgABBACANQbCpkIAAazYC9IiAgABBA0EDIAwgBUEAKAKAiYCAAEsbIgUgBxsgBSABGyEDCyACQaAIaiSAgICAACADC6wqBQF/AXsGfwF7DH8jgICAgABB0AVrIgQkgICAgAAgBEHABWr9DAAAAAAAAAAAAAAAAAAAAAAiBf0LBAAgBCAF/QsEsAUCQAJAAkAgAUUNACABQQNxIQZBACEHAkAgAUF/akEDSQ0AIAFBfHEhCEEAIQcDQCAEQbAFaiAAIAdqIgktAABBAXRqIgogCi8BAEEBajsBACAEQbAFaiAJQQFqLQAAQQF0aiIKIAovAQBBAWo7AQAgBEGwBWogCUECai0AAEEBdGoiCiAKLwEAQQFqOwEAIARBsAVqIAlBA2otAABBAXRqIgkgCS8BAEEBajsBACAIIAdBBGoiB0cNAAsLAkAgBkUNACAAIAdqIQkDQCAEQbAFaiAJLQAAQQF0aiIHIAcvAQBBAWo7AQAgCUEBaiEJIAZBf2oiBg0ACwsgBEEAOwGwBUEBIQYgBC8BzgUiBw0CIAQvAbQFIQkgBC8BtgUhBiAELwG4BSEKIAQvAboFIQggBC8BvAUhCyAE/QABvgUhDAwBC0EAIQkgBEEAOwGwBf0MAAAAAAAAAAAAAAAAAAAAACEMQQAhBkEAIQpBACEIQQAhCwtBACEHIAz9DAAAAAAAAAAAAAAAAAAAAAD9LiIM/RkAQQFxIAz9GQFBAXFBAXRyIAz9GQJBAXFBAnRyIAz9GQNBAXFBA3RyIAz9GQRBAXFBBHRyIAz9GQVBAXFBBXRyIAz9GQZBAXFBBnRyIAz9GQdBB3RyQf8BcSALQf//A3FyIAhB//8DcXIgCkH//wNxciAGQf//A3FyIAlB//8DcXJBAEchBgsCQAJAIAQvAbIFIglBAksNAEEEIAlBAXQgBC8BtAUiCGprIgpBAEgNACAKQQF0IAQvAbYFIgtrIgpBAEgNACAKQQF0IAQvAbgFIg1rIgpBAEgNACAKQQF0IAQvAboFIg5rIgpBAEgNACAKQQF0IAQvAbwFIg9rIgpBAEgNACAKQQF0IAQvAb4FIhBrIgpBAEgNACAKQQF0IAQvAcAFIhFrIgpBAEgNACAKQQF0IAQvAcIFIhJrIgpBAEgNACAKQQF0IAQvAcQFIhNrIgpBAEgNACAKQQF0IAQvAcYFIhRrIgpBAEgNACAKQQF0IAQvAcgFIhVrIgpBAEgNACAKQQF0IAQvAcoFIhZrIgpBAEgNACAKQQF0IAQvAcwFIhdrIgpBAEgNACAKQQF0IAdrIgdBAEgNAAJAAkAgB0UNACAGDQJBACEJA0AgCUGQraaAAGr9DACAAAAAgAAAAIAAAACAAAAiDP0LBAAgCUGAraaAAGogDP0LBAAgCUHwrKaAAGogDP0LBAAgCUHgrKaAAGogDP0LBAAgCUHQrKaAAGogDP0LBAAgCUHArKaAAGogDP0LBAAgCUGwrKaAAGogDP0LBAAgCUGgrKaAAGogDP0LBAAgCUGAAWoiCUGAwABHDQALIAFFDQFBACEPA0ACQCAAIA9qLQAARQ0AIA9BEHRBgICAgHhyQYDAAiAPQYACSRtBgIACIA9BgQJJGyEGIA9B4n1qIQsgD0H/fWoiDUEBdEGAiICAAGohDkGgrKaAACEJQX4hCgNAIAYhBwJAIAtBY0kiCA0AIA4vAQBBEHQgDUHAiICAAGotAAByIQcLIAkgB0GBAmo2AgAgBiEHAkAgCA0AIA4vAQBBEHQgDUHAiICAAGotAAByIQcLIAlBCGogB0GBAmo2AgAgCUEQaiEJIApBBGoiCkH+D0kNAAsLIA9BAWoiDyABRw0ADAILC0EAIQcgBEEAOwGSBSAEIAk7AZQFIAQgCCAJaiIGOwGWBSAEIAsgBmoiBjsBmAUgBCANIAZqIgY7AZoFIAQgDiAGaiIGOwGcBSAEIA8gBmoiBjsBngUgBCAQIAZqIgY7AaAFIAQgESAGaiIGOwGiBSAEIBIgBmoiBjsBpAUgBCATIAZqIgY7AaYFIAQgFCAGaiIGOwGoBSAEIBUgBmoiBjsBqgUgBCAWIAZqIgY7AawFIAQgFyAGajsBrgUCQCABRQ0AIAFBAXEhCwJAIAFBAUYNACABQX5xIQhBACEHA0ACQCAAIAdqIgYtAAAiCkUNACAEQZAFaiAKQQF0aiIKIAovAQAiCkEBajsBACAEQRBqIApBAXRqIAc7AQALAkAgBkEBai0AACIGRQ0AIARBkAVqIAZBAXRqIgYgBi8BACIGQQFqOwEAIARBEGogBkEBdGogB0EBajsBAAsgCCAHQQJqIgdHDQALCyALRQ0AIAAgB2otAAAiBkUNACAEQZAFaiAGQQF0aiIGIAYvAQAiBkEBajsBACAEQRBqIAZBAXRqIAc7AQALQQAhByAEQRBqIQZBAiELQQEhDgNAAkAgCUH//wNxIgBFDQBBfyAOdCENIAtBf2ohCCAOQQh0IA5yIQEDQAJAAkAgBi8BACIJQf8BSw0AIAlBEHRBgICAgHhyIQoMAQtBgMACIQogCUGAAkYNAEGAgAIhCiAJQZ0CSw0AIAlBAXRB/oOAgABqLwEAQRB0IAlBv4aAgABqLQAAciEKCyAHQQJ0QaCspoAAaiAKIAFqNgIAAkAgByAIRw0AIA5BCksNBAJAAkBBASAOa0EBcQ0AIA4hCQwBCyALQQJ0IglBoKymgABqQaCspoAAIAn8CgAAIAtBAXQhCyAOQQFqIQkLIA5BCkYNBCAJQXVqIQcDQCALQQJ0IglBoKymgABqQaCspoAAIAn8CgAAIAtBA3QiBkGgrKaAAGpBoKymgAAgBvwKAAAgCSELIAdBAmoiBw0ADAULCyAGQQJqIQZBgICAgHggDSAHc0F/c2d2IglBf2ogB3EgCXIhByAAQX9qIgANAAsLAkACQCAOQQpLDQAgC0ECdCIJQaCspoAAakGgrKaAACAJ/AoAACAOQQFqIQoMAQtBACEKIA5BAWoiEEEMSQ0AIA5BAmohFiAEQbAFaiAOQQF0akEEaiEXQYAQIRFBACEOQX8hC0EAIQoDQAJAIARBsAVqIBBBAXRqLwEAIg9FDQAgEEF1aiITQQh0IBNyIRhBfyAQdCIVQX9zIRRBASATdCIIQQJ0IQ0DQAJAIAdB/w9xIhIgC0YNACATIQsgCCEKAkAgEEEOSw0AIBMhCyAIIQogFyEAIBYhCSAPIQEgDyAITw0AAkADQCAJQQFqIQtBASAJQXVqdCEKIAlBDksNASAALwEAIQ4gAEECaiEAIAshCSAOIAFBAXRqIgEgCkkNAAsLIAtBdGohCwsgCiARaiIJQYAgSw0HIBJBAnRBoKymgABqIBFBEHQgC0EIdHJBi4ADcjYCACASIQsgESEOIAkhEQsCQAJAIAYvAQAiCUH/AUsNACAJQRB0QYCAgIB4ciEBDAELQYDAAiEBIAlBgAJGDQBBgIACIQEgCUGdAksNACAJQQF0Qf6DgIAAai8BAEEQdCAJQb+GgIAAai0AAHIhAQsCQCAHQQt2IgAgCk8NACABIBhqIQEgDiAAakECdEGgrKaAAGohCQNAIAkgATYCACAJIA1qIQkgACAIaiIAIApJDQALCyAHIBRGDQUgBkECaiEGQYCAgIB4IBUgB3NBf3NndiIJQX9qIAdxIAlyIQcgD0F/aiIPDQALCyAXQQJqIRcgFkEBaiEWIBBBAWohEAwACwsgC0EBdCELIARBsAVqIApBAXRqLwEAIQkgCiEODAALCyAEQcAFaiAF/QsEACAEIAX9CwSwBQJAAkAgA0UNACADQQNxIQZBACEHAkAgA0F/akEDSQ0AIANBfHEhAEEAIQcDQCAEQbAFaiACIAdqIgktAABBAXRqIgogCi8BAEEBajsBACAEQbAFaiAJQQFqLQAAQQF0aiIKIAovAQBBAWo7AQAgBEGwBWogCUECai0AAEEBdGoiCiAKLwEAQQFqOwEAIARBsAVqIAlBA2otAABBAXRqIgkgCS8BAEEBajsBACAAIAdBBGoiB0cNAAsLAkAgBkUNACACIAdqIQkDQCAEQbAFaiAJLQAAQQF0aiIHIAcvAQBBAWo7AQAgCUEBaiEJIAZBf2oiBg0ACwsgBEEAOwGwBUEBIQogBC8BzgUiBg0BIAT9AAG+Bf0MAAAAAAAAAAAAAAAAAAAAAP0uIgz9GQBBAXEgDP0ZAUEBcUEBdHIgDP0ZAkEBcUECdHIgDP0ZA0EBcUEDdHIgDP0ZBEEBcUEEdHIgDP0ZBUEBcUEFdHIgDP0ZBkEBcUEGdHIgDP0ZB0EHdHJB/wFxIAQvAbwFciAELwG6BXIgBC8BuAVyIAQvAbYFciAELwG0BXJBAEchCkEAIQYMAQtBACEGIARBADsBsAVBACEKC0EAIQkgBC8BsgUiB0ECSw0BQQAhCUEEIAdBAXQgBC8BtAUiCGprIgBBAEgNAUEAIQkgAEEBdCAELwG2BSIBayIAQQBIDQFBACEJIABBAXQgBC8BuAUiC2siAEEASA0BQQAhCSAAQQF0IAQvAboFIg1rIgBBAEgNAUEAIQkgAEEBdCAELwG8BSIOayIAQQBIDQFBACEJIABBAXQgBC8BvgUiD2siAEEASA0BQQAhCSAAQQF0IAQvAcAFIhBrIgBBAEgNAUEAIQkgAEEBdCAELwHCBSIRayIAQQBIDQFBACEJIABBAXQgBC8BxAUiEmsiAEEASA0BQQAhCSAAQQF0IAQvAcYFIhNrIgBBAEgNAUEAIQkgAEEBdCAELwHIBSIUayIAQQBIDQFBACEJIABBAXQgBC8BygUiFWsiAEEASA0BQQAhCSAAQQF0IAQvAcwFIhZrIgBBAEgNAUEAIQkgAEEBdCAGayIGQQBIDQECQCAGRQ0AIAoNAkEAIQkDQCAJQZCtp4AAav0MAIAAAACAAAAAgAAAAIAAACIM/QsEACAJQYCtp4AAaiAM/QsEACAJQfCsp4AAaiAM/QsEACAJQeCsp4AAaiAM/QsEACAJQdCsp4AAaiAM/QsEACAJQcCsp4AAaiAM/QsEACAJQbCsp4AAaiAM/QsEACAJQaCsp4AAaiAM/QsEACAJQYABaiIJQYAQRw0ACwJAIAMNAEEBIQkMAwtBACEKA0ACQCACIApqLQAARQ0AQYGCAiAKIApBAXFBAnIgCkEBdkF/aiIJdCAKQQRJIgcbQRB0QYCABGpBACAJIAcbckGBAmogCkEdSxshB0HArKeAACEJQX4hBgNAIAkgBzYCACAJQRhqIAc2AgAgCUEQaiAHNgIAIAlBCGogBzYCACAJQXhqIAc2AgAgCUFwaiAHNgIAIAlBaGogBzYCACAJQWBqIAc2AgAgCUHAAGohCSAGQRBqIgZB/gNJDQALC0EBIQkgCkEBaiIKIANGDQMMAAsLQQAhCSAEQQA7AZIFIAQgBzsBlAUgBCAIIAdqIgY7AZYFIAQgASAGaiIGOwGYBSAEIAsgBmoiBjsBmgUgBCANIAZqIgY7AZwFIAQgDiAGaiIGOwGeBSAEIA8gBmoiBjsBoAUgBCAQIAZqIgY7AaIFIAQgESAGaiIGOwGkBSAEIBIgBmoiBjsBpgUgBCATIAZqIgY7AagFIAQgFCAGaiIGOwGqBSAEIBUgBmoiBjsBrAUgBCAWIAZqOwGuBQJAIANFDQAgA0EBcSEIAkAgA0EBRg0AIANBfnEhAEEAIQkDQAJAIAIgCWoiBi0AACIKRQ0AIARBkAVqIApBAXRqIgogCi8BACIKQQFqOwEAIARBEGogCkEBdGogCTsBAAsCQCAGQQFqLQAAIgZFDQAgBEGQBWogBkEBdGoiBiAGLwEAIgZBAWo7AQAgBEEQaiAGQQF0aiAJQQFqOwEACyAAIAlBAmoiCUcNAAsLIAhFDQAgAiAJai0AACIGRQ0AIARBkAVqIAZBAXRqIgYgBi8BACIGQQFqOwEAIARBEGogBkEBdGogCTsBAAsgBEEQaiEGQQIhC0EBIQ1BACEJA0ACQCAHQf//A3EiAEUNAEF/IA10IQIgC0F/aiEIIA1BCHQgDXIhAQNAQYCAAiEKAkAgBi8BACIHQR1LDQAgByAHQQFxQQJyIAdBAXZBf2oiCnQgB0EESSIDG0EQdEGAgARqQQAgCiADG3IhCgsgCUECdEGgrKeAAGogCiABajYCAAJAIAkgCEcNAEEBIQkgDUEISw0FQQEhCQJAAkBBASANa0EBcQ0AIA0hBwwBCyALQQJ0IgdBoKyngABqQaCsp4AAIAf8CgAAIAtBAXQhCyANQQFqIQcLIA1BCEYNBSAHQXdqIQYDQCALQQJ0IgdBoKyngABqQaCsp4AAIAf8CgAAIAtBA3QiCkGgrKeAAGpBoKyngAAgCvwKAAAgByELIAZBAmoiBg0ADAYLCyAGQQJqIQZBgICAgHggAiAJc0F/c2d2IgdBf2ogCXEgB3IhCSAAQX9qIgANAAsLAkACQCANQQhLDQAgC0ECdCIHQaCsp4AAakGgrKeAACAH/AoAACANQQFqIQoMAQtBACEKIA1BAWoiDkEKSQ0AIA1BAmohFCAEQbAFaiANQQF0akEEaiEVQYAEIQ9BfyELQQAhA0EAIQoDQAJAIARBsAVqIA5BAXRqLwEAIg1FDQAgDkF3aiIRQQh0IBFyIRZBfyAOdCITQX9zIRJBASARdCIIQQJ0IQIDQAJAIAlB/wNxIhAgC0YNACARIQsgCCEKAkAgDkEOSw0AIBEhCyAIIQogFSEAIBQhByANIQEgDSAITw0AAkADQCAHQQFqIQtBASAHQXdqdCEKIAdBDksNASAALwEAIQMgAEECaiEAIAshByADIAFBAXRqIgEgCkkNAAsLIAtBdmohCwsgCiAPaiIHQYAMSw0GIBBBAnRBoKyngABqIA9BEHQgC0EIdHJBiYADcjYCACAQIQsgDyEDIAchDwtBgIACIQECQCAGLwEAIgdBHUsNACAHIAdBAXFBAnIgB0EBdkF/aiIAdCAHQQRJIgEbQRB0QYCABGpBACAAIAEbciEBCwJAIAlBCXYiACAKTw0AIAEgFmohASADIABqQQJ0QaCsp4AAaiEHA0AgByABNgIAIAcgAmohByAAIAhqIgAgCkkNAAsLAkAgCSASRw0AQQEhCQwHCyAGQQJqIQZBgICAgHggEyAJc0F/c2d2IgdBf2ogCXEgB3IhCSANQX9qIg0NAAsLIBVBAmohFSAUQQFqIRQgDkEBaiEODAALCyALQQF0IQsgBEGwBWogCkEBdGovAQAhByAKIQ0MAAsLQQAhCQsgBEHQBWokgICAgAAgCQt6AQJ/AkACQEEAKAKQqZCAACIADQBBACgCgImAgAAhAQwBC0GQiYCAACAAQZCJgIAAakEAKAKAiYCAACAAayIB/AoAAAtBACABNgKAiYCAAEEAQQApA/CrooAAIACtfDcD8KuigABBAEEANgKQqZCAACABQZCJgIAAagsIAEGwqZKAAAsQAEEAKAL0iICAAEGAgH5qCwgAQYCsooAACwsAQQAoAoCspoAACxYAQQApA/CrooAAQQA1ApCpkIAAfLoLC4gBAgBBgAgLcwMABAAFAAYABwAIAAkACgALAA0ADwARABMAFwAbAB8AIwArADMAOwBDAFMAYwBzAIMAowDDAOMAAgEAAAAAAAAAAAAAAAAAAAEBAQECAgICAwMDAwQEBAQFBQUFAAAAABAREgAIBwkGCgULBAwDDQIOAQ8AQfQICwgAgAAAAIAAAA==';

// EXTERNAL MODULE: external "node:worker_threads"
var external_node_worker_threads_ = __webpack_require__(5919);
;// CONCATENATED MODULE: ./lib/image/thread-lost.js


/** A thread could not be had, or has ended by itself. What it was for can be done without it. */
class ThreadLost extends Error {
}
/** Starts a thread that knows nothing of this process but `workerData`. Throws `ThreadLost` where there is none to be had. */
function startThread(script, workerData) {
    try {
        return new external_node_worker_threads_.Worker(script, { eval: true, execArgv: [], env: {}, workerData });
    }
    catch (error) {
        throw lossOf(error, true);
    }
}
const REFUSALS = new Set([
    'ERR_ACCESS_DENIED',
    'ERR_WORKER_INIT_FAILED',
    'ERR_WORKER_OUT_OF_MEMORY',
]);
/** What ended a thread, as a `ThreadLost`; a mistake in what it did after its start stays what it is. */
function lossOf(error, hasStarted) {
    if (hasStarted && !REFUSALS.has((0,util_error/* codeOf */.$N)(error) ?? ''))
        return error;
    return new ThreadLost('a thread could not be had', { cause: error });
}

;// CONCATENATED MODULE: ./lib/image/inflate-thread.js


/** The most that may be put in at once. */
const INPUT = 1 << 18;
const STATES = ['more', 'full', 'end', 'damaged'];
/**
 * One stream of raw deflate (RFC 1951), inflated in a thread of its own by native/inflate.c. Making and asking one fail with
 * `ThreadLost` where there is no such thread, or no longer.
 */
class InflateThread {
    // Shared, since a thread that is given new memory with each question is slow to let go of it.
    #input = new Uint8Array(new SharedArrayBuffer(INPUT));
    #worker = startThread(SCRIPT, { code: Buffer.from(INFLATE_WASM, 'base64'), input: this.#input });
    #asked;
    #hasStarted = false;
    #failure;
    constructor() {
        this.#worker.once('message', () => {
            this.#hasStarted = true;
            this.#worker.on('message', answer => this.#asked?.resolve(inflatedOf(answer)));
        });
        this.#worker.on('error', error => this.#fail(lossOf(error, this.#hasStarted)));
        this.#worker.on('exit', () => this.#fail(new ThreadLost('the thread that inflates has ended')));
    }
    /** One question at a time. `isLast`: nothing comes after this input. */
    ask(input, isLast) {
        this.#input.set(input);
        return new Promise((resolve, reject) => {
            this.#asked = { resolve, reject };
            if (this.#failure)
                reject(this.#failure.error);
            else
                this.#worker.postMessage({ length: input.length, isLast });
        });
    }
    async close() {
        await this.#worker.terminate();
    }
    #fail(error) {
        this.#failure ??= { error };
        this.#asked?.reject(this.#failure.error);
    }
}
function inflatedOf({ state, content, blocks, used }) {
    const starts = [];
    for (let n = 0; n < blocks.length; n += 2)
        starts.push({ bit: blocks[n], at: blocks[n + 1] });
    return { state: STATES[state] ?? 'damaged', content: Buffer.from(content), blocks: starts, used };
}
// It stands here, since a file for it would have to lie beside each bundle.
const SCRIPT = `
const { parentPort, workerData } = require('node:worker_threads')
const wasm = new WebAssembly.Instance(new WebAssembly.Module(workerData.code)).exports
const memory = wasm.memory.buffer
parentPort.on('message', ({ length, isLast }) => {
  new Uint8Array(memory).set(workerData.input.subarray(0, length), wasm.room())
  const state = wasm.run(length, isLast ? 1 : 0)
  const content = Buffer.allocUnsafeSlow(wasm.given())
  content.set(new Uint8Array(memory, wasm.content(), content.length))
  const blocks = new Float64Array(memory, wasm.blocks(), 2 * wasm.told()).slice()
  parentPort.postMessage({ state, content: content.buffer, blocks, used: wasm.used() }, [content.buffer, blocks.buffer])
})
parentPort.postMessage('started')
`;

;// CONCATENATED MODULE: ./lib/image/gzip-source.js







/**
 * A gzip stream (RFC 1952) of one member, whose content is read once, and whose blocks can be had as they are while it is.
 * Reading throws `NotCuttable` where the stream is damaged, goes on behind its first member, or is hardly smaller than its
 * content, and `ThreadLost` where it cannot be inflated in a thread.
 */
class GzipSource {
    #input;
    #trail = new BlockTrail();
    #crc32 = makeCrc32();
    #crc = 0;
    #given = 0;
    #isLast = false;
    constructor(compressed) {
        this.#input = new byte_reader/* ByteReader */.k(compressed);
    }
    /** Whole blocks with content from `from` on and up to `to`, each given once: what has gone by and was not taken is gone. */
    take(from, to) {
        return this.#trail.take(from, to);
    }
    async *content() {
        try {
            await skipGzipHeader(this.#input);
            for await (const { content, used } of this.#inflated()) {
                this.#crc = this.#crc32(content, this.#crc);
                this.#given += content.length;
                if (content.length > 0)
                    yield content;
                // Whoever wants blocks has taken them by now.
                this.#trail.forget(this.#given, used);
            }
        }
        finally {
            await this.#input.close();
        }
    }
    async *#inflated() {
        const thread = new InflateThread();
        try {
            yield* this.#pieces(thread);
        }
        finally {
            await thread.close();
        }
    }
    /** The next piece is inflated while one is used. */
    async *#pieces(thread) {
        let next = this.#ask(thread, 'more');
        for (;;) {
            const inflated = await next;
            this.#trail.note(inflated.blocks);
            if (inflated.state === 'damaged')
                throw new NotCuttable('the gzip stream is damaged or cut off');
            if (inflated.state === 'end') {
                yield inflated;
                return this.#checkEnd(inflated.used);
            }
            next = this.#ask(thread, inflated.state);
            // Whoever stops here never asks what became of it.
            next.catch(() => { });
            yield inflated;
        }
    }
    async #ask(thread, state) {
        if (state === 'full')
            return thread.ask(new Uint8Array(0), this.#isLast);
        const bytes = await this.#input.read(INPUT);
        this.#isLast = bytes.length < INPUT;
        this.#trail.pieces.add(bytes);
        return thread.ask(bytes, this.#isLast);
    }
    #checkEnd(used) {
        const tail = this.#trail.pieces.slice(used, this.#trail.pieces.end);
        if (tail.length !== 8 || !this.#isLast)
            throw new NotCuttable('the gzip stream goes on after its first member');
        if (tail.readUInt32LE(0) !== this.#crc || tail.readUInt32LE(4) !== this.#given % 2 ** 32)
            throw new NotCuttable('the gzip stream is damaged: its content is not what its checksum says');
        if (isWorthless(used, this.#given))
            throw new NotCuttable('the gzip stream is hardly compressed');
    }
}

// EXTERNAL MODULE: ./lib/image/layout.js
var image_layout = __webpack_require__(8663);
// EXTERNAL MODULE: ./lib/oci/manifest.js
var oci_manifest = __webpack_require__(4360);
// EXTERNAL MODULE: ./lib/image/select-image.js
var select_image = __webpack_require__(6737);
// EXTERNAL MODULE: ./lib/image/staged-parts.js
var staged_parts = __webpack_require__(9084);
;// CONCATENATED MODULE: ./lib/image/oci-image.js




/** Takes one image of a layout. Throws an `Error` that says what is missing or is not what it should be. */
async function ociImage(index, from, platform, known) {
    const chosen = await (0,select_image/* selectImage */.g)(index, from.read, platform);
    const manifest = (0,oci_manifest/* parseManifest */.Ng)(await from.read(chosen));
    const config = await from.read(manifest.config);
    const parsed = (0,oci_config/* parseConfig */.o)(config);
    if (manifest.layers.length !== parsed.diffIds.length) {
        throw new Error(`the manifest lists ${manifest.layers.length} layers, the config ${parsed.diffIds.length}`);
    }
    const listed = manifest.layers.map(layer => listedLayer(layer, from));
    return { config, layers: await (0,staged_parts/* takeLayers */.s)(listed, parsed, known) };
}
function listedLayer(layer, from) {
    return {
        name: layer.digest,
        read: () => from.stage(layer),
        check: staged => checkSource(staged, layer),
    };
}
function checkSource({ source }, expected) {
    if (source.digest === expected.digest && source.size === expected.size)
        return;
    throw new Error(`the layer ${expected.digest} (${expected.size} bytes) holds ${source.digest} (${source.size} bytes)`);
}

// EXTERNAL MODULE: ./lib/oci/digest.js
var oci_digest = __webpack_require__(9501);
;// CONCATENATED MODULE: ./lib/image/oci-members.js



/** The blobs of an archive that is read as members. */
function oci_members_contentOf(members) {
    const nameOf = (descriptor) => `${layout_files/* BLOBS */.df}/${(0,oci_digest/* hexOf */.ZD)(descriptor.digest)}`;
    return {
        async read(descriptor) {
            const bytes = await (0,image_members/* documentAt */.XR)(members, nameOf(descriptor));
            const actual = (0,oci_digest/* digestOf */.ol)(bytes);
            if (actual !== descriptor.digest)
                throw new Error(`${descriptor.digest} holds ${actual}`);
            return bytes;
        },
        stage: descriptor => members.layer(nameOf(descriptor)),
    };
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

// EXTERNAL MODULE: external "node:stream/consumers"
var consumers_ = __webpack_require__(8321);
// EXTERNAL MODULE: ./lib/image/tar.js
var tar = __webpack_require__(4862);
;// CONCATENATED MODULE: ./lib/image/streamed-members.js






const ALL_DOCUMENTS = 64 << 20;
/**
 * Reads a tar to its end in one pass, without knowing yet which members the image needs: the list of them may come last. A layer
 * whose name says that it is a known one is passed over. Throws an `Error` when the tar is damaged, cut off, or has far more
 * small files than images have.
 *
 * @param from the gzip stream that the tar is the content of, where layers may be cut out of it
 */
async function readMembers(bytes, staging, known, from) {
    const input = new byte_reader/* ByteReader */.k(bytes);
    const into = new Collector(staging, known, from);
    try {
        for await (const entry of (0,tar/* tarEntries */.O_)(input))
            await into.add(entry, input);
        for await (const _ of input.rest())
            ;
    }
    finally {
        await input.close();
    }
    return into;
}
class Collector {
    /** What is small and no tar: manifests, configs and the like. */
    #documents = new Map();
    #layers = new Map();
    #links = new Map();
    #staging;
    #known;
    #from;
    #held = 0;
    constructor(staging, known, from) {
        this.#staging = staging;
        this.#known = known;
        this.#from = from;
    }
    async find(name) {
        return this.#documents.get((0,image_members/* followLinks */.n1)(this.#links, name));
    }
    async layer(name) {
        const member = (0,image_members/* followLinks */.n1)(this.#links, name);
        const layer = this.#layers.get(member);
        if (layer === 'passed over')
            throw new image_members/* PassedOver */.nU(`${member} is not what its name says`);
        if (layer)
            return layer;
        // One too small to look like a layer.
        const document = this.#documents.get(member);
        if (!document)
            throw (0,image_members/* missingLayer */.ew)(name);
        return this.#staging.readBytes((0,image_bytes/* prepended */._j)(document));
    }
    async add(entry, input) {
        // As when unpacking: of two members with one name the later counts.
        if (entry.kind !== 'other')
            for (const map of [this.#documents, this.#layers, this.#links])
                map.delete(entry.name);
        switch (entry.kind) {
            case 'other':
                return;
            case 'link':
                this.#links.set(entry.name, entry.target);
                return;
            case 'file':
                return this.#addFile(entry.name, entry.size, input);
        }
    }
    async #addFile(name, size, input) {
        const diffId = (0,image_members/* statedDiffId */.oR)(name);
        if (diffId !== undefined && this.#known(diffId)) {
            this.#layers.set(name, 'passed over');
            return;
        }
        const start = input.position;
        const head = await input.exactly(Math.min(size, magic/* HEAD */.Vx));
        const body = (0,image_bytes/* prepended */._j)(head, input.take(size - head.length));
        const cut = this.#from && (0,magic/* encodingOf */.P$)(head) === 'none' ? { from: this.#from, start } : undefined;
        const isLayer = size > image_members/* SMALL */.o5 || (0,magic/* encodingOf */.P$)(head) !== 'none' || (0,magic/* isTar */.YZ)(head);
        if (isLayer)
            this.#layers.set(name, await this.#staging.readBytes(body, cut));
        else
            this.#documents.set(name, await this.#hold(body, size));
    }
    async #hold(body, size) {
        this.#held += size;
        if (this.#held > ALL_DOCUMENTS)
            throw new Error('it holds too many files that are neither layers nor metadata');
        return (0,consumers_.buffer)(body);
    }
}

;// CONCATENATED MODULE: ./lib/image/parts-reader.js



















const nothingKnown = () => undefined;
/** Reads an image's parts out of what Nix produced. */
class PartsReader {
    #staging;
    #options;
    #known;
    #bytesRead = 0;
    constructor(staging, options) {
        this.#staging = staging;
        this.#options = options;
        this.#known = options.known ?? nothingKnown;
    }
    parts(source) {
        switch (source.kind) {
            case 'docker-archive':
                return this.#file(source.path);
            case 'compressed-archive':
                return this.#compressed(source.path, source.compression);
            case 'stream-script':
                return this.#stream(() => this.#watched(scriptBytes(source.path, this.#options)));
            case 'oci-archive':
            case 'oci-layout':
                return this.#layout(source.path);
        }
    }
    async #file(path) {
        const entries = await (0,tar_scan/* scanTar */.t)(path);
        const file = await (0,promises_.open)(path);
        try {
            const { size } = await file.stat();
            const members = new FileMembers(file, entries, this.#staging, count => this.#see(count));
            const parts = await this.#archived(members);
            this.#see(Math.max(0, size - this.#bytesRead));
            return parts;
        }
        finally {
            await file.close();
        }
    }
    async #compressed(path, compression) {
        const bytes = () => this.#watched((0,file_bytes/* fileBytes */.sG)(path));
        if (await isCuttable(path, compression, this.#options)) {
            try {
                return await this.#stream(() => new GzipSource(bytes()));
            }
            catch (error) {
                // The usual way takes more than this one, and has the words for what it does not take.
                if (!(error instanceof NotCuttable || error instanceof ThreadLost))
                    throw error;
                await this.#beginAgain();
            }
        }
        return this.#stream(() => (0,decode/* decode */.D4)(compression, bytes()));
    }
    async #stream(start) {
        try {
            return await this.#archived(await this.#members(start(), this.#known));
        }
        catch (error) {
            if (!(error instanceof image_members/* PassedOver */.nU))
                throw error;
            await this.#beginAgain();
            return this.#archived(await this.#members(start(), nothingKnown));
        }
    }
    #members(source, known) {
        return source instanceof GzipSource
            ? readMembers(source.content(), this.#staging, known, source)
            : readMembers(source, this.#staging, known);
    }
    async #archived(members) {
        const images = await (0,docker_archive/* dockerImages */.zG)(members);
        const index = await members.find(layout_files/* INDEX_FILE */.K$);
        // A multi-arch archive lists one image for each platform in both; only the index tells which is for which.
        if (images && (images.length === 1 || !index))
            return (0,docker_archive/* dockerImage */.qr)(images, members, this.#known);
        if (!index)
            throw new Error(`it holds neither ${docker_archive/* DOCKER_MANIFEST_FILE */.KL} nor ${layout_files/* INDEX_FILE */.K$}`);
        return ociImage((0,image_index/* parseIndex */.A1)(index, layout_files/* INDEX_FILE */.K$), oci_members_contentOf(members), this.#options.platform, this.#known);
    }
    async #layout(path) {
        const layout = await (0,image_layout/* openLayout */.B)(path);
        const content = {
            read: descriptor => layout.read(descriptor),
            stage: async (descriptor) => {
                const blob = layout.blob(descriptor);
                return this.#staging.readBytes(this.#watched((0,image_bytes/* lazily */.qy)(() => blob.open())));
            },
        };
        return ociImage(layout.index, content, this.#options.platform, this.#known);
    }
    async #beginAgain() {
        await this.#staging.discard();
        this.#bytesRead = 0;
    }
    #watched(bytes) {
        return (0,image_bytes/* tapped */.DS)(bytes, chunk => this.#see(chunk.length));
    }
    /** Tells of progress, and stops when asked to. */
    #see(count) {
        this.#options.signal?.throwIfAborted();
        this.#bytesRead += count;
        this.#options.onProgress?.(this.#bytesRead);
    }
}

// EXTERNAL MODULE: ./lib/util/part-file.js
var part_file = __webpack_require__(4338);
// EXTERNAL MODULE: ./lib/oci/media-type.js
var media_type = __webpack_require__(8574);
// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(8161);
// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __webpack_require__(7975);
;// CONCATENATED MODULE: ./lib/image/deflate-memory.js

/** The most content that is deflated at once. */
const LARGEST = 1 << 20;
/** The memory in which native/deflate.c works, wherever it runs. */
class DeflateMemory {
    #bytes;
    #room;
    #packed;
    constructor({ memory, room, packed }) {
        this.#bytes = new Uint8Array(memory);
        this.#room = room;
        this.#packed = packed;
    }
    /** Puts a block in, with what came right before it. */
    put(block, before) {
        if (block.length > LARGEST || before.length > WINDOW)
            throw new RangeError('more than can be deflated at once');
        this.#bytes.set(before, this.#room - before.length);
        this.#bytes.set(block, this.#room);
    }
    /** A copy of what came of it. */
    take(size) {
        return Buffer.from(this.#bytes.subarray(this.#packed, this.#packed + size));
    }
}

;// CONCATENATED MODULE: ./lib/image/deflate-thread.js


/**
 * A `Deflater` in a thread of its own. It keeps the process from ending only while it has something to do. Making and using one
 * fail with `ThreadLost` where there is no such thread, or no longer.
 */
class DeflateThread {
    #worker;
    #memory;
    #asked;
    #hasStarted = false;
    #failure;
    constructor(code) {
        this.#worker = startThread(deflate_thread_SCRIPT, { code });
        this.#memory = new Promise((resolve, reject) => {
            this.#worker.once('message', (places) => {
                this.#hasStarted = true;
                this.#worker.on('message', (size) => this.#asked?.resolve(size));
                resolve(new DeflateMemory(places));
            });
            this.#worker.on('error', error => this.#fail(lossOf(error, this.#hasStarted), reject));
            this.#worker.on('exit', () => this.#fail(new ThreadLost('the thread that deflates has ended'), reject));
        });
        // Asked for again with each block.
        this.#memory.catch(() => { });
        this.#worker.unref();
    }
    /** As `Deflater.deflate`, one block at a time. */
    async deflate(block, before) {
        this.#worker.ref();
        try {
            const memory = await this.#memory;
            memory.put(block, before);
            return memory.take(await this.#run(before.length, block.length));
        }
        finally {
            this.#worker.unref();
        }
    }
    async close() {
        await this.#worker.terminate();
    }
    #run(before, size) {
        return new Promise((resolve, reject) => {
            this.#asked = { resolve, reject };
            if (this.#failure)
                reject(this.#failure.error);
            else
                this.#worker.postMessage({ before, size });
        });
    }
    #fail(error, reject) {
        this.#failure ??= { error };
        reject(this.#failure.error);
        this.#asked?.reject(this.#failure.error);
    }
}
// It stands here, since a file for it would have to lie beside each bundle.
const deflate_thread_SCRIPT = `
const { parentPort, workerData } = require('node:worker_threads')
const { memory, room, packed, run } = new WebAssembly.Instance(workerData.code).exports
parentPort.on('message', ({ before, size }) => parentPort.postMessage(run(before, size)))
parentPort.postMessage({ memory: memory.buffer, room: room(), packed: packed() })
`;

;// CONCATENATED MODULE: ./lib/image/deflate-threads.js
/** A few threads that deflate for everybody: started when they are needed, ended when nothing has come for a while. */
class DeflateThreads {
    #options;
    #free = [];
    #waiting = [];
    #threads = 0;
    #timer;
    constructor(options) {
        this.#options = options;
    }
    /** As `Deflater.deflate`. Waits for a thread that is free, in the order of the calls. One that fails is not used again. */
    async deflate(block, before) {
        const thread = await this.#take();
        try {
            const deflated = await thread.deflate(block, before);
            this.#give(thread);
            return deflated;
        }
        catch (error) {
            this.#drop(thread);
            throw error;
        }
    }
    async #take() {
        for (;;) {
            clearTimeout(this.#timer);
            const free = this.#free.pop();
            if (free)
                return free;
            if (this.#threads < this.#options.max)
                return this.#start();
            const given = await new Promise(resolve => this.#waiting.push(resolve));
            if (given)
                return given;
        }
    }
    #start() {
        const thread = this.#options.start();
        this.#threads++;
        return thread;
    }
    #give(thread) {
        const next = this.#waiting.shift();
        if (next)
            next(thread);
        else
            this.#free.push(thread);
        this.#rest();
    }
    #drop(thread) {
        this.#threads--;
        void thread.close().catch(() => { });
        // All of them: where no thread can be started any more, each has to hear of it.
        for (const again of this.#waiting.splice(0))
            again();
        this.#rest();
    }
    #rest() {
        if (this.#free.length < this.#threads)
            return;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#end(), this.#options.idle).unref();
    }
    #end() {
        this.#threads = 0;
        for (const thread of this.#free.splice(0))
            void thread.close().catch(() => { });
    }
}

;// CONCATENATED MODULE: ./lib/image/deflate-wasm.js
// Written by scripts/wasm.js from native/deflate.c, whose SHA-256 is
// 78770290b4ee698dd5991e1db61eef785851ac4cc2b5b3ca428e7d3a9a2df2c3.
/** WebAssembly, in base64. */
const DEFLATE_WASM = 'AGFzbQEAAAABIwZgAABgAAF/YAJ/fwF/YAN/f38AYAR/f39/AX9gBH9/f38AAwkIAAEBAgMEBQUEBQFwAQEBBQQBAyRABgkBfwFBsIeNAQsHIAQGbWVtb3J5AgAEcm9vbQABBnBhY2tlZAACA3J1bgADCAEADAEBCthLCGAAAkACQAJAQayHjAFBAEEB/kgCAA4CAAECC0GACEEAQZ0B/AgAAEGgCUEAQYz+iwH8CwBBrIeMAUEC/hcCAEGsh4wBQX/+AAIAGgwBC0Gsh4wBQQFCf/4BAgAaC/wJAAsIAEGgiYKAAAsIAEGgjcKAAAvbHAQIfwF+BH8BfiOAgICAAEHwAGsiAiSAgICAAEEAIQMCQCAAQYCAAksNACABQYCAwABLDQACQEEALQCik4OBAA0AQQAhAwNAAkAgA0EBdEGgiICAAGovAQAiBEGCAiAEQYICSxsiBSAEayIGQQFqQQdxIgdFDQADQCAEQaCRg4EAaiADOgAAIARBAWohBCAHQX9qIgcNAAsLAkAgBkEHSQ0AIAVBf3MgBGohBUEAIQYDQCAEIAZqIgdBp5GDgQBqIAM6AAAgB0GmkYOBAGogAzoAACAHQaWRg4EAaiADOgAAIAdBpJGDgQBqIAM6AAAgB0GjkYOBAGogAzoAACAHQaKRg4EAaiADOgAAIAdBoZGDgQBqIAM6AAAgB0GgkYOBAGogAzoAACAFIAZBCGoiBmoNAAsLIANBAWoiA0EdRw0AC0EAIQQDQCAEIQMCQAJAIARBBEkNACAEQQFxQQJyIARBAXZBf2p0IgNB//8BSw0BCwNAIANBsJ2DgQBqIANBB3ZBsJ+DgQBqIANBgAJJIgcbIAQ6AABBAUGAASAHGyADaiIDQYCAAkkNAAsLIARBAWoiBEEeRw0AC0EAIQMDQEEIIQcCQCADQZABSQ0AQQkhByADQYACSQ0AQQdBCCADQZgCSRshBwsgA0HQoYOBAGogBzoAAEEIIQcCQCADQY8BSQ0AQQkhByADQf8BSQ0AQQdBCCADQZcCSRshBwsgA0HRoYOBAGogBzoAACADQQJqIgNBoAJHDQALQQBChYqUqNCgwYIFNwPIoYOBAEEAQoWKlKjQoMGCBTcDwKGDgQBBAEKFipSo0KDBggU3A7ihg4EAQQBChYqUqNCgwYIFNwOwoYOBAEHQoYOBAEGgAkHwo4OBABCEgICAAEGwoYOBAEEgQfCsg4EAEISAgIAACyACQRhqQQApA5CIgIAANwMAIAJBEGpBACkDiIiAgAA3AwAgAkEAKQOAiICAADcDCEHwrYOBAEEAQYCABPwLACABQYCAAmohCAJAQYCAAiAAayIJQf//AUsNAEGEgAIgAGsgCEsNACAJIQMDQCADQaCJgIAAaigAAEGx893xeWxBEHZB/v8DcUHwrYOBAGogAzsBACADQf7/AUsNASADQQVqIQcgA0EBaiEDIAcgCE0NAAsLAkACQCAIQYGAAk8NAEEKIQNCACEKQaCNwoAAIQcMAQtBgIACIQsDQEGwk4OBAEEAQYAJ/AsAQbCcg4EAQQBBgAH8CwAgCyIEIAggBEGAgAJqIAggBGtBgIACSRsgCSAIEIWAgIAAIQtBAEEBNgKwm4OBAAJAQQAoArCcg4EADQBBxJyDgQAhA0F/IQcCQAJAAkACQAJAA0AgA0FwaigCAA0BAkAgA0F0aigCAA0AIANBeGooAgANAyADQXxqKAIADQQgB0EYRg0GIAdBBWohByADKAIAIQYgA0EUaiEDIAZFDQEMBQsLIAdBAmohBwwDCyAHQQFqIQcMAgsgB0EDaiEHDAELIAdBBGohBwsgB0EdSQ0BC0EAQQE2ArCcg4EACyALQaCJgIAAaiEMIARBoImAgABqIQ0gAkEgakEAQcwA/AsAQbCTg4EAQZ4CQQ5BkLiLgQAQhoCAgABBkLiLgQBBngJBhK6LgQAQhICAgABBnwIhAwNAIANBjriLgQBqIQcgA0F/aiIEIQMgBy0AAEUNAAtBACAEQYECIARBgQJLGyIDNgLMuouBAEGwnIOBAEEeQQ4gA0GQuIuBAGoiBBCGgICAACAEQR5BhLeLgQAQhICAgABBHyEHAkACQAJAAkADQCAEIAdqIgNBfmotAAANAQJAIANBfWotAAANACADQXxqLQAADQMgA0F7ai0AAA0EAkAgB0F7aiIHQQJPDQBBASEHDAYLIANBemotAABFDQEMBQsLIAdBfmohBwwDCyAHQX9qIQcMAgsgB0F9aiEHDAELIAdBfGohBwtBACAHNgLQuouBAEEAQQA2AtS6i4EAAkBBACgCzLqLgQAgB2oiAUUNAEEAIQADQCAAQZC4i4EAaiIELQAAIQdBACEFQQEhBgJAAkACQCAAQQFqIAFPDQAgASAAayEFQQEhAwJAA0AgBCADai0AACAHQf8BcSIGRw0BIANBiQFLDQEgBSADQQFqIgNHDQALIAUhAwsCQCAGDQAgA0ELSQ0AIANBdWohBEESIQcMAwsgA0ECSyEFAkAgBg0AIANBA08NAgsgAyEGC0EAIQQCQCAHQf8BcSIODQBBASEDDAILAkAgAA0AQQEhAwwCC0EBIQMgAEGPuIuBAGotAAAgDkYgBXFBAUcNASAGQQYgBkEGSRsiA0F9aiEEQRAhBwwBCyADQX1qIQRBESEHC0EAKALUuouBAEHcuouBAGogBzoAAEEAQQAoAtS6i4EAIgZBAWo2AtS6i4EAIAJBIGogB0H/AXFBAnRqIgcgBygCAEEBajYCACAGQZi9i4EAaiAEOgAAIAMgAGoiACABSQ0ACwtBEyEBIAJBIGpBE0EHQdS/i4EAEIaAgIAAQdS/i4EAQRNB6L+LgQAQhICAgAACQEEALQDjv4uBAA0AQRIhAUEALQDVv4uBAA0AQREhAUEALQDiv4uBAA0AQRAhAUEALQDWv4uBAA0AQQ8hAUEALQDhv4uBAA0AQQ4hAUEALQDXv4uBAA0AQQ0hAUEALQDgv4uBAA0AQQwhAUEALQDYv4uBAA0AQQshAUEALQDfv4uBAA0AQQohAUEALQDZv4uBAA0AQQkhAUEALQDev4uBAA0AQQghAUEALQDav4uBAA0AQQchAUEALQDdv4uBAA0AQQYhAUEALQDbv4uBAA0AQQVBBEEALQDcv4uBABshAQtBACEDQQAgATYC2LqLgQAgAUEDbEERaiEFIAJBIGohBwNAIANB1L+LgQBqLQAAIQYgBygCACEAQQAhBAJAIANBEEkNAEECIQQgA0EQRg0AQQNBByADQRFGGyEECyAHQQRqIQcgBCAGaiAAbCAFaiEFIANBAWoiA0ETRw0AC0EAIQdBiHchAwNAIANBg7eLgQBqLQAAIANBrJyDgQBqKAIAbCADQf+2i4EAai0AACADQaicg4EAaigCAGwgB2pqIQcgA0EIaiIDDQALQQAhAwNAIANBj7eLgQBqLQAAIANBuJyDgQBqKAIAbCADQYu3i4EAai0AACADQbScg4EAaigCAGwgA0GHt4uBAGotAAAgA0GwnIOBAGooAgBsIAdqamohByADQQxqIgNB+ABHDQALQQAhBEGIdyEDA0AgA0HvrIOBAGotAAAgA0GsnIOBAGooAgBsIANB66yDgQBqLQAAIANBqJyDgQBqKAIAbCAEamohBCADQQhqIgMNAAtBACEDA0AgA0H7rIOBAGotAAAgA0G4nIOBAGooAgBsIANB96yDgQBqLQAAIANBtJyDgQBqKAIAbCADQfOsg4EAai0AACADQbCcg4EAaigCAGwgBGpqaiEEIANBDGoiA0H4AEcNAAsgBEEDaiEAQQAhBEFkIQNBuJuDgQAhBgJAA0AgBkF8aigCACADQZyJgIAAai0AAGwgBGohBCADRQ0BIAYoAgAgA0GdiYCAAGotAABsIARqIQQgBkEIaiEGIANBAmohAwwACwsgByAFaiEFQQIhA0GwnIOBACEHA0BBACADQQF2QX9qIANBfmoiBkECSRsgB0EIaigCAGxBACADQX9qQQF2QX9qIAZBA0kbIAdBBGooAgBsQQAgBkEBdkF/aiAGQQRJGyAHKAIAbCAEampqIQQgB0EMaiEHIANBA2oiA0EgRw0ACyACKAIYIQMCQAJAIAQgBSAAIAUgAEkbaiAMIA1rIgdBA3RBKmpJDQAgAigCCCIEIAIpAxAiCjcAACAEIANBCmoiA0EDdmoiBCAHQf//A3OtQhCGIAethCAKIANBOHGtiIQiCjcAACACQQA2AhggAiAKQiCINwMQIARBBGoiAyANIAf8CgAAIAIgAyAHajYCCAwBCyADrSEKAkAgBSAATw0AIAIoAggiBCABQXxqrSADQQ1qrYZCBCAKhoQgAikDEIRBACgCzLqLgQBB/31qrSADQQNqrYaEQQAoAtC6i4EAQX9qrSADQQhqrYaEIgo3AAAgAiADQRFqIgdBB3EiAzYCGCACIAogB0E4ca2IIgo3AxAgAiAEIAdBA3ZqIgc2AggCQEEAKALYuouBAEUNAEEAIQQDQCAHIARB4IiAgABqLQAAQdS/i4EAajEAACADrYYgCoQiCjcAACAKIANBA2oiBkEIca2IIQogBkEHcSEDIAcgBkEDdmohByAEQQFqIgRBACgC2LqLgQBJDQALIAIgAzYCGCACIAo3AxAgAiAHNgIICwJAQQAoAtS6i4EARQ0AQQAhBANAIARB3LqLgQBqLQAAIgVBAnRB6L+LgQBqKAIAIgBBGHYgA2ohBiAAQf///wdxrSADrYYgCoQhCiAEQZi9i4EAajEAACEPQQAhAwJAIAVBEEkNAEECIQMgBUEQRg0AQQNBByAFQRFGGyEDCyACIAMgBmo2AhggAiAPIAathiAKhCIKNwMQIAcgCjcAACACIAIoAhgiBkEHcSIDNgIYIAIgAigCCCAGQQN2aiIHNgIIIAIgAikDECAGQThxrYgiCjcDECAEQQFqIgRBACgC1LqLgQBJDQALCyACQQhqQYSui4EAIA0gDBCHgICAAAwBCyACIANBA2o2AhggAiACKQMQQgIgCoaENwMQIAJBCGpB8KODgQAgDSAMEIeAgIAACyAIIAtLDQALIAIoAhhBCmohAyACKAIIIQcgAikDECEKCyAHIAo3AAAgByADQQN2aiIHIAogA0E4ca2IQoCA/P8PhDcAACAHQaCNwoAAa0EEaiEDCyACQfAAaiSAgICAACADC/oGAQ9/I4CAgIAAQcAAayIDQThqQgA3AwAgA0EwakIANwMAIANBKGpCADcDACADQSBqQgA3AwAgA0EYakIANwMAIANBEGpCADcDACADQgA3AwggA0IANwMAAkACQCABDQBBACEEQQAhBUEAIQZBACEHQQAhCEEAIQlBACEKQQAhC0EAIQxBACENQQAhDkEAIQ9BACEQQQAhEQwBCyABQQNxIQVBACEEAkAgAUF/akEDSQ0AIAFBfHEhB0EAIQQDQCADIAAgBGoiES0AAEECdGoiBiAGKAIAQQFqNgIAIAMgEUEBai0AAEECdGoiBiAGKAIAQQFqNgIAIAMgEUECai0AAEECdGoiBiAGKAIAQQFqNgIAIAMgEUEDai0AAEECdGoiESARKAIAQQFqNgIAIAcgBEEEaiIERw0ACwsCQCAFRQ0AIAAgBGohEQNAIAMgES0AAEECdGoiBCAEKAIAQQFqNgIAIBFBAWohESAFQX9qIgUNAAsLIAMoAgRBAXQhESADKAI4IQQgAygCNCEFIAMoAjAhBiADKAIsIQcgAygCKCEIIAMoAiQhCSADKAIgIQogAygCHCELIAMoAhghDCADKAIUIQ0gAygCECEOIAMoAgwhDyADKAIIIRALIANCADcDACADIBE2AgggAyAQIBFqQQF0IhE2AgwgAyAPIBFqQQF0IhE2AhAgAyAOIBFqQQF0IhE2AhQgAyANIBFqQQF0IhE2AhggAyAMIBFqQQF0IhE2AhwgAyALIBFqQQF0IhE2AiAgAyAKIBFqQQF0IhE2AiQgAyAJIBFqQQF0IhE2AiggAyAIIBFqQQF0IhE2AiwgAyAHIBFqQQF0IhE2AjAgAyAGIBFqQQF0IhE2AjQgAyAFIBFqQQF0IhE2AjggAyAEIBFqQQF0NgI8AkAgAUUNAANAAkACQCAALQAAIgQNAEEAIREMAQsgAyAEQQJ0aiIRIBEoAgAiEUEBajYCACARQRh0IBFBCHRBgID8B3FyIBFBCHZBgP4DcSARQRh2cnIiEUEEdkGPnrz4AHEgEUGPnrz4AHFBBHRyIhFBAnZBs+bMmQNxIBFBs+bMmQNxQQJ0ciIRQQF2QdWq1aoFcSARQdWq1aoFcUEBdHJBICAEa3YgBEEYdHIhEQsgAiARNgIAIABBAWohACACQQRqIQIgAUF/aiIBDQALCwutDAMJfwF+BH9B8K2HgQAhBAJAIAEgA0F9aiIFIAUgAUsbIgYgAE0NAEHwrYeBACEEQQAhByAAIQgDQCAAQaCJgIAAaiIJKAAAIgpBsfPd8XlsQRB2Qf7/A3FB8K2DgQBqIgsvAQAhDCALIAA7AQACQAJAAkAgACAMa0H//wNxIgwgACACa0sNACAMQf//fWpBgIB+SQ0AIAkgDGsiCygAACAKRg0BCyAKQf8BcUECdEGwk4OBAGoiCiAKKAIAQQFqNgIAIABBAWohCQJAIAdBBnYiCkEBaiAGIABrIgsgCiALSRsiC0F/aiIKDQAgCSEAIAdBAWohBwwCCwJAIApBAXFFDQAgAEGhiYCAAGotAABBAnRBsJODgQBqIgogCigCAEEBajYCACALQX5qIQogAEECaiIAIQkLAkAgC0ECRg0AIAkhAANAIABBoImAgABqLQAAQQJ0QbCTg4EAaiIJIAkoAgBBAWo2AgAgAEGhiYCAAGotAABBAnRBsJODgQBqIgkgCSgCAEEBajYCACAAQQJqIQAgCkF+aiIKDQALCyAHQQFqIQcMAQsgAyAAayIKQYICIApBggJJGyEHQQQhCgJAA0BBCCALIApqKQAAIAkgCmopAACFIg16p0EDdiANUBsgCmohCiANQgBSDQEgCiAHSQ0ACwsCQAJAIAogByAKIAdJGyIOQQ9LDQAgAEEBaiIKIAZPDQAgCkGgiYCAAGoiBygAACIPQbHz3fF5bEEQdkH+/wNxQfCtg4EAaiIJLwEAIQsgCSAKOwEAIAogC2tB//8DcSIQIAogAmtLDQAgDiEJIAwhESAAIQsgEEH//31qQYCAfkkNAQNAIAcgECIRayILKAAAIA9HDQEgAyAKayIKQYICIApBggJJGyEJQQQhCgJAA0BBCCALIApqKQAAIAcgCmopAACFIg16p0EDdiANUBsgCmohCiANQgBSDQEgCiAJSQ0ACwsgCiAJIAogCUkbIgkgDk0NASAAQaCJgIAAai0AAEECdEGwk4OBAGoiCiAKKAIAQQFqNgIAIABBAWohCyAJQQ9LDQIgAEECaiIKIAZPDQIgCkGgiYCAAGoiBygAACIPQbHz3fF5bEEQdkH+/wNxQfCtg4EAaiIALwEAIQwgACAKOwEAIAogDGtB//8DcSIQIAogAmtLDQIgCSEOIBEhDCALIQAgEEH//31qQYCAfkkNAgwACwsgDiEJIAwhESAAIQsLIAQgETYCBCAEIAk7AQIgBCALIAhrOwEAIAlBoJGDgQBqLQAAQQJ0QbSbg4EAaiIKIAooAgBBAWo2AgAgEUGvnYOBAGogEUF/aiIKQQd2QbCfg4EAaiAKQYACSRstAABBAnRBsJyDgQBqIgogCigCAEEBajYCACAEQQhqIQRBACEHAkAgC0ECaiIKIAsgCWoiCCAFIAggBUkbIglPDQAgCSALayIAQX1qIQsCQCAAQQJqQQNxIgBFDQADQCAKQaCJgIAAaigAAEGx893xeWxBEHZB/v8DcUHwrYOBAGogCjsBACAKQQFqIQogAEF/aiIADQALCyALQQNJDQADQCAKQaCJgIAAaigAAEGx893xeWxBEHZB/v8DcUHwrYOBAGogCjsBACAKQaGJgIAAaigAAEGx893xeWxBEHZB/v8DcUHwrYOBAGogCkEBajsBACAKQaKJgIAAaigAAEGx893xeWxBEHZB/v8DcUHwrYOBAGogCkECajsBACAKQaOJgIAAaigAAEGx893xeWxBEHZB/v8DcUHwrYOBAGogCkEDajsBACAJIApBBGoiCkcNAAsLIAghAAsgBiAASw0ACwsCQCAAIAFPDQAgAEF/cyEKAkAgASAAayIJQQFxRQ0AIABBoImAgABqLQAAQQJ0QbCTg4EAaiIHIAcoAgBBAWo2AgAgCUF/aiEJIABBAWohAAsCQCAKQQAgAWtGDQAgAEGgiYCAAGohCgNAIAotAABBAnRBsJODgQBqIgAgACgCAEEBajYCACAKQQFqLQAAQQJ0QbCTg4EAaiIAIAAoAgBBAWo2AgAgCkECaiEKIAlBfmoiCQ0ACwsgASEAC0EAIARB8K2HgQBrQQN1NgKArouBACAAC/UPAQp/I4CAgIAAQdAQayIEJICAgIAAIARBOGpCADcDACAEQTBqQgA3AwAgBEEoakIANwMAIARBIGpCADcDACAEQRhqQgA3AwAgBEEQakIANwMAIARCADcDCCAEQgA3AwBBACEFIANBACAB/AsAIARBwABqQQBBiBD8CwBBACEGAkAgAUUNAEEAIQdBACEGA0ACQCAAKAIAIghFDQAgBkECdEHAyYuBAGogCEEJdCAHcjYCACAIQf8BcUECdCAEQcAAampBBGoiCSAJKAIAQQFqNgIAIAhBBnZB/P//H3EgBEHAAGpqQYgIaiIIIAgoAgBBAWo2AgAgBkEBaiEGCyAAQQRqIQAgASAHQQFqIgdHDQALC0EIIQhBACEHA0AgBEHAAGogCGoiAEF8aiIJIAkoAgAgB2oiBzYCACAAQYAIaiIJIAkoAgAgBWoiBTYCACAAIAAoAgAgB2oiBzYCACAAQYQIaiIAIAAoAgAgBWoiBTYCACAIQQhqIghBiAhHDQALAkACQAJAIAZFDQAgBkEBcSEBAkACQCAGQX9qIgoNAEEAIQgMAQsgBkF+cSEJQQAhCEHAyYuBACEAA0AgBEHAAGogACgCACIFQQd2QfwHcWoiByAHKAIAIgdBAWo2AgAgB0ECdEHA0ouBAGogBTYCACAEQcAAaiAAQQRqKAIAIgVBB3ZB/AdxaiIHIAcoAgAiB0EBajYCACAHQQJ0QcDSi4EAaiAFNgIAIABBCGohACAJIAhBAmoiCEcNAAsLAkAgAUUNACAEQcAAaiAIQQJ0QcDJi4EAaigCACIAQQd2QfwHcWoiCCAIKAIAIghBAWo2AgAgCEECdEHA0ouBAGogADYCAAsgBkEBcSELAkACQCAKDQBBACEIDAELIAZBfnEhAUEAIQhBwNKLgQAhACAEQcQIaiEFA0AgBSAAKAIAIgdBD3ZB/P8HcWoiCSAJKAIAIglBAWo2AgAgCUECdEHAwIuBAGogBzYCACAFIABBBGooAgAiB0EPdkH8/wdxaiIJIAkoAgAiCUEBajYCACAJQQJ0QcDAi4EAaiAHNgIAIABBCGohACABIAhBAmoiCEcNAAsLAkAgC0UNACAEQcAAaiAIQQJ0QcDSi4EAaigCACIAQQ92Qfz/B3FqQYQIaiIIIAgoAgAiCEEBajYCACAIQQJ0QcDAi4EAaiAANgIACyAGQQFGDQEgBkEDcSEIQQAhBQJAIApBA0kNACAGQXxxIQdBACEAQQAhBQNAIABBwNuLgQBqIABBwMCLgQBqKAIAQQl2NgIAIABBxNuLgQBqIABBxMCLgQBqKAIAQQl2NgIAIABByNuLgQBqIABByMCLgQBqKAIAQQl2NgIAIABBzNuLgQBqIABBzMCLgQBqKAIAQQl2NgIAIABBEGohACAHIAVBBGoiBUcNAAsLIAhFDQAgBUECdCEAA0AgAEHA24uBAGogAEHAwIuBAGooAgBBCXY2AgAgAEEEaiEAIAhBf2oiCA0ACwsgBiEAAkAgBkEBdEF/aiIMIAZNDQAgBkF/aiENIAZBAnRBwNuLgQBqIQBBACEKQQAhBSAGIQkDQCAAQQA2AgACQAJAAkAgBiAKaiIHIAlGDQAgBSAGTw0BIAVBAnRBwNuLgQBqKAIAIAlBAnRBwNuLgQBqKAIASw0BCyAFQQFqIQEgCSEIDAELIAlBAWohCCAFIQEgCSEFCyAFQQJ0IgVBsO2LgQBqIAc2AgAgACAFQcDbi4EAaigCACILNgIAAkACQCAHIAhGDQACQCABIAZPDQAgAUECdEHA24uBAGooAgAgCEECdEHA24uBAGooAgBNDQELIAhBAWohCSABIQUMAQsgAUEBaiEFIAghCSABIQgLIAhBAnQiCEGw7YuBAGogBzYCACAAIAhBwNuLgQBqKAIAIAtqNgIAIABBBGohACANIApBAWoiCkcNAAsgDCEAC0EAIQUgAEF/aiIIQQJ0QcDbi4EAakEANgIAA0AgCEECdEF8aiEAA0ACQCAIDQACQCAFQQEgAnQiCU0NACAEIAJBAnRqIgdBfGohAQNAIAEhAANAIAAoAgAhCCAAQXxqIgYhACAIRQ0ACyAGQQRqIAhBf2o2AgAgBkEIaiIAIAAoAgBBAmo2AgAgByAHKAIAQX9qNgIAIAVBf2oiBSAJSw0ACwsgAkUNBEEAIQYDQAJAIAQgAkECdGooAgAiCEUNACAIQX9qIQcCQCAIQQNxIgVFDQAgBkECdEHAwIuBAGohAANAIAMgACgCAEH/A3FqIAI6AAAgAEEEaiEAIAhBf2ohCCAGQQFqIQYgBUF/aiIFDQALCyAHQQNJDQAgBkECdEHAwIuBAGohAANAIAMgACgCAEH/A3FqIAI6AAAgAyAAQQRqKAIAQf8DcWogAjoAACADIABBCGooAgBB/wNxaiACOgAAIAMgAEEMaigCAEH/A3FqIAI6AAAgAEEQaiEAIAZBBGohBiAIQXxqIggNAAsLIAJBf2oiAg0ADAULCyAAQcDbi4EAaiAAQbDti4EAaigCAEECdEHA24uBAGooAgBBAWoiBzYCACAAQXxqIQAgCEF/aiIIIAZPDQALIAQgByACIAcgAkkbIgBBAnRqIgcgBygCAEEBajYCAEEBIAIgAGt0IAVqIQUMAAsLIANBACgCwMCLgQBB/wNxIgBFakEBOgAAIAMgAGpBAToAAAsgBEHQEGokgICAgAAL4woDBn8Bfgh/QbD/i4EAIQRBBCEFA0AgBCAFIAVBoJGDgQBqLQAAIgZBAXRBoIiAgABqLwEAayAGQQJ0IAFqQYQIaigCACIHQRh2dCAHciAGQYCJgIAAai0AAEEYdGo2AgAgBEEEaiEEIAVBAWoiBUGDAkcNAAtBACEIIAAoAhQhCSAAKAIQIQQgACkDCCEKIAAoAgQhCyAAKAIAIQUCQEEAKAKArouBACIMRQ0AA0AgCEEDdCIGQfSth4EAaigCACENIAZB8q2HgQBqLwEAIQ4CQCAGQfCth4EAai8BACIHQQRJDQADQCAFIAEgAi0AAEECdGooAgAiBkH///8Hca0gBK2GIAqEIAEgAkEBai0AAEECdGooAgAiD0H///8Hca0gBkEYdiAEaiIErYaEIAEgAkECai0AAEECdGooAgAiBkH///8Hca0gD0EYdiAEaiIErYaEIAEgAkEDai0AAEECdGooAgAiD0H///8Hca0gBkEYdiAEaiIErYaEIgo3AAAgCiAPQRh2IARqIgZBOHGtiCEKIAZBB3EhBCAFIAZBA3ZqIQUgAkEEaiECIAdBfGoiB0EDSw0ACwsCQAJAIAdBAnENACAEIQ8MAQsgASACLQABQQJ0aigCACIGQRh2IAEgAi0AAEECdGooAgAiEEEYdiAEaiIRaiEPIBBB////B3GtIASthiAKhCAGQf///wdxrSARrYaEIQogAkECaiECCwJAAkAgB0EBcQ0AIA8hBiACIRIMAQsgAkEBaiESIAEgAi0AAEECdGooAgAiAkEYdiAPaiEGIAJB////B3GtIA+thiAKhCEKCyAFIAo3AAAgDkECdEGg/4uBAGooAgAiAkEYdiAGQQdxIhBqIhEgASANQa+dg4EAaiANQX9qIgdBB3ZBsJ+DgQBqIAdBgAJJGy0AACIEQQJ0akGACWooAgAiDUEYdmohDyACQf///wdxrSAQrYYgCiAGQThxrYiEIA1B////B3GtIBGthoQhCiAFIAZBA3ZqIQVBACEGAkAgBEEESQ0AIARBAXFBAnIgBEEBdkF/aiIGdCEECyASIA5qIQIgBSAKIAcgBGutIA+thoQiCjcAACAKIA8gBmoiBkE4ca2IIQogBkEHcSEEIAUgBkEDdmohBSAIQQFqIgggDEcNAAsLAkAgAyACayIHQQRJDQADQCAFIAEgAi0AAEECdGooAgAiBkH///8Hca0gBK2GIAqEIAEgAkEBai0AAEECdGooAgAiD0H///8Hca0gBkEYdiAEaiIErYaEIAEgAkECai0AAEECdGooAgAiBkH///8Hca0gD0EYdiAEaiIErYaEIAEgAkEDai0AAEECdGooAgAiD0H///8Hca0gBkEYdiAEaiIErYaEIgo3AAAgCiAPQRh2IARqIgZBOHGtiCEKIAZBB3EhBCAFIAZBA3ZqIQUgAkEEaiECIAdBfGoiB0EDSw0ACwsCQAJAIAdBAnENACAEIQYMAQsgASACLQABQQJ0aigCACIPQRh2IAEgAi0AAEECdGooAgAiCEEYdiAEaiINaiEGIAhB////B3GtIASthiAKhCAPQf///wdxrSANrYaEIQogAkECaiECCwJAAkAgB0EBcQ0AIAYhAgwBCyABIAItAABBAnRqKAIAIgRBGHYgBmohAiAEQf///wdxrSAGrYYgCoQhCgsgBSAKNwAAIAUgAkEDdmoiBSABKAKACCIBQf///wdxrSACQQdxIgSthiAKIAJBOHGtiIQiCjcAACAAIAk2AhQgACABQRh2IARqIgJBB3E2AhAgACAKIAJBOHGtiDcDCCAAIAs2AgQgACAFIAJBA3ZqNgIACwuhAQEBnQGghhAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAMABAAFAAYABwAIAAkACgALAA0ADwARABMAFwAbAB8AIwArADMAOwBDAFMAYwBzAIMAowDDAOMAAgEAAAAAAAAQERIACAcJBgoFCwQMAw0CDgEPAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQEBAQICAgIDAwMDBAQEBAUFBQUA';

;// CONCATENATED MODULE: ./lib/image/deflater.js


const engine = () => Reflect.get(globalThis, 'WebAssembly');
/** Raw deflate (RFC 1951) by native/deflate.c, in this thread. */
class Deflater {
    #wasm;
    #memory;
    constructor(code) {
        const { Instance } = engine();
        this.#wasm = new Instance(code).exports;
        const { memory, room, packed } = this.#wasm;
        this.#memory = new DeflateMemory({ memory: memory.buffer, room: room(), packed: packed() });
    }
    /**
     * Deflates a block of up to a MiB, to a whole byte and not as the end of a stream; `before` is what came right before it, of
     * which up to 32 KiB may be referred to.
     */
    deflate(block, before) {
        this.#memory.put(block, before);
        return this.#memory.take(this.#wasm.run(before.length, block.length));
    }
}
/** What runs in a `Deflater`. Throws where this runtime has no WebAssembly, or may not use it. */
function deflateCode() {
    const { Module } = engine();
    return new Module(Buffer.from(DEFLATE_WASM, 'base64'));
}

;// CONCATENATED MODULE: ./lib/image/deflate-block.js








const deflateRaw = (0,external_node_util_.promisify)(external_node_zlib_.deflateRaw);
/** Content is kept as it is, in blocks of deflate that say so. */
const STORED = 0;
/** Of stored content: more than deflate's own marks in a block need. */
const MARKS = 1 << 10;
/** The level of zlib that comes nearest to native/deflate.c: 1 % more bytes, in 1.7 times the time. */
const NEAREST = 2;
/** A smaller block is done before a thread has been asked. */
const deflate_block_WORTH_A_THREAD = 1 << 17;
const MOST_THREADS = 4;
const IDLE_MS = 500;
/**
 * Deflates a part of a stream, up to a MiB, to a whole byte; `before` is what of the parts before may be referred to. Without a
 * level native/deflate.c does it: the same bytes come of it whatever the runtime and the machine. zlib does it with a level, and
 * where there is no WebAssembly.
 */
async function deflateBlock(block, before, level) {
    if (level !== undefined)
        return byZlib(block, before, level);
    own ??= startOwn();
    return own(block, before);
}
let own;
function startOwn() {
    try {
        return byThreads();
    }
    catch {
        // No WebAssembly, or no room for it.
        return (block, before) => byZlib(block, before, NEAREST);
    }
}
function byThreads() {
    const code = deflateCode();
    const here = new Deflater(code);
    const threads = new DeflateThreads({
        max: Math.min((0,external_node_os_.availableParallelism)(), MOST_THREADS),
        idle: IDLE_MS,
        start: () => new DeflateThread(code),
    });
    return async (block, before) => {
        if (block.length < deflate_block_WORTH_A_THREAD)
            return here.deflate(block, before);
        return threads.deflate(block, before).catch(error => {
            if (!(error instanceof ThreadLost))
                throw error;
            // It takes longer, and gives the same.
            return here.deflate(block, before);
        });
    };
}
function byZlib(block, before, level) {
    const isStored = isDense(block);
    return deflateRaw(block, {
        level: isStored ? STORED : level,
        memLevel: 9,
        chunkSize: isStored ? block.length + MARKS : Math.max(1024, block.length >>> 1),
        finishFlush: external_node_zlib_.constants.Z_SYNC_FLUSH,
        ...(before.length > 0 && { dictionary: before }),
    });
}

;// CONCATENATED MODULE: ./lib/image/gzip-format.js



/**
 * One gzip member (RFC 1952). Every block is deflated by itself with the window before it as dictionary, and flushed to
 * a whole byte, so that blocks can be strung together; an empty last block ends them. No time, no name, system unknown.
 */
class GzipFormat {
    head = GZIP_HEAD;
    #level;
    #crc32 = makeCrc32();
    #crc = 0;
    #size = 0;
    #window = Buffer.alloc(0);
    /** Without a level the same content gives the same bytes with any runtime. */
    constructor(level) {
        this.#level = level;
    }
    encode(block) {
        const before = this.#window;
        // A copy: the block is filled again while the next one is still being deflated.
        this.#window = Buffer.from(block.subarray(-WINDOW));
        this.#crc = this.#crc32(block, this.#crc);
        this.#size += block.length;
        return deflateBlock(block, before, this.#level);
    }
    tail() {
        this.#window = Buffer.alloc(0);
        return gzipTail(this.#crc, this.#size);
    }
}

;// CONCATENATED MODULE: ./lib/image/zstd-format.js


/** The level whose own tables are just too large for a processor's cache when several blocks are compressed at once. */
const COMMON_LEVEL = 3;
/** Two to the power of it: a sixth less time, 0.6 % more bytes. */
const TABLES = 16;
/** Frames of their own, one after the other (RFC 8878, 3.1). */
class ZstdFormat {
    head = Buffer.alloc(0);
    #compress = (0,external_node_util_.promisify)(external_node_zlib_.zstdCompress);
    #params;
    #frames = 0;
    constructor(level = COMMON_LEVEL) {
        const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag, ZSTD_c_hashLog, ZSTD_c_chainLog } = external_node_zlib_.constants;
        this.#params = {
            [ZSTD_c_compressionLevel]: level,
            [ZSTD_c_checksumFlag]: 1,
            ...(level === COMMON_LEVEL && { [ZSTD_c_hashLog]: TABLES, [ZSTD_c_chainLog]: TABLES }),
        };
    }
    encode(block) {
        this.#frames++;
        return this.#compress(block, { params: this.#params, chunkSize: Math.max(1024, block.length >>> 1) });
    }
    /** No content at all still needs a frame: an empty one. */
    tail() {
        return this.#frames > 0
            ? Buffer.alloc(0)
            : external_node_zlib_.zstdCompressSync(Buffer.alloc(0), { params: this.#params });
    }
}

;// CONCATENATED MODULE: ./lib/image/block-formats.js


// Measured on 910 MB of programs, libraries and scripts, and on 250 MB of text: native/deflate.c gives 36.1 and 21.6 % of the
// bytes, zlib's level 2, which is as fast as its level 1, 36.5 and 21.7 % in 1.7 times the time; level 4 gives 35.0 % of the
// first, and skopeo's gzip 35.3 %. Smaller blocks are slower; larger ones gain nothing. A frame of zstd refers to nothing before
// it: with 2 MiB, level 3 gives 1.5 % more bytes than one long frame. A block of it in the works takes 4 MB beside itself.
const BLOCK_FORMATS = {
    gzip: { blockSize: 1 << 20, blocks: 8, begin: level => new GzipFormat(level) },
    zstd: { blockSize: 1 << 21, blocks: 5, begin: level => new ZstdFormat(level) },
};

;// CONCATENATED MODULE: ./lib/image/block-pool.js
/** A few buffers that are used again and again: new ones for each block would keep the garbage collector busy. */
class BlockPool {
    #size;
    #max;
    #free = [];
    #waiting = [];
    #made = 0;
    /** Of at most `max` buffers of `size` bytes. */
    constructor(size, max) {
        this.#size = size;
        this.#max = max;
    }
    /** The next block of a source, `undefined` at its end. Waits while all buffers are in use. */
    async next(source) {
        const buffer = await this.#take();
        let length = 0;
        try {
            length = await source.fill(buffer);
        }
        finally {
            if (length === 0)
                this.#give(buffer);
        }
        return length === 0 ? undefined : { bytes: buffer.subarray(0, length), release: () => this.#give(buffer) };
    }
    async #take() {
        const free = this.#free.pop();
        if (free)
            return free;
        if (this.#made === this.#max)
            return new Promise(resolve => this.#waiting.push(resolve));
        this.#made++;
        return Buffer.allocUnsafeSlow(this.#size);
    }
    #give(buffer) {
        const next = this.#waiting.shift();
        if (next)
            next(buffer);
        else
            this.#free.push(buffer);
    }
}

;// CONCATENATED MODULE: ./lib/image/block-writer.js

/** Compresses one layer: blocks side by side, written in order. */
class BlockWriter {
    #format;
    #sink;
    #written;
    #failure;
    constructor(format, sink) {
        this.#format = format;
        this.#sink = sink;
        this.#written = this.#watched(sink(format.head));
    }
    /** Takes a block over; it is released when it has been written. Throws when an earlier one could not be written. */
    add(block) {
        if (this.#failure) {
            block.release();
            throw this.#failure.error;
        }
        this.#written = this.#watched(this.#encode(block, this.#written));
    }
    /** Waits for all to be written, and ends the stream. Call it after the last `add`. */
    async finished() {
        await this.#written;
        await this.#sink(this.#format.tail());
    }
    /** Waits until nothing is being written any more. Never fails. */
    async settled() {
        await this.#written.catch(() => { });
    }
    async #encode(block, before) {
        try {
            const [encoded] = await (0,limit/* together */.bs)([this.#format.encode(block.bytes), before]);
            await this.#sink(encoded);
        }
        finally {
            block.release();
        }
    }
    #watched(work) {
        work.catch(error => {
            this.#failure ??= { error };
        });
        return work;
    }
}

;// CONCATENATED MODULE: ./lib/image/copy-layer.js




/** Already as wanted: the bytes are kept, and decoded only for the digest of what they hold. */
async function copyLayer(part, encoding, bytes) {
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
/** Writes to a part file, and sums up what is written. */
function summed(part, sum) {
    return bytes => {
        sum.add(bytes);
        return part.write(bytes);
    };
}

;// CONCATENATED MODULE: ./lib/image/deflate-joint.js
/**
 * What joins parts of deflate streams (RFC 1951) that begin and end at any bit of a byte. Shifting their bits would do as
 * well, but not for stored blocks, whose lengths stand at whole bytes.
 */
/** Blocks with no content, as their bits in order: with the codes that deflate has, and with codes of its own. */
const FIXED = '0 10 0000000';
const OWN = [
    '0 01 00000 10000 1111', // 257 codes of literals and lengths, 2 of distances, 19 lengths of codes for these lengths:
    '000 000 100 000 000 000 000 000 000 000 000 000 000 000 000 000 000 100 000', // 1 for "11 zeros or more" and for "1"
    '0 1 1111111 1 0101011 0 0 0', // 1, 138 and 117 zeros, 1; 1, 1
    '1', // the end of the block
].join(' ');
/** Bits after which a part can begin, by how many bits of its first byte belong to what was before it. */
const FILLERS = Array.from({ length: 8 }, (_, bits) => fillerOf(bits));
/** Begins a part at a whole byte: what goes before its first byte, and that byte, of which the first `bits` are not its own. */
function beginPart(first, bits) {
    const { whole, rest } = FILLERS[bits];
    return Buffer.from([...whole, rest | (first & ~lowest(bits))]);
}
/** Ends a part at a whole byte; of its last byte the first `bits` are its own. None of these is none of a byte. */
function endPart(last, bits) {
    // A stored block of length 0: three bits of header, then whole bytes.
    const head = bits > 5 ? [last & lowest(bits), 0] : [last & lowest(bits)];
    return Buffer.from([...head, 0, 0, 0xff, 0xff]);
}
function lowest(bits) {
    return (1 << bits) - 1;
}
/** One block of `FIXED` takes 10 bits, one of `OWN` 95. */
function fillerOf(bits) {
    const own = bits % 2;
    const fixed = ((bits - own * 7 + 16) % 8) / 2;
    const text = (OWN.repeat(own) + FIXED.repeat(fixed)).replaceAll(' ', '');
    const bytes = (text.match(/.{1,8}/g) ?? []).map(byte => Number.parseInt([...byte].reverse().join(''), 2));
    const whole = Buffer.from(bytes.slice(0, text.length >>> 3));
    return { whole, rest: bytes[whole.length] ?? 0 };
}

;// CONCATENATED MODULE: ./lib/image/cut-writer.js





/** A block whose content is larger is not waited for. */
const cut_writer_HELD = 8 << 20;
/** So much is compressed at once. */
const BLOCK = 1 << 20;
/**
 * Writes a part of a gzip stream's content as one gzip member (RFC 1952) of its own. The blocks that lie within it are copied as
 * they are, but for those in which something before it could be referred to; these, and what of a block lies at its ends, are
 * compressed anew.
 */
class CutWriter {
    #source;
    #start;
    #sink;
    #crc32 = makeCrc32();
    #content;
    #crc = 0;
    /** The content before this place has been written. */
    #written;
    /** Where the copied blocks end that were written last, and the byte in which they do. */
    #copied;
    constructor(source, start, sink) {
        this.#source = source;
        this.#start = start;
        this.#written = start;
        this.#content = new Pieces(start);
        this.#sink = sink;
    }
    /** `start` is the place in the source's content of what will be written. */
    static async begin(source, start, sink) {
        await sink(GZIP_HEAD);
        return new CutWriter(source, start, sink);
    }
    /** The next piece of the source's content. */
    async write(chunk) {
        this.#crc = this.#crc32(chunk, this.#crc);
        this.#content.add(chunk);
        const end = this.#content.end;
        const run = this.#source.take(Math.max(this.#start + WINDOW, this.#written), end);
        if (run)
            await this.#copy(run);
        else if (end - this.#written > cut_writer_HELD)
            await this.#compress(end);
        this.#content.forget(this.#written - WINDOW);
    }
    /** Writes what is left. Call it after the last `write`. */
    async end() {
        await this.#compress(this.#content.end);
        await this.#endCopied();
        await this.#sink(gzipTail(this.#crc, this.#content.end - this.#start));
    }
    async #copy({ start, end, bit, endBit, bytes }) {
        await this.#compress(start);
        let from = 0;
        if (this.#copied?.bit !== bit) {
            await this.#endCopied();
            await this.#sink(beginPart(bytes.readUInt8(0), bit % 8));
            from = 1;
        }
        const whole = bytes.length - (endBit % 8 === 0 ? 0 : 1);
        await this.#sink(bytes.subarray(from, whole));
        this.#copied = { bit: endBit, byte: bytes.readUInt8(bytes.length - 1) };
        this.#written = end;
    }
    /** What was not written yet, up to a place. */
    async #compress(until) {
        if (this.#written < until)
            await this.#endCopied();
        while (this.#written < until) {
            const at = this.#written;
            const before = this.#content.slice(Math.max(this.#start, at - WINDOW), at);
            this.#written = Math.min(at + BLOCK, until);
            const block = this.#content.slice(at, this.#written);
            await this.#sink(await deflateBlock(block, before));
        }
    }
    async #endCopied() {
        if (!this.#copied)
            return;
        const { bit, byte } = this.#copied;
        this.#copied = undefined;
        await this.#sink(endPart(byte, bit % 8));
    }
}

;// CONCATENATED MODULE: ./lib/image/cut-layer.js




/** Writes a layer as it goes by, as one gzip member, and closes the file. */
async function cutLayer(part, bytes, { from, start }) {
    const plain = new image_bytes/* Sum */.Wu();
    const packed = new image_bytes/* Sum */.Wu();
    const survey = new MachineSurvey();
    const writer = await CutWriter.begin(from, start, summed(part, packed));
    for await (const chunk of bytes) {
        plain.add(chunk);
        survey.add(chunk);
        await writer.write(chunk);
    }
    await writer.end();
    await part.close();
    return { plain: plain.total(), packed: packed.total(), machines: survey.machines };
}

;// CONCATENATED MODULE: ./lib/image/layer-packer.js













/** Compresses the layers of one image, which share a few blocks of memory. */
class LayerPacker {
    #options;
    #pool;
    #writers = [];
    constructor(options) {
        this.#options = options;
        const { blockSize, blocks } = BLOCK_FORMATS[options.encoding];
        this.#pool = new BlockPool(blockSize, blocks);
    }
    /** Reads a layer to its end, whatever it is compressed with. Waits only while too much of it is in memory. */
    async pack(source) {
        const part = await this.#options.newPart();
        const first = await this.#pool.next(source);
        const encoding = first ? (0,magic/* encodingOf */.P$)(first.bytes) : 'none';
        if (!first || encoding === 'none')
            return this.#compress(part, source, first);
        const bytes = (0,image_bytes/* prepended */._j)(Buffer.from(first.bytes), source.rest());
        first.release();
        return encoding === this.#options.encoding
            ? copyLayer(part, encoding, bytes)
            : this.#transcode(part, encoding, bytes);
    }
    /** Likewise, for a plain layer that lies in a gzip stream: what is compressed there is not compressed again. */
    async cut(bytes, cut) {
        const part = await this.#options.newPart();
        const { plain, packed, machines } = await cutLayer(part, bytes, cut);
        const stored = await this.#smaller(part, packed, plain);
        return { finished: Promise.resolve({ diffId: plain.digest, source: plain, ...stored, machines }) };
    }
    /** Waits until nothing is being written any more. Never fails. */
    async settled() {
        for (const writer of this.#writers.splice(0))
            await writer.settled();
    }
    async #transcode(part, encoding, bytes) {
        const sum = new image_bytes/* Sum */.Wu();
        const input = new byte_reader/* ByteReader */.k((0,decode/* decode */.D4)(encoding, (0,image_bytes/* tapped */.DS)(bytes, chunk => sum.add(chunk))));
        try {
            return await this.#compress(part, input, undefined, sum);
        }
        finally {
            await input.close();
        }
    }
    async #compress(part, from, first, asItCame) {
        const { encoding, level } = this.#options;
        const plain = new image_bytes/* Sum */.Wu();
        const packed = new image_bytes/* Sum */.Wu();
        const survey = new MachineSurvey();
        const writer = new BlockWriter(BLOCK_FORMATS[encoding].begin(level), summed(part, packed));
        this.#writers.push(writer);
        for (let block = first ?? (await this.#pool.next(from)); block; block = await this.#pool.next(from)) {
            plain.add(block.bytes);
            survey.add(block.bytes);
            writer.add(block);
        }
        const finish = async () => {
            await writer.finished();
            await part.close();
            const content = plain.total();
            const source = asItCame?.total() ?? content;
            const stored = await this.#smaller(part, packed.total(), content);
            return { diffId: content.digest, source, ...stored, machines: survey.machines };
        };
        return { finished: finish() };
    }
    /** The compressed layer, or the plain one where compressing was for nothing. */
    async #smaller(part, packed, plain) {
        const { encoding, newPart } = this.#options;
        if (!isWorthless(packed.size, plain.size))
            return { part, stored: { mediaType: (0,media_type/* layerType */.ON)(encoding), ...packed } };
        const unpacked = await newPart();
        for await (const chunk of (0,decode/* decode */.D4)(encoding, (0,file_bytes/* fileBytes */.sG)(part.path)))
            await unpacked.write(chunk);
        await unpacked.close();
        await part.discard();
        return { part: unpacked, stored: { mediaType: (0,media_type/* layerType */.ON)('none'), ...plain } };
    }
}

;// CONCATENATED MODULE: ./lib/image/staging.js







/**
 * Where the layers of one image are compressed to. They stay in part files until the whole image is known to be good:
 * then `keep` gives those it has their names, and `discard` removes the others.
 */
class Staging {
    #directory;
    #packer;
    #parts = [];
    #finishing = [];
    /** Throws a `UserError` when this Node.js cannot write the encoding, or when that has no such level. */
    constructor({ encoding, level, directory }) {
        checkEncoding(encoding, level);
        this.#directory = (0,external_node_path_.resolve)(directory);
        this.#packer = new LayerPacker({ encoding, level, newPart: () => this.#newPart() });
    }
    /** Reads a layer to its end, whatever it is compressed with. Waits only while too much of it is in memory. */
    async read(source) {
        return this.#noted(await this.#packer.pack(source));
    }
    /**
     * The same for one that streams by. With `cut` it is a plain one that lies in a gzip stream, as which the layers are wanted.
     */
    async readBytes(bytes, cut) {
        if (cut)
            return this.#noted(await this.#packer.cut(bytes, cut));
        const source = new byte_reader/* ByteReader */.k(bytes);
        try {
            return await this.read(source);
        }
        finally {
            await source.close();
        }
    }
    /** Gives the layers their names, `<hex>` in the folder. */
    async keep(layers) {
        const parts = new Map(layers.map(({ stored, part }) => [this.#pathOf(stored.digest), part]));
        for (const [path, part] of parts)
            await part.rename(path);
    }
    /** A layer that has its name. */
    blobOf({ stored, machines }) {
        return { ...stored, machines, open: () => (0,file_bytes/* openFile */.Tq)(this.#pathOf(stored.digest)) };
    }
    /** Removes every file that was not kept, once nothing writes any more. More may be staged after it. Never fails. */
    async discard() {
        await this.#packer.settled();
        await Promise.allSettled(this.#finishing.splice(0));
        for (const part of this.#parts.splice(0))
            await part.discard();
    }
    #noted(layer) {
        // Asked for again at the end; a failure before that must not count as unhandled.
        layer.finished.catch(() => { });
        this.#finishing.push(layer.finished);
        return layer;
    }
    async #newPart() {
        const part = await part_file/* PartFile */.Y.create(this.#directory);
        this.#parts.push(part);
        return part;
    }
    #pathOf(digest) {
        return (0,external_node_path_.join)(this.#directory, (0,oci_digest/* hexOf */.ZD)(digest));
    }
}

;// CONCATENATED MODULE: ./lib/image/stage.js






/**
 * Reads what Nix produced, compresses its layers and verifies every digest in it. Throws a `UserError` naming the
 * source and what is wrong with it; nothing of a failed image is left in the folder.
 */
async function stageImage(source, options) {
    const staging = new Staging(options);
    try {
        return await keepParts(await new PartsReader(staging, options).parts(source), staging);
    }
    catch (error) {
        throw explained(error, source.path, options);
    }
    finally {
        await staging.discard();
    }
}
async function keepParts({ config, layers: parts }, staging) {
    const read = parts.flatMap(part => ('staged' in part ? [part.staged] : []));
    await staging.keep(read);
    return {
        config,
        layers: parts.map(part => ('staged' in part ? staging.blobOf(part.staged) : part.known)),
        staged: (0,descriptor/* distinct */.dM)(read.map(layer => staging.blobOf(layer))),
        machines: machinesIn(parts),
    };
}
function machinesIn(parts) {
    const all = parts.flatMap(part => ('staged' in part ? part.staged.machines : (part.known.machines ?? [])));
    return all.length < parts.length ? undefined : sumOf(all);
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

// EXTERNAL MODULE: ./lib/oci/annotation.js
var annotation = __webpack_require__(3200);
// EXTERNAL MODULE: ./lib/oci/image.js
var oci_image = __webpack_require__(5148);
// EXTERNAL MODULE: ./lib/oci/platform.js
var oci_platform = __webpack_require__(7122);
// EXTERNAL MODULE: ./lib/oci/system.js
var oci_system = __webpack_require__(5312);
// EXTERNAL MODULE: ./lib/command/facts.js
var command_facts = __webpack_require__(5642);
;// CONCATENATED MODULE: ./lib/command/piece.js
/** The digests of what a piece names and has not. */
function absentFrom({ elsewhere }) {
    return new Set(elsewhere?.layers.map(({ digest }) => digest));
}

;// CONCATENATED MODULE: ./lib/command/pack-piece.js














/** Turns what Nix gave for a container into a piece. Its layers lie in the folder that `layersFolder` names, until that is removed. */
async function packPiece(container, storePath, host, options) {
    const { encoding, level, there, signal, runsForeign, onProgress } = options;
    const elsewhere = new Set();
    const staged = await stageImage(await openSource(storePath), {
        encoding,
        directory: layersFolder(container, host),
        platform: (0,oci_system/* platformOf */.tj)(container.system),
        known: knownTo(options, elsewhere),
        signal,
        ...(level && { level }),
        ...(runsForeign && { runsForeign }),
        ...(onProgress && { onProgress }),
    });
    const facts = (0,command_facts/* archiveAnnotations */.h6)(container, host);
    const { name, system, derivation } = container;
    return {
        path: storePath,
        container: name,
        system,
        derivation,
        imageName: facts[annotation/* IMAGE_NAME */.yc] ?? name,
        facts,
        ...imageOf(container, staged, host),
        ...(there && {
            elsewhere: { repository: there.repository, layers: named(staged, elsewhere), seen: true },
        }),
    };
}
function named({ layers }, elsewhere) {
    return layers.filter(({ digest }) => elsewhere.has(digest));
}
/** The size of what a piece has itself, in bytes. */
function carriedSize(piece) {
    const absent = absentFrom(piece);
    return (0,descriptor/* sizeOf */.$d)((0,oci_image/* blobsOf */.OR)([piece.image]).filter(({ digest }) => !absent.has(digest)));
}
/** Where the layers of a container are packed to. */
function layersFolder({ name, system }, { temp }) {
    return (0,external_node_path_.join)(temp, `${name}-${system}`);
}
/** A layer may be stored as it is where it does not compress. What is there is better than what would have to be sent. */
function knownTo({ encoding, there, packed }, elsewhere) {
    const types = [(0,media_type/* layerType */.ON)(encoding), media_type/* OCI_LAYER */.QP];
    const first = (find, diffId) => types.map(type => find?.(diffId, type)).find(layer => layer !== undefined);
    return diffId => {
        const layer = first(there?.find, diffId);
        if (layer)
            elsewhere.add(layer.digest);
        return layer ?? first(packed, diffId);
    };
}
function imageOf(container, staged, host) {
    const config = (0,oci_config/* parseConfig */.o)(staged.config);
    const platform = (0,oci_system/* platformFor */.RK)(container.system, config.platform);
    if (platform === undefined)
        throw wrongPlatform(container, (0,oci_platform/* platformName */.$r)(config.platform));
    checkMachines(container, config, staged);
    const annotations = (0,command_facts/* manifestAnnotations */.gc)(container, host);
    const image = (0,oci_image/* makeImage */.Gs)({ platform, config: staged.config, layers: staged.layers, annotations });
    return { image, config: staged.config };
}
/**
 * A config can say anything. An image that runs something, but has no program for its own machine, was built for another. Layers that
 * were not read may hold anything, too.
 */
function checkMachines({ name, system, attribute }, config, { machines = new Map() }) {
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

// EXTERNAL MODULE: ./lib/image/archive-writer.js
var archive_writer = __webpack_require__(1315);
// EXTERNAL MODULE: ./lib/image/docker-manifest.js
var docker_manifest = __webpack_require__(2347);
;// CONCATENATED MODULE: ./lib/command/package-image.js











/** Turns what Nix gave for a container into its OCI archive. */
async function packageImage(container, storePath, host, options) {
    try {
        const piece = await packPiece(container, storePath, host, options);
        const size = await leaveArchive(piece, options);
        return { image: piece.image, carried: await carriedBy(piece, options.file), size };
    }
    finally {
        await (0,promises_.rm)(layersFolder(container, host), { recursive: true, force: true });
    }
}
/** A thin archive names layers that it has not, and where they are; no other tool could open it, so nothing is written for any. */
async function leaveArchive(piece, { file, signal }) {
    const { image, facts, elsewhere } = piece;
    const absent = absentFrom(piece);
    const isThin = elsewhere !== undefined && absent.size > 0;
    const annotations = { ...facts, ...(isThin && { [annotation/* THIN */.YU]: elsewhere.repository.name }) };
    const content = {
        index: [{ ...(0,descriptor/* descriptorOf */.nb)(image.manifest), annotations }],
        blobs: [image.manifest, ...(0,oci_image/* blobsOf */.OR)([image]).filter(({ digest }) => !absent.has(digest))],
        ...(!isThin && { dockerManifest: (0,docker_manifest/* encodeDockerManifest */.y)([image], (0,command_facts/* dockerName */.ah)(facts)) }),
    };
    const { size } = await (0,archive_writer/* writeArchive */._)(file, content, { signal });
    return size;
}
async function carriedBy(piece, file) {
    const layout = await (0,image_layout/* openLayout */.B)(file);
    const absent = absentFrom(piece);
    const { diffIds } = (0,oci_config/* parseConfig */.o)(piece.config);
    const pairs = piece.image.layers
        .map((layer, n) => ({ diffId: diffIds[n], layer }))
        .filter(({ layer }) => !absent.has(layer.digest));
    return {
        diffIds: pairs.map(({ diffId }) => diffId),
        layers: pairs.map(({ layer }) => ({ ...layer, open: layout.blob(layer).open })),
    };
}

// EXTERNAL MODULE: ./lib/command/stopwatch.js
var stopwatch = __webpack_require__(9098);
;// CONCATENATED MODULE: ./lib/command/build-one.js














/** Hands over the archive of an earlier run. */
async function takeCached({ file, image, size }, container, { host }) {
    const watch = (0,stopwatch/* stopwatch */.s)();
    await watch.time('upload', () => hand(file, host));
    host.log.info(`${labelOf(container)}: unchanged, from the cache: ${contentOf({ image, size })}`);
    return { file, built: (0,command_built/* builtOf */.QC)(container, image, { size, how: 'cached', ...watch.read() }) };
}
/** Builds a container and packs it. On GitHub, what Nix said is folded under the one line that tells of it. */
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
        const { file, image, size, piece } = await pack(around, container, prepared, { log, watch });
        const how = howBuilt(log, prepared);
        const built = (0,command_built/* builtOf */.QC)(container, image, { size, how, ...watch.read() });
        // A file that goes away with the run is nothing to tell of.
        const where = file === undefined || file.startsWith(host.temp) ? '' : ` in ${file}`;
        host.log.folded(`${label}: ${timesOf(built)}: ${contentOf({ image, size })}${where}`, log.lines());
        return { built, ...(file && { file }), ...(piece && { piece }) };
    }
    catch (error) {
        const after = (0,format/* formatSeconds */.Xo)(Date.now() - watch.read().began);
        if (host.kind === 'github')
            host.log.folded(`${label}: failed after ${after}`, log.lines());
        throw error;
    }
}
async function pack(around, container, prepared, { log, watch }) {
    const { host, signal, encoding, level, folder } = around;
    const path = await watch.time('build', () => storePathOf(around, container, prepared, log));
    const options = {
        encoding,
        level,
        there: around.there(container.name),
        packed: around.packed.find,
        runsForeign: prepared?.runnable ?? false,
        signal,
        onProgress: (bytes) => host.log.progress(`${labelOf(container)}: ${(0,format/* formatBytes */.z3)(bytes)} packed`),
    };
    if (folder === undefined) {
        const piece = await watch.time('pack', () => packPiece(container, path, host, options));
        around.packed.add((0,oci_config/* parseConfig */.o)(piece.config).diffIds, piece.image.layers);
        return { piece, image: piece.image, size: carriedSize(piece) };
    }
    const file = fileOf(container, folder);
    const archive = await watch.time('pack', () => packageImage(container, path, host, { ...options, file }));
    around.packed.add(archive.carried.diffIds, archive.carried.layers);
    await watch.time('upload', () => hand(file, host));
    return { ...archive, file };
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
// EXTERNAL MODULE: ./lib/command/git.js + 1 modules
var git = __webpack_require__(7136);
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
    if (pushed.done && folder !== undefined) {
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
            if (cache.readOnly || (await isThin(file)))
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
    const rest = JSON.stringify([version/* VERSION */.x, encoding, container.output, (0,command_facts/* archiveAnnotations */.h6)(container, host)]);
    const hash = (0,short_hash/* shortHash */.B)(rest);
    return `nix-multiarch-image-${hashPart(container.derivation)}-${hash}`;
}
/** What a thin archive names may be gone by then. */
async function isThin(file) {
    const { index } = await (0,image_layout/* openLayout */.B)(file);
    return index.manifests.some(({ annotations }) => annotations?.[annotation/* THIN */.YU] !== undefined);
}
/** Every byte is read, so that a cache entry that is broken counts as none. */
async function take(container, path, file) {
    const archived = await (0,command_archived/* openArchived */.V)(path);
    if (archived?.derivation !== container.derivation)
        throw new Error('it is of another derivation');
    for (const blob of [archived.image.manifest, ...(0,oci_image/* blobsOf */.OR)([archived.image])])
        await archived.layout.verify(blob);
    await putBeside(path, file);
    return { image: archived.image, file, size: (await (0,promises_.stat)(file)).size };
}
/** The same file under a second name, or a copy where that cannot be. */
async function putBeside(file, path) {
    await (0,promises_.mkdir)((0,external_node_path_.dirname)(path), { recursive: true });
    await (0,promises_.rm)(path, { force: true });
    await (0,promises_.link)(file, path).catch(() => (0,promises_.copyFile)(file, path));
}

// EXTERNAL MODULE: ./lib/command/machines.js + 4 modules
var command_machines = __webpack_require__(5461);
// EXTERNAL MODULE: ./lib/command/ready-nix.js + 26 modules
var ready_nix = __webpack_require__(776);
// EXTERNAL MODULE: ./lib/command/report-artifacts.js + 1 modules
var report_artifacts = __webpack_require__(3415);
// EXTERNAL MODULE: ./lib/command/outlets.js
var outlets = __webpack_require__(395);
// EXTERNAL MODULE: ./lib/command/plan-ask.js + 2 modules
var plan_ask = __webpack_require__(8848);
// EXTERNAL MODULE: ./lib/command/plan-decide.js + 1 modules
var plan_decide = __webpack_require__(5542);
// EXTERNAL MODULE: ./lib/command/plan-subject.js
var plan_subject = __webpack_require__(6771);
// EXTERNAL MODULE: ./lib/command/registry-client.js + 14 modules
var registry_client = __webpack_require__(5886);
// EXTERNAL MODULE: ./lib/command/registry-layers.js
var registry_layers = __webpack_require__(9945);
;// CONCATENATED MODULE: ./lib/command/reuse.js









/**
 * Whether archives name layers that the registry has, and do not carry them. A run that may not push has nowhere to merge such ones.
 * Throws a `UsageError` when they are asked for without a registry.
 */
function makesThin({ archives, force, ...inputs }, ref, host) {
    const isPlace = inputs.image.length > 0;
    if (archives === 'thin' && !isPlace)
        throw new util_error/* UsageError */.eb('`archives: thin` needs an `image`', {
            hint: 'Name the registry that the merge pushes to: what is there already need not be in an archive.',
        });
    if (force)
        return false;
    return archives === 'thin' || (archives === 'auto' && isPlace && (0,outlets/* mayPush */.OR)(inputs, host, ref));
}
const reuse_AT_ONCE = 4;
/** The layers that containers' repositories have, by container. A registry's trouble is told in a warning, and all is packed then. */
async function layersInRegistries(containers, inputs, ref, host, signal) {
    const access = (0,registry_client/* forReading */.y_)(inputs);
    const places = (0,plan_decide/* placesOf */.ek)((0,plan_subject/* subjectsOf */.Z)(containers, { ref, version: inputs.version }, host), inputs, host);
    const client = (0,plan_ask/* askingClient */.P)(places, access, host);
    const found = new Map();
    try {
        const looked = await (0,plan_ask/* askRegistries */.V)(places, access, ref, client, signal);
        tellSilence(looked, host);
        await (0,limit/* mapLimit */.sf)(looked, reuse_AT_ONCE, async (each, n) => {
            const repositories = places[n]?.references.length ?? 0;
            const there = await (0,careful/* careful */.L)(`All layers of ${each.subject.name} are packed`, host.log, () => (0,registry_layers/* layersThere */.PI)((0,plan_decide/* basesOf */.cF)(each), repositories));
            found.set(each.subject.name, there);
        });
    }
    finally {
        client.close();
    }
    signal.throwIfAborted();
    return container => found.get(container);
}
function tellSilence(looked, { log }) {
    const silent = looked.map(({ result }) => result).find(({ kind }) => kind === 'silent');
    if (silent && 'error' in silent)
        log.warning(`The registry could not be asked for layers, so all are packed: ${silent.error.message}`);
}

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










const store_cache_LARGEST = 2e9;
/**
 * Brings back what jobs that build these containers have left, else what others have; at most `most` bytes of it are kept.
 * `undefined` where there is no cache.
 */
async function openStoreCache(cache, host, containers, most = store_cache_LARGEST) {
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
async function build_build(inputs, host, signal) {
    const folder = inputs.output ?? defaultFolder(host);
    const { ref } = await (0,git/* gitFacts */.g)(host);
    const isThin = makesThin(inputs, ref, host);
    await (0,promises_.mkdir)(folder, { recursive: true });
    const made = await makeChosen(inputs, folder, host, signal, async (found) => ({
        containers: found,
        there: isThin ? await layersInRegistries(found, inputs, ref, host, signal) : () => undefined,
    }));
    return archivesOf(made);
}
function archivesOf(made) {
    return made.flatMap(({ built, file }) => (file === undefined ? [] : [{ ...built, file }]));
}
/**
 * Builds and packs what `choose` takes out of what the flake has.
 *
 * @param folder where archives go; without one there are none, and each piece is given as it is
 */
async function makeChosen(inputs, folder, host, signal, choose) {
    checkEncoding(inputs.compression, inputs.compressionLevel);
    const watch = (0,stopwatch/* stopwatch */.s)();
    const ready = await watch.time('nix', () => (0,ready_nix/* readyForBuild */.tO)(inputs, host, signal));
    const systems = inputs.systems.length > 0 ? inputs.systems : [(0,system/* thisMachine */.g)()];
    const found = await watch.time('evaluate', () => (0,discover/* discover */.k)(ready.nix, systems, inputs, host, signal));
    return makeAll(await choose(found), { inputs, ready, host, signal, folder, watch });
}
/** On GitHub a folder that outlasts the step, for those who want the files and not the artifacts. */
function defaultFolder({ kind, env, temp }) {
    return kind === 'github' ? (0,external_node_path_.join)(env.RUNNER_TEMP ?? temp, 'nix-multiarch', gather/* ARCHIVES_FOLDER */.VV) : gather/* ARCHIVES_FOLDER */.VV;
}
async function makeAll({ containers, there }, around) {
    const { inputs, ready, host, signal, folder, watch } = around;
    const cache = inputs.cache === false ? undefined : host.cache;
    const images = imageCache(folder === undefined ? undefined : cache, host, wayOf(inputs));
    const restore = async (container) => folder === undefined ? undefined : images.restore(container, fileOf(container, folder));
    const cached = await watch.time('restore', () => (0,limit/* mapLimit */.sf)(containers, DOWNLOADS_AT_ONCE, restore));
    const rest = containers.filter((_, n) => cached[n] === undefined);
    const store = rest.length === 0 ? undefined : await openStoreCache(cache, host, containers, inputs.cacheSize);
    const builders = rest.map(container => container.builder);
    const machines = await (0,command_machines/* prepareAll */.b)(ready.nix, builders, inputs, host, signal);
    const building = { ...buildSurroundings(around, store), there };
    const results = await (0,limit/* mapLimit */.sf)(containers, build_AT_ONCE, (container, n) => (0,failures/* attempt */.CD)(container.name, () => {
        const found = cached[n];
        if (found)
            return takeCached(found, container, building);
        return buildOne(building, container, machines.get(container.builder));
    }));
    const done = (0,failures/* doneOf */.as)(results);
    setOutputs(archivesOf(done), host);
    const built = containers.filter((_, n) => cached[n] === undefined && results[n]?.done);
    const cachedCount = containers.length - rest.length;
    const made = { store, images, rest, built, cached: cachedCount };
    const pushed = await watch.time('save', () => handOn(made, { ...around, nix: ready.nix }));
    await sumUp({ ...watch.read(), built: done.map(({ built }) => built) }, host);
    const all = (0,failures/* allOrFail */.V_)(results, signal);
    (0,failures/* allOrFail */.V_)([pushed], signal);
    return all;
}
/** How layers are compressed, as cached archives are told apart by it. */
function wayOf({ compression, compressionLevel }) {
    return compressionLevel === undefined ? compression : `${compression}-${compressionLevel}`;
}
function buildSurroundings({ inputs, ready, host, signal, folder }, store) {
    const watch = cacheTroubles(host.log);
    return {
        nix: ready.nix,
        host,
        signal,
        encoding: inputs.compression,
        level: inputs.compressionLevel,
        folder,
        packed: new known_layers/* KnownLayers */.W(),
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
    const { provideQemu, qemuSources } = await Promise.all(/* import() */[__webpack_require__.e(151), __webpack_require__.e(608)]).then(__webpack_require__.bind(__webpack_require__, 2608));
    return provideQemu(system, qemuSources(host, image, signal));
}


/***/ }),

/***/ 8848:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  V: () => (/* binding */ askRegistries),
  P: () => (/* binding */ askingClient)
});

// EXTERNAL MODULE: ./lib/registry/explain.js + 2 modules
var explain = __webpack_require__(7432);
// EXTERNAL MODULE: ./lib/registry/repository.js + 7 modules
var repository = __webpack_require__(5182);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/util/limit.js
var limit = __webpack_require__(8631);
// EXTERNAL MODULE: ./lib/tag/wanted.js + 6 modules
var wanted = __webpack_require__(8944);
;// CONCATENATED MODULE: ./lib/command/candidate-tags.js

/** Each costs a request where it is not there. */
const MOST = 6;
const LATEST = { tag: 'latest', kind: 'free' };
/** In which order they are looked at. */
const RANK = { exact: 0, branch: 1, newest: 2, free: 3 };
/**
 * The tags under which an image may stand as it would be built now: those that the run would set, the exact version's first, then
 * those that the default branch would set, and `latest`. What is named after a commit or a pull request is left out: it is new.
 */
function candidateTags(request, flavor, { version, ref, now }) {
    const wantedOn = (place) => telling((0,wanted/* wantedTags */.p)(request, flavor, { ref: place, now, ...(version !== undefined && { version }) }));
    const { defaultBranch, sha } = ref;
    const own = wantedOn(ref).filter(({ kind }) => kind !== 'free' || ref.kind !== 'pull-request');
    const onDefault = defaultBranch === undefined ? [] : wantedOn({ ...ref, kind: 'branch', name: defaultBranch });
    const all = [...own, ...onDefault, LATEST].filter(({ tag }) => !sha || !tag.includes(sha.slice(0, 7)));
    return all.filter(({ tag }, n) => all.findIndex(other => other.tag === tag) === n).slice(0, MOST);
}
/** Beside an exact version and the newest of all, `1` and `1.2` have nothing more to tell. */
function telling(tags) {
    const hasExact = tags.some(({ kind }) => kind === 'exact');
    const rest = hasExact ? tags.filter(({ among }) => among?.line.major === undefined) : tags;
    return rest.toSorted((a, b) => RANK[a.kind] - RANK[b.kind]);
}

// EXTERNAL MODULE: ./lib/oci/reference.js
var oci_reference = __webpack_require__(3940);
// EXTERNAL MODULE: ./lib/command/derivations.js
var derivations = __webpack_require__(5955);
// EXTERNAL MODULE: ./lib/command/look-up.js
var look_up = __webpack_require__(3914);
;// CONCATENATED MODULE: ./lib/command/plan-look.js



/** Looks under one tag after the other until one holds an index of just these derivations. */
async function lookFor(repository, tags, systems) {
    const { reference } = repository;
    const name = (0,oci_reference/* referenceName */.z$)(reference);
    let why;
    let refused;
    let base;
    for (const { tag, kind } of tags) {
        const found = await repository.findManifest(tag);
        if (found === 'no repository')
            break;
        if (found === 'no manifest')
            continue;
        const holding = (0,look_up/* holdingOf */.JO)(found);
        const { manifests } = holding;
        if (manifests.length > 0)
            base ??= { repository, manifests };
        const difference = (0,derivations/* differenceOf */.P)(manifests, systems);
        if (difference === undefined)
            return { ...unchanged(reference, tag, holding, refused), bases: [{ repository, manifests }] };
        why ??= difference;
        if (kind === 'exact')
            refused = `${name}:${tag}`;
    }
    const bases = base ? [base] : [];
    if (why !== undefined)
        return { kind: 'changed', why, refused, bases };
    return { kind: 'new', why: `new: ${name} has no image of it yet`, refused, bases };
}
function unchanged({ registry, repository }, tag, { digest, version = tag, descriptor }, refused) {
    const image = (0,oci_reference/* referenceName */.z$)({ registry, repository, digest: descriptor.digest });
    return {
        kind: 'unchanged',
        why: `unchanged since ${version} (${digest.slice(0, 19)}…)`,
        standing: { image, digest: descriptor.digest },
        refused,
    };
}
/** Looks in every repository that a container goes to, of which there is one at least: it is unchanged only where all have it. */
async function lookEverywhere(repositories, tags, systems) {
    const looks = await Promise.all(repositories.map(repository => lookFor(repository, tags, systems)));
    const look = looks.find(({ kind }) => kind !== 'unchanged') ?? looks[0];
    const refused = looks.find(each => each.refused !== undefined)?.refused;
    return { ...look, refused, bases: looks.flatMap(({ bases }) => bases) };
}

// EXTERNAL MODULE: ./lib/command/registry-client.js + 14 modules
var registry_client = __webpack_require__(5886);
;// CONCATENATED MODULE: ./lib/command/plan-ask.js







const AT_ONCE = 8;
/** A plan can do without an answer, so it has less patience than a push. */
const ATTEMPTS = 3;
/** Asks the registries what they have of each container. Their trouble is a result, and no failure. */
async function askRegistries(places, inputs, ref, client, signal) {
    return (0,limit/* mapLimit */.sf)(places, AT_ONCE, asker(client, inputs, ref, signal));
}
/** A client for asking alone. */
function askingClient(places, inputs, host) {
    return (0,registry_client/* registryClient */.Rk)(inputs, places.flatMap(({ references }) => references), host, { attempts: ATTEMPTS });
}
function asker(client, { tags, flavor }, ref, signal) {
    const now = new Date();
    // Who does not answer once would let all the others wait.
    let silent;
    return async ({ subject, references }) => {
        if (silent)
            return { subject, result: { kind: 'silent', error: silent } };
        const { version, systems } = subject;
        const candidates = candidateTags(tags, flavor, { version, ref, now });
        const repositories = references.map(each => new repository/* Repository */.L(client, each, { signal }));
        try {
            return { subject, result: await lookEverywhere(repositories, candidates, systems) };
        }
        catch (error) {
            signal.throwIfAborted();
            if (!(error instanceof util_error/* UserError */.yo))
                throw error;
            if (isSilence(error))
                silent ??= error;
            return { subject, result: { kind: (0,explain/* isRefusal */.vu)(error) ? 'hidden' : 'silent', error } };
        }
    };
}
/** No answer, or one that has nothing to do with the repository. */
function isSilence(error) {
    if (!(error instanceof explain/* RegistryError */.gl))
        return false;
    const { status } = error.failure;
    return status === undefined || status === 429 || status >= 500;
}


/***/ }),

/***/ 5542:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  cF: () => (/* binding */ basesOf),
  LD: () => (/* binding */ decide),
  ek: () => (/* binding */ placesOf)
});

// EXTERNAL MODULE: ./lib/command/destination.js
var destination = __webpack_require__(6697);
// EXTERNAL MODULE: ./lib/command/outlets.js
var outlets = __webpack_require__(395);
// EXTERNAL MODULE: ./lib/command/plan-ask.js + 2 modules
var plan_ask = __webpack_require__(8848);
// EXTERNAL MODULE: ./lib/util/format.js
var format = __webpack_require__(4849);
;// CONCATENATED MODULE: ./lib/command/plan-warnings.js

/** How many of many are named. */
const NAMED = 5;
/** Says once for all containers that no registry answered: as a rule it is one and the same trouble. */
function warnOfSilence(looked, { log }) {
    const errors = errorsOf(looked, 'silent');
    const [error] = errors;
    if (error === undefined)
        return;
    const rest = `so ${(0,format/* plural */.LS)(errors.length, 'container')} may be built without need`;
    log.warning(withHint(`The registry could not be asked, ${rest}: ${error.message}`, error));
}
/** Says once for all containers that a registry would not tell whether it has them. */
function warnOfHidden(looked, { log }) {
    const errors = errorsOf(looked, 'hidden');
    const [error] = errors;
    if (error === undefined)
        return;
    const whose = `What the registry has of ${(0,format/* plural */.LS)(errors.length, 'container')}`;
    const why = `may not be read or is not there yet, so all of it is built: ${error.message}`;
    log.warning(withHint(`${whose} ${why}`, error));
}
/** Says early, and not only when all is built, which tags the merge will refuse to set. */
function warnOfRefusals(looked, { log }) {
    const refused = looked.flatMap(({ result }) => 'refused' in result && result.refused ? [result.refused] : []);
    if (refused.length === 0)
        return;
    const one = refused.length === 1;
    const more = refused.length > NAMED ? ` and ${refused.length - NAMED} more` : '';
    const names = `${refused.slice(0, NAMED).join(', ')}${more}`;
    const which = one ? `${names} is` : `${refused.length} versions are`;
    const end = one ? 'it anew' : `them anew: ${names}`;
    log.warning([
        `${which} there already, made from something else, and the merge will refuse to set ${end}`,
        'Raise the version, or allow it with `overwrite`.',
    ].join('\n'));
}
function errorsOf(looked, kind) {
    return looked.flatMap(({ result }) => (result.kind === kind && 'error' in result ? [result.error] : []));
}
function withHint(message, { hint }) {
    return [message, hint].filter(Boolean).join('\n');
}

// EXTERNAL MODULE: ./lib/command/registry-client.js + 14 modules
var registry_client = __webpack_require__(5886);
;// CONCATENATED MODULE: ./lib/command/plan-decide.js





/**
 * Decides for each container whether it is built: not where the registry has it just as the flake describes it.
 *
 * @param client to ask with, where there is one already
 */
async function decide(subjects, inputs, ref, host, signal, client) {
    const why = whyNotAsked(inputs, host);
    if (why !== undefined)
        return subjects.map(subject => ({ container: built(subject, why), bases: [] }));
    const places = placesOf(subjects, inputs, host);
    const pushes = (0,outlets/* mayPush */.OR)(inputs, host, ref);
    const access = pushes ? inputs : (0,registry_client/* forReading */.y_)(inputs);
    const asking = client ?? (0,plan_ask/* askingClient */.P)(places, access, host);
    try {
        const looked = await (0,plan_ask/* askRegistries */.V)(places, access, ref, asking, signal);
        warnOfSilence(looked, host);
        if (pushes)
            warnOfHidden(looked, host);
        if (pushes && !inputs.overwrite)
            warnOfRefusals(looked, host);
        return looked.map(each => ({ container: planned(each), bases: basesOf(each) }));
    }
    finally {
        if (client === undefined)
            asking.close();
    }
}
function whyNotAsked(inputs, host) {
    if (inputs.force)
        return 'forced';
    if ((0,outlets/* imageTemplates */.br)({ ...inputs, archive: undefined }, (0,outlets/* ownerOf */.bf)(host)).length === 0)
        return 'there is no registry to compare it with';
    return inputs.push === 'false' ? 'nothing is pushed, so nothing was compared' : undefined;
}
/** The repositories that containers go to. */
function placesOf(subjects, inputs, host) {
    const owner = (0,outlets/* ownerOf */.bf)(host);
    const templates = (0,outlets/* imageTemplates */.br)({ ...inputs, archive: undefined }, owner);
    return subjects.map(subject => ({
        subject,
        references: (0,destination/* repositoriesOf */.U)({ container: subject.name, imageName: subject.imageName }, templates, owner),
    }));
}
/** What a container's repositories hold, one each at most; nothing where they could not be asked. */
function basesOf({ result }) {
    return 'bases' in result ? result.bases : [];
}
function planned({ subject, result }) {
    switch (result.kind) {
        case 'unchanged':
            return { ...factsOf(subject), build: false, why: result.why, standing: result.standing };
        case 'new':
        case 'changed':
            return built(subject, result.why);
        case 'hidden':
            return built(subject, 'its repository may not be read or is not there yet');
        case 'silent':
            return built(subject, 'the registry could not be asked');
    }
}
function built(subject, why) {
    return { ...factsOf(subject), build: true, why };
}
function factsOf({ containers: _, ...facts }) {
    return facts;
}


/***/ }),

/***/ 6771:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Z: () => (/* binding */ subjectsOf)
/* harmony export */ });
/* harmony import */ var _oci_annotation_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(3200);
/* harmony import */ var _tag_version_of_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(4044);
/* harmony import */ var _facts_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(5642);
/* harmony import */ var _stamp_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(206);




/** Brings what the systems' evaluations gave together by container, sorted by name. */
function subjectsOf(containers, options, host) {
    const names = [...new Set(containers.map(({ name }) => name))].sort();
    const own = new Map(names.map(name => [name, []]));
    for (const container of containers)
        own.get(container.name)?.push(container);
    return [...own].map(([name, all]) => subjectOf(name, all, options, host));
}
function subjectOf(name, containers, { ref, version }, host) {
    const systems = containers.map((container) => ({
        system: container.system,
        derivation: container.derivation,
        facts: (0,_facts_js__WEBPACK_IMPORTED_MODULE_1__/* .archiveAnnotations */ .h6)(container, host),
    }));
    const own = (0,_tag_version_of_js__WEBPACK_IMPORTED_MODULE_0__/* .versionOf */ .E)(version, (0,_stamp_js__WEBPACK_IMPORTED_MODULE_2__/* .imageVersion */ .K)({ pieces: systems }), ref);
    const imageName = systems[0]?.facts[_oci_annotation_js__WEBPACK_IMPORTED_MODULE_3__/* .IMAGE_NAME */ .yc] ?? name;
    return { name, imageName, systems, containers, ...(own !== undefined && { version: own }) };
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
