export const id = 595;
export const ids = [595];
export const modules = {

/***/ 5642:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   ah: () => (/* binding */ dockerName),
/* harmony export */   gc: () => (/* binding */ manifestAnnotations),
/* harmony export */   h6: () => (/* binding */ archiveAnnotations),
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
        [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__/* .DOCUMENTATION */ .l0]: container.documentation,
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
/* harmony export */   $r: () => (/* binding */ MERGED_ENDING),
/* harmony export */   VV: () => (/* binding */ ARCHIVES_FOLDER),
/* harmony export */   kg: () => (/* binding */ gather),
/* harmony export */   uv: () => (/* binding */ archiveName)
/* harmony export */ });
/* unused harmony export ARCHIVE_ENDING */
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6760);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(9110);
/* harmony import */ var _util_limit_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(8631);




/** How the build side names its files, and so its artifacts. */
const ARCHIVE_ENDING = '.oci.tar';
/** How the merge side names its artifacts. */
const MERGED_ENDING = `.multi-arch${ARCHIVE_ENDING}`;
/** Where `build` leaves archives on a person's machine, and `merge` looks for them. */
const ARCHIVES_FOLDER = 'archives';
/**
 * The paths of the archives to merge, sorted: those in `folder`; without one, this run's artifacts (brought into a
 * temporary folder), or what lies in `archives` where there are no artifacts. With a plan it is those of the containers that it
 * has built, and none of them may be missing. Throws a `UserError` when there are none.
 */
async function gather(folder, host, plan) {
    const wanted = plan === undefined ? undefined : archivesOf(plan);
    if (wanted?.length === 0)
        return [];
    if (folder === undefined && host.artifacts)
        return download(host, host.artifacts, wanted);
    return fromFolder(folder ?? ARCHIVES_FOLDER, wanted);
}
/** The names of the archives that a plan's jobs leave. */
function archivesOf({ containers }) {
    return containers
        .filter(({ build }) => build)
        .flatMap(({ name, systems }) => systems.map(({ system }) => archiveName({ name, system })));
}
/** How the archive of a container for a system is called. */
function archiveName({ name, system }) {
    return `${name}-${system}${ARCHIVE_ENDING}`;
}
async function fromFolder(folder, wanted) {
    const names = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readdir)(folder).catch(error => {
        if ((0,_util_error_js__WEBPACK_IMPORTED_MODULE_2__/* .codeOf */ .$N)(error) === 'ENOENT')
            throw new _util_error_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .yo(`There is no folder ${folder}`, { hint: HINT, cause: error });
        if ((0,_util_error_js__WEBPACK_IMPORTED_MODULE_2__/* .codeOf */ .$N)(error) === 'ENOTDIR')
            throw new _util_error_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .yo(`${folder} is not a folder`, { hint: HINT, cause: error });
        throw error;
    });
    if (wanted !== undefined)
        refuseMissing(wanted, names, `in ${folder}`);
    const archives = wanted ?? names.filter(name => name.endsWith(ARCHIVE_ENDING)).sort();
    if (archives.length === 0)
        throw new _util_error_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .yo(`No archive (*${ARCHIVE_ENDING}) is in ${folder}`, { hint: HINT });
    return archives.map(name => (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(folder, name));
}
const HINT = 'Name the folder that `nix-multiarch build` wrote to, with `archives`.';
async function download(host, artifacts, wanted) {
    const all = await artifacts.list();
    const names = all.map(({ name }) => name);
    if (wanted !== undefined)
        refuseMissing(wanted, names, 'among the artifacts of this workflow run');
    const archives = all.filter(({ name }) => (wanted === undefined ? isBuilt(name) : wanted.includes(name)));
    if (archives.length === 0) {
        throw new _util_error_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .yo(`This workflow run has no artifact named *${ARCHIVE_ENDING}`, { hint: NEEDS });
    }
    const paths = await (0,_util_limit_js__WEBPACK_IMPORTED_MODULE_3__/* .mapLimit */ .sf)(archives, 4, archive => artifacts.download(archive, host.temp));
    return paths.sort();
}
const NEEDS = 'Let the job that merges need those that build: `needs: build`, and look whether they succeeded.';
function isBuilt(name) {
    return name.endsWith(ARCHIVE_ENDING) && !name.endsWith(MERGED_ENDING);
}
function refuseMissing(wanted, there, where) {
    const missing = wanted.filter(name => !there.includes(name));
    if (missing.length > 0)
        throw new _util_error_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .yo(`The plan has ${missing.join(', ')} built, which is not ${where}`, { hint: NEEDS });
}


/***/ }),

/***/ 9802:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   C: () => (/* binding */ firstRows),
/* harmony export */   VK: () => (/* binding */ shortDigest),
/* harmony export */   bd: () => (/* binding */ moreOf)
/* harmony export */ });
/* harmony import */ var _util_format_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(4849);
/* harmony import */ var _util_markdown_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6607);


