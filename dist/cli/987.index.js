export const id = 987;
export const ids = [987];
export const modules = {

/***/ 5403:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   V: () => (/* binding */ openArchived)
/* harmony export */ });
/* harmony import */ var _image_layout_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8663);
/* harmony import */ var _oci_annotation_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(3200);
/* harmony import */ var _oci_config_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1403);
/* harmony import */ var _oci_media_type_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8574);
/* harmony import */ var _oci_platform_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(7122);
/* harmony import */ var _oci_reference_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(3940);
/* harmony import */ var _oci_system_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(5312);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(9110);
/* harmony import */ var _util_file_name_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(7606);









/**
 * Opens one archive of the build side and holds what it says against what it has. Gives `undefined` for a multi-arch
 * archive of the merge side, which may lie in the same folder. Throws a `UserError` naming the archive for all else.
 */
async function openArchived(path) {
    const layout = await (0,_image_layout_js__WEBPACK_IMPORTED_MODULE_0__/* .openLayout */ .B)(path);
    const [top, ...more] = layout.index.manifests;
    const facts = top?.annotations ?? {};
    if (!top || more.length > 0)
        throw foreign(path, `it holds ${layout.index.manifests.length} images, not one`);
    const { [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_6__/* .CONTAINER */ .MR]: container, [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_6__/* .SYSTEM */ .IJ]: system } = facts;
    if (container === undefined)
        throw foreign(path, 'it does not name its container');
    if ((0,_oci_media_type_js__WEBPACK_IMPORTED_MODULE_2__/* .isIndexType */ .$U)(top.mediaType))
        return undefined;
    if (system === undefined || !(0,_oci_system_js__WEBPACK_IMPORTED_MODULE_4__/* .isSystem */ .yQ)(system))
        throw foreign(path, `it names no known system (${system})`);
    const image = await ofSystem(path, system, layout, await layout.image(top));
    const imageName = facts[_oci_annotation_js__WEBPACK_IMPORTED_MODULE_6__/* .IMAGE_NAME */ .yc] ?? container;
    // Both become parts of paths, and an archive is not to say where it is written.
    if (!(0,_util_file_name_js__WEBPACK_IMPORTED_MODULE_7__/* .isFileName */ .o)(container))
        throw foreign(path, `its container has the name ${JSON.stringify(container)}`);
    if (imageName !== container && !(0,_oci_reference_js__WEBPACK_IMPORTED_MODULE_3__/* .isImageName */ .lS)(imageName))
        throw foreign(path, `its image has the name ${JSON.stringify(imageName)}`);
    return { path, layout, container, system, imageName, derivation: facts[_oci_annotation_js__WEBPACK_IMPORTED_MODULE_6__/* .DERIVATION */ .Su], facts, image };
}
/** The image with the platform that its config says, which must be the system's. */
async function ofSystem(path, system, layout, image) {
    const stated = (0,_oci_config_js__WEBPACK_IMPORTED_MODULE_1__/* .parseConfig */ .o)(await layout.read(image.config)).platform;
    const platform = (0,_oci_system_js__WEBPACK_IMPORTED_MODULE_4__/* .platformFor */ .RK)(system, stated);
    const described = image.manifest.platform;
    if (platform && (!described || (0,_oci_platform_js__WEBPACK_IMPORTED_MODULE_8__/* .platformName */ .$r)(described) === (0,_oci_platform_js__WEBPACK_IMPORTED_MODULE_8__/* .platformName */ .$r)(platform))) {
        return { ...image, platform, manifest: { ...image.manifest, platform } };
    }
    const also = described ? `, its descriptor ${(0,_oci_platform_js__WEBPACK_IMPORTED_MODULE_8__/* .platformName */ .$r)(described)}` : '';
    throw new _util_error_js__WEBPACK_IMPORTED_MODULE_5__/* .UserError */ .yo(`${path} is for ${system} (${(0,_oci_platform_js__WEBPACK_IMPORTED_MODULE_8__/* .platformName */ .$r)((0,_oci_system_js__WEBPACK_IMPORTED_MODULE_4__/* .platformOf */ .tj)(system))}), but its image config says ${(0,_oci_platform_js__WEBPACK_IMPORTED_MODULE_8__/* .platformName */ .$r)(stated)}${also}`, { hint: 'Build this archive again. Nothing was pushed for its container.' });
}
function foreign(path, why) {
    return new _util_error_js__WEBPACK_IMPORTED_MODULE_5__/* .UserError */ .yo(`${path} is no archive of \`nix-multiarch build\`: ${why}`, {
        hint: 'Give the merge a folder that holds only archives of the build, named <container>-<system>.oci.tar.',
    });
}


