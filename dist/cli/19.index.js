export const id = 19;
export const ids = [19];
export const modules = {

/***/ 5955:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   P: () => (/* binding */ differenceOf)
/* harmony export */ });
/* harmony import */ var _oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(3200);
/* harmony import */ var _oci_image_index_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5885);


/**
 * How what is planned differs from what an index holds, by the derivations that it names, in words; `undefined` when it is
 * the same for exactly the same systems.
 */
function differenceOf(manifests, systems) {
    const images = manifests.filter(each => !(0,_oci_image_index_js__WEBPACK_IMPORTED_MODULE_0__/* .isAttestation */ .H3)(each));
    const held = new Map(images.map(({ annotations = {} }) => [annotations[_oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__/* .SYSTEM */ .IJ], annotations[_oci_annotation_js__WEBPACK_IMPORTED_MODULE_1__/* .DERIVATION */ .Su]]));
    if (images.length === 0 || held.has(undefined))
        return 'changed: it does not say what it was made from';
    const changed = systems.filter(({ system, derivation }) => held.has(system) && held.get(system) !== derivation);
    const added = systems.filter(({ system }) => !held.has(system));
    const gone = [...held.keys()].filter(system => systems.every(each => each.system !== system));
    const parts = [
        ...phrase('changed for', changed.map(({ system }) => system)),
        ...phrase('new for', added.map(({ system }) => system)),
        ...phrase('no longer for', gone),
    ];
    return parts.length === 0 ? undefined : parts.join(', ');
}
function phrase(words, systems) {
    return systems.length === 0 ? [] : [`${words} ${systems.join(' and ')}`];
}


/***/ }),

/***/ 6697:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   U: () => (/* binding */ repositoriesOf),
/* harmony export */   u: () => (/* binding */ destinations)
/* harmony export */ });
/* harmony import */ var _oci_reference_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3940);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9110);
/* harmony import */ var _repository_of_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(5127);
/* harmony import */ var _template_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(6179);




/** Fills the templates for each container, and refuses two containers with one place before anything is written. */
function destinations(wholes, { image, archive, trial }, owner) {
    const all = wholes.map(whole => ({
        whole,
        repositories: repositoriesOf(whole, image, owner),
        // What is in a registry can be tried from there.
        archive: archive === undefined || (trial && whole.unchanged)
            ? undefined
            : (0,_template_js__WEBPACK_IMPORTED_MODULE_3__/* .fill */ .G)(archive, namesOf(whole, owner), 'archive'),
    }));
    refuseShared(all);
    return all;
}
/** The repositories that one container's index goes to. */
function repositoriesOf(of, templates, owner) {
    return templates.map(template => (0,_repository_of_js__WEBPACK_IMPORTED_MODULE_2__/* .repositoryOf */ ._)((0,_template_js__WEBPACK_IMPORTED_MODULE_3__/* .fill */ .G)(template, namesOf(of, owner), 'image')));
}
function namesOf({ container, imageName }, owner) {
    return { name: container, image: ownName(imageName), owner };
}
/** An image may be named with the registry that it was meant for, which is not a part of its name elsewhere. */
function ownName(imageName) {
    const [first = '', ...path] = imageName.split('/');
    return path.length > 0 && /[.:]|^localhost$/.test(first) ? (path.at(-1) ?? imageName) : imageName;
}
function refuseShared(all) {
    const taken = new Map();
    for (const { whole, repositories, archive } of all) {
        for (const place of new Set([
            ...repositories.map(_oci_reference_js__WEBPACK_IMPORTED_MODULE_0__/* .referenceName */ .z$),
            ...(archive === undefined ? [] : [archive]),
        ])) {
            const other = taken.get(place);
            if (other !== undefined)
                throw shared(place, other, whole.container);
            taken.set(place, whole.container);
        }
    }
}
function shared(place, one, other) {
    return new _util_error_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .yo(`${one} and ${other} would both go to ${place}`, {
        hint: 'Put {name} or {image} into `image` and `archive`, or name one container.',
    });
}


/***/ }),

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

/***/ 7136:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  g: () => (/* binding */ gitFacts),
  u: () => (/* binding */ gitIn)
});

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(3024);
// EXTERNAL MODULE: ./lib/util/json.js
var json = __webpack_require__(8884);
;// CONCATENATED MODULE: ./lib/host/event.js


/** What started a workflow run, as GitHub tells it; `undefined` when there is nothing that can be read. */
function readEvent(env) {
    try {
        return (0,json/* asObject */.eB)(JSON.parse((0,external_node_fs_.readFileSync)(env.GITHUB_EVENT_PATH ?? '', 'utf8')), 'the event');
    }
    catch {
        return undefined;
    }
}
/** An object within an object; `undefined` where it is something else or missing. */
function objectAt(object, name) {
    const value = object?.[name];
    return typeof value === 'object' && value !== null ? value : undefined;
}
/** A text within an object; `undefined` where it is something else or missing. */
function textAt(object, name) {
    const value = object?.[name];
    return typeof value === 'string' ? value : undefined;
}

// EXTERNAL MODULE: ./lib/util/exec.js + 1 modules
var exec = __webpack_require__(6542);
;// CONCATENATED MODULE: ./lib/command/git.js


