export const id = 241;
export const ids = [241];
export const modules = {

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
        while (this.#held.length === 0) {
            const { value, done } = await this.#chunks.next();
            if (done)
                return undefined;
            this.#held = value;
        }
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

/***/ 1260:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $d: () => (/* binding */ sizeOf),
/* harmony export */   BA: () => (/* binding */ parseDescriptor),
/* harmony export */   dM: () => (/* binding */ distinct),
/* harmony export */   nb: () => (/* binding */ descriptorOf)
/* harmony export */ });
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8884);
/* harmony import */ var _digest_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9501);


/** Just the descriptor of a blob, with its fields in the order in which they are written. */
function descriptorOf(of) {
    const { mediaType, digest, size, annotations, platform } = of;
    return {
        mediaType,
        digest,
        size,
        ...(annotations && { annotations }),
        ...(platform && { platform: orderedPlatform(platform) }),
    };
}
/** The same platform must give the same bytes, whoever wrote it down. */
function orderedPlatform({ architecture, os, variant, ...rest }) {
    return { architecture, os, ...rest, ...(variant !== undefined && { variant }) };
}
/** Each digest once: in the place of its first, the last that has it. */
function distinct(all) {
    return [...new Map(all.map(each => [each.digest, each])).values()];
}
/** In bytes, together. */
function sizeOf(all) {
    return all.reduce((sum, { size }) => sum + size, 0);
}
/** Throws an `Error` that starts with `what` when `value` is no descriptor. */
function parseDescriptor(value, what) {
    const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asObject */ .eB)(value, what);
    const annotations = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asStringMap */ ._T)(it.annotations, `${what}.annotations`);
    const platform = it.platform === undefined ? undefined : asPlatform(it.platform, `${what}.platform`);
    return {
        mediaType: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asString */ .oJ)(it.mediaType, `${what}.mediaType`),
        digest: (0,_digest_js__WEBPACK_IMPORTED_MODULE_0__/* .parseDigest */ .m)(it.digest),
        size: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asCount */ .Wg)(it.size, `${what}.size`),
        ...(annotations && { annotations }),
        ...(platform && { platform }),
    };
}
function asPlatform(value, what) {
    const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asObject */ .eB)(value, what);
    const variant = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asOptionalString */ .qM)(it.variant, `${what}.variant`);
    const version = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asOptionalString */ .qM)(it['os.version'], `${what}["os.version"]`);
    return {
        architecture: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asString */ .oJ)(it.architecture, `${what}.architecture`),
        os: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_1__/* .asString */ .oJ)(it.os, `${what}.os`),
        ...(version && { 'os.version': version }),
        ...(variant && { variant }),
    };
}


/***/ }),

/***/ 8574:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $U: () => (/* binding */ isIndexType),
/* harmony export */   $p: () => (/* binding */ OCI_INDEX),
/* harmony export */   EG: () => (/* binding */ OCI_MANIFEST),
/* harmony export */   Mu: () => (/* binding */ DOCKER_INDEX),
/* harmony export */   ON: () => (/* binding */ layerType),
/* harmony export */   Q3: () => (/* binding */ isManifestType),
/* harmony export */   TF: () => (/* binding */ OCI_CONFIG),
/* harmony export */   Vv: () => (/* binding */ DOCKER_MANIFEST)
/* harmony export */ });
/* unused harmony exports OCI_LAYER, OCI_LAYER_GZIP, OCI_LAYER_ZSTD */
/** Media types of the OCI image specification 1.1 and of the Docker formats that stand for the same things. */
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar';
const OCI_LAYER_GZIP = `${OCI_LAYER}+gzip`;
const OCI_LAYER_ZSTD = `${OCI_LAYER}+zstd`;
const DOCKER_INDEX = 'application/vnd.docker.distribution.manifest.list.v2+json';
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
function isIndexType(mediaType) {
    return mediaType === OCI_INDEX || mediaType === DOCKER_INDEX;
}
function isManifestType(mediaType) {
    return mediaType === OCI_MANIFEST || mediaType === DOCKER_MANIFEST;
}
const LAYER_TYPES = {
    none: OCI_LAYER,
    gzip: OCI_LAYER_GZIP,
    zstd: OCI_LAYER_ZSTD,
};
function layerType(encoding) {
    return LAYER_TYPES[encoding];
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