/***/ }),

/***/ 5642:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   ah: () => (/* binding */ dockerName),
/* harmony export */   gc: () => (/* binding */ manifestAnnotations),
/* harmony export */   h6: () => (/* binding */ archiveAnnotations),
/* harmony export */   nM: () => (/* binding */ indexAnnotations),
/* harmony export */   nt: () => (/* binding */ mergedAnnotations)
/* harmony export */ });
/* harmony import */ var _oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(3200);
/* harmony import */ var _oci_reference_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3940);


/**
 * What a manifest says of its image: what follows from the container alone. Nothing here changes from commit to commit, so
 * that an unchanged image keeps its digest.
 */
function manifestAnnotations(container, host) {
    return present({
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__/* .TITLE */ .ly]: imageNameOf(container),
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__/* .DESCRIPTION */ .tC]: container.description,
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__/* .LICENSES */ .Bw]: container.licenses,
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__/* .VERSION */ .xv]: container.version,
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__/* .SOURCE */ .u2]: sourceOf(host),
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__/* .URL */ .k]: container.homepage,
    });
}
/** What an archive tells the merge side, on the one descriptor of its `index.json`. */
function archiveAnnotations(container, host) {
    const imageName = imageNameOf(container);
    return present({
        ...manifestAnnotations(container, host),
        ...localNames(imageName, container.imageTag),
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__/* .CONTAINER */ .MR]: container.name,
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__/* .SYSTEM */ .IJ]: container.system,
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__/* .IMAGE_NAME */ .yc]: imageName,
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__/* .DERIVATION */ .Su]: container.derivation,
    });
}
/** What a multi-arch archive says, on the one descriptor of its `index.json`: whose it is, and how it is called once it is loaded. */
function mergedAnnotations(facts) {
    const keys = [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__/* .CONTAINER */ .MR, _oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__/* .IMAGE_NAME */ .yc, _oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__/* .REF_NAME */ .w5, _oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__/* .CONTAINERD_NAME */ .M8];
    return present(Object.fromEntries(keys.map(key => [key, facts[key]])));
}
/** What only the index says: the commit, which moves on while images stay. */
function indexAnnotations(host) {
    return present({ [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__/* .REVISION */ .sP]: host.kind === 'github' ? host.env.GITHUB_SHA : undefined });
}
/**
 * How an image is called once it is loaded from an archive: podman and containerd take the full name, tools that look into
 * a layout take the tag. Nothing when the image's name is none that a machine could use.
 */
function localNames(name, tag = 'latest') {
    try {
        return { [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__/* .REF_NAME */ .w5]: tag, [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__/* .CONTAINERD_NAME */ .M8]: (0,_oci_reference_js__WEBPACK_IMPORTED_MODULE_0__/* .referenceName */ .z$)((0,_oci_reference_js__WEBPACK_IMPORTED_MODULE_0__/* .parseReference */ .F2)(`${name}:${tag}`)) };
    }
    catch {
        return {};
    }
}
/** The name for Docker's own store, which leaves out what it takes for granted. */
function dockerName(facts) {
    return facts[_oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__/* .CONTAINERD_NAME */ .M8]?.replace(/^docker\.io\/(library\/)?/, '');
}
/** An image whose name no registry or machine would take is called as its container. */
function imageNameOf({ name, imageName }) {
    return imageName !== undefined && (0,_oci_reference_js__WEBPACK_IMPORTED_MODULE_0__/* .isImageName */ .lS)(imageName) ? imageName : name;
}
/** The repository's page on GitHub, which ties a package on ghcr.io to its repository. */
function sourceOf({ kind, env }) {
    const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = env;
    return kind === 'github' && server && repository ? `${server}/${repository}` : undefined;
}
function present(annotations) {
    const entries = Object.entries(annotations).filter((entry) => Boolean(entry[1]));
    return Object.fromEntries(entries);
}