/** Reads the facts from GitHub's variables and event, or from the work tree that the command runs in. Nothing here fails. */
async function gitFacts(host, { run = exec/* exec */.m0, folder = '.' } = {}) {
    const git = gitIn(folder, run);
    return host.kind === 'github' ? onGitHub(host.env, git) : inWorkTree(git, host);
}
function gitIn(folder, run = exec/* exec */.m0) {
    return async (...args) => {
        // Another language would change nothing here; a question for a password would hang.
        const options = { cwd: folder, env: { GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0' } };
        const result = await run('git', args, options).catch(() => undefined);
        return result?.code === 0 ? result.stdout.trimEnd() : undefined;
    };
}
async function onGitHub(env, git) {
    const event = readEvent(env);
    const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_SHA: sha } = env;
    const commitDate = sha
        ? (pushedAt(event, sha) ?? dateOf(await git('show', '-s', '--format=%cI', sha)))
        : undefined;
    const defaultBranch = textAt(objectAt(event, 'repository'), 'default_branch');
    const ref = {
        ...place(env, event),
        ...(env.GITHUB_EVENT_NAME && { event: env.GITHUB_EVENT_NAME }),
        ...(defaultBranch && { defaultBranch }),
        ...(sha && { sha }),
        ...(commitDate && { commitDate }),
    };
    return { ref, ...(server && repository && { source: `${server}/${repository}` }) };
}
/** `pull_request_target` names the branch that the pull request goes to, so the event has the first word. */
function place(env, event) {
    const pull = objectAt(event, 'pull_request');
    const number = typeof pull?.number === 'number' ? pull.number : undefined;
    // What waits in a merge queue is a pull request still, and so is what one has started.
    const cause = textAt(objectAt(event, 'workflow_run'), 'event');
    if ([env.GITHUB_EVENT_NAME, cause].some(name => /^(pull_request|merge_group)/.test(name ?? ''))) {
        return {
            kind: 'pull-request',
            ...(env.GITHUB_HEAD_REF && { name: env.GITHUB_HEAD_REF }),
            ...(number !== undefined && { number }),
            ...(env.GITHUB_BASE_REF && { base: env.GITHUB_BASE_REF }),
        };
    }
    const [, kind, name] = /^refs\/(heads|tags)\/(.+)$/.exec(env.GITHUB_REF ?? '') ?? [];
    if (name === undefined)
        return { kind: 'none' };
    return { kind: kind === 'tags' ? 'tag' : 'branch', name };
}
/** The event of a push tells when its commit was made, so that no checkout is needed. */
function pushedAt(event, sha) {
    const head = objectAt(event, 'head_commit');
    return head?.id === sha ? dateOf(textAt(head, 'timestamp')) : undefined;
}
function dateOf(text) {
    const date = new Date(text ?? '');
    return Number.isNaN(date.getTime()) ? undefined : date;
}
/** Changes that are not committed belong to no commit, so an image of them bears none. */
async function inWorkTree(git, { log }) {
    const [sha, changes] = await Promise.all([
        git('rev-parse', '--verify', '--quiet', 'HEAD'),
        git('status', '--porcelain', '--untracked-files=no'),
    ]);
    if (sha === undefined || changes === undefined)
        return { ref: { kind: 'none' } };
    const [date, branch, tag, head, remote] = await Promise.all([
        git('show', '-s', '--format=%cI', 'HEAD'),
        git('symbolic-ref', '--short', '--quiet', 'HEAD'),
        git('describe', '--tags', '--exact-match', 'HEAD'),
        git('symbolic-ref', '--short', '--quiet', 'refs/remotes/origin/HEAD'),
        git('remote', 'get-url', 'origin'),
    ]);
    const isClean = changes === '';
    if (!isClean)
        log.info('The work tree has changes, so the image is tied to no commit');
    const commitDate = dateOf(date);
    const source = pageOf(remote);
    const ref = {
        ...localPlace(branch, isClean ? tag : undefined),
        defaultBranch: head?.replace(/^origin\//, '') ?? (branch === 'master' ? 'master' : 'main'),
        ...(isClean && { sha, ...(commitDate && { commitDate }) }),
    };
    return { ref, ...(source && { source }) };
}
/** A commit that is checked out by itself, as other CI systems do it, says nothing of the branch that it is for. */
function localPlace(branch, tag) {
    if (branch)
        return { kind: 'branch', name: branch };
    return tag ? { kind: 'tag', name: tag } : { kind: 'commit' };
}
/** The page of a repository that Git knows by an address, without what may be secret in it. */
function pageOf(remote) {
    const [, host, path] = /^(?:(?:https?|ssh|git):\/\/(?:[^@/]*@)?|[\w.-]+@)([\w.-]+)(?::\d+)?[:/](.+?)(?:\.git)?\/?$/.exec(remote ?? '') ?? [];
    return host && path ? `https://${host}/${path}` : undefined;
}


/***/ }),

/***/ 3914:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $E: () => (/* binding */ contentOf),
/* harmony export */   JO: () => (/* binding */ holdingOf),
/* harmony export */   TE: () => (/* binding */ lookUp)
/* harmony export */ });
/* harmony import */ var _oci_annotation_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(3200);
/* harmony import */ var _oci_image_index_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5885);
/* harmony import */ var _oci_manifest_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4360);
/* harmony import */ var _oci_media_type_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8574);
/* harmony import */ var _registry_explain_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(7432);
/* harmony import */ var _util_limit_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(8631);






const AT_ONCE = 4;
/**
 * Looks what the tags that a run asks for hold now.
 *
 * @param log told when tags may not be listed; for a further look, which has nothing new to tell, there is none
 */
