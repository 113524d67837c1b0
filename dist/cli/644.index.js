export const id = 644;
export const ids = [644];
export const modules = {

/***/ 5403:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   V: () => (/* binding */ openArchived)
/* harmony export */ });
/* harmony import */ var _image_layout_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8663);
/* harmony import */ var _oci_annotation_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(3200);
/* harmony import */ var _oci_config_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1403);
/* harmony import */ var _oci_descriptor_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(1260);
/* harmony import */ var _oci_media_type_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(8574);
/* harmony import */ var _oci_platform_js__WEBPACK_IMPORTED_MODULE_10__ = __webpack_require__(7122);
/* harmony import */ var _oci_reference_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(3940);
/* harmony import */ var _oci_system_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(5312);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(9110);
/* harmony import */ var _util_file_name_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(7606);
/* harmony import */ var _registry_image_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(2418);











/**
 * Opens one archive of the build side and holds what it says against what it has. Gives `undefined` for a multi-arch
 * archive of the merge side, which may lie in the same folder. Throws a `UserError` naming the archive for all else.
 *
 * @param registry where the layers are that a thin archive does not carry; without it, every archive must be full
 */
async function openArchived(path, registry) {
    const layout = await (0,_image_layout_js__WEBPACK_IMPORTED_MODULE_0__/* .openLayout */ .B)(path);
    const [top, ...more] = layout.index.manifests;
    const facts = top?.annotations ?? {};
    if (!top || more.length > 0)
        throw foreign(path, `it holds ${layout.index.manifests.length} images, not one`);
    const { [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_8__/* .CONTAINER */ .MR]: container, [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_8__/* .SYSTEM */ .IJ]: system } = facts;
    if (container === undefined)
        throw foreign(path, 'it does not name its container');
    if ((0,_oci_media_type_js__WEBPACK_IMPORTED_MODULE_3__/* .isIndexType */ .$U)(top.mediaType))
        return undefined;
    if (system === undefined || !(0,_oci_system_js__WEBPACK_IMPORTED_MODULE_5__/* .isSystem */ .yQ)(system))
        throw foreign(path, `it names no known system (${system})`);
    const repository = facts[_oci_annotation_js__WEBPACK_IMPORTED_MODULE_8__/* .THIN */ .YU] === undefined ? undefined : registry?.(facts[_oci_annotation_js__WEBPACK_IMPORTED_MODULE_8__/* .THIN */ .YU], path);
    const found = await layout.image(top, repository && (layer => (0,_registry_image_js__WEBPACK_IMPORTED_MODULE_7__/* .blobIn */ .zP)(repository, layer)));
    const config = await layout.read(found.config);
    const image = ofSystem(path, system, config, found);
    const imageName = facts[_oci_annotation_js__WEBPACK_IMPORTED_MODULE_8__/* .IMAGE_NAME */ .yc] ?? container;
    // Both become parts of paths, and an archive is not to say where it is written.
    if (!(0,_util_file_name_js__WEBPACK_IMPORTED_MODULE_9__/* .isFileName */ .o)(container))
        throw foreign(path, `its container has the name ${JSON.stringify(container)}`);
    if (imageName !== container && !(0,_oci_reference_js__WEBPACK_IMPORTED_MODULE_4__/* .isImageName */ .lS)(imageName))
        throw foreign(path, `its image has the name ${JSON.stringify(imageName)}`);
    return {
        path,
        layout,
        container,
        system,
        imageName,
        derivation: facts[_oci_annotation_js__WEBPACK_IMPORTED_MODULE_8__/* .DERIVATION */ .Su],
        facts,
        image,
        config,
        elsewhere: repository && elsewhereOf(layout, found, repository),
    };
}
/** The layers that a thin archive names and has not; they are not looked for yet. */
function elsewhereOf(layout, { layers }, repository) {
    return { repository, layers: (0,_oci_descriptor_js__WEBPACK_IMPORTED_MODULE_2__/* .distinct */ .dM)(layers.filter(layer => !layout.has(layer))), seen: false };
}
/** The image with the platform that its config says, which must be the system's. */
function ofSystem(path, system, config, image) {
    const stated = (0,_oci_config_js__WEBPACK_IMPORTED_MODULE_1__/* .parseConfig */ .o)(config).platform;
    const platform = (0,_oci_system_js__WEBPACK_IMPORTED_MODULE_5__/* .platformFor */ .RK)(system, stated);
    const described = image.manifest.platform;
    if (platform && (!described || (0,_oci_platform_js__WEBPACK_IMPORTED_MODULE_10__/* .platformName */ .$r)(described) === (0,_oci_platform_js__WEBPACK_IMPORTED_MODULE_10__/* .platformName */ .$r)(platform))) {
        return { ...image, platform, manifest: { ...image.manifest, platform } };
    }
    const also = described ? `, its descriptor ${(0,_oci_platform_js__WEBPACK_IMPORTED_MODULE_10__/* .platformName */ .$r)(described)}` : '';
    throw new _util_error_js__WEBPACK_IMPORTED_MODULE_6__/* .UserError */ .yo(`${path} is for ${system} (${(0,_oci_platform_js__WEBPACK_IMPORTED_MODULE_10__/* .platformName */ .$r)((0,_oci_system_js__WEBPACK_IMPORTED_MODULE_5__/* .platformOf */ .tj)(system))}), but its image config says ${(0,_oci_platform_js__WEBPACK_IMPORTED_MODULE_10__/* .platformName */ .$r)(stated)}${also}`, { hint: 'Build this archive again. Nothing was pushed for its container.' });
}
function foreign(path, why) {
    return new _util_error_js__WEBPACK_IMPORTED_MODULE_6__/* .UserError */ .yo(`${path} is no archive of \`nix-multiarch build\`: ${why}`, {
        hint: 'Give the merge a folder that holds only archives of the build, named <container>-<system>.oci.tar.',
    });
}


