export const id = 554;
export const ids = [554];
export const modules = {

/***/ 1055:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  L: () => (/* binding */ decide)
});

// EXTERNAL MODULE: ./lib/command/destination.js
var destination = __webpack_require__(6697);
// EXTERNAL MODULE: ./lib/command/outlets.js
var outlets = __webpack_require__(395);
// EXTERNAL MODULE: ./lib/registry/explain.js
var explain = __webpack_require__(5244);
// EXTERNAL MODULE: ./lib/registry/repository.js + 3 modules
var repository = __webpack_require__(5794);
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
    for (const { tag, kind } of tags) {
        const found = await repository.findManifest(tag);
        if (found === 'no repository')
            break;
        if (found === 'no manifest')
            continue;
        const holding = (0,look_up/* holdingOf */.JO)(found);
        const difference = (0,derivations/* differenceOf */.P)(holding.manifests, systems);
        if (difference === undefined)
            return unchanged(reference, tag, holding, refused);
        why ??= difference;
        if (kind === 'exact')
            refused = `${name}:${tag}`;
    }
    if (why !== undefined)
        return { kind: 'changed', why, refused };
    return { kind: 'new', why: `new: ${name} has no image of it yet`, refused };
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
    return { ...look, refused: looks.find(({ refused }) => refused !== undefined)?.refused };
}

// EXTERNAL MODULE: ./lib/command/registry-client.js + 11 modules
var registry_client = __webpack_require__(4130);
;// CONCATENATED MODULE: ./lib/command/plan-ask.js







const AT_ONCE = 8;
/** A plan can do without an answer, so it has less patience than a push. */
const ATTEMPTS = 3;
/** Asks the registries what they have of each container. Their trouble is a result, and no failure. */
async function askRegistries(places, inputs, ref, host, signal) {
    const targets = places.flatMap(({ references }) => references);
    const client = (0,registry_client/* registryClient */.Rk)(inputs, targets, host, ATTEMPTS);
    try {
        return await (0,limit/* mapLimit */.sf)(places, AT_ONCE, asker(client, inputs, ref, signal));
    }
    finally {
        client.close();
    }
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

;// CONCATENATED MODULE: ./lib/command/plan-decide.js





/** Decides for each container whether it is built: not where the registry has it just as the flake describes it. */
async function decide(subjects, inputs, ref, host, signal) {
    if (inputs.force)
        return subjects.map(subject => built(subject, 'forced'));
    const owner = (0,outlets/* ownerOf */.bf)(host);
    const templates = (0,outlets/* imageTemplates */.br)({ ...inputs, archive: undefined }, owner);
    if (templates.length === 0)
        return subjects.map(subject => built(subject, 'there is no registry to compare it with'));
    if (inputs.push === 'false')
        return subjects.map(subject => built(subject, 'nothing is pushed, so nothing was compared'));
    const places = subjects.map(subject => ({
        subject,
        references: (0,destination/* repositoriesOf */.U)({ container: subject.name, imageName: subject.imageName }, templates, owner),
    }));
    const pushes = (0,outlets/* mayPush */.OR)(inputs, host, ref);
    const looked = await askRegistries(places, pushes ? inputs : (0,registry_client/* forReading */.y_)(inputs), ref, host, signal);
    warnOfSilence(looked, host);
    if (pushes)
        warnOfHidden(looked, host);
    if (pushes && !inputs.overwrite)
        warnOfRefusals(looked, host);
    return looked.map(planned);
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

/***/ 9554:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   publish: () => (/* binding */ publish)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6760);
/* harmony import */ var _build_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(2482);
/* harmony import */ var _git_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7136);
/* harmony import */ var _merge_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(5565);
/* harmony import */ var _outlets_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(395);
/* harmony import */ var _plan_decide_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(1055);
/* harmony import */ var _plan_subject_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(6771);







/**
 * Builds and merges on one machine. What the registries have already, made from the same derivations, is not built again. The
 * archives in between are kept only in `output`.
 */
async function publish(inputs, host, signal) {
    const git = await (0,_git_js__WEBPACK_IMPORTED_MODULE_2__/* .gitFacts */ .g)(host);
    const to = (0,_outlets_js__WEBPACK_IMPORTED_MODULE_4__/* .outlets */ .RW)(inputs, host, git.ref);
    const output = inputs.output ?? (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(host.temp, 'archives');
    let planned = [];
    const changed = async (found) => {
        const subjects = (0,_plan_subject_js__WEBPACK_IMPORTED_MODULE_6__/* .subjectsOf */ .Z)(found, { ref: git.ref, version: inputs.version }, host);
        planned = await (0,_plan_decide_js__WEBPACK_IMPORTED_MODULE_5__/* .decide */ .L)(subjects, inputs, git.ref, host, signal);
        const left = planned.filter(({ build }) => !build);
        for (const { name, why } of left)
            host.log.info(`${name}: ${why}`);
        return found.filter(({ name }) => !left.some(each => each.name === name));
    };
    const built = await (0,_build_js__WEBPACK_IMPORTED_MODULE_1__/* .buildChosen */ .F)({ ...inputs, output }, host, signal, changed);
    const files = built.map(({ file }) => file);
    const plan = { format: 1, containers: planned };
    return { built, merged: await (0,_merge_js__WEBPACK_IMPORTED_MODULE_3__/* .mergeArchives */ .O)({ files, plan, git, to }, inputs, host, signal) };
}


/***/ })

};