async function lookUp(repository, wanted, log) {
    const compares = wanted.some(({ kind }) => kind === 'newest' || kind === 'branch');
    const [tags, found] = await (0,_util_limit_js__WEBPACK_IMPORTED_MODULE_4__/* .together */ .bs)([
        compares ? listTags(repository, log) : Promise.resolve([]),
        (0,_util_limit_js__WEBPACK_IMPORTED_MODULE_4__/* .mapLimit */ .sf)(wanted, AT_ONCE, async ({ tag }) => [tag, await repository.findManifest(tag)]),
    ]);
    const held = found.flatMap(([tag, manifest]) => typeof manifest === 'string' ? [] : [[tag, holdingOf(manifest)]]);
    const empty = found.length > 0 && found.every(([, manifest]) => manifest === 'no repository');
    return { held: new Map(held), tags, empty };
}
/** Who may push need not have the right to list tags; then what the tags hold has to do. */
async function listTags(repository, log) {
    try {
        return await repository.tags();
    }
    catch (error) {
        if (!(0,_registry_explain_js__WEBPACK_IMPORTED_MODULE_3__/* .isRefusal */ .vu)(error))
            throw error;
        const { registry, repository: path } = repository.reference;
        log?.warning(`The tags of ${registry}/${path} may not be listed, so newer versions are only seen where a tag holds them`);
        return [];
    }
}
/** What somebody else's tool has pushed may be of another shape, and says nothing then. */
function holdingOf({ descriptor, bytes }) {
    const { manifests, annotations = {} } = read({ descriptor, bytes });
    const { [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_5__/* .VERSION */ .xv]: version, [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_5__/* .REVISION */ .sP]: revision, [_oci_annotation_js__WEBPACK_IMPORTED_MODULE_5__/* .CREATED */ .DE]: created } = annotations;
    const date = new Date(created ?? '');
    return {
        descriptor,
        bytes,
        annotations,
        manifests,
        digest: descriptor.digest,
        ...(version && { version }),
        ...(revision && { revision }),
        ...(!Number.isNaN(date.getTime()) && { created: date }),
    };
}
function read({ descriptor, bytes }) {
    try {
        if ((0,_oci_media_type_js__WEBPACK_IMPORTED_MODULE_2__/* .isIndexType */ .$U)(descriptor.mediaType))
            return (0,_oci_image_index_js__WEBPACK_IMPORTED_MODULE_0__/* .parseIndex */ .A1)(bytes);
        const { annotations } = (0,_oci_manifest_js__WEBPACK_IMPORTED_MODULE_1__/* .parseManifest */ .Ng)(bytes);
        return { manifests: [], ...(annotations && { annotations }) };
    }
    catch {
        return { manifests: [] };
    }
}
function contentOf({ annotations }) {
    return annotations[_oci_annotation_js__WEBPACK_IMPORTED_MODULE_5__/* .CONTENT */ .KB];
}


/***/ }),

/***/ 395:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   OR: () => (/* binding */ mayPush),
/* harmony export */   RW: () => (/* binding */ outlets),
/* harmony export */   bf: () => (/* binding */ ownerOf),
/* harmony export */   br: () => (/* binding */ imageTemplates)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6760);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9110);
/* harmony import */ var _gather_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7642);
/* harmony import */ var _registry_client_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(5886);
/* harmony import */ var _repository_of_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(5127);
/* harmony import */ var _template_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(6179);






/**
 * Decides where images go. A pull request pushes nothing, and leaves archives instead where there are artifacts. Refuses a run that
 * would leave nothing behind, or whose templates or credentials are wrong, before any work is done.
 */
function outlets(inputs, host, ref) {
    const owner = ownerOf(host);
    const pushes = mayPush(inputs, host, ref);
    const asArtifacts = !pushes && host.artifacts !== undefined;
    const templates = imageTemplates(inputs, owner);
    const image = pushes ? templates : [];
    const archive = inputs.archive ?? (asArtifacts ? (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(host.temp, `{name}${_gather_js__WEBPACK_IMPORTED_MODULE_2__/* .MERGED_ENDING */ .$r}`) : undefined);
    if (archive === undefined && image.length === 0) {
        throw new _util_error_js__WEBPACK_IMPORTED_MODULE_1__/* .UsageError */ .eb('There is nowhere to put the image', {
            hint: 'Name a file with `archive`, a registry with `image`, or both.',
        });
    }
    const sample = { name: 'name', image: 'image', owner };
    if (archive !== undefined)
        (0,_template_js__WEBPACK_IMPORTED_MODULE_5__/* .fill */ .G)(archive, sample, 'archive');
    // What a plan found unchanged is read from there also where nothing is pushed.
    const registries = templates.map(template => (0,_repository_of_js__WEBPACK_IMPORTED_MODULE_4__/* .repositoryOf */ ._)((0,_template_js__WEBPACK_IMPORTED_MODULE_5__/* .fill */ .G)(template, sample, 'image')));
    const access = pushes ? inputs : (0,_registry_client_js__WEBPACK_IMPORTED_MODULE_3__/* .forReading */ .y_)(inputs);
    (0,_registry_client_js__WEBPACK_IMPORTED_MODULE_3__/* .checkCredential */ .CT)(access, registries);
    return {
        image,
        archive,
        registries,
        access,
        asArtifacts,
        trial: asArtifacts && inputs.archive === undefined,
    };
}
/** What comes from outside, or is not agreed on yet, is not to be published. */
function mayPush({ push }, { fromFork }, { kind }) {
    return push === 'auto' ? kind !== 'pull-request' && !fromFork : push === 'true';
}
/** Whose repository this is, on GitHub. */
function ownerOf(host) {
    return host.kind === 'github' ? host.env.GITHUB_REPOSITORY_OWNER : undefined;
}
/**
 * The `image` templates to use: the given ones, or those that stand before the tags, or ghcr.io on GitHub when no archive is asked
 * for instead.
 */
function imageTemplates({ image, archive, tags }, owner) {
    if (image.length > 0)
        return image;
    const named = tags.kind === 'list' ? tags.tags.flatMap(({ name }) => name ?? []) : [];
    if (named.length > 0)
        return [...new Set(named)];
    return archive !== undefined || owner === undefined ? [] : ['ghcr.io/{owner}/{image}'];
}


/***/ }),

/***/ 5127:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   _: () => (/* binding */ repositoryOf)
/* harmony export */ });
/* harmony import */ var _oci_reference_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3940);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9110);


/** Where a filled template leads. Throws a `UsageError` for one with a tag or a digest. */
function repositoryOf(text) {
    const reference = (0,_oci_reference_js__WEBPACK_IMPORTED_MODULE_0__/* .parseReference */ .F2)(text);
    if (reference.tag === undefined && reference.digest === undefined)
        return reference;
    throw new _util_error_js__WEBPACK_IMPORTED_MODULE_1__/* .UsageError */ .eb(`\`image\` names a tag or a digest: ${text}`, { hint: 'Give tags with `tags`.' });
}