/***/ }),

/***/ 7642:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   VV: () => (/* binding */ ARCHIVES_FOLDER),
/* harmony export */   ZE: () => (/* binding */ ARCHIVE_ENDING),
/* harmony export */   kg: () => (/* binding */ gather)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6760);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(9110);
/* harmony import */ var _util_limit_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(8631);




/** How the build side names its files, and so its artifacts. */
const ARCHIVE_ENDING = '.oci.tar';
/** Where `build` leaves archives on a person's machine, and `merge` looks for them. */
const ARCHIVES_FOLDER = 'archives';
/**
 * The paths of the archives to merge, sorted: those in `folder`; without one, this run's artifacts (brought into a
 * temporary folder), or what lies in `archives` where there are no artifacts. Throws a `UserError` when there are none.
 */
async function gather(folder, host) {
    if (folder === undefined && host.artifacts)
        return download(host);
    return fromFolder(folder ?? ARCHIVES_FOLDER);
}
async function fromFolder(folder) {
    const names = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readdir)(folder).catch(error => {
        if ((0,_util_error_js__WEBPACK_IMPORTED_MODULE_2__/* .codeOf */ .$N)(error) === 'ENOENT')
            throw new _util_error_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .yo(`There is no folder ${folder}`, { hint: HINT, cause: error });
        if ((0,_util_error_js__WEBPACK_IMPORTED_MODULE_2__/* .codeOf */ .$N)(error) === 'ENOTDIR')
            throw new _util_error_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .yo(`${folder} is not a folder`, { hint: HINT, cause: error });
        throw error;
    });
    const archives = names.filter(name => name.endsWith(ARCHIVE_ENDING)).sort();
    if (archives.length === 0)
        throw new _util_error_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .yo(`No archive (*${ARCHIVE_ENDING}) is in ${folder}`, { hint: HINT });
    return archives.map(name => (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(folder, name));
}
const HINT = 'Name the folder that `nix-multiarch build` wrote to, with `archives`.';
async function download(host) {
    const { artifacts } = host;
    if (!artifacts)
        return [];
    const all = await artifacts.list();
    const archives = all.filter(({ name }) => name.endsWith(ARCHIVE_ENDING));
    if (archives.length === 0) {
        throw new _util_error_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .yo(`This workflow run has no artifact named *${ARCHIVE_ENDING}`, {
            hint: 'Let the job that merges need those that build: `needs: build`, and look whether they succeeded.',
        });
    }
    const paths = await (0,_util_limit_js__WEBPACK_IMPORTED_MODULE_3__/* .mapLimit */ .s)(archives, 4, archive => artifacts.download(archive, host.temp));
    return paths.sort();
}


/***/ }),

/***/ 2497:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   f: () => (/* binding */ buildSummary),
/* harmony export */   y: () => (/* binding */ mergeSummary)
/* harmony export */ });
/* harmony import */ var _util_format_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(4849);