/***/ }),

/***/ 8165:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Gm: () => (/* binding */ BUILD_PHASES),
/* harmony export */   QC: () => (/* binding */ builtOf),
/* harmony export */   aD: () => (/* binding */ HOWS)
/* harmony export */ });
/* harmony import */ var _oci_platform_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7122);

/**
 * How an image came to be:
 * - `built` by Nix, on this machine or a remote builder;
 * - `emulated`: built, under QEMU;
 * - `fetched`: Nix had it, in its store or a binary cache;
 * - `cached`: its archive came from an earlier run, and nothing was asked of Nix.
 */
const HOWS = ['built', 'emulated', 'fetched', 'cached'];
/** What a container's time is spent on, in this order. */
const BUILD_PHASES = ['build', 'pack', 'upload'];
/** What is known of a container and its image. */
function builtOf({ name, system, derivation }, { platform, manifest, layers }, about) {
    return {
        container: name,
        system,
        platform: (0,_oci_platform_js__WEBPACK_IMPORTED_MODULE_0__/* .platformName */ .$r)(platform),
        ...about,
        cached: about.how === 'cached',
        layers: layers.length,
        digest: manifest.digest,
        derivation,
    };
}


/***/ }),

/***/ 2953:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   L: () => (/* binding */ careful)
/* harmony export */ });
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9110);

/** For what a run can do without: gives what the task gives, or tells why not in a warning and gives `undefined`. */
async function careful(what, log, task) {
    try {
        return await task();
    }
    catch (error) {
        log.warning(`${what}: ${(0,_util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .bD)(error)}`);
        return undefined;
    }
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
    // One cause may stop them all, and is told once.
    if (more.every(({ error }) => error === first.error))
        throw first.error;
    // A fault of the program is not to be hidden among the user's.
    const fault = failed.find(({ error }) => !(error instanceof _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo));
    if (fault)
        throw fault.error;
    throw new _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo(`${failed.length} of ${attempts.length} failed:\n${failed.map(describe).join('\n')}`, {
        parts: failed.map(partOf),
    });
}
function doneOf(attempts) {
    return attempts.flatMap(each => (each.done ? [each.value] : []));
}
/** The same failure, with the name of what failed. */
function partOf({ name, error }) {
    const { hint, at } = error instanceof _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo ? error : { hint: undefined, at: undefined };
    return new _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo(`${name}: ${(0,_util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .bD)(error)}`, { hint, at, cause: error });
}
function describe({ name, error }) {
    const hint = error instanceof _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo && error.hint !== undefined ? `\n  ${error.hint}` : '';
    return `- ${name}: ${(0,_util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .bD)(error)}${hint}`;
}


/***/ }),