/***/ }),

/***/ 206:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  K: () => (/* binding */ imageVersion),
  q: () => (/* binding */ stampIndex)
});

// EXTERNAL MODULE: ./lib/oci/annotation.js
var annotation = __webpack_require__(3200);
// EXTERNAL MODULE: ./lib/oci/image.js
var oci_image = __webpack_require__(5148);
// EXTERNAL MODULE: ./lib/oci/image-index.js
var image_index = __webpack_require__(5885);
// EXTERNAL MODULE: ./lib/oci/manifest.js
var oci_manifest = __webpack_require__(4360);
// EXTERNAL MODULE: ./lib/oci/media-type.js
var media_type = __webpack_require__(8574);
// EXTERNAL MODULE: ./lib/tag/version.js
var tag_version = __webpack_require__(5412);
// EXTERNAL MODULE: ./lib/util/json.js
var json = __webpack_require__(8884);
;// CONCATENATED MODULE: ./lib/command/config-labels.js

const WHAT = 'the image config';
/** A config with labels added to its own; the very same bytes when there are none to add. */
function labelled(config, labels) {
    if (Object.keys(labels).length === 0)
        return config;
    return withLabels(config, own => ({ ...own, ...labels }));
}
/** A config without some of its labels, for comparing. */
function withoutLabels(config, keys) {
    return withLabels(config, own => Object.fromEntries(Object.entries(own).filter(([key]) => !keys.includes(key))));
}
function withLabels(config, change) {
    const it = (0,json/* asObject */.eB)((0,json/* parseJson */.qF)(config, WHAT), WHAT);
    const run = (0,json/* asObject */.eB)(it.config ?? {}, 'config');
    const labels = change((0,json/* asStringMap */._T)(run.Labels, 'config.Labels') ?? {});
    return Buffer.from(JSON.stringify({ ...it, config: { ...run, Labels: labels } }));
}

// EXTERNAL MODULE: ./lib/oci/descriptor.js
var descriptor = __webpack_require__(1260);
// EXTERNAL MODULE: ./lib/oci/digest.js
var digest = __webpack_require__(9501);
// EXTERNAL MODULE: ./lib/oci/platform.js
var platform = __webpack_require__(7122);
;// CONCATENATED MODULE: ./lib/command/content.js






/** What changes from commit to commit though an image stays as it is. */
const PASSING = [annotation/* REVISION */.sP, annotation/* CREATED */.DE];
/**
 * A digest over what an index holds and says, but for the commit and its time. Layers count by what they unpack to, which configs
 * name, and by how they are compressed; not by their bytes, which another version of a compressor may write otherwise.
 */
function contentDigest(parts, annotations) {
    const images = parts
        .map(({ image, config, annotations }) => ({
        platform: (0,platform/* platformName */.$r)(image.platform),
        about: (0,descriptor/* descriptorOf */.nb)(image.manifest).annotations,
        config: (0,digest/* digestOf */.ol)(withoutLabels(config, PASSING)),
        layers: image.layers.map(({ mediaType }) => mediaType),
        ...(0,oci_manifest/* sortedAnnotations */.sk)(lasting(annotations)),
    }))
        .sort((a, b) => (a.platform < b.platform ? -1 : 1));
    return (0,digest/* digestOf */.ol)(Buffer.from(JSON.stringify({ images, ...(0,oci_manifest/* sortedAnnotations */.sk)(lasting(annotations)) })));
}
function lasting(annotations) {
    return Object.fromEntries(Object.entries(annotations).filter(([key]) => !PASSING.includes(key)));
}

;// CONCATENATED MODULE: ./lib/command/stamp.js








/** What follows from a container's derivation, and so stands on its manifests from the build on. */
const FACTS = [annotation/* TITLE */.ly, annotation/* DESCRIPTION */.tC, annotation/* LICENSES */.Bw, annotation/* VERSION */.xv, annotation/* SOURCE */.u2, annotation/* URL */.k, annotation/* DOCUMENTATION */.l0];
/**
 * Joins a container's images into an index, with what is known of them on it and on their manifests. Everything follows from the
 * pieces and the stamp, so it is the same each time; layers stay as they are.
 */
function stampIndex(whole, stamp) {
    const pieces = whole.pieces.map(piece => stampPiece(piece, stamp));
    const annotations = stamped(sharedFacts(whole.pieces), stamp, stamp.annotations.index);
    const content = contentDigest(pieces, annotations);
    const images = pieces.map(({ image }) => image);
    return { index: (0,image_index/* makeIndex */.H9)(images, { ...annotations, [annotation/* CONTENT */.KB]: content }), content };
}
/** The version that a container's images agree on: their own, or their tag when it is one. */
function imageVersion({ pieces, }) {
    const versions = new Set(pieces.map(({ facts }) => facts[annotation/* VERSION */.xv] ?? (0,tag_version/* parseVersion */.o)(facts[annotation/* REF_NAME */.w5] ?? '')?.text));
    const [version, ...others] = versions;
    return others.length === 0 ? version : undefined;
}
function stampPiece({ image, config, system, derivation, facts }, stamp) {
    const annotations = stamped(pick(facts), stamp, stamp.annotations.manifest);
    const bytes = labelled(config, stamp.labels);
    const blob = bytes === config ? image.config : (0,oci_image/* bytesBlob */.XU)(bytes, { mediaType: media_type/* OCI_CONFIG */.TF });
    const manifest = (0,oci_image/* bytesBlob */.XU)((0,oci_manifest/* encodeManifest */.Gb)({ config: blob, layers: image.layers, annotations }), {
        mediaType: media_type/* OCI_MANIFEST */.EG,
        platform: image.platform,
        annotations: { [annotation/* SYSTEM */.IJ]: system, ...(derivation && { [annotation/* DERIVATION */.Su]: derivation }) },
    });
    return { image: { ...image, config: blob, manifest }, config: bytes, annotations };
}
function stamped(facts, { git, version }, own) {
    const { source, ref } = git;
    return {
        ...(source && { [annotation/* SOURCE */.u2]: source, [annotation/* URL */.k]: source, [annotation/* DOCUMENTATION */.l0]: `${source}#readme` }),
        ...facts,
        ...(version && { [annotation/* VERSION */.xv]: version }),
        ...(ref.sha && { [annotation/* REVISION */.sP]: ref.sha }),
        ...(ref.commitDate && { [annotation/* CREATED */.DE]: rfc3339(ref.commitDate) }),
        ...own,
    };
}
/** Without fractions of a second, which Git does not know. */
function rfc3339(date) {
    return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
/** The facts on which all pieces agree: an index speaks for all its platforms. */
function sharedFacts(pieces) {
    const agreed = FACTS.flatMap(key => {
        const [value, ...others] = new Set(pieces.map(({ facts }) => facts[key]));
        return value !== undefined && others.length === 0 ? [[key, value]] : [];
    });
    return Object.fromEntries(agreed);
}
function pick(facts) {
    return Object.fromEntries(FACTS.flatMap(key => (facts[key] === undefined ? [] : [[key, facts[key]]])));
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

/***/ 6179:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   G: () => (/* binding */ fill)
/* harmony export */ });
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9110);