/** What a person sees on a run's page: one row for each archive of the build. */
function buildSummary(built) {
    const rows = built.map(({ container, platform, size, digest }) => [
        container,
        platform,
        (0,_util_format_js__WEBPACK_IMPORTED_MODULE_0__/* .formatBytes */ .z3)(size),
        code(digest),
    ]);
    return table('Built containers', ['container', 'platform', 'archive', 'manifest'], rows);
}
/** One row for each platform of each multi-arch image, and how to get it. */
function mergeSummary(merged) {
    const rows = merged.flatMap(({ container, platforms }) => platforms.map(({ platform, size, layers, digest }) => [
        container,
        platform,
        (0,_util_format_js__WEBPACK_IMPORTED_MODULE_0__/* .formatBytes */ .z3)(size),
        String(layers),
        code(digest),
    ]));
    const places = merged.flatMap(({ archive, pushed }) => [
        ...(archive === undefined ? [] : [`- ${code(archive)}`]),
        ...pushed.map(({ image, tags }) => `- ${code(image)}${tags.length > 0 ? ` as ${tags.map(code).join(', ')}` : ''}`),
    ]);
    return `${table('Multi-arch images', ['container', 'platform', 'size', 'layers', 'manifest'], rows)}\n${places.join('\n')}\n`;
}
function table(title, head, rows) {
    const line = (cells) => `| ${cells.join(' | ')} |`;
    return [`### ${title}`, '', line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n');
}
/** Names come from outside, and are not to be read as Markdown. */
function code(text) {
    return `\`${text.replaceAll('`', '').replaceAll('|', '')}\``;
}


/***/ }),

/***/ 1315:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   _: () => (/* binding */ writeArchive)
/* harmony export */ });
/* unused harmony export requireNoFolder */
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6760);
/* harmony import */ var _oci_descriptor_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(1260);
/* harmony import */ var _oci_digest_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(9501);
/* harmony import */ var _oci_image_index_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(5885);
/* harmony import */ var _oci_verify_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(5600);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(9110);
/* harmony import */ var _util_part_file_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(4338);
/* harmony import */ var _docker_archive_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(3574);
/* harmony import */ var _layout_files_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(353);
/* harmony import */ var _tar_header_js__WEBPACK_IMPORTED_MODULE_10__ = __webpack_require__(9710);











/**
 * Writes an OCI image layout (image-layout.md) as a tar: `oci-layout`, `index.json`, Docker's `manifest.json`, then the
 * blobs in the order of their digests, nothing of the machine or the hour, so that the same image gives the same bytes.
 * Every blob is verified on the way. The file gets its name once it is whole; its folder is created. Throws a
 * `UserError` naming it when the disk or the system refuses; a blob's own failure stays what it is.
 */