/***/ 2418:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   ST: () => (/* binding */ isGone),
/* harmony export */   mn: () => (/* binding */ imageFrom),
/* harmony export */   zP: () => (/* binding */ blobIn)
/* harmony export */ });
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7075);
/* harmony import */ var node_stream_consumers__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8321);
/* harmony import */ var _oci_config_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(1403);
/* harmony import */ var _oci_descriptor_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(1260);
/* harmony import */ var _oci_image_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(5148);
/* harmony import */ var _oci_manifest_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(4360);
/* harmony import */ var _oci_media_type_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(8574);
/* harmony import */ var _oci_platform_js__WEBPACK_IMPORTED_MODULE_10__ = __webpack_require__(7122);
/* harmony import */ var _oci_reference_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(3940);
/* harmony import */ var _registry_explain_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(7432);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(9110);











/**
 * An image that lies in a registry. Its manifest and config are read, its layers only when they are opened. Throws a `UserError`
 * where a part of it is gone.
 */
async function imageFrom(repository, descriptor, atHand = new Map()) {
    const found = await repository.getManifest(descriptor.digest);
    if (!found)
        throw gone(repository, descriptor);
    const manifest = (0,_oci_manifest_js__WEBPACK_IMPORTED_MODULE_5__/* .parseManifest */ .Ng)(found.bytes);
    const held = atHand.get(manifest.config.digest);
    const bytes = held ? await (0,node_stream_consumers__WEBPACK_IMPORTED_MODULE_1__.buffer)(held.open()) : await repository.getBytes(manifest.config);
    const platform = (0,_oci_platform_js__WEBPACK_IMPORTED_MODULE_10__/* .normalizePlatform */ .FL)(descriptor.platform ?? (0,_oci_config_js__WEBPACK_IMPORTED_MODULE_2__/* .parseConfig */ .o)(bytes).platform);
    const { mediaType } = found.descriptor;
    const { annotations } = descriptor;
    const image = {
        platform,
        manifest: (0,_oci_image_js__WEBPACK_IMPORTED_MODULE_4__/* .bytesBlob */ .XU)(found.bytes, { mediaType, platform, ...(annotations && { annotations }) }),
        config: (0,_oci_image_js__WEBPACK_IMPORTED_MODULE_4__/* .bytesBlob */ .XU)(bytes, { mediaType: _oci_media_type_js__WEBPACK_IMPORTED_MODULE_6__/* .OCI_CONFIG */ .TF }),
        layers: manifest.layers.map(layer => atHand.get(layer.digest) ?? blobIn(repository, layer)),
    };
    return { image, config: bytes };
}
function blobIn(repository, of) {
    const open = async function* () {
        yield* await repository.getBlob(of);
    };
    return { ...(0,_oci_descriptor_js__WEBPACK_IMPORTED_MODULE_3__/* .descriptorOf */ .nb)(of), open: () => node_stream__WEBPACK_IMPORTED_MODULE_0__.Readable.from(open(), { objectMode: false }) };
}
/** Whether an image that is named somewhere is no longer there. */
function isGone(error) {
    return error instanceof Gone || (error instanceof _registry_explain_js__WEBPACK_IMPORTED_MODULE_8__/* .RegistryError */ .gl && error.failure.status === 404);
}
class Gone extends _util_error_js__WEBPACK_IMPORTED_MODULE_9__/* .UserError */ .yo {
    name = 'Gone';
}
function gone({ reference: { registry, repository } }, { digest }) {
    return new Gone(`${(0,_oci_reference_js__WEBPACK_IMPORTED_MODULE_7__/* .referenceName */ .z$)({ registry, repository, digest })} is gone from its registry`, {
        hint: 'Something deletes what has no tag of its own, though an index names it. Build it again: with `force: true`.',
    });
}


/***/ }),

/***/ 9945:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   MX: () => (/* binding */ layersIn),
/* harmony export */   PI: () => (/* binding */ layersThere),
/* harmony export */   XY: () => (/* binding */ layersInAll)
/* harmony export */ });
/* harmony import */ var _oci_config_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1403);
/* harmony import */ var _oci_image_index_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(5885);
/* harmony import */ var _oci_known_layers_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(7361);
/* harmony import */ var _registry_explain_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7432);
/* harmony import */ var _util_limit_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(8631);
/* harmony import */ var _registry_image_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(2418);






