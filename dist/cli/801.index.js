export const id = 801;
export const ids = [801];
export const modules = {

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

/***/ 2365:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   El: () => (/* binding */ encodePlan),
/* harmony export */   cx: () => (/* binding */ isPlanFile),
/* harmony export */   vS: () => (/* binding */ parsePlan),
/* harmony export */   xr: () => (/* binding */ planFileName)
/* harmony export */ });
/* harmony import */ var _oci_digest_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9501);
/* harmony import */ var _oci_system_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(5312);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(9110);
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(8884);
/* harmony import */ var _util_short_hash_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(7987);





/**
 * What a plan is called as a file, and so as an artifact. Two plans of one workflow run, for two flakes, have two names; one that
 * is made again has the same.
 */
function planFileName({ flake, attribute, containers, systems, image }) {
    const about = JSON.stringify([flake, attribute.text, containers, systems, image]);
    return `nix-multiarch-plan-${(0,_util_short_hash_js__WEBPACK_IMPORTED_MODULE_3__/* .shortHash */ .B)(about, 10)}.json`;
}
function isPlanFile(name) {
    return /^nix-multiarch-plan-[0-9a-f]{10}\.json$/.test(name);
}
function encodePlan(document) {
    return `${JSON.stringify(document, undefined, 1)}\n`;
}
/** Reads what `encodePlan` wrote. Throws a `UserError` that names the file when it is something else. */
function parsePlan(text, file) {
    try {
        const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asObject */ .eB)((0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .parseJson */ .qF)(text, 'it'), 'it');
        if (it.format !== 1)
            throw new Error(`its format is ${JSON.stringify(it.format)}, not 1`);
        const containers = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asArray */ ._j)(it.containers, 'containers').map((each, n) => parseContainer(each, `containers[${n}]`));
        return { format: 1, containers };
    }
    catch (error) {
        throw new _util_error_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .yo(`${file} is no plan: ${error.message}`, {
            hint: 'Let the plan and the merge be of one version, and give the merge the file as the plan wrote it.',
            cause: error,
        });
    }
}
function parseContainer(value, what) {
    const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asObject */ .eB)(value, what);
    const version = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asOptionalString */ .qM)(it.version, `${what}.version`);
    const standing = it.standing === undefined ? undefined : (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asObject */ .eB)(it.standing, `${what}.standing`);
    return {
        name: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asString */ .oJ)(it.name, `${what}.name`),
        imageName: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asString */ .oJ)(it.imageName, `${what}.imageName`),
        build: it.build === true,
        why: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asString */ .oJ)(it.why, `${what}.why`),
        systems: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asArray */ ._j)(it.systems, `${what}.systems`).map((each, n) => parseSystem(each, `${what}.systems[${n}]`)),
        ...(version !== undefined && { version }),
        ...(standing && {
            standing: {
                image: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asString */ .oJ)(standing.image, `${what}.standing.image`),
                digest: (0,_oci_digest_js__WEBPACK_IMPORTED_MODULE_0__/* .parseDigest */ .m)(standing.digest),
            },
        }),
    };
}
function parseSystem(value, what) {
    const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asObject */ .eB)(value, what);
    const facts = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asStringMap */ ._T)(it.facts, `${what}.facts`) ?? {};
    return {
        system: knownSystem((0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asString */ .oJ)(it.system, `${what}.system`)),
        derivation: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asString */ .oJ)(it.derivation, `${what}.derivation`),
        facts,
    };
}
function knownSystem(text) {
    if ((0,_oci_system_js__WEBPACK_IMPORTED_MODULE_1__/* .isSystem */ .yQ)(text))
        return text;
    throw new Error(`${JSON.stringify(text)} is no system`);
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

/***/ 6016:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   planText: () => (/* binding */ planText),
/* harmony export */   summaryLine: () => (/* binding */ summaryLine)
/* harmony export */ });
/* harmony import */ var _util_format_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(4849);

/** A plan as lines for a terminal: each container with its systems, whether it is built, and why. */
function planText({ containers }, { include }) {
    if (containers.length === 0)
        return 'There are no containers, so there is nothing to do';
    const rows = containers.map(({ name, systems, build, why }) => [
        name,
        systems.map(({ system }) => system).join(' '),
        build ? 'build' : 'keep',
        why,
    ]);
    return [...aligned(rows), summaryLine({ containers }, { include })].join('\n');
}
/** The whole plan in one sentence. */
function summaryLine({ containers }, { include }) {
    const built = containers.filter(({ build }) => build).length;
    const rest = containers.length - built;
    if (built === 0)
        return `${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_0__/* .plural */ .LS)(rest, 'container')} unchanged, so no job is needed`;
    const kept = rest === 0 ? '' : `, ${rest} unchanged`;
    return `${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_0__/* .plural */ .LS)(built, 'container')} to build in ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_0__/* .plural */ .LS)(include.length, 'job')}${kept}`;
}
function aligned(rows) {
    const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
    return rows.map(row => row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd());
}