async function writeArchive(path, content, options = {}) {
    await requireNoFolder(path);
    try {
        return await writeTo(path, content, options);
    }
    catch (error) {
        throw explained(error, path);
    }
}
/** Refuses, before any work is done, a path at which no file can be written. */
async function requireNoFolder(path) {
    const stats = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.stat)(path).catch(() => undefined);
    if (!stats?.isDirectory() && !path.endsWith('/'))
        return;
    throw new _util_error_js__WEBPACK_IMPORTED_MODULE_6__/* .UserError */ .yo(`${path} is a folder, and the archive is a file`, {
        hint: `Name a file, such as ${(0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(path, 'image.oci.tar')}.`,
    });
}
const NO_ROOM = 'Make room on its disk, or choose a folder on another one.';
const NO_RIGHT = 'Choose a folder that you may write to.';
const HINTS = {
    ENOSPC: NO_ROOM,
    EDQUOT: NO_ROOM,
    EFBIG: 'Choose a folder on a disk that takes files as large as this.',
    EACCES: NO_RIGHT,
    EPERM: NO_RIGHT,
    EROFS: NO_RIGHT,
    ENOTDIR: 'A part of its path is a file. Choose another folder.',
    EEXIST: 'A part of its path is a file. Choose another folder.',
};
function explained(error, path) {
    if (!(0,_util_error_js__WEBPACK_IMPORTED_MODULE_6__/* .isSystemError */ .Or)(error))
        return error;
    const hint = HINTS[(0,_util_error_js__WEBPACK_IMPORTED_MODULE_6__/* .codeOf */ .$N)(error) ?? ''];
    return new _util_error_js__WEBPACK_IMPORTED_MODULE_6__/* .UserError */ .yo(`${path} could not be written: ${error.message}`, { hint, cause: error });
}
async function writeTo(path, { index, blobs, dockerManifest }, { signal }) {
    const part = await _util_part_file_js__WEBPACK_IMPORTED_MODULE_7__/* .PartFile */ .Y.create((0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(path));
    try {
        const tar = new TarWriter(part, signal);
        await tar.file(_layout_files_js__WEBPACK_IMPORTED_MODULE_9__/* .LAYOUT_FILE */ .gI, Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
        await tar.file(_layout_files_js__WEBPACK_IMPORTED_MODULE_9__/* .INDEX_FILE */ .K$, (0,_oci_image_index_js__WEBPACK_IMPORTED_MODULE_4__/* .encodeIndex */ .bj)(index));
        if (dockerManifest)
            await tar.file(_docker_archive_js__WEBPACK_IMPORTED_MODULE_8__/* .DOCKER_MANIFEST_FILE */ .KL, dockerManifest);
        await tar.folder('blobs/');
        await tar.folder(`${_layout_files_js__WEBPACK_IMPORTED_MODULE_9__/* .BLOBS */ .df}/`);
        const sorted = (0,_oci_descriptor_js__WEBPACK_IMPORTED_MODULE_2__/* .distinct */ .dM)(blobs).sort((a, b) => (a.digest < b.digest ? -1 : 1));
        for (const blob of sorted)
            await tar.blob(blob);
        await tar.end();
        await part.close();
        await part.rename(path);
        return { size: tar.size };
    }
    finally {
        await part.discard();
    }
}
class TarWriter {
    size = 0;
    #part;
    #signal;
    constructor(part, signal) {
        this.#part = part;
        this.#signal = signal;
    }
    async folder(name) {
        await this.#write((0,_tar_header_js__WEBPACK_IMPORTED_MODULE_10__/* .encodeHeader */ .YS)({ name, type: '5', mode: 0o755, size: 0 }));
    }
    async file(name, bytes) {
        await this.#write(Buffer.concat([fileHeader(name, bytes.length), bytes, Buffer.alloc((0,_tar_header_js__WEBPACK_IMPORTED_MODULE_10__/* .paddingOf */ .Zt)(bytes.length))]));
    }
    async blob(blob) {
        await this.#write(fileHeader(`${_layout_files_js__WEBPACK_IMPORTED_MODULE_9__/* .BLOBS */ .df}/${(0,_oci_digest_js__WEBPACK_IMPORTED_MODULE_3__/* .hexOf */ .ZD)(blob.digest)}`, blob.size));
        // Not `pipeline`, which tells of its own abort where a write failed (Node.js 20).
        for await (const chunk of (0,_oci_verify_js__WEBPACK_IMPORTED_MODULE_5__/* .verified */ .zr)(blob))
            await this.#write(chunk);
        await this.#write(Buffer.alloc((0,_tar_header_js__WEBPACK_IMPORTED_MODULE_10__/* .paddingOf */ .Zt)(blob.size)));
    }
    async end() {
        await this.#write(Buffer.alloc(2 * _tar_header_js__WEBPACK_IMPORTED_MODULE_10__/* .BLOCK */ .IE));
    }
    async #write(bytes) {
        this.#signal?.throwIfAborted();
        this.size += bytes.length;
        await this.#part.write(bytes);
    }
}
function fileHeader(name, size) {
    return (0,_tar_header_js__WEBPACK_IMPORTED_MODULE_10__/* .encodeHeader */ .YS)({ name, type: '0', mode: 0o644, size });
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

/***/ 3574:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   KL: () => (/* binding */ DOCKER_MANIFEST_FILE),
/* harmony export */   qr: () => (/* binding */ dockerImage),
/* harmony export */   zG: () => (/* binding */ dockerImages)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6760);
/* harmony import */ var _oci_config_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1403);
/* harmony import */ var _oci_digest_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(9501);
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(8884);
/* harmony import */ var _members_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(2146);
/* harmony import */ var _staged_parts_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(9084);