const AT_ONCE = 4;
/**
 * Reads manifests and configs, whose diff_ids pair with the layers. What cannot be read or is of another shape tells nothing: then
 * there is more to do, and no less to be had.
 */
async function layersIn({ repository, manifests }) {
    const has = new Set();
    const layers = new _oci_known_layers_js__WEBPACK_IMPORTED_MODULE_4__/* .KnownLayers */ .W();
    const images = manifests.filter(each => !(0,_oci_image_index_js__WEBPACK_IMPORTED_MODULE_1__/* .isAttestation */ .H3)(each));
    const found = await (0,_util_limit_js__WEBPACK_IMPORTED_MODULE_5__/* .mapLimit */ .sf)(images, AT_ONCE, each => imageOrNothing(repository, each));
    for (const { image, config } of found.filter(each => each !== undefined)) {
        for (const { digest } of [image.manifest, image.config, ...image.layers])
            has.add(digest);
        layers.add((0,_oci_config_js__WEBPACK_IMPORTED_MODULE_0__/* .parseConfig */ .o)(config).diffIds, image.layers);
    }
    return { repository, has, layers };
}
/** Layers that each of the places has. */
function layersInAll([first, ...others]) {
    return (diffId, mediaType) => {
        const layer = first?.layers.find(diffId, mediaType);
        return layer && others.every(({ has }) => has.has(layer.digest)) ? layer : undefined;
    };
}
/** What all of a container's repositories have; nothing where one of them holds none of its images. */
async function layersThere(bases, repositories) {
    const [first] = bases;
    if (first === undefined || bases.length < repositories)
        return undefined;
    return { repository: first.repository, find: layersInAll(await (0,_util_limit_js__WEBPACK_IMPORTED_MODULE_5__/* .together */ .bs)(bases.map(layersIn))) };
}
async function imageOrNothing(repository, descriptor) {
    try {
        const found = await (0,_registry_image_js__WEBPACK_IMPORTED_MODULE_3__/* .imageFrom */ .mn)(repository, descriptor);
        (0,_oci_config_js__WEBPACK_IMPORTED_MODULE_0__/* .parseConfig */ .o)(found.config);
        return found;
    }
    catch (error) {
        // What somebody else's tool has pushed may be no image.
        const isNoImage = error instanceof Error && error.name === 'Error';
        if (isNoImage || (0,_registry_image_js__WEBPACK_IMPORTED_MODULE_3__/* .isGone */ .ST)(error) || error instanceof _registry_explain_js__WEBPACK_IMPORTED_MODULE_2__/* .RegistryError */ .gl)
            return undefined;
        throw error;
    }
}


/***/ }),

/***/ 3415:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  U: () => (/* binding */ leaveReport),
  o: () => (/* binding */ readReports)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/util/limit.js
var limit = __webpack_require__(8631);
// EXTERNAL MODULE: ./lib/util/short-hash.js
var short_hash = __webpack_require__(7987);
// EXTERNAL MODULE: ./lib/command/careful.js
var careful = __webpack_require__(2953);
// EXTERNAL MODULE: ./lib/oci/digest.js
var digest = __webpack_require__(9501);
// EXTERNAL MODULE: ./lib/oci/system.js
var oci_system = __webpack_require__(5312);
// EXTERNAL MODULE: ./lib/util/json.js
var json = __webpack_require__(8884);
// EXTERNAL MODULE: ./lib/command/built.js
var built = __webpack_require__(8165);
;// CONCATENATED MODULE: ./lib/command/run-report.js