/***/ }),

/***/ 801:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  plan: () => (/* binding */ plan)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./lib/command/discover.js + 11 modules
var discover = __webpack_require__(9787);
// EXTERNAL MODULE: ./lib/command/git.js + 1 modules
var command_git = __webpack_require__(7136);
;// CONCATENATED MODULE: ./lib/command/matrix.js
const MOST_JOBS = 256;
const DEFAULT_RUNNER = 'ubuntu-24.04';
const DEFAULT_RUNNERS = { 'x86_64-linux': DEFAULT_RUNNER, 'aarch64-linux': 'ubuntu-24.04-arm' };
/** The jobs that build containers, in their order. Those of one job share system and runner. */
function matrixOf(containers, { runners, group, most = MOST_JOBS }) {
    const places = placesOf(containers, runners);
    const size = group === 'system' ? containers.length : smallestSize(places, most);
    return { include: places.flatMap(place => jobsOf(place, size)) };
}
function placesOf(containers, runners) {
    const places = new Map();
    for (const { name, system, builder } of containers) {
        const at = { system, ...runnerFor(builder, runners) };
        const key = JSON.stringify(at);
        const place = places.get(key) ?? { ...at, names: [] };
        places.set(key, place);
        place.names.push(name);
    }
    return [...places.values()];
}
/** A runner that was named for a system is taken at its word. */
function runnerFor(builder, named) {
    const runners = { ...DEFAULT_RUNNERS, ...named };
    const own = runners[builder];
    if (own !== undefined)
        return { runner: own, emulated: false };
    // Such a processor runs programs of its 32-bit forerunner without help.
    return { runner: runners['x86_64-linux'] ?? DEFAULT_RUNNER, emulated: builder !== 'i686-linux' };
}
/** How many containers a job must take at least, so that there are not too many jobs. */
function smallestSize(places, most) {
    const jobsWith = (size) => places.reduce((sum, { names }) => sum + Math.ceil(names.length / size), 0);
    const longest = Math.max(1, ...places.map(({ names }) => names.length));
    let size = 1;
    while (size < longest && jobsWith(size) > most)
        size++;
    return size;
}
function jobsOf({ names, ...at }, size) {
    const count = Math.ceil(names.length / size);
    return Array.from({ length: count }, (_, n) => {
        // Parts differ by one container at most.
        const part = names.slice(Math.floor((n * names.length) / count), Math.floor(((n + 1) * names.length) / count));
        return { name: jobName(part, at.system, n, count), container: part.join(' '), ...at };
    });
}
function jobName(names, system, n, count) {
    if (names.length === 1)
        return `${names[0]} for ${system}`;
    return count === 1 ? system : `${system} ${n + 1}/${count}`;
}

// EXTERNAL MODULE: ./lib/command/outlets.js
var outlets = __webpack_require__(395);
// EXTERNAL MODULE: ./lib/command/plan-decide.js + 1 modules
var plan_decide = __webpack_require__(5542);
// EXTERNAL MODULE: ./lib/command/plan-file.js
var plan_file = __webpack_require__(2365);
// EXTERNAL MODULE: ./lib/util/error.js
var error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/util/markdown.js
var markdown = __webpack_require__(6607);
// EXTERNAL MODULE: ./lib/command/plan-text.js
var plan_text = __webpack_require__(6016);
// EXTERNAL MODULE: ./lib/command/summary-parts.js
var summary_parts = __webpack_require__(9802);
;// CONCATENATED MODULE: ./lib/command/summary-plan.js



/** What a person sees on the page of the job that plans: what is built and why, and where. */
function planSummary({ containers }, { include }) {
    if (containers.length === 0)
        return '### Plan\n\nThere are no containers, so there is nothing to do.';
    const parts = [
        '### Plan',
        `${(0,plan_text.summaryLine)({ containers }, { include })}.`,
        containerTable(containers),
        ...(include.length === 0 ? [] : [jobTable(include)]),
    ];
    return parts.join('\n\n');
}
function containerTable(containers) {
    const rows = (0,summary_parts/* firstRows */.C)(containers).map(({ name, version, systems, build, why, standing }) => [
        (0,markdown/* code */.aY)(name),
        (0,markdown/* code */.aY)(version ?? ''),
        (0,markdown/* prose */.CS)(systems.map(({ system }) => shortSystem(system)).join(', ')),
        build ? '**build**' : `keep ${(0,summary_parts/* shortDigest */.VK)(standing?.digest ?? '')}`,
        (0,markdown/* prose */.CS)(why),
    ]);
    return (0,markdown/* table */.tp)(['container', 'version', 'systems', 'job', 'why'], rows) + (0,summary_parts/* moreOf */.bd)(containers, 'container');
}
function jobTable(jobs) {
    const rows = (0,summary_parts/* firstRows */.C)(jobs).map(({ container, system, runner, emulated }) => [
        container.split(' ').map(markdown/* code */.aY).join(' '),
        (0,markdown/* code */.aY)(system),
        [runner].flat().map(markdown/* code */.aY).join(' ') + (emulated ? ' with QEMU' : ''),
    ]);
    return (0,markdown/* table */.tp)(['job builds', 'for', 'on'], rows) + (0,summary_parts/* moreOf */.bd)(jobs, 'job');
}
/** All that is planned is for Linux. */
function shortSystem(system) {
    return system.replace(/-linux$/, '');
}