const DOCKER_MANIFEST_FILE = 'manifest.json';
/** What `manifest.json` lists; `undefined` where there is none. Throws an `Error` when it is damaged. */
function dockerImages({ documents }) {
    const bytes = documents.get(DOCKER_MANIFEST_FILE);
    if (!bytes)
        return undefined;
    return (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asArray */ ._j)((0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .parseJson */ .qF)(bytes, DOCKER_MANIFEST_FILE), DOCKER_MANIFEST_FILE).map(parseDockerImage);
}
/** Takes the only image. Throws an `Error` that says what is missing or is not what it should be. */
async function dockerImage(images, members, staging) {
    const image = onlyImage(images);
    const config = configOf(members, image.config);
    const { diffIds } = (0,_oci_config_js__WEBPACK_IMPORTED_MODULE_1__/* .parseConfig */ .o)(config);
    if (image.layers.length !== diffIds.length) {
        throw new Error(`${DOCKER_MANIFEST_FILE} lists ${image.layers.length} layers, the config ${diffIds.length}`);
    }
    const layers = [];
    for (const [n, name] of image.layers.entries()) {
        const layer = await (await (0,_members_js__WEBPACK_IMPORTED_MODULE_3__/* .layerAt */ .VF)(members, name, staging)).finished;
        (0,_staged_parts_js__WEBPACK_IMPORTED_MODULE_5__/* .checkDiffId */ .t)(layer, diffIds[n], `layer ${n + 1} of ${diffIds.length}, ${name},`);
        layers.push(layer);
    }
    return { config, layers };
}
function onlyImage(images) {
    const [image, ...more] = images;
    if (!image)
        throw new Error(`${DOCKER_MANIFEST_FILE} lists no image`);
    if (more.length > 0) {
        const all = images.map(each => each.names[0] ?? each.config).join(', ');
        throw new Error(`it holds ${images.length} images, and only one can be taken: ${all}`);
    }
    return image;
}
function parseDockerImage(value) {
    const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asObject */ .eB)(value, DOCKER_MANIFEST_FILE);
    return {
        config: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asString */ .oJ)(it.Config, 'Config'),
        names: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asStrings */ .P7)(it.RepoTags ?? [], 'RepoTags'),
        layers: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asStrings */ .P7)(it.Layers ?? [], 'Layers'),
    };
}
/** A config is named after its own digest, by every writer known: `<hex>.json`, `sha256:<hex>`, `blobs/sha256/<hex>`. */
function configOf(members, name) {
    const bytes = (0,_members_js__WEBPACK_IMPORTED_MODULE_3__/* .documentAt */ .XR)(members, name);
    const [hex] = /[0-9a-f]{64}/.exec(node_path__WEBPACK_IMPORTED_MODULE_0__.posix.basename(name)) ?? [];
    const digest = (0,_oci_digest_js__WEBPACK_IMPORTED_MODULE_2__/* .digestOf */ .ol)(bytes);
    if (hex !== undefined && digest !== `sha256:${hex}`)
        throw new Error(`the config ${name} has the digest ${digest}`);
    return bytes;
}


/***/ }),

/***/ 2347:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   y: () => (/* binding */ encodeDockerManifest)
/* harmony export */ });
/* harmony import */ var _oci_digest_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9501);
/* harmony import */ var _oci_platform_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7122);
/* harmony import */ var _layout_files_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(353);



/**
 * The `manifest.json` of a docker-archive, for Docker's own image store, which reads no `index.json`. It knows no platforms
 * under one name, so the first image has the name and each other one has its machine behind the tag (`hello:1.0-arm64`);
 * the machine that most have, amd64, is the first where it is there.
 *
 * @param name `hello:1.0`; without one the images are loaded without names
 */