/** What a job spends its time on beside its containers, in this order. */
const JOB_PHASES = ['nix', 'evaluate', 'restore', 'save'];
function encodeReport(report) {
    return JSON.stringify({ format: 1, ...report });
}
/** Throws an `Error` for what is no report. */
function parseReport(text) {
    const it = (0,json/* asObject */.eB)((0,json/* parseJson */.qF)(text, 'the report'), 'the report');
    if (it.format !== 1)
        throw new Error('the report is of another format');
    return {
        ...parseMeasured(it.began, it.times, JOB_PHASES),
        built: (0,json/* asArray */._j)(it.built, 'built').map(parseBuilt),
    };
}
function parseBuilt(value) {
    const it = (0,json/* asObject */.eB)(value, 'what was built');
    const how = parseHow(it.how);
    return {
        container: (0,json/* asString */.oJ)(it.container, 'container'),
        system: parseSystem(it.system),
        platform: (0,json/* asString */.oJ)(it.platform, 'platform'),
        size: (0,json/* asCount */.Wg)(it.size, 'size'),
        layers: (0,json/* asCount */.Wg)(it.layers, 'layers'),
        digest: (0,digest/* parseDigest */.m)((0,json/* asString */.oJ)(it.digest, 'digest')),
        derivation: (0,json/* asString */.oJ)(it.derivation, 'derivation'),
        how,
        cached: how === 'cached',
        ...parseMeasured(it.began, it.times, built/* BUILD_PHASES */.Gm),
    };
}
function parseMeasured(began, times, phases) {
    const given = (0,json/* asObject */.eB)(times, 'times');
    const known = phases.filter(phase => given[phase] !== undefined);
    const entries = known.map(phase => [phase, (0,json/* asCount */.Wg)(given[phase], phase)]);
    return { began: (0,json/* asCount */.Wg)(began, 'began'), times: Object.fromEntries(entries) };
}
function parseHow(value) {
    const how = built/* HOWS */.aD.find(each => each === value);
    if (how === undefined)
        throw new Error(`how is none of ${built/* HOWS */.aD.join(', ')}`);
    return how;
}
function parseSystem(value) {
    const system = (0,json/* asString */.oJ)(value, 'system');
    if (!(0,oci_system/* isSystem */.yQ)(system))
        throw new Error(`${system} is no system`);
    return system;
}

;// CONCATENATED MODULE: ./lib/command/report-artifacts.js







const NAME = /^nix-multiarch-built-[0-9a-f]{10}\.json$/;
/** In bytes. Thousands of containers fit. */
const LARGEST = 4 * 1024 * 1024;
/** Each costs several requests, of which the service allows a job only so many. */
const MOST = 64;
const AT_ONCE = 4;
/** Leaves a report for the job that merges. A run can do without, so trouble is told as a warning. */
async function leaveReport(report, { artifacts, temp, log }) {
    if (artifacts === undefined || report.built.length === 0)
        return;
    await (0,careful/* careful */.L)('The summary of the run will say less', log, async () => {
        const file = (0,external_node_path_.join)(temp, nameOf(report.built));
        await (0,promises_.writeFile)(file, encodeReport(report));
        await artifacts.upload(file);
    });
}
/**
 * The reports that the jobs of this run have left; what is broken is passed over.
 *
 * @param derivations of which alone is to be told, since other builds of the run leave reports too
 */
async function readReports(host, derivations) {
    const { artifacts, log } = host;
    if (artifacts === undefined)
        return { reports: [], unread: 0 };
    const listed = await (0,careful/* careful */.L)('The summary of the run says less', log, () => artifacts.list());
    const found = (listed ?? []).filter(({ name, size }) => NAME.test(name) && size <= LARGEST);
    const read = await (0,limit/* mapLimit */.sf)(found.slice(0, MOST), AT_ONCE, each => readOne(each, host));
    const reports = read.flatMap(report => (report ? about(report, derivations) : []));
    return { reports, unread: Math.max(0, found.length - MOST) };
}
async function readOne(artifact, { artifacts, temp, log }) {
    try {
        const file = await artifacts?.download(artifact, temp);
        return file === undefined ? undefined : parseReport(await (0,promises_.readFile)(file, 'utf8'));
    }
    catch (error) {
        log.debug(`${artifact.name} is passed over: ${(0,util_error/* messageOf */.bD)(error)}`);
        return undefined;
    }
}
/** What a report says of these derivations; none where it says nothing of them. */
function about(report, derivations) {
    if (derivations === undefined)
        return [report];
    const built = report.built.filter(({ derivation }) => derivations.has(derivation));
    return built.length === 0 ? [] : [{ ...report, built }];
}
/** The same containers give the same name, so that a job that is run again replaces its own. */
function nameOf(built) {
    const names = built.map(({ container, system }) => `${container}-${system}`).sort();
    return `nix-multiarch-built-${(0,short_hash/* shortHash */.B)(names.join('\n'), 10)}.json`;
}


/***/ }),

