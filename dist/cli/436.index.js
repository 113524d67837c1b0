export const id = 436;
export const ids = [436];
export const modules = {

/***/ 5642:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   gc: () => (/* binding */ manifestAnnotations),
/* harmony export */   h6: () => (/* binding */ archiveAnnotations),
/* harmony export */   nM: () => (/* binding */ indexAnnotations)
/* harmony export */ });
/* unused harmony export localNames */
/* harmony import */ var _oci_annotation_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3200);

/**
 * What a manifest says of its image: what follows from the container alone. Nothing here changes from commit to commit, so
 * that an unchanged image keeps its digest.
 */
function manifestAnnotations(container, host) {
    return present({
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_0__/* .TITLE */ .ly]: imageNameOf(container),
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_0__/* .DESCRIPTION */ .tC]: container.description,
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_0__/* .LICENSES */ .Bw]: container.licenses,
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_0__/* .VERSION */ .xv]: container.version,
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_0__/* .SOURCE */ .u2]: sourceOf(host),
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_0__/* .URL */ .k]: container.homepage,
    });
}
/** What an archive tells the merge side, on the one descriptor of its `index.json`. */
function archiveAnnotations(container, host) {
    const imageName = imageNameOf(container);
    return present({
        ...manifestAnnotations(container, host),
        ...localNames(imageName, container.imageTag),
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_0__/* .CONTAINER */ .MR]: container.name,
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_0__/* .SYSTEM */ .IJ]: container.system,
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_0__/* .IMAGE_NAME */ .yc]: imageName,
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_0__/* .DERIVATION */ .Su]: container.derivation,
    });
}
/** What only the index says: the commit, which moves on while images stay. */
function indexAnnotations(host) {
    return present({ [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_0__/* .REVISION */ .sP]: host.kind === 'github' ? host.env.GITHUB_SHA : undefined });
}
/** How an image that is loaded from an archive is called on a machine. */
function localNames(name, tag = 'latest') {
    return {
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_0__/* .REF_NAME */ .w5]: `${name}:${tag}`,
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_0__/* .CONTAINERD_NAME */ .M8]: `docker.io/${name.includes('/') ? '' : 'library/'}${name}:${tag}`,
    };
}
function imageNameOf(container) {
    return container.imageName ?? container.name;
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

/***/ 8682:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   CD: () => (/* binding */ attempt),
/* harmony export */   V_: () => (/* binding */ allOrFail),
/* harmony export */   as: () => (/* binding */ doneOf)
/* harmony export */ });
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9110);

/** Runs a task, and keeps its failure, so that the others go on. */
async function attempt(name, task) {
    try {
        return { done: true, value: await task() };
    }
    catch (error) {
        return { done: false, name, error };
    }
}
/** The values when all were done; else throws the one failure as it is, or one `UserError` that tells them all. */
function allOrFail(attempts, signal) {
    signal?.throwIfAborted();
    const failed = attempts.filter(each => !each.done);
    const [first, ...more] = failed;
    if (first === undefined)
        return doneOf(attempts);
    if (more.length === 0)
        throw first.error;
    // A fault of the program is not to be hidden among the user's.
    const fault = failed.find(({ error }) => !(error instanceof _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo));
    if (fault)
        throw fault.error;
    throw new _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo(`${failed.length} of ${attempts.length} failed:\n${failed.map(describe).join('\n')}`);
}
function doneOf(attempts) {
    return attempts.flatMap(each => (each.done ? [each.value] : []));
}
function describe({ name, error }) {
    const hint = error instanceof _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo && error.hint !== undefined ? `\n  ${error.hint}` : '';
    return `- ${name}: ${(0,_util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .bD)(error)}${hint}`;
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

/***/ 1315:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   _: () => (/* binding */ writeArchive)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6760);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6466);
/* harmony import */ var _oci_digest_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(9501);
/* harmony import */ var _oci_image_index_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(5885);
/* harmony import */ var _oci_verify_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(5600);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(9110);
/* harmony import */ var _layout_files_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(353);
/* harmony import */ var _part_file_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(631);
/* harmony import */ var _tar_header_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(9710);









/**
 * Writes an OCI image layout (image-layout.md) as a tar: `oci-layout`, `index.json`, then the blobs in the order of
 * their digests, nothing of the machine or the hour, so that the same image gives the same bytes. Every blob is
 * verified on the way. The file gets its name once it is whole; its folder is created. Throws a `UserError` naming it.
 */
