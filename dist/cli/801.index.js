export const id = 801;
export const ids = [801];
export const modules = {

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
/* harmony export */   O_: () => (/* binding */ tarEntries)
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
    let global = {};
    let local = {};
    for (let header = await readHeader(input); header; header = await readHeader(input)) {
        const extension = await readExtension(input, header);
        if (extension?.scope === 'global')
            global = { ...global, ...extension.overrides };
        else if (extension)
            local = { ...local, ...extension.overrides };
        else {
            const entry = toEntry(header, { ...global, ...local }, input.position);
            local = {};
            yield entry;
            await input.skip(entry.offset + entry.size + (0,_tar_header_js__WEBPACK_IMPORTED_MODULE_1__/* .paddingOf */ .Zt)(entry.size) - input.position);
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
function toEntry(header, over, offset) {
    const raw = over.path ?? header.name;
    const name = memberName(raw);
    const size = over.size ?? header.size;
    const link = over.linkpath ?? header.link;
    switch (header.type) {
        case '0':
        case '7':
            return { kind: raw.endsWith('/') ? 'other' : 'file', name, offset, size };
        case '1':
            return { kind: 'link', name, offset, size: 0, target: linkTarget(link) };
        case '2':
            return { kind: 'link', name, offset, size: 0, target: linkTarget(link, node_path__WEBPACK_IMPORTED_MODULE_0__.posix.dirname(name)) };
        case '3':
        case '4':
        case '5':
        case '6':
            return { kind: 'other', name, offset, size: 0 };
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


/***/ }),

/***/ 1260:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   BA: () => (/* binding */ parseDescriptor),
/* harmony export */   dM: () => (/* binding */ distinct),
/* harmony export */   nb: () => (/* binding */ descriptorOf)
/* harmony export */ });
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8884);
/* harmony import */ var _digest_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9501);


/** Just the descriptor of a blob, with its fields in the order in which they are written. */
function descriptorOf(of) {
    const { mediaType, digest, size, annotations, platform } = of;
    return { mediaType, digest, size, ...(annotations && { annotations }), ...(platform && { platform }) };
}
/** Each digest once: in the place of its first, the last that has it. */
function distinct(all) {
    return [...new Map(all.map(each => [each.digest, each])).values()];
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

/***/ 5885:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   A1: () => (/* binding */ parseIndex),
/* harmony export */   H3: () => (/* binding */ isAttestation),
/* harmony export */   H9: () => (/* binding */ makeIndex),
/* harmony export */   bj: () => (/* binding */ encodeIndex)
/* harmony export */ });
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(8884);
/* harmony import */ var _descriptor_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1260);
/* harmony import */ var _image_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(5148);
/* harmony import */ var _manifest_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(4360);
/* harmony import */ var _media_type_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(8574);
/* harmony import */ var _platform_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(7122);






function parseIndex(bytes, what = 'the index') {
    const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asObject */ .eB)((0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .parseJson */ .qF)(bytes, what), what);
    const annotations = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asStringMap */ ._T)(it.annotations, 'annotations');
    return {
        mediaType: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asOptionalString */ .qM)(it.mediaType, 'mediaType') ?? _media_type_js__WEBPACK_IMPORTED_MODULE_3__/* .OCI_INDEX */ .$p,
        manifests: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asArray */ ._j)(it.manifests, 'manifests').map((each, n) => (0,_descriptor_js__WEBPACK_IMPORTED_MODULE_0__/* .parseDescriptor */ .BA)(each, `manifests[${n}]`)),
        ...(annotations && { annotations }),
    };
}
/** BuildKit's provenance and SBOM manifests stand among the images under a platform that is none. */
function isAttestation({ platform }) {
    return platform?.os === 'unknown' && platform.architecture === 'unknown';
}
/** The bytes of an OCI index: the same input gives the same bytes. */
function encodeIndex(manifests, annotations) {
    const index = {
        schemaVersion: 2,
        mediaType: _media_type_js__WEBPACK_IMPORTED_MODULE_3__/* .OCI_INDEX */ .$p,
        manifests: manifests.map(_descriptor_js__WEBPACK_IMPORTED_MODULE_0__/* .descriptorOf */ .nb),
        ...(0,_manifest_js__WEBPACK_IMPORTED_MODULE_2__/* .sortedAnnotations */ .sk)(annotations),
    };
    return Buffer.from(JSON.stringify(index));
}
/**
 * Joins images into one index, in the order of their platforms' names, whatever order they came in.
 * Throws an `Error` when two are for the same platform.
 */