/** A page is to be read, and is limited in size. */
const MOST_ROWS = 100;
function firstRows(all) {
    return all.slice(0, MOST_ROWS);
}
/** What `firstRows` leaves out, in words. */
function moreOf(all, noun) {
    const rest = all.length - MOST_ROWS;
    return rest <= 0 ? '' : `\n\n… and ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_0__/* .plural */ .LS)(rest, `more ${noun}`)}`;
}
/** As much of a digest as one needs to tell it from others. */
function shortDigest(digest) {
    return (0,_util_markdown_js__WEBPACK_IMPORTED_MODULE_1__/* .code */ .aY)(digest.slice(0, 'sha256:'.length + 12));
}


/***/ }),

/***/ 3200:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Bw: () => (/* binding */ LICENSES),
/* harmony export */   DE: () => (/* binding */ CREATED),
/* harmony export */   IJ: () => (/* binding */ SYSTEM),
/* harmony export */   KB: () => (/* binding */ CONTENT),
/* harmony export */   M8: () => (/* binding */ CONTAINERD_NAME),
/* harmony export */   MR: () => (/* binding */ CONTAINER),
/* harmony export */   Su: () => (/* binding */ DERIVATION),
/* harmony export */   k: () => (/* binding */ URL),
/* harmony export */   l0: () => (/* binding */ DOCUMENTATION),
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
const DOCUMENTATION = 'org.opencontainers.image.documentation';
const CREATED = 'org.opencontainers.image.created';
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
/** On an index: a digest over all that does not change from commit to commit, which tells whether two indexes hold the same. */
const CONTENT = 'nix-multiarch.content';


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


/***/ }),

/***/ 6607:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   CS: () => (/* binding */ prose),
/* harmony export */   OF: () => (/* binding */ fenced),
/* harmony export */   TM: () => (/* binding */ folded),
/* harmony export */   aY: () => (/* binding */ code),
/* harmony export */   tp: () => (/* binding */ table)
/* harmony export */ });
/* unused harmony export cutMarkdown */
/**
 * Markdown as GitHub renders it, out of text that is not ours: none of it may be read as Markdown or HTML, end a table's
 * cell, or call somebody by name.
 */
/** A name as it is, in a fixed font. What would end it is shown as its like. */
function code(text) {
    const plain = oneLine(text).replaceAll('`', "'").replaceAll('|', '¦');
    return plain === '' ? '' : `\`${plain}\``;
}
/** Words. An invisible character (zero-width space) keeps `@name` and `#1` from becoming links. */
function prose(text) {
    return oneLine(text)
        .replace(/[^\p{L}\p{M}\p{N} .,;/()–…-]/gu, character => `&#${character.codePointAt(0)};`)
        .replace(/&#(64|35);/g, '&#$1;\u200b')
        .replace(/www\./gi, found => `${found.slice(0, -1)}&#46;`);
}
/** A table. Cells are Markdown, so what is not ours goes through `code` or `prose` first. */
function table(head, rows, { right = [] } = {}) {
    const line = (cells) => `| ${cells.join(' | ')} |`;
    const rule = head.map(title => (right.includes(title) ? '---:' : '---'));
    return [line(head), line(rule), ...rows.map(line)].join('\n');
}
/** Lines as they are, to be copied. */
function fenced(language, lines) {
    const text = lines.map(line => line.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' '));
    const longest = Math.max(2, ...text.flatMap(line => line.match(/`+/g) ?? []).map(run => run.length));
    const fence = '`'.repeat(longest + 1);
    return [fence + language, ...text, fence].join('\n');
}
/** Folded away under a title, which is Markdown within one line. */
function folded(title, body) {
    return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;
}
const CUT = '\n\n*The rest was left out: it is too long for this page.*\n';
/** Cuts at an empty line outside of what is fenced or folded, so that it has at most so many bytes of UTF-8, and says so. */
function cutMarkdown(markdown, bytes) {
    if (Buffer.byteLength(markdown) <= bytes)
        return markdown;
    const parts = markdown.split('\n\n');
    let room = bytes - Buffer.byteLength(CUT);
    let whole = 0;
    let open = 0;
    for (const [n, part] of parts.entries()) {
        room -= Buffer.byteLength(part) + 2;
        if (room < 0)
            break;
        open += nesting(part);
        if (open === 0)
            whole = n + 1;
    }
    if (whole > 0)
        return parts.slice(0, whole).join('\n\n') + CUT;
    return Buffer.byteLength(CUT) <= bytes ? CUT.trimStart() : '';
}
function nesting(part) {
    const count = (mark) => part.match(mark)?.length ?? 0;
    return count(/<details>/g) - count(/<\/details>/g);
}
function oneLine(text) {
    return text
        .replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/gu, ' ')
        .replace(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g, '')
        .trim();
}


/***/ }),

/***/ 7987:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   B: () => (/* binding */ shortHash)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);

/** The first hex digits of a text's SHA-256, for names that follow from what they stand for. */
function shortHash(text, digits = 16) {
    return (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)('sha256').update(text).digest('hex').slice(0, digits);
}


/***/ })

};