/** Fills `{name}`, `{image}` and `{owner}` in. Throws a `UserError` for a placeholder that is unknown or has no value here. */
function fill(template, names, input) {
    return template.replace(/\{([^{}]*)\}/g, (whole, key) => {
        const value = new Map(Object.entries(names)).get(key);
        if (value !== undefined)
            return value;
        throw new _util_error_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .yo(`\`${input}\` holds ${whole}, which ${key === 'owner' ? 'is known on GitHub only' : 'is no placeholder'}`, {
            hint: 'The placeholders are {name}, {image} and, on GitHub, {owner}.',
        });
    });
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
/* harmony export */   YU: () => (/* binding */ THIN),
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
/** The repository of a registry that has the layers which an archive names and does not carry. */
const THIN = 'nix-multiarch.thin';
/** On an index: a digest over all that does not change from commit to commit, which tells whether two indexes hold the same. */
const CONTENT = 'nix-multiarch.content';


/***/ }),

/***/ 9382:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   A6: () => (/* binding */ sanitized),
/* harmony export */   F5: () => (/* binding */ NO_AFFIXES),
/* harmony export */   FL: () => (/* binding */ tagFrom)
/* harmony export */ });
/* harmony import */ var _oci_reference_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3940);

const LONGEST = 128;
const NO_AFFIXES = { prefix: '', suffix: '' };
/** Makes a tag of any text, as docker/metadata-action does: what no tag may hold becomes `-`. `undefined` if nothing is left. */
function tagFrom(text, { prefix, suffix } = NO_AFFIXES) {
    if (text === '')
        return undefined;
    const tag = sanitized(`${prefix}${text}${suffix}`)
        .replace(/^[.-]+/, '')
        .slice(0, LONGEST);
    return (0,_oci_reference_js__WEBPACK_IMPORTED_MODULE_0__/* .isTag */ .dz)(tag) ? tag : undefined;
}
function sanitized(text) {
    return text.replace(/[^a-zA-Z0-9._-]+/g, '-');
}


/***/ }),

/***/ 7192:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   o: () => (/* binding */ isDefaultBranch)
/* harmony export */ });
/** Whether this is a push to the branch that the repository is known by, or something of its kind. */
function isDefaultBranch({ kind, name, defaultBranch }) {
    return kind === 'branch' && name !== undefined && name === defaultBranch;
}


/***/ }),

/***/ 7380:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   bS: () => (/* binding */ versionsIn),
/* harmony export */   c3: () => (/* binding */ isInLine),
/* harmony export */   cA: () => (/* binding */ lineOf)
/* harmony export */ });
/* harmony import */ var _version_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5412);

/** The line that a tag names by what it looks like: `latest`, `1`, `v1`, `1.2`; `undefined` when it names none. */
function lineOf(tag) {
    if (tag === 'latest')
        return {};
    const [, major, minor] = /^v?(\d{1,15})(?:\.(\d{1,15}))?$/.exec(tag) ?? [];
    if (major === undefined)
        return undefined;
    return { major: Number(major), ...(minor !== undefined && { minor: Number(minor) }) };
}
function isInLine(version, { major, minor, patch }) {
    return ((major === undefined || major === version.major) &&
        (minor === undefined || minor === version.minor) &&
        (patch === undefined || patch === version.patch));
}
/** The stable versions of a line among a repository's tags, as far as these have the prefix and suffix of the run's own. */
function versionsIn(line, tags, affixes) {
    return tags
        .map(tag => (0,_version_js__WEBPACK_IMPORTED_MODULE_0__/* .parseVersion */ .o)(without(affixes, tag) ?? ''))
        .filter(version => version !== undefined)
        .filter(version => version.stable && isInLine(version, line));
}
function without({ prefix, suffix }, tag) {
    if (!tag.startsWith(prefix) || !tag.endsWith(suffix))
        return undefined;
    return tag.slice(prefix.length, tag.length - suffix.length);
}


/***/ }),

/***/ 4044:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   E: () => (/* binding */ versionOf)
/* harmony export */ });
/* harmony import */ var _version_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5412);

/**
 * The version that a run is about: what the input says, else what the image says of itself when that is a version, else the Git
 * tag when it is one. What the image says otherwise comes last, so that it may be no semver.
 */
function versionOf(input, image, ref) {
    const own = (0,_version_js__WEBPACK_IMPORTED_MODULE_0__/* .parseVersion */ .o)(image ?? '') && image;
    const tagged = ref.kind === 'tag' ? (0,_version_js__WEBPACK_IMPORTED_MODULE_0__/* .parseVersion */ .o)(ref.name ?? '')?.text : undefined;
    return input || own || tagged || image || undefined;
}