;// CONCATENATED MODULE: ./lib/command/plan-outputs.js


/** In UTF-16 units: GitHub takes 1 MB of outputs from a job, and counts two bytes each. */
const MOST_OUTPUT = 500_000;
/** What the plan action tells later steps and jobs. Throws a `UserError` for a matrix that GitHub would not take. */
function setPlanOutputs({ document, matrix }, { file, image }, host) {
    const { containers } = document;
    const outputs = {
        matrix: JSON.stringify(matrix),
        jobs: String(matrix.include.length),
        containers: containers.map(({ name }) => name).join('\n'),
        plan: file,
        image: image.join('\n'),
    };
    const size = Object.values(outputs).join('').length;
    if (size > MOST_OUTPUT) {
        throw new error/* UserError */.yo(`The matrix for ${containers.length} containers is larger than GitHub takes`, {
            hint: 'Plan for some of them at a time, with `containers`.',
        });
    }
    for (const [name, value] of Object.entries(outputs))
        host.output(name, value);
    const json = JSON.stringify(containers.map(withoutFacts));
    if (size + json.length <= MOST_OUTPUT)
        host.output('json', json);
    else
        host.log.warning(`The output \`json\` would be larger than GitHub takes, so it is empty; ${file} has all`);
    host.summary(planSummary(document, matrix));
}
function withoutFacts({ systems, ...container }) {
    return { ...container, systems: systems.map(({ system, derivation }) => ({ system, derivation })) };
}

// EXTERNAL MODULE: ./lib/command/plan-subject.js
var plan_subject = __webpack_require__(6771);
// EXTERNAL MODULE: ./lib/command/ready-nix.js + 26 modules
var ready_nix = __webpack_require__(776);
;// CONCATENATED MODULE: ./lib/command/plan.js












/** Lists a flake's containers, finds out which of them have to be built, and makes a matrix of those. Nothing is built. */
async function plan(inputs, host, signal) {
    // Git is asked while Nix is.
    const git = (0,command_git/* gitFacts */.g)(host);
    const { nix } = await (0,ready_nix/* readyForBuild */.tO)(inputs, host, signal);
    const containers = await (0,discover/* discoverAny */.M)(nix, inputs.systems, inputs, host, signal);
    const { ref } = await git;
    const made = await planFor((0,plan_subject/* subjectsOf */.Z)(containers, { ref, version: inputs.version }, host), inputs, ref, host, signal);
    const name = (0,plan_file/* planFileName */.xr)(inputs);
    await leave(made.document, name, inputs.planFile, host);
    const image = (0,outlets/* imageTemplates */.br)({ ...inputs, archive: undefined }, (0,outlets/* ownerOf */.bf)(host));
    setPlanOutputs(made, { file: name, image }, host);
    return made;
}
async function planFor(subjects, inputs, ref, host, signal) {
    const choices = await (0,plan_decide/* decide */.LD)(subjects, inputs, ref, host, signal);
    const decided = choices.map(({ container }) => container);
    const document = { format: 1, containers: decided };
    const matrix = matrixOf(toBuild(subjects, decided), inputs);
    if (decided.length === 0) {
        host.log.info(`The flake ${inputs.flake} has no images, so there is nothing to do`);
        return { document, matrix };
    }
    if (host.kind === 'github')
        tell({ document, matrix }, host);
    return { document, matrix };
}
/** On a person's machine they are the result. */
function tell({ document, matrix }, { log }) {
    for (const { name, build, why } of document.containers)
        log.info(`${name}: ${build ? '' : 'left out, '}${why}`);
    log.info((0,plan_text.summaryLine)(document, matrix));
}
function toBuild(subjects, decided) {
    const names = new Set(decided.filter(({ build }) => build).map(({ name }) => name));
    return subjects.filter(({ name }) => names.has(name)).flatMap(({ containers }) => containers);
}
/** For the job that merges. */
async function leave(document, name, file, host) {
    const text = (0,plan_file/* encodePlan */.El)(document);
    if (file !== undefined)
        await (0,promises_.writeFile)(file, text);
    if (host.artifacts === undefined)
        return;
    const own = (0,external_node_path_.join)(host.temp, name);
    await (0,promises_.writeFile)(own, text);
    await host.artifacts.upload(own);
}


/***/ })

};