function encodeDockerManifest(images, name) {
    const isCommon = (image) => (0,_oci_platform_js__WEBPACK_IMPORTED_MODULE_2__/* .platformName */ .$r)(image.platform) === 'linux/amd64';
    const sorted = [...images.filter(isCommon), ...images.filter(image => !isCommon(image))];
    const entries = sorted.map((image, n) => ({
        Config: blobPath(image.config),
        RepoTags: name === undefined ? [] : [n === 0 ? name : `${name}-${machineOf(image)}`],
        Layers: image.layers.map(blobPath),
    }));
    return Buffer.from(JSON.stringify(entries));
}
function machineOf({ platform: { architecture, variant = '' } }) {
    return architecture + variant;
}
function blobPath({ digest }) {
    return `${_layout_files_js__WEBPACK_IMPORTED_MODULE_1__/* .BLOBS */ .df}/${(0,_oci_digest_js__WEBPACK_IMPORTED_MODULE_0__/* .hexOf */ .ZD)(digest)}`;
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
    blob(descriptor) {
        const slice = this.#files.get(`${_layout_files_js__WEBPACK_IMPORTED_MODULE_8__/* .BLOBS */ .df}/${(0,_oci_digest_js__WEBPACK_IMPORTED_MODULE_3__/* .hexOf */ .ZD)(descriptor.digest)}`);
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
    async image(descriptor) {
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
            layers: layers.map(layer => this.blob(layer)),
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
async function whole(slice) {
    if (!slice)
        return Buffer.alloc(0);
    if (slice.size > MAX_DOCUMENT)
        throw new Error(`its metadata is too large: ${slice.size} bytes`);
    return (0,node_stream_consumers__WEBPACK_IMPORTED_MODULE_0__.buffer)((0,_layout_files_js__WEBPACK_IMPORTED_MODULE_8__/* .openSlice */ .ZU)(slice));
}


/***/ }),

/***/ 2146:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   VF: () => (/* binding */ layerAt),
/* harmony export */   XR: () => (/* binding */ documentAt),
/* harmony export */   mo: () => (/* binding */ readMembers)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6760);
/* harmony import */ var node_stream_consumers__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8321);
/* harmony import */ var _byte_reader_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(8083);
/* harmony import */ var _bytes_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8734);
/* harmony import */ var _magic_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(150);
/* harmony import */ var _tar_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(4862);






const SMALL = 4 << 20;
const ALL_DOCUMENTS = 64 << 20;
/** Reads a tar to its end. Throws an `Error` when it is damaged, cut off, or has far more small files than images have. */
async function readMembers(bytes, staging) {
    const input = new _byte_reader_js__WEBPACK_IMPORTED_MODULE_5__/* .ByteReader */ .k(bytes);
    const into = new Collector(staging);
    try {
        for await (const entry of (0,_tar_js__WEBPACK_IMPORTED_MODULE_4__/* .tarEntries */ .O_)(input))
            await into.add(entry, input);
        for await (const _ of input.rest())
            ;
    }
    finally {
        await input.close();
    }
    return into;
}
/** A document by its name or a link to it. Throws an `Error` when it is missing. */
function documentAt(members, name) {
    const bytes = members.documents.get(followLinks(members, name));
    if (!bytes)
        throw new Error(`${name} is not in the archive`);
    return bytes;
}
/** A layer by its name or a link to it; one too small to look like a layer too. Throws an `Error` when it is missing. */
async function layerAt(members, name, staging) {
    const member = followLinks(members, name);
    const layer = members.layers.get(member);
    if (layer)
        return layer;
    const document = members.documents.get(member);
    if (!document)
        throw new Error(`the layer ${name} is not in the archive`);
    return staging.read((0,_bytes_js__WEBPACK_IMPORTED_MODULE_2__/* .prepended */ ._j)(document));
}
/** The member that a name stands for in the end. Throws an `Error` when links lead in a circle. */
function followLinks(members, name) {
    const seen = new Set();
    let at = node_path__WEBPACK_IMPORTED_MODULE_0__.posix.normalize(name);
    for (let next = members.links.get(at); next !== undefined; next = members.links.get(at)) {
        if (seen.has(at))
            throw new Error(`the link ${name} leads back to itself`);
        seen.add(at);
        at = next;
    }
    return at;
}
class Collector {
    documents = new Map();
    layers = new Map();
    links = new Map();
    #staging;
    #held = 0;
    constructor(staging) {
        this.#staging = staging;
    }
    async add(entry, input) {
        // As when unpacking: of two members with one name the later counts.
        if (entry.kind !== 'other')
            for (const map of [this.documents, this.layers, this.links])
                map.delete(entry.name);
        switch (entry.kind) {
            case 'other':
                return;
            case 'link':
                this.links.set(entry.name, entry.target);
                return;
            case 'file':
                return this.#addFile(entry.name, entry.size, input);
        }
    }
    async #addFile(name, size, input) {
        const head = await input.exactly(Math.min(size, _magic_js__WEBPACK_IMPORTED_MODULE_3__/* .HEAD */ .Vx));
        const body = (0,_bytes_js__WEBPACK_IMPORTED_MODULE_2__/* .prepended */ ._j)(head, input.take(size - head.length));
        const isLayer = size > SMALL || (0,_magic_js__WEBPACK_IMPORTED_MODULE_3__/* .encodingOf */ .P$)(head) !== 'none' || (0,_magic_js__WEBPACK_IMPORTED_MODULE_3__/* .isTar */ .YZ)(head);
        if (isLayer)
            this.layers.set(name, await this.#staging.read(body));
        else
            this.documents.set(name, await this.#hold(body, size));
    }
    async #hold(body, size) {
        this.#held += size;
        if (this.#held > ALL_DOCUMENTS)
            throw new Error('it holds too many files that are neither layers nor metadata');
        return (0,node_stream_consumers__WEBPACK_IMPORTED_MODULE_1__.buffer)(body);
    }
}


/***/ }),