function makeIndex(images, annotations) {
    const byPlatform = new Map();
    for (const image of images) {
        const name = (0,_platform_js__WEBPACK_IMPORTED_MODULE_5__/* .platformName */ .$r)(image.platform);
        if (byPlatform.has(name))
            throw new Error(`two images for ${name}`);
        byPlatform.set(name, image);
    }
    const sorted = [...byPlatform].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, image]) => image);
    const bytes = encodeIndex(sorted.map(image => image.manifest), annotations);
    return { self: (0,_image_js__WEBPACK_IMPORTED_MODULE_1__/* .bytesBlob */ .XU)(bytes, { mediaType: _media_type_js__WEBPACK_IMPORTED_MODULE_3__/* .OCI_INDEX */ .$p }), images: sorted };
}


/***/ }),

/***/ 5148:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Gs: () => (/* binding */ makeImage),
/* harmony export */   OR: () => (/* binding */ blobsOf),
/* harmony export */   XU: () => (/* binding */ bytesBlob)
/* harmony export */ });
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7075);
/* harmony import */ var _descriptor_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1260);
/* harmony import */ var _digest_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(9501);
/* harmony import */ var _manifest_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(4360);
/* harmony import */ var _media_type_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(8574);
/* harmony import */ var _platform_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(7122);






/** Bytes in memory as a blob; for what is small, as manifests and configs are. */
function bytesBlob(bytes, of) {
    const descriptor = { ...of, digest: (0,_digest_js__WEBPACK_IMPORTED_MODULE_2__/* .digestOf */ .ol)(bytes), size: bytes.length };
    return { ...(0,_descriptor_js__WEBPACK_IMPORTED_MODULE_1__/* .descriptorOf */ .nb)(descriptor), open: () => node_stream__WEBPACK_IMPORTED_MODULE_0__.Readable.from([bytes], { objectMode: false }) };
}
/** Builds the manifest for a config and its layers. The config's bytes stay as they are, so the image ID stays too. */
function makeImage(of) {
    const config = bytesBlob(of.config, { mediaType: _media_type_js__WEBPACK_IMPORTED_MODULE_4__/* .OCI_CONFIG */ .TF });
    const bytes = (0,_manifest_js__WEBPACK_IMPORTED_MODULE_3__/* .encodeManifest */ .Gb)({
        config,
        layers: of.layers,
        ...(of.annotations && { annotations: of.annotations }),
    });
    const platform = (0,_platform_js__WEBPACK_IMPORTED_MODULE_5__/* .normalizePlatform */ .FL)(of.platform);
    return {
        platform,
        manifest: bytesBlob(bytes, { mediaType: _media_type_js__WEBPACK_IMPORTED_MODULE_4__/* .OCI_MANIFEST */ .EG, platform }),
        config,
        layers: of.layers,
    };
}
/** Every blob of an image but its manifest, each digest once. */
function blobsOf(images) {
    return (0,_descriptor_js__WEBPACK_IMPORTED_MODULE_1__/* .distinct */ .dM)(images.flatMap(image => [image.config, ...image.layers]));
}


/***/ }),

/***/ 4360:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Gb: () => (/* binding */ encodeManifest),
/* harmony export */   Ng: () => (/* binding */ parseManifest),
/* harmony export */   sk: () => (/* binding */ sortedAnnotations)
/* harmony export */ });
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8884);
/* harmony import */ var _descriptor_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1260);
/* harmony import */ var _media_type_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8574);