/***/ 9098:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   s: () => (/* binding */ stopwatch)
/* harmony export */ });
function stopwatch(now = Date.now) {
    const began = now();
    const times = {};
    return {
        async time(phase, task) {
            const from = now();
            const result = await task();
            times[phase] = (times[phase] ?? 0) + now() - from;
            return result;
        },
        read: () => ({ began, times: { ...times } }),
    };
}


/***/ }),

/***/ 9164:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Y: () => (/* binding */ howText),
/* harmony export */   f: () => (/* binding */ buildSummary)
/* harmony export */ });
/* harmony import */ var _util_format_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(4849);
/* harmony import */ var _util_markdown_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(6607);
/* harmony import */ var _summary_chart_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(7558);
/* harmony import */ var _summary_parts_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9802);




/** What a person sees on the page of a job that built. */
function buildSummary(report) {
    const { built } = report;
    const title = `### Built ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_0__/* .plural */ .LS)(built.length, 'image')}`;
    const head = ['container', 'platform', 'how', 'layers', 'archive', 'manifest'];
    const rows = (0,_summary_parts_js__WEBPACK_IMPORTED_MODULE_1__/* .firstRows */ .C)(built).map(each => [
        (0,_util_markdown_js__WEBPACK_IMPORTED_MODULE_2__/* .code */ .aY)(each.container),
        (0,_util_markdown_js__WEBPACK_IMPORTED_MODULE_2__/* .code */ .aY)(each.platform),
        howText(each),
        String(each.layers),
        (0,_util_format_js__WEBPACK_IMPORTED_MODULE_0__/* .formatBytes */ .z3)(each.size),
        (0,_summary_parts_js__WEBPACK_IMPORTED_MODULE_1__/* .shortDigest */ .VK)(each.digest),
    ]);
    const images = (0,_util_markdown_js__WEBPACK_IMPORTED_MODULE_2__/* .table */ .tp)(head, rows, { right: ['layers', 'archive'] }) + (0,_summary_parts_js__WEBPACK_IMPORTED_MODULE_1__/* .moreOf */ .bd)(built, 'image');
    return [title, images, (0,_summary_chart_js__WEBPACK_IMPORTED_MODULE_3__/* .timeChart */ .s)([report])].filter(Boolean).join('\n\n');
}
const HOW = {
    built: 'built',
    emulated: 'built under QEMU',
    fetched: 'fetched by Nix',
    cached: 'cached by an earlier run',
};
/** How an image came to be, and how long that took where it is worth telling. */
function howText({ how, times }) {
    return how === 'cached' || times.build === undefined
        ? HOW[how]
        : `${HOW[how]} in ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_0__/* .formatSeconds */ .Xo)(times.build)}`;
}


/***/ }),

/***/ 7558:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  s: () => (/* binding */ timeChart)
});

// UNUSED EXPORTS: MERGE_PHASES

// EXTERNAL MODULE: ./lib/util/format.js
var format = __webpack_require__(4849);
// EXTERNAL MODULE: ./lib/util/markdown.js
var markdown = __webpack_require__(6607);
;// CONCATENATED MODULE: ./lib/command/gantt.js
const STEPS_S = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600];
const MOST_STEPS = 10;
/** What is shorter than this part of the whole cannot be seen. */
const SMALLEST = 0.004;
/** Mermaid's chart of bars over time, which GitHub draws: https://mermaid.js.org/syntax/gantt.html */
function gantt(sections) {
    const end = Math.max(0, ...sections.flatMap(({ bars }) => bars.map(({ from, took }) => from + took)));
    const step = STEPS_S.find(seconds => seconds * 1000 * MOST_STEPS > end) ?? 7200;
    const lines = sections.flatMap(({ title, bars }) => [
        `  section ${plain(title)}`,
        ...bars.filter(({ took }) => took > end * SMALLEST).map(barLine),
    ]);
    return [
        '```mermaid',
        '%%{init: {"gantt": {"leftPadding": 130, "barHeight": 18, "barGap": 3}}}%%',
        'gantt',
        '  dateFormat x',
        // Seconds since 1970, and so the same in any time zone.
        '  axisFormat %s s',
        `  tickInterval ${step}second`,
        ...lines,
        '```',
    ].join('\n');
}
function barLine({ name, from, took, look }) {
    return `  ${plain(name)} :${look === undefined ? '' : `${look}, `}${Math.round(from)}, ${Math.round(took)}ms`;
}
/** Names come from outside, and must not be read as Mermaid: a colon ends a name, whatever is around it. */
function plain(text) {
    return text.replace(/[^A-Za-z0-9_.,+ -]+/g, '_').slice(0, 60);
}