/***/ }),

/***/ 5412:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Z: () => (/* binding */ compareVersions),
/* harmony export */   o: () => (/* binding */ parseVersion)
/* harmony export */ });
/* harmony import */ var semver_functions_compare_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8469);
/* harmony import */ var semver_functions_parse_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6353);


/** Reads a whole version, with or without a `v`; `undefined` for anything else, such as `1.2`, a hash, or `latest`. */
function parseVersion(text) {
    const found = semver_functions_parse_js__WEBPACK_IMPORTED_MODULE_1__(text);
    if (!found)
        return undefined;
    const { major, minor, patch, prerelease, raw } = found;
    return { text: raw.trim().replace(/^v/, ''), major, minor, patch, stable: prerelease.length === 0 };
}
/** Below zero when the first is the older one. What differs in build metadata alone is equal, since that has no order. */
function compareVersions(a, b) {
    return semver_functions_compare_js__WEBPACK_IMPORTED_MODULE_0__(a.text, b.text);
}


/***/ }),

/***/ 8944:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  p: () => (/* binding */ wantedTags)
});

// EXTERNAL MODULE: ./lib/tag/affixes.js
var tag_affixes = __webpack_require__(9382);
// EXTERNAL MODULE: ./lib/util/error.js
var error = __webpack_require__(9110);
// EXTERNAL MODULE: ./node_modules/dayjs/dayjs.min.js
var dayjs_min = __webpack_require__(3706);
// EXTERNAL MODULE: ./node_modules/dayjs/plugin/advancedFormat.js
var advancedFormat = __webpack_require__(5440);
// EXTERNAL MODULE: ./node_modules/dayjs/plugin/isoWeek.js
var isoWeek = __webpack_require__(9072);
// EXTERNAL MODULE: ./node_modules/dayjs/plugin/timezone.js
var timezone = __webpack_require__(7818);
// EXTERNAL MODULE: ./node_modules/dayjs/plugin/utc.js
var utc = __webpack_require__(5279);
// EXTERNAL MODULE: ./lib/tag/date-tokens.js
var date_tokens = __webpack_require__(8441);
;// CONCATENATED MODULE: ./lib/tag/date-format.js






/** A time in words, by a format of Moment.js such as `YYYYMMDD-HHmmss`, in a time zone such as `Asia/Tokyo`. */
function formatDate(date, format, zone) {
    for (const plugin of [utc, timezone, isoWeek, advancedFormat])
        dayjs_min.extend(plugin);
    const time = dayjs_min(date).tz(zone);
    return format.replace(date_tokens/* TOKEN */.CV, (token, literal) => {
        if (literal !== undefined)
            return literal;
        const own = date_tokens/* OWN */.ZF.get(token);
        return own ? own(time) : date_tokens/* ALIKE */.D.has(token) ? time.format(token) : token;
    });
}

// EXTERNAL MODULE: ./lib/tag/git-ref.js
var git_ref = __webpack_require__(7192);
// EXTERNAL MODULE: ./lib/tag/vocabulary.js
var vocabulary = __webpack_require__(9178);
;// CONCATENATED MODULE: ./lib/tag/expressions.js



const TEXTS = {
    branch: ({ ref }) => (ref.kind === 'branch' ? (ref.name ?? '') : ''),
    tag: ({ ref }) => (ref.kind === 'tag' ? (ref.name ?? '') : ''),
    sha: ({ ref }) => shortSha(ref.sha) ?? '',
    base_ref: ({ ref }) => ref.base ?? '',
    is_default_branch: ({ ref }) => String((0,git_ref/* isDefaultBranch */.o)(ref)),
    is_not_default_branch: ({ ref }) => String(!(0,git_ref/* isDefaultBranch */.o)(ref)),
    version: ({ version }) => version ?? '',
    date: ({ now }, call) => dateText(now, call),
    commit_date: ({ now, ref }, call) => dateText(ref.commitDate ?? now, call),
};
/** The text of an expression that templates of rules and flavors may hold. */
function globalText(subject) {
    return call => (isName(call.name) ? TEXTS[call.name](subject, call) : '');
}
/** Seven digits, as Git shows them. */
function shortSha(sha) {
    return sha?.slice(0, 7);
}
function isName(name) {
    return Object.hasOwn(TEXTS, name);
}
function dateText(date, { words: [format = ''], options: { tz = vocabulary/* DEFAULT_ZONE */.nT } }) {
    return formatDate(date, format, tz);
}

// EXTERNAL MODULE: ./lib/tag/line.js
var tag_line = __webpack_require__(7380);
// EXTERNAL MODULE: ./lib/tag/template.js
var tag_template = __webpack_require__(8744);
// EXTERNAL MODULE: ./lib/tag/version.js
var tag_version = __webpack_require__(5412);
;// CONCATENATED MODULE: ./lib/tag/make.js