/***/ 9084:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   t: () => (/* binding */ checkDiffId)
/* harmony export */ });
/** Throws an `Error` that starts with `what` when the content of a layer is not the one that the config names. */
function checkDiffId(layer, expected, what) {
    if (layer.diffId === expected)
        return;
    throw new Error(`${what} should have the diff_id ${expected} but has ${layer.diffId}`);
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

/***/ 3200:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Bw: () => (/* binding */ LICENSES),
/* harmony export */   IJ: () => (/* binding */ SYSTEM),
/* harmony export */   M8: () => (/* binding */ CONTAINERD_NAME),
/* harmony export */   MR: () => (/* binding */ CONTAINER),
/* harmony export */   Su: () => (/* binding */ DERIVATION),
/* harmony export */   k: () => (/* binding */ URL),
/* harmony export */   ly: () => (/* binding */ TITLE),
/* harmony export */   sP: () => (/* binding */ REVISION),
/* harmony export */   tC: () => (/* binding */ DESCRIPTION),
/* harmony export */   u2: () => (/* binding */ SOURCE),
/* harmony export */   w5: () => (/* binding */ REF_NAME),
/* harmony export */   xv: () => (/* binding */ VERSION),
/* harmony export */   yc: () => (/* binding */ IMAGE_NAME)
/* harmony export */ });
/** Annotation keys: the OCI image-spec's own (annotations.md), containerd's, and ours. */
const TITLE = 'org.opencontainers.image.title';
const DESCRIPTION = 'org.opencontainers.image.description';
const LICENSES = 'org.opencontainers.image.licenses';
const VERSION = 'org.opencontainers.image.version';
const SOURCE = 'org.opencontainers.image.source';
const REVISION = 'org.opencontainers.image.revision';
const URL = 'org.opencontainers.image.url';
/** In an image layout: the tag, which tools that open layouts take after a colon. */
const REF_NAME = 'org.opencontainers.image.ref.name';
/** In an image layout: the full name that podman, containerd and Docker give the image when they load it. */
const CONTAINERD_NAME = 'io.containerd.image.name';
/** What the build side tells the merge side, on the one descriptor of an archive's `index.json`. */
const CONTAINER = 'nix-multiarch.container';
const SYSTEM = 'nix-multiarch.system';
const DERIVATION = 'nix-multiarch.derivation';
/** The image's own name, as `dockerTools` knows it; `{image}` in a template. */
const IMAGE_NAME = 'nix-multiarch.image';


/***/ })

};