;// CONCATENATED MODULE: ./lib/command/summary-chart.js



/** What the merge spends its time on, in this order. */
const MERGE_PHASES = ['download', 'verify', 'send', 'tag'];
/** More images than that nobody can read. */
const MOST_IMAGES = 12;
const LONGEST = 30;
/** Where the time went, folded away: the slowest images with their jobs, each job beginning at zero. Empty when nothing is known. */
function timeChart(reports, merge = {}) {
    const all = reports.flatMap(({ built }) => built);
    const shown = new Set(all.toSorted((a, b) => costOf(b) - costOf(a)).slice(0, MOST_IMAGES));
    const jobs = reports.map(report => jobSection(report, shown));
    const sections = [...jobs, mergeSection(merge)].filter(({ bars }) => bars.length > 0);
    if (sections.length === 0)
        return '';
    const rest = all.length - shown.size;
    const note = rest === 0 ? '' : `\n\n… and ${rest} more that took less`;
    return (0,markdown/* folded */.TM)('Where the time went', gantt(sections) + note);
}
function costOf({ times: { build = 0, pack = 0, upload = 0 } }) {
    return build + pack + upload;
}
function jobSection({ began, times, built }, shown) {
    const own = built.filter(each => shown.has(each));
    const { nix = 0, evaluate = 0, save = 0 } = times;
    const last = Math.max(0, ...built.map(each => each.began - began + costOf(each)));
    return {
        title: [...new Set(own.map(({ system }) => system))].join(' '),
        bars: own.length === 0
            ? []
            : [
                bar('Nix', 0, nix, 'done'),
                bar('evaluate', nix, evaluate, 'done'),
                ...own.flatMap(each => imageBars(each, each.began - began)),
                bar('save', last, save, 'done'),
            ],
    };
}
/** The phase comes first: a name could be a word of Mermaid's. */
function imageBars({ container, times: { build = 0, pack = 0, upload = 0 } }, from) {
    const rest = pack > 0 ? 'pack, upload' : 'upload';
    const name = container.slice(0, LONGEST);
    return [
        bar(`build ${name}`, from, build, 'active'),
        bar(`${rest} ${name}`, from + build, pack + upload, undefined),
    ];
}
function mergeSection(times) {
    let at = 0;
    const bars = MERGE_PHASES.map(phase => {
        const took = times[phase] ?? 0;
        at += took;
        return bar(phase, at - took, took, phase === 'send' ? 'active' : undefined);
    });
    return { title: 'merge', bars: bars.filter(({ took }) => took > 0) };
}
function bar(name, from, took, look) {
    return { name: `${name} ${(0,format/* formatSeconds */.Xo)(took)}`, from: Math.max(0, from), took, look };
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
async function dockerImages(members) {
    const bytes = await members.find(DOCKER_MANIFEST_FILE);
    if (!bytes)
        return undefined;
    return (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asArray */ ._j)((0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .parseJson */ .qF)(bytes, DOCKER_MANIFEST_FILE), DOCKER_MANIFEST_FILE).map(parseDockerImage);
}
/** Takes the only image. Throws an `Error` that says what is missing or is not what it should be. */
async function dockerImage(images, members, known) {
    const image = onlyImage(images);
    const config = await configOf(members, image.config);
    const parsed = (0,_oci_config_js__WEBPACK_IMPORTED_MODULE_1__/* .parseConfig */ .o)(config);
    if (image.layers.length !== parsed.diffIds.length) {
        throw new Error(`${DOCKER_MANIFEST_FILE} lists ${image.layers.length} layers, the config ${parsed.diffIds.length}`);
    }
    const listed = image.layers.map(name => ({ name, read: () => members.layer(name) }));
    return { config, layers: await (0,_staged_parts_js__WEBPACK_IMPORTED_MODULE_5__/* .takeLayers */ .s)(listed, parsed, known) };
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
async function configOf(members, name) {
    const bytes = await (0,_members_js__WEBPACK_IMPORTED_MODULE_3__/* .documentAt */ .XR)(members, name);
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

/***/ 2146:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   XR: () => (/* binding */ documentAt),
/* harmony export */   ew: () => (/* binding */ missingLayer),
/* harmony export */   n1: () => (/* binding */ followLinks),
/* harmony export */   nU: () => (/* binding */ PassedOver),
/* harmony export */   o5: () => (/* binding */ SMALL),
/* harmony export */   oR: () => (/* binding */ statedDiffId)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6760);
/* harmony import */ var _oci_digest_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9501);


/** No document that counts is larger. */
const SMALL = 4 << 20;
/** A layer was taken for a known one by its name, and is another. */
class PassedOver extends Error {
    name = 'PassedOver';
}
/** A document by its name. Throws an `Error` when it is missing. */
async function documentAt(members, name) {
    const bytes = await members.find(name);
    if (!bytes)
        throw new Error(`${name} is not in the archive`);
    return bytes;
}
/** The member that a name stands for in the end. Throws an `Error` when links lead in a circle. */
function followLinks(links, name) {
    const seen = new Set();
    let at = node_path__WEBPACK_IMPORTED_MODULE_0__.posix.normalize(name);
    for (let next = links.get(at); next !== undefined; next = links.get(at)) {
        if (seen.has(at))
            throw new Error(`the link ${name} leads back to itself`);
        seen.add(at);
        at = next;
    }
    return at;
}
function missingLayer(name) {
    return new Error(`the layer ${name} is not in the archive`);
}
/** The diff_id that a member says to have by its name, as dockerTools names layers. */
function statedDiffId(name) {
    const [, hex] = /^([0-9a-f]{64})\/layer\.tar$/.exec(name) ?? [];
    return hex === undefined ? undefined : (0,_oci_digest_js__WEBPACK_IMPORTED_MODULE_1__/* .parseDigest */ .m)(`sha256:${hex}`);
}


/***/ }),