/** A rule's own prefix and suffix, and the flavor's in place of those that it does not have. */
function affixesOf(flavor, subject, own = {}) {
    const text = (template) => (0,tag_template/* render */.XX)(template, globalText(subject));
    return { prefix: text(own.prefix ?? flavor.prefix.text), suffix: text(own.suffix ?? flavor.suffix.text) };
}
/** No tag or one; none when nothing of the text may stand in a tag. */
function plainTag(text, kind, affixes) {
    const tag = (0,tag_affixes/* tagFrom */.FL)(text, affixes);
    return tag === undefined ? [] : [{ tag, kind }];
}
/** A tag that only the newest version of a line gets. */
function newestTag(text, version, line, affixes) {
    const tag = (0,tag_affixes/* tagFrom */.FL)(text, affixes);
    return tag === undefined ? [] : [newest(tag, version, line, affixes)];
}
/** `latest`, with the flavor's prefix and suffix only where it asks for that. */
function latestTag(version, flavor, subject) {
    const affixes = affixesOf(flavor, subject);
    const { prefix, suffix } = affixes;
    const tag = (0,tag_affixes/* tagFrom */.FL)('latest', {
        prefix: flavor.prefix.onLatest ? prefix : '',
        suffix: flavor.suffix.onLatest ? suffix : '',
    });
    if (tag === undefined)
        return [];
    if (version)
        return [newest(tag, version, {}, affixes)];
    return [{ tag, kind: subject.ref.kind === 'none' ? 'free' : 'branch' }];
}
/** A tag that somebody spelled out, whose kind is told from what it looks like. */
function spelledTag(text, subject, affixes) {
    if ((0,tag_version/* parseVersion */.o)(text))
        return plainTag(text, 'exact', affixes);
    const line = (0,tag_line/* lineOf */.cA)(text);
    const version = (0,tag_version/* parseVersion */.o)(subject.version ?? '');
    if (line && version && (0,tag_line/* isInLine */.c3)(version, line))
        return newestTag(text, version, line, affixes);
    const { kind, name = '' } = subject.ref;
    const follows = kind !== 'none' && (line !== undefined || (kind === 'branch' && text === (0,tag_affixes/* tagFrom */.FL)(name)));
    return plainTag(text, follows ? 'branch' : 'free', affixes);
}
function newest(tag, version, line, { prefix, suffix }) {
    const affixes = { prefix: (0,tag_affixes/* sanitized */.A6)(prefix), suffix: (0,tag_affixes/* sanitized */.A6)(suffix) };
    return { tag, kind: 'newest', among: { version: version.text, line, affixes } };
}

;// CONCATENATED MODULE: ./lib/tag/auto.js






/** The tags of `tags: auto`: by version on the default branch, on Git tags and without Git; by branch, commit and pull request. */
function automaticTags(flavor, subject) {
    const { ref } = subject;
    const affixes = affixesOf(flavor, subject);
    switch (ref.kind) {
        case 'pull-request':
            return ref.number === undefined
                ? []
                : plainTag(String(ref.number), 'free', { ...affixes, prefix: 'pr-' });
        case 'branch': {
            const versions = (0,git_ref/* isDefaultBranch */.o)(ref) ? versionTags(flavor, subject, affixes) : [];
            return [...versions, ...branchTag(subject, affixes), ...shaTag(subject, affixes)];
        }
        case 'tag':
            return [
                ...gitTag(subject, affixes),
                ...versionTags(flavor, subject, affixes),
                ...shaTag(subject, affixes),
            ];
        case 'commit':
            return shaTag(subject, affixes);
        case 'none':
            return versionTags(flavor, subject, affixes);
    }
}
function versionTags(flavor, subject, affixes) {
    const version = (0,tag_version/* parseVersion */.o)(subject.version ?? '');
    const exact = exactTag(version?.text ?? subject.version ?? '', affixes);
    if (version && !version.stable)
        return exact;
    // What a Git tag that is no version points at need not be the newest of anything.
    const latest = flavor.latest !== false && (version || subject.ref.kind !== 'tag');
    return [
        ...exact,
        ...(version ? lineTags(version, affixes) : []),
        ...(latest ? latestTag(version, flavor, subject) : []),
    ];
}
/** `1.2` and `1`. Nothing holds together what comes before 1.0.0, so that there is no `0`. */
function lineTags(version, affixes) {
    const { major, minor } = version;
    const ofMinor = newestTag(`${major}.${minor}`, version, { major, minor }, affixes);
    return major === 0 ? ofMinor : [...ofMinor, ...newestTag(String(major), version, { major }, affixes)];
}
/**
 * Of a version by semver or other rules (`17.2`, `2024-05-01`), but not of a hash, which Nix gives to images
 * without a tag.
 */
function exactTag(version, affixes) {
    const isHash = /^[0-9a-z]{32,}$|^(?=.*[a-f])[0-9a-f]{7,}$/.test(version);
    const isVersion = !isHash && /^(v?\d|unstable-\d)/.test(version);
    return isVersion ? plainTag(version.replace(/^v/, ''), 'exact', affixes) : [];
}
/** The branch's name, unless it would take a version's tag from a version: a branch `1.2` gets it for one of 1.2 alone. */
function branchTag(subject, affixes) {
    const name = (0,tag_affixes/* tagFrom */.FL)(subject.ref.name ?? '') ?? '';
    const line = (0,tag_line/* lineOf */.cA)(name);
    if (!line && !(0,tag_version/* parseVersion */.o)(name))
        return plainTag(name, 'branch', affixes);
    const version = (0,tag_version/* parseVersion */.o)(subject.version ?? '');
    const isOwn = line?.major !== undefined && version?.stable && (0,tag_line/* isInLine */.c3)(version, line);
    return isOwn ? newestTag(name, version, line, affixes) : [];
}
/** A Git tag's own name, where it is no version. */
function gitTag({ ref }, affixes) {
    const name = (0,tag_affixes/* tagFrom */.FL)(ref.name ?? '') ?? '';
    return (0,tag_version/* parseVersion */.o)(name) || (0,tag_line/* lineOf */.cA)(name) ? [] : plainTag(name, 'free', affixes);
}
function shaTag({ ref }, affixes) {
    return plainTag(shortSha(ref.sha) ?? '', 'free', { ...affixes, prefix: 'sha-' });
}

;// CONCATENATED MODULE: ./lib/tag/semver-rule.js