async function writeArchive(path, content) {
    try {
        return await writeTo(path, content.index, uniqueBlobs(content.blobs));
    }
    catch (error) {
        throw new _util_error_js__WEBPACK_IMPORTED_MODULE_5__/* .UserError */ .yo(`${path} could not be written: ${(0,_util_error_js__WEBPACK_IMPORTED_MODULE_5__/* .messageOf */ .bD)(error)}`, { cause: error });
    }
}
async function writeTo(path, index, blobs) {
    const part = await _part_file_js__WEBPACK_IMPORTED_MODULE_7__/* .PartFile */ .Y.create((0,node_path__WEBPACK_IMPORTED_MODULE_0__.dirname)(path));
    try {
        const tar = new TarWriter(part);
        await tar.file(_layout_files_js__WEBPACK_IMPORTED_MODULE_6__/* .LAYOUT_FILE */ .gI, Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
        await tar.file(_layout_files_js__WEBPACK_IMPORTED_MODULE_6__/* .INDEX_FILE */ .K$, (0,_oci_image_index_js__WEBPACK_IMPORTED_MODULE_3__/* .encodeIndex */ .bj)(index));
        await tar.folder('blobs/');
        await tar.folder(`${_layout_files_js__WEBPACK_IMPORTED_MODULE_6__/* .BLOBS */ .df}/`);
        for (const blob of blobs)
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
function uniqueBlobs(blobs) {
    const byDigest = new Map(blobs.map(blob => [blob.digest, blob]));
    return [...byDigest.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1));
}
class TarWriter {
    size = 0;
    #part;
    constructor(part) {
        this.#part = part;
    }
    async folder(name) {
        await this.#write((0,_tar_header_js__WEBPACK_IMPORTED_MODULE_8__/* .encodeHeader */ .YS)({ name, type: '5', mode: 0o755, size: 0 }));
    }
    async file(name, bytes) {
        await this.#write(Buffer.concat([fileHeader(name, bytes.length), bytes, Buffer.alloc((0,_tar_header_js__WEBPACK_IMPORTED_MODULE_8__/* .paddingOf */ .Zt)(bytes.length))]));
    }
    async blob(blob) {
        await this.#write(fileHeader(`${_layout_files_js__WEBPACK_IMPORTED_MODULE_6__/* .BLOBS */ .df}/${(0,_oci_digest_js__WEBPACK_IMPORTED_MODULE_2__/* .hexOf */ .ZD)(blob.digest)}`, blob.size));
        await (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_1__.pipeline)(blob.open(), (0,_oci_verify_js__WEBPACK_IMPORTED_MODULE_4__/* .verifier */ .z)(blob), async (chunks) => {
            for await (const chunk of chunks)
                await this.#write(chunk);
        });
        await this.#write(Buffer.alloc((0,_tar_header_js__WEBPACK_IMPORTED_MODULE_8__/* .paddingOf */ .Zt)(blob.size)));
    }
    async end() {
        await this.#write(Buffer.alloc(2 * _tar_header_js__WEBPACK_IMPORTED_MODULE_8__/* .BLOCK */ .IE));
    }
    async #write(bytes) {
        this.size += bytes.length;
        await this.#part.write(bytes);
    }
}
function fileHeader(name, size) {
    return (0,_tar_header_js__WEBPACK_IMPORTED_MODULE_8__/* .encodeHeader */ .YS)({ name, type: '0', mode: 0o644, size });
}


/***/ }),

/***/ 631:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Y: () => (/* binding */ PartFile)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(6760);



/** A file that is written under a name of its own, and gets its real name when it is whole. */
class PartFile {
    #path;
    #file;
    #open = true;
    constructor(path, file) {
        this.#path = path;
        this.#file = file;
    }
    /** Creates the folder too where it is missing. */
    static async create(directory) {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.mkdir)(directory, { recursive: true });
        const path = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(directory, `.${(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomUUID)()}.part`);
        return new PartFile(path, await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.open)(path, 'wx'));
    }
    /** Appends; wait for one write before the next. */
    async write(bytes) {
        await this.#file.writeFile(bytes);
    }
    async close() {
        if (!this.#open)
            return;
        this.#open = false;
        await this.#file.close();
    }
    /** In the same folder, or at least on the same disk. */
    async rename(path) {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.rename)(this.#path, path);
    }
    /** Removes the file unless it has got its name. Never fails. */
    async discard() {
        await this.close().catch(() => { });
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.rm)(this.#path, { force: true }).catch(() => { });
    }
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
/** In an image layout: the name that `podman load` gives the image. */
const REF_NAME = 'org.opencontainers.image.ref.name';
/** In an image layout: the name that containerd and `docker load` give the image. */
const CONTAINERD_NAME = 'io.containerd.image.name';
/** What the build side tells the merge side, on the one descriptor of an archive's `index.json`. */
const CONTAINER = 'nix-multiarch.container';
const SYSTEM = 'nix-multiarch.system';
const DERIVATION = 'nix-multiarch.derivation';
/** The image's own name, as `dockerTools` knows it; `{image}` in a template. */
const IMAGE_NAME = 'nix-multiarch.image';


/***/ }),

/***/ 8631:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   A: () => (/* binding */ limit),
/* harmony export */   s: () => (/* binding */ mapLimit)
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


/***/ })

};