/***/ 9084:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   s: () => (/* binding */ takeLayers)
/* harmony export */ });
/* harmony import */ var _util_limit_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8631);

/** How many layers are read side by side. */
const READERS = 4;
/**
 * Takes the layers of an image, lowest first, which pair with the config's diff_ids. Each diff_id is read once, and not at all
 * when it is known. Throws an `Error` that names a layer whose content is not the one that the config names.
 */
async function takeLayers(listed, { diffIds }, known) {
    const all = listed.map((layer, n) => ({ layer, n, diffId: diffIds[n] }));
    const unique = all.filter(({ diffId, n }) => diffIds.indexOf(diffId) === n);
    const taken = await (0,_util_limit_js__WEBPACK_IMPORTED_MODULE_0__/* .mapLimit */ .sf)(unique, READERS, async ({ layer, diffId }) => {
        const blob = known(diffId);
        return blob ? { known: blob } : layer.read();
    });
    const parts = new Map();
    for (const [at, { layer, n, diffId }] of unique.entries()) {
        const it = taken[at];
        const what = `layer ${n + 1} of ${diffIds.length}, ${layer.name},`;
        if ('known' in it)
            parts.set(diffId, it);
        else
            parts.set(diffId, { staged: checked(await it.finished, layer, diffId, what) });
    }
    return diffIds.map(diffId => parts.get(diffId));
}
function checked(layer, { check }, diffId, what) {
    check?.(layer);
    if (layer.diffId === diffId)
        return layer;
    throw new Error(`${what} should have the diff_id ${diffId} but has ${layer.diffId}`);
}


/***/ }),

/***/ 7361:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   W: () => (/* binding */ KnownLayers)
/* harmony export */ });
/** Layers that lie somewhere already, by the digest of what they unpack to (a config's `diff_ids`) and their media type. */
class KnownLayers {
    #blobs = new Map();
    /** Each diff_id pairs with the layer in the same place. Lists that do not match tell nothing; what was known first stays. */
    add(diffIds, layers) {
        if (diffIds.length !== layers.length)
            return;
        for (const [n, layer] of layers.entries()) {
            const key = keyOf(diffIds[n], layer.mediaType);
            if (!this.#blobs.has(key))
                this.#blobs.set(key, layer);
        }
    }
    find = (diffId, mediaType) => this.#blobs.get(keyOf(diffId, mediaType));
}
function keyOf(diffId, mediaType) {
    return `${diffId} ${mediaType}`;
}


/***/ })

};