function parseManifest(bytes) {
    const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_2__/* .asObject */ .eB)((0,_util_json_js__WEBPACK_IMPORTED_MODULE_2__/* .parseJson */ .qF)(bytes, 'the manifest'), 'the manifest');
    const annotations = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_2__/* .asStringMap */ ._T)(it.annotations, 'annotations');
    return {
        mediaType: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_2__/* .asOptionalString */ .qM)(it.mediaType, 'mediaType') ?? _media_type_js__WEBPACK_IMPORTED_MODULE_1__/* .OCI_MANIFEST */ .EG,
        config: (0,_descriptor_js__WEBPACK_IMPORTED_MODULE_0__/* .parseDescriptor */ .BA)(it.config, 'config'),
        layers: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_2__/* .asArray */ ._j)(it.layers, 'layers').map((layer, n) => (0,_descriptor_js__WEBPACK_IMPORTED_MODULE_0__/* .parseDescriptor */ .BA)(layer, `layers[${n}]`)),
        ...(annotations && { annotations }),
    };
}
/** The bytes of an OCI manifest: the same input gives the same bytes. */
function encodeManifest(of) {
    const manifest = {
        schemaVersion: 2,
        mediaType: _media_type_js__WEBPACK_IMPORTED_MODULE_1__/* .OCI_MANIFEST */ .EG,
        config: (0,_descriptor_js__WEBPACK_IMPORTED_MODULE_0__/* .descriptorOf */ .nb)(of.config),
        layers: of.layers.map(_descriptor_js__WEBPACK_IMPORTED_MODULE_0__/* .descriptorOf */ .nb),
        ...sortedAnnotations(of.annotations),
    };
    return Buffer.from(JSON.stringify(manifest));
}
/** `{ annotations }` with sorted keys, or nothing when there are none. */
function sortedAnnotations(annotations) {
    const entries = Object.entries(annotations ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    return entries.length === 0 ? {} : { annotations: Object.fromEntries(entries) };
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

/***/ 5600:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   b3: () => (/* binding */ DigestMismatch),
/* harmony export */   zi: () => (/* binding */ verifier),
/* harmony export */   zr: () => (/* binding */ verified)
/* harmony export */ });
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7075);
/* harmony import */ var _digest_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9501);


/** Content was not what its descriptor says. */
class DigestMismatch extends Error {
    name = 'DigestMismatch';
}
/** What the streams that `verified` gave are held against. */
const checked = new WeakMap();
/**
 * Opens a blob. The stream fails with `DigestMismatch` before the last bytes when they are not the right ones. A blob
 * whose own `open` verifies it is not verified twice, and fails in its own words.
 *
 * @param explain puts the mismatch, or a failure to read, into other words
 */
function verified(blob, explain = error => error) {
    const source = blob.open();
    const expected = checked.get(source);
    if (expected?.digest === blob.digest && expected.size === blob.size)
        return source;
    const stream = verifier(blob, explain);
    checked.set(stream, { digest: blob.digest, size: blob.size });
    // Before `pipeline`, which would hand on the failure as it is.
    source.once('error', error => stream.destroy(explain(error)));
    return (0,node_stream__WEBPACK_IMPORTED_MODULE_0__.pipeline)(source, stream, () => { });
}
/**
 * Passes bytes through and fails with `DigestMismatch` unless they are exactly what `expected` says. The last chunk is
 * held back until the digest is known, so that a reader that stops at the failure never has the whole of a wrong content.
 */
function verifier(expected, explain = error => error) {
    const hasher = new _digest_js__WEBPACK_IMPORTED_MODULE_1__/* .Hasher */ .OP();
    let size = 0;
    let held;
    const check = () => {
        if (size !== expected.size)
            return new DigestMismatch(`${expected.digest} has ${size} bytes, not ${expected.size}`);
        const actual = hasher.digest();
        return actual === expected.digest ? undefined : new DigestMismatch(`${expected.digest} holds ${actual}`);
    };
    return new node_stream__WEBPACK_IMPORTED_MODULE_0__.Transform({
        transform(chunk, _encoding, done) {
            size += chunk.length;
            if (size > expected.size) {
                return done(explain(new DigestMismatch(`${expected.digest} has more than its ${expected.size} bytes`)));
            }
            hasher.update(chunk);
            const ready = held;
            held = chunk;
            return ready ? done(null, ready) : done();
        },
        flush(done) {
            const failure = check();
            if (failure)
                done(explain(failure));
            else if (held)
                done(null, held);
            else
                done();
        },
    });
}


/***/ })

};
