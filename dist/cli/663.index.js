export const id = 663;
export const ids = [663];
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

/***/ 6333:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Tq: () => (/* binding */ openFile),
/* harmony export */   sG: () => (/* binding */ fileBytes),
/* harmony export */   zy: () => (/* binding */ readHead)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3024);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1455);
/* harmony import */ var _bytes_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8734);



/** In pieces this large the cost of each read is not felt. */
const CHUNK = 1 << 19;
/** A file, or the part of it from `start` to `end`, the last byte included. */
function openFile(path, part = {}) {
    return (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.createReadStream)(path, { ...part, highWaterMark: CHUNK });
}
/** A whole file, opened when its first byte is asked for. */
function fileBytes(path) {
    return (0,_bytes_js__WEBPACK_IMPORTED_MODULE_2__/* .lazily */ .qy)(() => openFile(path));
}
/** The first `count` bytes of a file, or all of a smaller one. */
async function readHead(path, count) {
    const file = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.open)(path);
    try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
        return buffer.subarray(0, bytesRead);
    }
    finally {
        await file.close();
    }
}


/***/ }),

/***/ 353:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   K$: () => (/* binding */ INDEX_FILE),
/* harmony export */   W7: () => (/* binding */ layoutFiles),
/* harmony export */   ZU: () => (/* binding */ openSlice),
/* harmony export */   df: () => (/* binding */ BLOBS),
/* harmony export */   gI: () => (/* binding */ LAYOUT_FILE)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6760);
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7075);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(9110);
/* harmony import */ var _file_bytes_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(6333);
/* harmony import */ var _magic_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(150);
/* harmony import */ var _tar_scan_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(8282);







/** The files of an image layout (OCI image-spec, image-layout.md). */
const LAYOUT_FILE = 'oci-layout';
const INDEX_FILE = 'index.json';
const BLOBS = 'blobs/sha256';
function openSlice({ path, offset, size }) {
    if (size === 0)
        return node_stream__WEBPACK_IMPORTED_MODULE_2__.Readable.from([]);
    return (0,_file_bytes_js__WEBPACK_IMPORTED_MODULE_4__/* .openFile */ .Tq)(path, { start: offset, end: offset + size - 1 });
}
/** The files of a layout folder or archive by name. Throws an `Error` that says what is wrong with it. */
async function layoutFiles(path) {
    const files = (await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.stat)(path)).isDirectory() ? await filesOfFolder(path) : await filesOfArchive(path);
    for (const name of [LAYOUT_FILE, INDEX_FILE])
        if (!files.has(name))
            throw new Error(`it has no ${name}`);
    return files;
}
async function filesOfFolder(folder) {
    const blobs = (await listing((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(folder, BLOBS))).map(name => `${BLOBS}/${name}`);
    const top = (await listing(folder)).filter(name => name === LAYOUT_FILE || name === INDEX_FILE);
    const files = new Map();
    for (const name of [...top, ...blobs]) {
        const path = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(folder, name);
        files.set(name, { path, offset: 0, size: (await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.stat)(path)).size });
    }
    return files;
}
/** A layout without blobs needs no folder for them. */
async function listing(folder) {
    try {
        return await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readdir)(folder);
    }
    catch (error) {
        if ((0,_util_error_js__WEBPACK_IMPORTED_MODULE_3__/* .codeOf */ .$N)(error) === 'ENOENT')
            return [];
        throw error;
    }
}
async function filesOfArchive(path) {
    const compression = (0,_magic_js__WEBPACK_IMPORTED_MODULE_5__/* .encodingOf */ .P$)(await (0,_file_bytes_js__WEBPACK_IMPORTED_MODULE_4__/* .readHead */ .zy)(path, _magic_js__WEBPACK_IMPORTED_MODULE_5__/* .HEAD */ .Vx));
    if (compression !== 'none')
        throw new Error(`it is compressed with ${compression}; decompress it first`);
    const files = new Map();
    for (const entry of await (0,_tar_scan_js__WEBPACK_IMPORTED_MODULE_6__/* .scanTar */ .t)(path)) {
        if (entry.kind !== 'file')
            continue;
        if (files.has(entry.name))
            throw new Error(`it holds ${entry.name} twice`);
        files.set(entry.name, { path, offset: entry.offset, size: entry.size });
    }
    return files;
}