const NUMBERS = ['major', 'minor', 'patch'];
/** The tag of a rule `type=semver` for a text such as `v1.2.3`; none when the text is no version. */
function semverTag({ pattern, match }, value, affixes) {
    const raw = match ? (match.exec(value)?.[1] ?? value) : value;
    const version = (0,tag_version/* parseVersion */.o)(raw.replaceAll('/', '-'));
    if (!version)
        return { tags: [], latest: false };
    const shape = version.stable || isRaw(pattern) ? pattern : [{ name: 'version', words: [], options: {} }];
    const text = (0,tag_template/* render */.XX)(shape, ({ name }) => partOf(version, raw, name));
    const line = lineOfNames(version, (0,tag_template/* namesIn */.wX)(shape));
    const tags = line ? newestTag(text, version, line, affixes) : plainTag(text, 'exact', affixes);
    return { tags, latest: version.stable, version };
}
function isRaw(pattern) {
    const [only] = pattern;
    return pattern.length === 1 && typeof only === 'object' && only.name === 'raw';
}
function partOf(version, raw, name) {
    const number = NUMBERS.find(each => each === name);
    if (number)
        return String(version[number]);
    // As docker/metadata-action has it, a version goes without its build metadata.
    return name === 'raw' ? raw : version.text.replace(/\+.*/, '');
}
/** The versions that share the tag with ours; `undefined` when it names ours alone. */
function lineOfNames(version, names) {
    const given = NUMBERS.filter(name => names.includes(name));
    if (names.includes('raw') || names.includes('version') || given.length === NUMBERS.length)
        return undefined;
    return Object.fromEntries(given.map(name => [name, version[name]]));
}

;// CONCATENATED MODULE: ./lib/tag/apply-rule.js







const NOTHING = { tags: [], latest: false };
/** The tags that one rule gives; none when it is not for this run. Throws a `UserError` when `enable` is neither true nor false. */
function applyRule(rule, flavor, subject) {
    if (!isEnabled(rule, subject))
        return NOTHING;
    const affixes = affixesOf(flavor, subject, rule);
    const { ref } = subject;
    switch (rule.type) {
        case 'auto':
            return { tags: automaticTags(flavor, subject), latest: false };
        case 'schedule': {
            const text = ref.event === 'schedule' ? (0,tag_template/* render */.XX)(rule.pattern, globalText(subject)) : '';
            return { tags: plainTag(text, 'free', affixes), latest: false };
        }
        case 'semver':
            return semverTag(rule, subjectValue(rule.value, subject), affixes);
        case 'match':
            return matched(rule, subjectValue(rule.value, subject), subject, affixes);
        case 'edge': {
            const isIt = ref.kind === 'branch' && ref.name === (rule.branch ?? ref.defaultBranch);
            return { tags: plainTag(isIt ? 'edge' : '', 'branch', affixes), latest: false };
        }
        case 'ref':
            return ofRef(rule, subject, affixes);
        case 'raw':
            return { tags: spelledTag((0,tag_template/* render */.XX)(rule.value, globalText(subject)), subject, affixes), latest: false };
        case 'sha': {
            const sha = rule.format === 'short' ? shortSha(ref.sha) : ref.sha;
            return { tags: plainTag(sha ?? '', 'free', affixes), latest: false };
        }
    }
}
function isEnabled({ enable, line }, subject) {
    const text = (0,tag_template/* render */.XX)(enable, globalText(subject));
    if (text !== 'true' && text !== 'false') {
        throw new error/* UserError */.yo(`In the tag rule ${line}, enable is ${JSON.stringify(text)}`, {
            hint: 'It must come out as true or false, as {{is_default_branch}} does.',
        });
    }
    return text === 'true';
}
/** What a rule was given, else the Git tag. */
function subjectValue(value, subject) {
    if (value.length > 0)
        return (0,tag_template/* render */.XX)(value, globalText(subject));
    return subject.ref.kind === 'tag' ? (subject.ref.name ?? '') : '';
}
function matched(rule, value, subject, affixes) {
    const text = rule.pattern.exec(value)?.[rule.group];
    if (!text)
        return NOTHING;
    const version = (0,tag_version/* parseVersion */.o)(text) ?? (0,tag_version/* parseVersion */.o)(value);
    const about = version ? { ...subject, version: version.text } : subject;
    return { tags: spelledTag(text, about, affixes), latest: true, version };
}
function ofRef({ event }, { ref }, affixes) {
    const { kind, name = '', number = '' } = ref;
    switch (event) {
        case 'branch':
            return { tags: plainTag(kind === 'branch' ? name : '', 'branch', affixes), latest: false };
        case 'tag': {
            const version = kind === 'tag' ? (0,tag_version/* parseVersion */.o)(name) : undefined;
            const tags = plainTag(kind === 'tag' ? name : '', version ? 'exact' : 'free', affixes);
            return { tags, latest: true, version };
        }
        case 'pr':
            return { tags: plainTag(kind === 'pull-request' ? `${number}` : '', 'free', affixes), latest: false };
    }
}

;// CONCATENATED MODULE: ./lib/tag/wanted.js





/** The tags that a request asks for, distinct, the foremost first. Throws a `UserError` for a rule that cannot be followed. */
function wantedTags(request, flavor, subject) {
    const applied = applyRequest(request, flavor, subject).filter(({ tags }) => tags.length > 0);
    const [first] = applied;
    const version = (0,tag_version/* parseVersion */.o)(subject.version ?? '');
    const latest = flavor.latest === 'auto' ? first?.latest : flavor.latest && first !== undefined;
    const tags = applied.flatMap(each => each.tags);
    return distinct([...tags, ...(latest ? latestTag(first?.version ?? version, flavor, subject) : [])]);
}
function applyRequest(request, flavor, subject) {
    switch (request.kind) {
        case 'auto':
            return [{ tags: automaticTags(flavor, subject), latest: false }];
        case 'list': {
            const affixes = affixesOf(flavor, subject);
            return request.tags.map(listed => ({ tags: listedTag(listed, subject, affixes), latest: false }));
        }
        case 'rules':
            return request.rules.map(rule => applyRule(rule, flavor, subject));
    }
}
/** A whole reference is taken as it is. */
function listedTag({ tag, name }, subject, affixes) {
    return spelledTag(tag, subject, name === undefined ? affixes : tag_affixes/* NO_AFFIXES */.F5);
}
function distinct(tags) {
    const seen = new Set();
    return tags.filter(({ tag }) => !seen.has(tag) && seen.add(tag));
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