/***/ }),

/***/ 8663:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   B: () => (/* binding */ openLayout)
/* harmony export */ });
/* harmony import */ var node_stream_consumers__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8321);
/* harmony import */ var _oci_config_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1403);
/* harmony import */ var _oci_descriptor_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(1260);
/* harmony import */ var _oci_digest_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(9501);
/* harmony import */ var _oci_image_index_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(5885);
/* harmony import */ var _oci_manifest_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(4360);
/* harmony import */ var _oci_verify_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(5600);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(9110);
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(8884);
/* harmony import */ var _layout_files_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(353);










const MAX_DOCUMENT = 16 << 20;
const SPOILT = 'The file was changed or cut off after it was made. Make it again.';
/** Opens a layout folder or an uncompressed archive of one. */
async function openLayout(path) {
    try {
        const files = await (0,_layout_files_js__WEBPACK_IMPORTED_MODULE_8__/* .layoutFiles */ .W7)(path);
        checkVersion(await whole(files.get(_layout_files_js__WEBPACK_IMPORTED_MODULE_8__/* .LAYOUT_FILE */ .gI)));
        return new FileLayout(path, files, (0,_oci_image_index_js__WEBPACK_IMPORTED_MODULE_4__/* .parseIndex */ .A1)(await whole(files.get(_layout_files_js__WEBPACK_IMPORTED_MODULE_8__/* .INDEX_FILE */ .K$)), _layout_files_js__WEBPACK_IMPORTED_MODULE_8__/* .INDEX_FILE */ .K$));
    }
    catch (error) {
        if ((0,_util_error_js__WEBPACK_IMPORTED_MODULE_7__/* .codeOf */ .$N)(error) === 'ENOENT')
            throw new _util_error_js__WEBPACK_IMPORTED_MODULE_7__/* .UserError */ .yo(`${path} does not exist`, { cause: error });
        throw new _util_error_js__WEBPACK_IMPORTED_MODULE_7__/* .UserError */ .yo(`${path} is no OCI image layout: ${(0,_util_error_js__WEBPACK_IMPORTED_MODULE_7__/* .messageOf */ .bD)(error)}`, { cause: error });
    }
}
function checkVersion(bytes) {
    const version = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_9__/* .asString */ .oJ)((0,_util_json_js__WEBPACK_IMPORTED_MODULE_9__/* .asObject */ .eB)((0,_util_json_js__WEBPACK_IMPORTED_MODULE_9__/* .parseJson */ .qF)(bytes, _layout_files_js__WEBPACK_IMPORTED_MODULE_8__/* .LAYOUT_FILE */ .gI), _layout_files_js__WEBPACK_IMPORTED_MODULE_8__/* .LAYOUT_FILE */ .gI).imageLayoutVersion, 'imageLayoutVersion');
    if (!version.startsWith('1.'))
        throw new Error(`its version is ${version}, not 1`);
}
class FileLayout {
    path;
    index;
    #files;
    constructor(path, files, index) {
        this.path = path;
        this.#files = files;
        this.index = index;
    }
    has({ digest }) {
        return this.#files.has(nameOf(digest));
    }
    blob(descriptor) {
        const slice = this.#files.get(nameOf(descriptor.digest));
        if (!slice)
            throw this.#wrong(`${descriptor.digest} is missing`);
        if (slice.size !== descriptor.size) {
            throw this.#wrong(`${descriptor.digest} has ${slice.size} bytes, not ${descriptor.size}`);
        }
        const blob = { ...(0,_oci_descriptor_js__WEBPACK_IMPORTED_MODULE_2__/* .descriptorOf */ .nb)(descriptor), open: () => (0,_layout_files_js__WEBPACK_IMPORTED_MODULE_8__/* .openSlice */ .ZU)(slice) };
        return { ...blob, open: () => (0,_oci_verify_js__WEBPACK_IMPORTED_MODULE_6__/* .verified */ .zr)(blob, error => this.#wrong((0,_util_error_js__WEBPACK_IMPORTED_MODULE_7__/* .messageOf */ .bD)(error), error)) };
    }
    async read(descriptor) {
        if (descriptor.size > MAX_DOCUMENT) {
            throw this.#wrong(`${descriptor.digest} is too large for metadata: ${descriptor.size} bytes`);
        }
        return (0,node_stream_consumers__WEBPACK_IMPORTED_MODULE_0__.buffer)(this.blob(descriptor).open());
    }
    async image(descriptor, elsewhere) {
        const bytes = await this.read(descriptor);
        const { config, layers } = this.#parse(() => (0,_oci_manifest_js__WEBPACK_IMPORTED_MODULE_5__/* .parseManifest */ .Ng)(bytes));
        const configBytes = await this.read(config);
        const { platform, diffIds } = this.#parse(() => (0,_oci_config_js__WEBPACK_IMPORTED_MODULE_1__/* .parseConfig */ .o)(configBytes));
        if (diffIds.length !== layers.length) {
            throw this.#wrong(`the manifest lists ${layers.length} layers, the config ${diffIds.length}`);
        }
        return {
            platform,
            manifest: this.blob({ platform, ...descriptor }),
            config: this.blob(config),
            layers: layers.map(layer => (elsewhere && !this.has(layer) ? elsewhere(layer) : this.blob(layer))),
        };
    }
    async verify(descriptor) {
        for await (const _ of this.blob(descriptor).open())
            ;
    }
    #parse(parse) {
        try {
            return parse();
        }
        catch (error) {
            throw this.#wrong((0,_util_error_js__WEBPACK_IMPORTED_MODULE_7__/* .messageOf */ .bD)(error), error);
        }
    }
    #wrong(what, cause) {
        const hint = cause instanceof _oci_verify_js__WEBPACK_IMPORTED_MODULE_6__/* .DigestMismatch */ .b3 ? SPOILT : undefined;
        return new _util_error_js__WEBPACK_IMPORTED_MODULE_7__/* .UserError */ .yo(`${this.path}: ${what}`, { hint, cause });
    }
}
function nameOf(digest) {
    return `${_layout_files_js__WEBPACK_IMPORTED_MODULE_8__/* .BLOBS */ .df}/${(0,_oci_digest_js__WEBPACK_IMPORTED_MODULE_3__/* .hexOf */ .ZD)(digest)}`;
}
async function whole(slice) {
    if (!slice)
        return Buffer.alloc(0);
    if (slice.size > MAX_DOCUMENT)
        throw new Error(`its metadata is too large: ${slice.size} bytes`);
    return (0,node_stream_consumers__WEBPACK_IMPORTED_MODULE_0__.buffer)((0,_layout_files_js__WEBPACK_IMPORTED_MODULE_8__/* .openSlice */ .ZU)(slice));
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

/***/ 8282:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   t: () => (/* binding */ scanTar)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);
/* harmony import */ var _tar_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4862);


/** Lists the members of a tar file by its headers alone. Throws an `Error` when the tar is damaged or cut off. */
async function scanTar(path) {
    const file = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.open)(path);
    try {
        const entries = [];
        for await (const entry of (0,_tar_js__WEBPACK_IMPORTED_MODULE_1__/* .tarEntries */ .O_)(await fileInput(file)))
            entries.push(entry);
        return entries;
    }
    finally {
        await file.close();
    }
}
async function fileInput(file) {
    const { size } = await file.stat();
    let position = 0;
    return {
        get position() {
            return position;
        },
        async read(count) {
            const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, position);
            position += bytesRead;
            return buffer.subarray(0, bytesRead);
        },
        async skip(count) {
            position += count;
            if (position > size)
                throw new Error(`it is cut off: ${position - size} bytes are missing`);
        },
    };
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
