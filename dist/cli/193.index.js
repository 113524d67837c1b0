export const id = 193;
export const ids = [193];
export const modules = {

/***/ 4193:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  merge: () => (/* binding */ merge),
  O: () => (/* binding */ mergeArchives)
});

// EXTERNAL MODULE: ./lib/oci/reference.js
var oci_reference = __webpack_require__(3940);
// EXTERNAL MODULE: ./lib/registry/repository.js + 7 modules
var registry_repository = __webpack_require__(5182);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/util/limit.js
var limit = __webpack_require__(8631);
// EXTERNAL MODULE: ./lib/command/destination.js
var destination = __webpack_require__(6697);
// EXTERNAL MODULE: ./lib/command/failures.js
var failures = __webpack_require__(8682);
// EXTERNAL MODULE: ./lib/command/gather.js
var gather = __webpack_require__(7642);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: ./lib/util/file.js
var file = __webpack_require__(2564);
// EXTERNAL MODULE: ./lib/command/plan-file.js
var plan_file = __webpack_require__(2365);
;// CONCATENATED MODULE: ./lib/command/gather-plan.js




/**
 * The plan that a merge follows: the file or artifact of that name; without one, the artifact that the plan of this workflow run
 * left, if there is one. Throws a `UserError` when what was named is not there.
 */
async function gatherPlan(named, host) {
    if (named !== undefined && (await (0,file/* exists */.t2)(named)))
        return (0,plan_file/* parsePlan */.vS)(await (0,promises_.readFile)(named), named);
    const all = (await host.artifacts?.list()) ?? [];
    const [artifact, ...more] = all.filter(({ name }) => named === undefined ? (0,plan_file/* isPlanFile */.cx)(name) : name === named);
    if (more.length > 0) {
        throw new util_error/* UserError */.yo('This workflow run has more than one plan', {
            hint: 'Name the one that this merge is for: `plan: ${{ needs.plan.outputs.plan }}`.',
        });
    }
    if (artifact && host.artifacts) {
        const path = await host.artifacts.download(artifact, host.temp);
        return (0,plan_file/* parsePlan */.vS)(await (0,promises_.readFile)(path), artifact.name);
    }
    if (named === undefined)
        return undefined;
    const where = host.artifacts === undefined ? '' : ', and this workflow run has no such artifact';
    throw new util_error/* UserError */.yo(`There is no file ${named}${where}`, {
        hint: 'It is written by `nix-multiarch plan`; let the job that merges need the job that plans.',
    });
}

// EXTERNAL MODULE: ./lib/command/git.js + 1 modules
var command_git = __webpack_require__(7136);
// EXTERNAL MODULE: ./lib/command/retry-teller.js
var retry_teller = __webpack_require__(1768);
;// CONCATENATED MODULE: ./lib/command/github.js

/** GitHub's API for the repository that a run belongs to; `undefined` elsewhere. Loaded only where it is needed. */
async function githubOf({ githubToken }, { kind, env, log }, signal) {
    const { GITHUB_REPOSITORY: name, GITHUB_API_URL: url } = env;
    if (kind !== 'github' || !name)
        return undefined;
    const [{ githubApi }, { githubRepository }] = await Promise.all([
        __webpack_require__.e(/* import() */ 168).then(__webpack_require__.bind(__webpack_require__, 1787)),
        __webpack_require__.e(/* import() */ 235).then(__webpack_require__.bind(__webpack_require__, 5235)),
    ]);
    const token = githubToken ?? env.GITHUB_TOKEN;
    const repository = githubRepository(githubApi({ url, token, signal, onRetry: (0,retry_teller/* retryTeller */.v)({ log }) }), name);
    return { repository, hasToken: Boolean(token) };
}
/** A job without a checkout, that no push started, has the commit's date from GitHub. */
async function withCommitDate(git, github) {
    const { sha, commitDate } = git.ref;
    if (commitDate || !sha || !github)
        return git;
    const found = await github.commitDate(sha).catch(() => undefined);
    return found ? { ...git, ref: { ...git.ref, commitDate: found } } : git;
}

;// CONCATENATED MODULE: ./lib/command/gone.js



const AT_ONCE = 8;
/** Looks for the layers that archives name and do not carry. Throws a `UserError` that tells all archives for which one is gone. */
async function refuseGone(wholes, signal) {
    const attempts = [];
    for (const piece of wholes.flatMap(({ pieces }) => pieces)) {
        const { elsewhere } = piece;
        if (elsewhere === undefined || elsewhere.seen)
            continue;
        attempts.push(await (0,failures/* attempt */.CD)(piece.container, () => lookFor(elsewhere, piece)));
    }
    (0,failures/* allOrFail */.V_)(attempts, signal);
}
async function lookFor({ repository, layers }, piece) {
    const there = await (0,limit/* mapLimit */.sf)(layers, AT_ONCE, ({ digest }) => repository.hasBlob(digest));
    const [gone, ...more] = layers.filter((_, n) => !there[n]);
    if (gone)
        throw goneFrom(repository.name, piece, gone, more.length);
}
function goneFrom(name, { path }, { digest }, more) {
    const others = more === 0 ? '' : ` and ${more} more`;
    return new util_error/* UserError */.yo(`${path} is a thin archive: it names the layer ${digest}${others} of ${name}, which is gone there`, { hint: 'Build it again; with `archives: full` it carries all of its layers. Nothing was pushed.' });
}

// EXTERNAL MODULE: ./lib/tag/version.js
var tag_version = __webpack_require__(5412);
// EXTERNAL MODULE: ./lib/tag/version-of.js
var version_of = __webpack_require__(4044);
// EXTERNAL MODULE: ./lib/tag/wanted.js + 6 modules
var wanted = __webpack_require__(8944);
// EXTERNAL MODULE: ./lib/command/stamp.js + 2 modules
var command_stamp = __webpack_require__(206);
;// CONCATENATED MODULE: ./lib/command/goods.js







/** Each container's index, with the tags that it is to have in each of its repositories. */
function goodsOf(places, inputs, git, { client, signal, log }, now = new Date()) {
    refuseStrangers(inputs.tags, places);
    const goodOf = (place) => {
        const version = (0,version_of/* versionOf */.E)(inputs.version, (0,command_stamp/* imageVersion */.K)(place.whole), git.ref);
        const stamp = { git, version, annotations: annotationsOf(inputs), labels: inputs.labels };
        const from = (sha, commitDate) => (0,command_stamp/* stampIndex */.q)(place.whole, { ...stamp, git: withCommit(git, sha, commitDate) }).index;
        const subject = { ref: git.ref, now, ...(version && { version }) };
        const repositories = place.repositories.map(reference => ({
            repository: new registry_repository/* Repository */.L(client, reference, { signal, access: 'push' }),
            wanted: (0,wanted/* wantedTags */.p)(requestFor(inputs.tags, reference), inputs.flavor, subject),
        }));
        const of = (whole) => goodOf({ ...place, whole });
        return { place, ...(0,command_stamp/* stampIndex */.q)(place.whole, stamp), from, of, version, repositories };
    };
    const goods = places.map(goodOf);
    for (const { place, version } of goods)
        tellOtherTag(place, version, git, log);
    return goods;
}
function withCommit({ ref, source }, sha, commitDate) {
    const { sha: _, commitDate: __, ...rest } = ref;
    return {
        ref: { ...rest, ...(sha && { sha }), ...(commitDate && { commitDate }) },
        ...(source && { source }),
    };
}
/** Somebody may have forgotten to raise the version before the Git tag was made. */
function tellOtherTag({ whole }, version, { ref }, log) {
    const tagged = ref.kind === 'tag' ? (0,tag_version/* parseVersion */.o)(ref.name ?? '') : undefined;
    if (tagged === undefined || tagged.text === version)
        return;
    log.warning(`${whole.container} has the version ${version}, though the Git tag is ${ref.name}; its tags follow its version`);
}
function annotationsOf({ annotations }) {
    const on = (level) => Object.fromEntries(annotations.filter(line => line.on.includes(level)).map(({ key, value }) => [key, value]));
    return { index: on('index'), manifest: on('manifest') };
}
/** A tag that was given with an image's name is for that image alone. */
function requestFor(request, reference) {
    if (request.kind !== 'list')
        return request;
    const own = request.tags.filter(({ name }) => name === undefined || plainName(name) === (0,oci_reference/* referenceName */.z$)(reference));
    return { kind: 'list', tags: own };
}
function refuseStrangers(request, places) {
    const all = new Set(places.flatMap(({ repositories }) => repositories.map(oci_reference/* referenceName */.z$)));
    if (request.kind !== 'list' || all.size === 0)
        return;
    const stranger = request.tags.find(({ name }) => name !== undefined && !all.has(plainName(name)));
    if (stranger?.name === undefined)
        return;
    throw new util_error/* UsageError */.eb(`\`tags\` names ${stranger.name}:${stranger.tag}, but nothing goes there`, {
        hint: `The images go to ${[...all].join(', ')}.`,
    });
}
function plainName(name) {
    return (0,oci_reference/* referenceName */.z$)((0,oci_reference/* parseReference */.F2)(name));
}

;// CONCATENATED MODULE: ./lib/command/history.js

/** Asks the work tree, and where that does not have both commits, as a checkout of one commit alone, somebody else. */
function historyOf(otherwise, git = (0,command_git/* gitIn */.u)('.')) {
    const relation = async (ours, theirs) => {
        if (ours === theirs)
            return 'same';
        // What an image calls its commit may be anything.
        if (![ours, theirs].every(sha => COMMIT.test(sha)))
            return 'unknown';
        const found = await inHistory(git, ours, theirs);
        if (found !== 'unknown' || otherwise === undefined)
            return found;
        return otherwise.relation(ours, theirs).catch(() => 'unknown');
    };
    const commitsAfter = async (sha, branch) => (await otherwise?.commitsAfter(sha, branch).catch(() => [])) ?? [];
    return { relation: once(relation), commitsAfter: onceFor(commitsAfter) };
}
const COMMIT = /^[0-9a-f]{40}([0-9a-f]{24})?$/;
/** Asks each question once. */
function once(ask) {
    const known = new Map();
    return (one, other) => {
        const key = `${one} ${other}`;
        const answer = known.get(key) ?? ask(one, other);
        known.set(key, answer);
        return answer;
    };
}
/** Asks a question again when something is seen that was not there the last time: a branch moves on while a run goes on. */
function onceFor(ask) {
    const known = new Map();
    return (sha, branch, seen = []) => {
        const key = `${sha} ${branch}`;
        const held = known.get(key);
        if (held && seen.every(each => held.seen.has(each)))
            return held.answer;
        const answer = ask(sha, branch);
        known.set(key, { answer, seen: new Set([...(held?.seen ?? []), ...seen]) });
        return answer;
    };
}
/** A history that is cut off says nothing about what lies before. */
async function inHistory(git, ours, theirs) {
    const base = await git('merge-base', ours, theirs);
    if (base === ours)
        return 'ancestor';
    if (base === theirs)
        return 'descendant';
    if (base !== undefined && (await git('rev-parse', '--is-shallow-repository')) === 'false')
        return 'diverged';
    return 'unknown';
}

// EXTERNAL MODULE: ./lib/oci/descriptor.js
var descriptor = __webpack_require__(1260);
// EXTERNAL MODULE: ./lib/oci/image.js
var oci_image = __webpack_require__(5148);
// EXTERNAL MODULE: ./lib/oci/platform.js
var oci_platform = __webpack_require__(7122);
// EXTERNAL MODULE: ./lib/command/look-up.js
var look_up = __webpack_require__(3914);
// EXTERNAL MODULE: ./lib/command/registry-image.js
var registry_image = __webpack_require__(2418);
// EXTERNAL MODULE: ./lib/util/format.js
var format = __webpack_require__(4849);
// EXTERNAL MODULE: ./lib/util/markdown.js
var markdown = __webpack_require__(6607);
;// CONCATENATED MODULE: ./lib/command/size-difference.js

/** `+0.4 MB (+2.0 %)`, `−3.0 MB (−75 %)`, or `same`; sizes in bytes. */
function sizeDifference(before, now) {
    if (before === now)
        return 'same';
    const sign = now > before ? '+' : '−';
    const by = Math.abs(now - before);
    return `${sign}${(0,format/* formatBytes */.z3)(by)}${before === 0 ? '' : ` (${sign}${percentOf(by, before)} %)`}`;
}
function percentOf(part, whole) {
    const percent = (100 * part) / whole;
    return percent < 10 ? percent.toFixed(1) : String(Math.round(percent));
}

;// CONCATENATED MODULE: ./lib/command/release-notes.js



/** GitHub takes 125 000 characters. */
const MOST_CHARACTERS = 120_000;
const MOST_PULLS = 20;
/** A release's notes in Markdown: how to pull, sizes against the release before, and digests. */
function releaseNotes(version, images, previous) {
    const parts = [
        marker(images),
        ...pulls(version, images),
        '',
        ...sizeTable(images, previous),
        ...removedLines(images, previous),
        '',
        'Digests, which always name the same image:',
        '',
        ...images.flatMap(({ pushed }) => pushed.map(({ image }) => `- ${(0,markdown/* code */.aY)(image)}`)),
    ];
    return bounded(parts);
}
const MARKER = /^<!-- nix-multiarch images: (.*) -->$/m;
/** The next release finds here which images this one had: a registry keeps what is no longer made. */
function marker(images) {
    return `<!-- nix-multiarch images: ${images.map(({ container }) => encodeURIComponent(container)).join(' ')} -->`;
}
/** The containers that a release's notes name; none where somebody wrote the notes anew. */
function imagesIn(body) {
    const names = MARKER.exec(body.replaceAll('\r', ''))?.[1]?.split(' ') ?? [];
    try {
        return names.filter(name => name !== '').map(decodeURIComponent);
    }
    catch {
        return [];
    }
}
function pulls(version, images) {
    const all = images.flatMap(({ pushed }) => pushed.map(each => `docker pull ${nameToPull(version, each)}`));
    const rest = all.length - MOST_PULLS;
    return ['```sh', ...all.slice(0, MOST_PULLS), ...(rest > 0 ? [`# and ${rest} more`] : []), '```'];
}
/** By the exact version where the image bears it, since others move. A tag has no `+`. */
function nameToPull(version, { image, tags }) {
    const tag = version.replaceAll('+', '-');
    return tags.find(name => name.endsWith(`:${tag}`) || name.endsWith(`:v${tag}`)) ?? image;
}
function sizeTable(images, previous) {
    const head = ['Image', 'Platform', 'Size', ...(previous ? [`Since ${previous.version}`] : [])];
    const rows = images.flatMap(({ container, platforms }) => platforms.map(({ platform, size }) => [
        (0,markdown/* code */.aY)(container),
        platform,
        (0,format/* formatBytes */.z3)(size),
        ...(previous ? [difference(platform, size, previous.sizes.get(container) ?? 'unknown')] : []),
    ]));
    return [line(head), line(['---', '---', '---:', ...(previous ? ['---:'] : [])]), ...rows.map(line)];
}
function line(cells) {
    return `| ${cells.join(' | ')} |`;
}
function difference(platform, size, sizes) {
    if (sizes === 'unknown')
        return '?';
    if (sizes === 'none')
        return 'new';
    const before = sizes.find(each => each.platform === platform)?.size;
    return before === undefined ? 'new' : sizeDifference(before, size);
}
function removedLines(images, previous) {
    if (!previous)
        return [];
    const gone = previous.images.filter(name => images.every(({ container }) => container !== name));
    const platforms = images.flatMap(image => removedPlatforms(image, previous));
    const left = [...gone.map(markdown/* code */.aY), ...platforms];
    return left.length === 0 ? [] : ['', `No longer there since ${previous.version}: ${left.join(', ')}.`];
}
function removedPlatforms({ container, platforms }, { sizes }) {
    const before = sizes.get(container);
    if (before === undefined || typeof before === 'string')
        return [];
    return before
        .filter(({ platform }) => platforms.every(each => each.platform !== platform))
        .map(({ platform }) => `${(0,markdown/* code */.aY)(container)} for ${(0,markdown/* code */.aY)(platform)}`);
}
/** Whole lines, as many as GitHub takes. */
function bounded(lines) {
    let size = 0;
    const fits = lines.findIndex(each => {
        size += each.length + 1;
        return size > MOST_CHARACTERS;
    });
    if (fits < 0)
        return `${lines.join('\n')}\n`;
    return `${lines.slice(0, fits).join('\n')}\n\n(${(0,format/* plural */.LS)(lines.length - fits, 'more line')} left out.)\n`;
}

;// CONCATENATED MODULE: ./lib/command/release.js




/**
 * Makes the Git tag and the release of a version, once everything is pushed. What is there already is left as it is, so this
 * may run again, go on where a run broke off, and run beside another.
 */
async function releaseAll(plan, images, tools) {
    const released = await releaseOf(plan, images, tools);
    tools.log.info(released.kind === 'none'
        ? `Nothing is released: ${released.why}`
        : `${released.tag} is released: ${released.url}`);
    return released;
}
async function releaseOf(plan, images, tools) {
    if (plan.kind === 'none')
        return plan;
    if (!images.some(({ pushed }) => pushed.length > 0))
        return { kind: 'none', why: 'no image was pushed' };
    const tag = tagOf(plan.version);
    const commit = await ensureTag(tag, plan.sha, tools.repository);
    if (await tools.repository.releaseByTag(tag))
        return { kind: 'none', why: `${tag} is released already` };
    // An earlier run of this version has made the tag and then broken off, or somebody made it by hand.
    if (!['same', 'descendant'].includes(await tools.repository.relation(plan.sha, commit)))
        return { kind: 'none', why: `the Git tag ${tag} is at another commit, ${commit}` };
    const made = await createRelease(plan.version, images, tools);
    return made.kind === 'made'
        ? { kind: 'released', tag, url: made.url }
        : { kind: 'none', why: `another run has just released ${tag}` };
}
function tagOf({ text }) {
    return `v${text}`;
}
/** Makes the Git tag where there is none, and gives the commit that it is at. */
async function ensureTag(tag, sha, repository) {
    const held = await repository.tagCommit(tag);
    if (held !== undefined)
        return held;
    if ((await repository.createTag(tag, sha)) === 'made')
        return sha;
    // Another run was faster, or the answer to our own first try was lost.
    const taken = await repository.tagCommit(tag);
    if (taken !== undefined)
        return taken;
    throw new util_error/* UserError */.yo(`GitHub says that the Git tag ${tag} exists, but does not show it`, {
        hint: 'Run the job again.',
    });
}
async function createRelease(version, images, tools) {
    const stable = stableReleases(await tools.repository.releases());
    const before = stable.find(other => (0,tag_version/* compareVersions */.Z)(other.version, version) < 0);
    const previous = before && (await previousOf(before, images, tools));
    return await tools.repository.createRelease({
        tag: tagOf(version),
        name: tagOf(version),
        body: releaseNotes(version.text, images, previous),
        prerelease: !version.stable,
        makeLatest: version.stable && stable.every(other => (0,tag_version/* compareVersions */.Z)(other.version, version) < 0),
    });
}
/** Newest version first. */
function stableReleases(releases) {
    const stable = releases.flatMap(({ tag, body, prerelease }) => {
        const version = (0,tag_version/* parseVersion */.o)(tag);
        return version?.stable && !prerelease ? [{ version, body }] : [];
    });
    return stable.sort((a, b) => (0,tag_version/* compareVersions */.Z)(b.version, a.version));
}
const release_AT_ONCE = 4;
async function previousOf({ version, body }, images, tools) {
    const sizes = await (0,limit/* mapLimit */.sf)(images, release_AT_ONCE, async ({ container }) => {
        return [container, await sizesOf(container, version.text, tools)];
    });
    return { version: version.text, sizes: new Map(sizes), images: imagesIn(body) };
}
/** A comparison is no reason for a release to fail. */
async function sizesOf(container, version, tools) {
    try {
        return (await tools.previousSizes(container, version)) ?? 'none';
    }
    catch (error) {
        tools.log.warning(`${container} is not compared with ${version}: ${(0,util_error/* messageOf */.bD)(error)}`);
        return 'unknown';
    }
}

// EXTERNAL MODULE: ./lib/tag/git-ref.js
var git_ref = __webpack_require__(7192);
;// CONCATENATED MODULE: ./lib/command/release-check.js



/**
 * Decides whether this run may release. Throws `UserError` when the containers have several versions, whatever started the
 * run, so that a pull request shows it already; and when a release could not be made for want of a token.
 */
function checkRelease({ versions, ref, hasToken }) {
    const text = onlyVersion(versions);
    const why = notNow(ref);
    if (why !== undefined)
        return { kind: 'none', why };
    if (text === undefined)
        return { kind: 'none', why: 'there is no version; `version` can name one' };
    const version = (0,tag_version/* parseVersion */.o)(text);
    if (!version)
        return { kind: 'none', why: `${text} is no version such as 1.2.3` };
    if (ref.sha === undefined)
        return { kind: 'none', why: 'the commit is not known' };
    if (hasToken)
        return { kind: 'release', version, sha: ref.sha };
    throw new util_error/* UserError */.yo('A release needs a token for GitHub, and there is none', {
        hint: 'Leave `github-token` at its default, and give the job `permissions: contents: write`.',
    });
}
function onlyVersion(versions) {
    const distinct = [...new Set(versions.map(({ version }) => version))];
    if (distinct.length <= 1)
        return distinct[0];
    const list = versions.map(({ container, version }) => `${container} ${version ?? '(none)'}`).join(', ');
    throw new util_error/* UserError */.yo(`A release has one version, but the containers have several: ${list}`, {
        hint: 'Name one with `version`, or leave `release` off.',
    });
}
function notNow(ref) {
    if (ref.event === 'push' && (0,git_ref/* isDefaultBranch */.o)(ref))
        return undefined;
    const branch = ref.defaultBranch === undefined ? 'the default branch' : `the default branch (${ref.defaultBranch})`;
    return `that is for pushes to ${branch} on GitHub`;
}

;// CONCATENATED MODULE: ./lib/command/merge-release.js










/** What a run will release. Throws a `UserError` for what no release can be made of. */
function releasePlanOf(goods, ref, hasToken) {
    const versions = goods.map(({ place, version }) => ({ container: place.whole.container, version }));
    return checkRelease({ versions, ref, hasToken });
}
/** Makes the release of what was pushed. */
async function releaseMerged(plan, merged, repository, { client, signal, log }) {
    const now = plan.kind === 'release' ? plan.version.text : '';
    const previousSizes = async (container, version) => {
        const [pushed] = merged.find(each => each.container === container)?.pushed ?? [];
        return pushed && merge_release_sizesOf(new registry_repository/* Repository */.L(client, earlierTag(pushed.tags, now, version), { signal }));
    };
    await releaseAll(plan, merged, { repository, log, previousSizes });
}
/** The tag of an earlier version, by the one that this version has: what stands before and after is the same. */
function earlierTag(tags, now, version) {
    const own = tags.map(oci_reference/* parseReference */.F2).find(({ tag = '' }) => tag.includes(inTag(now)));
    if (own === undefined)
        throw new Error('no tag bears the version');
    const { registry, repository, tag = '' } = own;
    return { registry, repository, tag: tag.replace(inTag(now), inTag(version)) };
}
/** A tag cannot hold a plus. */
function inTag(version) {
    return version.replaceAll('+', '-');
}
async function merge_release_sizesOf(repository) {
    const found = await repository.getManifest(repository.reference.tag ?? '');
    if (!found)
        return undefined;
    const images = await (0,limit/* together */.bs)((0,look_up/* holdingOf */.JO)(found).manifests.map(each => (0,registry_image/* imageFrom */.mn)(repository, each)));
    return images.map(({ image }) => ({
        platform: (0,oci_platform/* platformName */.$r)(image.platform),
        size: (0,descriptor/* sizeOf */.$d)((0,oci_image/* blobsOf */.OR)([image])),
    }));
}

// EXTERNAL MODULE: ./lib/registry/census.js
var registry_census = __webpack_require__(5324);
// EXTERNAL MODULE: ./lib/oci/verify.js
var verify = __webpack_require__(5600);
;// CONCATENATED MODULE: ./lib/registry/mend.js




/**
 * Looks again whether an image's blobs are there, whatever was seen before, and sends those that are not: a registry may have
 * cleaned up meanwhile.
 */
function mendImage(image, place, run) {
    const { repository, mending } = run.work(place);
    // One after the other, since the images of an index miss the same blobs.
    return mending(async () => {
        const looked = await (0,limit/* mapLimit */.sf)((0,oci_image/* blobsOf */.OR)([image]), run.concurrency, async (blob) => (await repository.hasBlob(blob.digest)) ? [] : [blob]);
        await (0,limit/* mapLimit */.sf)(looked.flat(), run.concurrency, blob => {
            run.tally.expect(blob.size);
            return run.upload(place, needed(blob, place), { absent: true });
        });
    });
}
/** As it is, but says why it is needed when it cannot be read. */
function needed(blob, place) {
    const explain = (error) => new util_error/* UserError */.yo(`${place} no longer has ${blob.digest}, and it cannot be sent again: ${(0,util_error/* messageOf */.bD)(error)}`, {
        hint: 'The registry was cleaned up after the image was built for it. Build it anew, with `force: true`.',
        cause: error,
    });
    const open = () => {
        try {
            return (0,verify/* verified */.zr)(blob, explain);
        }
        catch (error) {
            throw explain(error);
        }
    };
    return { ...blob, open };
}

// EXTERNAL MODULE: external "node:events"
var external_node_events_ = __webpack_require__(8474);
;// CONCATENATED MODULE: ./lib/registry/push-progress.js
const WINDOW_MS = 5000;
const SAMPLE_MS = 100;
/** Adds up what was sent, and at what rate. */
class Tally {
    #clock;
    #onProgress;
    #samples = [];
    #sent = 0;
    #total = 0;
    constructor(clock, onProgress) {
        this.#clock = clock;
        this.#onProgress = onProgress;
    }
    /** More is to be sent. */
    expect(bytes) {
        this.#total += bytes;
    }
    /** What was expected, and counted as sent, needs not be sent after all. */
    spare(bytes) {
        this.#total -= bytes;
        this.add(-bytes);
    }
    add(bytes) {
        this.#sent += bytes;
        this.#sample();
        this.#onProgress?.(this.progress);
    }
    get progress() {
        const rate = this.#rate();
        const left = this.#total - this.#sent;
        const remaining = rate > 0 ? left / rate : left === 0 ? 0 : undefined;
        return { sent: this.#sent, total: this.#total, rate, remaining };
    }
    #sample() {
        const at = this.#clock.now();
        if (at - (this.#samples.at(-1)?.at ?? Number.NEGATIVE_INFINITY) < SAMPLE_MS)
            return;
        this.#samples.push({ at, sent: this.#sent });
        while ((this.#samples[1]?.at ?? at) <= at - WINDOW_MS)
            this.#samples.shift();
    }
    #rate() {
        const [first] = this.#samples;
        if (first === undefined)
            return 0;
        const seconds = (this.#clock.now() - first.at) / 1000;
        return seconds > 0 ? Math.max(0, this.#sent - first.sent) / seconds : 0;
    }
}

;// CONCATENATED MODULE: ./lib/registry/push-run.js




/** One push on its way: where it goes, what is there, and what was done. The first failure ends everything. */
class PushRun {
    orders;
    census = new registry_census/* Census */.s0();
    tally;
    concurrency;
    #works = new Map();
    #failed = new AbortController();
    constructor(shipments, options) {
        this.concurrency = options.concurrency ?? 4;
        const [first] = shipments;
        this.tally = new Tally(first?.to.client.clock ?? Date, options.onProgress);
        const signal = AbortSignal.any([this.#failed.signal, ...(options.signal ? [options.signal] : [])]);
        // Every request listens, and Node.js would warn at the eleventh.
        (0,external_node_events_.setMaxListeners)(0, signal);
        const indexes = new Map();
        for (const { index, to, has = [], empty } of shipments) {
            const place = (0,registry_census/* placeOf */.$t)(to.reference);
            indexes.set(place, [...(indexes.get(place) ?? []), index]);
            if (!this.#works.has(place))
                this.#works.set(place, workOn(to, signal));
            const read = index.images.map(({ manifest }) => manifest.digest).filter(digest => to.hasSeen(digest));
            for (const digest of [...has, ...read])
                this.census.tell(place, digest, true);
            if (empty)
                this.census.tellEmpty(place);
        }
        for (const sibling of options.siblings ?? [])
            for (const digest of sibling.has)
                this.census.tell((0,registry_census/* placeOf */.$t)(sibling.in.reference), digest, true);
        this.orders = [...indexes].map(([place, indexes]) => ({ place, indexes }));
    }
    repository(place) {
        return this.work(place).repository;
    }
    work(place) {
        const work = this.#works.get(place);
        if (!work)
            throw new Error(`nothing goes to ${place}`);
        return work;
    }
    /** The first. */
    get failure() {
        return this.#failed.signal.reason;
    }
    /** Ends everything else when the task fails. */
    async guarded(task) {
        try {
            return await task();
        }
        catch (error) {
            this.#failed.abort(error);
            throw error;
        }
    }
    /** Brings a blob in by an upload that the tally expects. */
    async upload(place, blob, options) {
        const onSent = (bytes) => this.tally.add(bytes);
        const { how } = await this.repository(place).pushBlob(blob, { ...options, onSent });
        if (how !== 'uploaded')
            this.tally.spare(blob.size);
        this.arrived(place, blob.digest, how);
    }
    arrived(place, digest, how) {
        this.work(place).how.set(digest, how);
        this.census.tell(place, digest, true);
    }
}
function workOn(to, signal) {
    const meter = { requests: 0, bytesSent: 0 };
    const repository = to.with({ signal, access: 'push', meter });
    return { repository, meter, how: new Map(), put: new Set(), mending: (0,limit/* limit */.AB)(1) };
}

;// CONCATENATED MODULE: ./lib/registry/publish.js




/** Puts manifests and then indexes by their digests; no tag moves. What the registry has lost meanwhile is sent again. */
async function publish(steps, run) {
    const images = steps.filter(step => step.kind === 'image');
    const indexes = steps.filter(step => step.kind === 'index');
    await (0,limit/* mapLimit */.sf)(images, run.concurrency, ({ image, place }) => run.guarded(() => putImage(image, place, run)));
    await (0,limit/* mapLimit */.sf)(indexes, run.concurrency, ({ index, place }) => run.guarded(() => putIndex(index, place, run)));
}
async function putImage(image, place, run) {
    const { repository, put } = run.work(place);
    const { manifest } = image;
    await repository.putManifest(manifest, manifest.digest, () => mendImage(image, place, run));
    put.add(manifest.digest);
}
/** Not every registry looks whether there is what an index names, so what was not put just now is looked for before. */
async function putIndex({ self, images }, place, run) {
    const { repository, put } = run.work(place);
    const older = images.filter(({ manifest }) => !put.has(manifest.digest));
    await mendImages(older, place, run);
    await repository.putManifest(self, self.digest, () => mendImages(images, place, run));
    put.add(self.digest);
}
/** Looks again whether an index's images are there, and sends those that are not. Gives what that took. */
async function mendIndex(index, to, { concurrency, signal }) {
    const some = { ...(concurrency !== undefined && { concurrency }), ...(signal && { signal }) };
    const run = new PushRun([{ index, to }], some);
    const place = (0,registry_census/* placeOf */.$t)(to.reference);
    await mendImages(index.images, place, run);
    return run.work(place).meter;
}
/** Looks again whether images are there, and puts those that are not. */
async function mendImages(images, place, run) {
    for (const image of images) {
        if (await run.repository(place).hasManifest(image.manifest.digest))
            continue;
        await mendImage(image, place, run);
        await putImage(image, place, run);
    }
}

;// CONCATENATED MODULE: ./lib/registry/push-plan.js


/** The manifests and indexes to look for. An image whose manifest is there is there as a whole: registries check that. */
function manifestsToAsk(orders, census) {
    return orders.flatMap(({ place, indexes }) => {
        const digests = indexes.flatMap(({ self, images }) => [self, ...images.map(({ manifest }) => manifest)]);
        return [...new Set(digests.map(({ digest }) => digest))]
            .filter(digest => census.has(place, digest) === undefined)
            .map(digest => ({ place, digest }));
    });
}
/**
 * The blobs to look for, once it is known which manifests are there. Each one in one place of a registry only: from there, or
 * to there, the others have it by a mount, which needs no look before.
 */
function blobsToAsk(orders, census) {
    return demands(orders, census).flatMap(({ registry, blob: { digest }, places }) => {
        if (census.holder(registry, digest))
            return [];
        const place = places.find(each => census.has(each, digest) === undefined);
        return place ? [{ place, digest }] : [];
    });
}
/**
 * What is to be done so that every place has all of its images and indexes. Each blob is uploaded once for each registry, the largest
 * first, so that none of them is left for the end, and mounted everywhere else.
 */
function planPush(orders, census) {
    const blobs = demands(orders, census)
        .flatMap(demand => stepsFor(demand, census))
        .sort((a, b) => b.blob.size - a.blob.size);
    const isEarly = (step) => step.kind === 'mount' && census.has(step.from, step.blob.digest) === true;
    return [
        ...blobs.filter(isEarly),
        ...blobs.filter(({ kind }) => kind === 'upload'),
        ...blobs.filter(step => step.kind === 'mount' && !isEarly(step)),
        ...orders.flatMap(order => missingImages(order, census).map(image => ({ kind: 'image', place: order.place, image }))),
        ...orders.flatMap(order => missingIndexes(order, census).map(index => ({ kind: 'index', place: order.place, index }))),
    ];
}
function demands(orders, census) {
    const all = new Map();
    for (const order of orders) {
        const registry = (0,registry_census/* registryOf */.Fv)(order.place);
        for (const blob of (0,oci_image/* blobsOf */.OR)(missingImages(order, census))) {
            if (census.has(order.place, blob.digest))
                continue;
            const key = `${registry} ${blob.digest}`;
            const demand = all.get(key) ?? { registry, blob, places: [] };
            demand.places.push(order.place);
            all.set(key, demand);
        }
    }
    return [...all.values()];
}
function stepsFor({ registry, blob, places }, census) {
    const holder = census.holder(registry, blob.digest);
    const home = places.find(place => census.has(place, blob.digest) === false) ?? places[0];
    return places.map(place => holder === undefined && place === home
        ? { kind: 'upload', place, blob }
        : { kind: 'mount', place, blob, from: holder ?? home });
}
function missingImages({ place, indexes }, census) {
    const images = new Map(indexes.flatMap(index => index.images).map(each => [each.manifest.digest, each]));
    return [...images].flatMap(([digest, image]) => (census.has(place, digest) ? [] : [image]));
}
function missingIndexes({ place, indexes }, census) {
    const all = new Map(indexes.map(each => [each.self.digest, each]));
    return [...all].flatMap(([digest, index]) => (census.has(place, digest) ? [] : [index]));
}

;// CONCATENATED MODULE: ./lib/registry/survey.js


/** Looks are cheap beside uploads. */
const survey_AT_ONCE = 8;
/** Finds out what is not known of what is there, in as few requests as that takes. */
async function survey(run) {
    await ask(run, manifestsToAsk(run.orders, run.census), (repository, digest) => repository.hasManifest(digest));
    await ask(run, blobsToAsk(run.orders, run.census), (repository, digest) => repository.hasBlob(digest));
}
async function ask(run, questions, look) {
    await (0,limit/* mapLimit */.sf)(questions, survey_AT_ONCE, ({ place, digest }) => run.guarded(async () => {
        run.census.tell(place, digest, await look(run.repository(place), digest));
    }));
}

// EXTERNAL MODULE: ./lib/util/budget.js
var budget = __webpack_require__(2803);
// EXTERNAL MODULE: ./lib/registry/explain.js + 2 modules
var explain = __webpack_require__(7432);
;// CONCATENATED MODULE: ./lib/registry/read-back.js




/** Something that the registry does not yet show as it was put. */
class Stale extends Error {
}
/** Eight looks over about half a minute. */
const LAG = {
    attempts: 8,
    isTransient: failure => failure instanceof Stale,
    backoff: attempt => 250 * 2 ** (attempt - 1),
    longestWait: 60_000,
};
const AGAIN = 'Run it again when the registry answers: nothing is sent twice.';
/**
 * Throws a `UserError` unless a manifest is seen under its digest in the end.
 *
 * @param tags those that were set already
 */
async function expectManifest(repository, digest, lag, tags = []) {
    const look = async () => (await repository.headManifest(digest))?.digest;
    const { isShown } = await waitFor(repository, look, digest, lag);
    if (isShown)
        return;
    const state = tags.length === 0 ? 'No tag was set.' : `${tags.join(', ')} cannot be pulled for its platform.`;
    throw new util_error/* UserError */.yo(`${nameOf(repository, { digest })} should be there but is not to be found`, {
        hint: `${state} The registry, or something that cleans up there, removes images without a tag. Run it again: what is missing is sent again.`,
    });
}
/**
 * What a tag shows that was set to a digest is read, since a digest is only what the bytes are found to be. Gives an error for
 * something else, and throws one where nothing can be read.
 */
async function confirmTag(repository, tag, digest, lag, signal) {
    const name = nameOf(repository, { tag });
    const look = async () => (await repository.getManifest(tag))?.descriptor.digest;
    const { isShown, seen } = await waitFor(repository, look, digest, lag).catch((error) => {
        if (!(error instanceof explain/* RegistryError */.gl || isEnd(error, signal)))
            throw error;
        throw new util_error/* UserError */.yo(`${name} was set to ${digest} but could not be read back: ${(0,util_error/* messageOf */.bD)(error)}`, {
            hint: AGAIN,
            cause: error,
        });
    });
    if (isShown)
        return undefined;
    return new util_error/* UserError */.yo(`${name} was set to ${digest} but shows ${seen ?? 'nothing'}`, {
        hint: 'Another job may have moved the tag meanwhile. See which of them should have the last word.',
    });
}
/**
 * After a failure to set a tag: an answer may have been lost of a request that had its effect. Throws the failure where the tag
 * shows something else, and says so where nobody can know.
 */
async function expectTag(repository, tag, digest, failure, signal) {
    if (!isUnclear(failure, signal))
        throw failure;
    let shown;
    try {
        shown = (await repository.getManifest(tag))?.descriptor.digest;
    }
    catch (error) {
        if (!(error instanceof explain/* RegistryError */.gl || isEnd(error, signal)))
            throw error;
        throw new util_error/* UserError */.yo(`${nameOf(repository, { tag })} may show ${digest} already, since the registry's answer was lost: ${(0,util_error/* messageOf */.bD)(failure)}`, { hint: AGAIN, cause: failure });
    }
    if (shown !== digest)
        throw failure;
}
/** Whether a request may have had its effect although it failed. */
function isUnclear(failure, signal) {
    if (failure instanceof explain/* RegistryError */.gl)
        return (failure.failure.status ?? 500) >= 500;
    return isEnd(failure, signal);
}
/** Whether there was no time left, or the user's patience has ended. */
function isEnd(failure, signal) {
    return failure instanceof budget/* OutOfTime */.f || (signal?.aborted === true && failure === signal.reason);
}
function nameOf({ reference: { registry, repository } }, of) {
    return (0,oci_reference/* referenceName */.z$)({ registry, repository, ...of });
}
/** Looks until the digest is shown or the registry's time is over; `seen` is what was shown last. */
async function waitFor(repository, look, digest, lag) {
    let seen;
    try {
        await repository.retrying(async () => {
            seen = await look();
            if (seen !== digest)
                throw new Stale(`${digest} is not shown yet`);
        }, lag);
        return { isShown: true, seen };
    }
    catch (error) {
        if (!(error instanceof Stale))
            throw error;
        return { isShown: false, seen };
    }
}

;// CONCATENATED MODULE: ./lib/registry/tag-index.js





/**
 * Sets tags to an index that has been sent, one after the other, and reads each of them back. Before that every image must be seen
 * where it was put: throws a `UserError` for one that is not. Those that were there before must still be when the tags name them.
 */
async function tag_index_tagIndex(index, to, tags, options = {}) {
    tag_index_checkTags(tags);
    const { signal, concurrency = 4, lag = LAG } = options;
    const meter = { requests: 0, bytesSent: 0 };
    if (tags.length === 0)
        return { meter, moved: [] };
    const repository = to.with({ access: 'push', meter, ...(signal && { signal }) });
    const digests = index.images.map(({ manifest }) => manifest.digest);
    const isPut = (digest) => options.put?.includes(digest) ?? true;
    await (0,limit/* mapLimit */.sf)(digests.filter(isPut), concurrency, digest => expectManifest(repository, digest, lag));
    for (const tag of tags)
        await setTag(index, repository, tag, meter, options);
    const confirmed = await (0,limit/* mapLimit */.sf)(tags, concurrency, async (tag) => {
        const error = await confirmTag(repository, tag, index.self.digest, lag, signal);
        return error === undefined ? [] : [{ tag, error }];
    });
    const moved = confirmed.flat();
    const held = tags.filter(tag => moved.every(each => each.tag !== tag));
    // From here on nothing cleans them up; what was gone before that is found out now. Nobody needs them where no tag has stayed.
    const older = held.length === 0 ? [] : digests.filter(digest => !isPut(digest));
    await (0,limit/* mapLimit */.sf)(older, concurrency, digest => expectManifest(repository, digest, lag, held));
    return { meter, moved };
}
async function setTag(index, repository, tag, meter, options) {
    const before = meter.bytesSent;
    const mend = async () => {
        const mended = await mendIndex(index, repository, options);
        meter.requests += mended.requests;
        meter.bytesSent += mended.bytesSent;
    };
    try {
        await repository.putManifest(index.self, tag, mend);
    }
    catch (failure) {
        // Where nothing was sent, nothing can have had an effect.
        if (meter.bytesSent === before)
            throw failure;
        await expectTag(repository, tag, index.self.digest, failure, options.signal);
    }
}
function tag_index_checkTags(tags) {
    const wrong = tags.find(tag => !(0,oci_reference/* isTag */.dz)(tag));
    if (wrong !== undefined)
        throw new util_error/* UserError */.yo(`${JSON.stringify(wrong)} is not a tag`);
}

// EXTERNAL MODULE: ./lib/util/units.js
var units = __webpack_require__(8223);
;// CONCATENATED MODULE: ./lib/registry/mounting.js

/** A source is given up after so many refusals in a row, */
const PATIENCE = 3;
/** and a registry that never mounted anything when so many sources are. */
const SOURCES = 2;
const mounting_AT_ONCE = 8;
/**
 * Whether a registry mounts blobs is found by trying: one at a time until it has done so once, since a refusal begins an upload.
 * A source that it does not mount from, such as one that we may not read, does not speak for all.
 */
class Mounting {
    #one = (0,limit/* limit */.AB)(1);
    #many = (0,limit/* limit */.AB)(mounting_AT_ONCE);
    #refusals = new Map();
    #isProven = false;
    /** Asks with `task`, unless that is no use. */
    async try(from, task) {
        const asked = await this.#one(async () => (this.#isProven ? undefined : this.#ask(from, task)));
        return asked ?? this.#many(() => this.#ask(from, task));
    }
    async #ask(from, task) {
        if (this.#isGivenUp(from) || this.#isHopeless())
            return 'refused';
        const answer = await task();
        if (answer === 'mounted') {
            this.#isProven = true;
            this.#refusals.delete(from);
        }
        else
            this.#refusals.set(from, (this.#refusals.get(from) ?? 0) + 1);
        return answer;
    }
    #isGivenUp(from) {
        return (this.#refusals.get(from) ?? 0) >= PATIENCE;
    }
    #isHopeless() {
        return (!this.#isProven && [...this.#refusals.keys()].filter(from => this.#isGivenUp(from)).length >= SOURCES);
    }
}

;// CONCATENATED MODULE: ./lib/registry/transfer.js




/** In bytes. Below this an upload waits for answers for most of its time, and others fit beside it. */
const SMALL = units/* MIB */.D;
/** So many for each large one. */
const SMALL_BESIDE = 2;
/**
 * Brings all blobs in. Uploads begin in the order of the steps, as many at once as the run allows, and small ones beside them; mounts,
 * which carry no bytes, begin as soon as their source is there. One that is refused becomes an upload.
 */
async function transfer(steps, run) {
    const lane = laneFor(run.concurrency);
    const uploads = steps.filter(step => step.kind === 'upload');
    const arrivals = new Map(uploads.map(step => [keyOf(step.place, step.blob.digest), upload(step, run, lane)]));
    const mountings = new Map();
    const mounts = steps
        .filter(step => step.kind === 'mount')
        .map(async (step) => {
        await arrivals.get(keyOf(step.from, step.blob.digest));
        await mount(step, run, lane, mountingOf((0,registry_census/* registryOf */.Fv)(step.place), mountings));
    });
    const all = [...arrivals.values(), ...mounts];
    await Promise.allSettled(all);
    await Promise.all(all);
}
function laneFor(concurrency) {
    const large = (0,limit/* limit */.AB)(concurrency);
    const small = (0,limit/* limit */.AB)(SMALL_BESIDE * concurrency);
    return ({ size }) => (size < SMALL ? small : large);
}
function keyOf(place, digest) {
    return `${place} ${digest}`;
}
function mountingOf(registry, all) {
    const mounting = all.get(registry) ?? new Mounting();
    all.set(registry, mounting);
    return mounting;
}
function upload({ place, blob }, run, lane) {
    run.tally.expect(blob.size);
    return lane(blob)(() => run.guarded(() => run.upload(place, blob, { absent: true })));
}
async function mount({ place, blob, from }, run, lane, mounting) {
    const repository = run.repository(place);
    const answer = await mounting.try(from, () => run.guarded(() => repository.mountBlob(blob.digest, (0,registry_census/* nameIn */.ZC)(from))));
    if (answer === 'mounted')
        return run.arrived(place, blob.digest, 'mounted');
    run.tally.expect(blob.size);
    await lane(blob)(() => run.guarded(async () => {
        const session = answer === 'refused' ? undefined : answer;
        const isKnown = run.census.has(place, blob.digest) !== undefined;
        if (isKnown || !(await repository.hasBlob(blob.digest)))
            return run.upload(place, blob, { absent: true, session });
        run.tally.spare(blob.size);
        run.arrived(place, blob.digest, 'existed');
    }));
}

;// CONCATENATED MODULE: ./lib/registry/push.js











/**
 * Pushes indexes with all that they name, by digest: blobs first, then the images' manifests, then the indexes, so that nothing
 * ever names what is not there. What a registry holds is not sent again, and what several repositories need is sent once. No tag
 * moves. Gives what was done for each shipment, and throws the first failure when all that ran has ended.
 */
async function sendAll(shipments, options = {}) {
    const run = new PushRun(shipments, options);
    try {
        await survey(run);
        const steps = planPush(run.orders, run.census);
        await transfer(steps.filter(step => step.kind === 'upload' || step.kind === 'mount'), run);
        await publish(steps.filter(step => step.kind === 'image' || step.kind === 'index'), run);
        return shipments.map((shipment, n) => transferOf(shipment, run, shipments.slice(0, n)));
    }
    catch (error) {
        options.signal?.throwIfAborted();
        throw run.failure ?? error;
    }
}
/** Of shipments to one repository the first bears the requests. */
function transferOf({ index, to }, run, before) {
    const place = (0,registry_census/* placeOf */.$t)(to.reference);
    const { how, meter, put } = run.work(place);
    const blobs = (0,oci_image/* blobsOf */.OR)(index.images).map(blob => {
        return { descriptor: (0,descriptor/* descriptorOf */.nb)(blob), how: how.get(blob.digest) ?? 'existed' };
    });
    const isFirst = before.every(other => (0,registry_census/* placeOf */.$t)(other.to.reference) !== place);
    return { blobs, put: [...put], ...(isFirst ? meter : { requests: 0, bytesSent: 0 }) };
}
/** Sends one index to one repository. */
async function sendIndex(index, to, options = {}) {
    const [transfer] = await sendAll([{ index, to }], options);
    return transfer;
}
/** Sends an index and then sets its tags. */
async function pushIndex(index, to, tags, options = {}) {
    const names = [...new Set(tags)];
    checkTags(names);
    const sent = await sendIndex(index, to, options);
    const { meter, moved } = await tagIndex(index, to, names, { ...options, put: sent.put });
    if (moved[0])
        throw moved[0].error;
    return pushReport(index, to, names, sent, meter);
}
/** What a push has done, sending and tagging together. */
function pushReport({ self }, { reference: { registry, repository } }, tags, sent, tagging) {
    const reference = (0,oci_reference/* referenceName */.z$)({ registry, repository, digest: self.digest });
    return {
        digest: self.digest,
        reference,
        tags,
        blobs: sent.blobs,
        bytesSent: sent.bytesSent + tagging.bytesSent,
        requests: sent.requests + tagging.requests,
    };
}

// EXTERNAL MODULE: ./lib/image/archive-writer.js
var archive_writer = __webpack_require__(1315);
// EXTERNAL MODULE: ./lib/image/docker-manifest.js
var docker_manifest = __webpack_require__(2347);
// EXTERNAL MODULE: ./lib/command/facts.js
var facts = __webpack_require__(5642);
;// CONCATENATED MODULE: ./lib/command/index-archive.js





/** One archive whose `index.json` names the index alone, so that every tool sees one image with platforms. */
async function writeIndexArchive(path, index, { pieces }, signal) {
    const annotations = (0,facts/* mergedAnnotations */.nt)(pieces[0]?.facts ?? {});
    const manifests = index.images.map(image => image.manifest);
    const content = {
        index: [{ ...(0,descriptor/* descriptorOf */.nb)(index.self), annotations }],
        blobs: [index.self, ...manifests, ...(0,oci_image/* blobsOf */.OR)(index.images)],
        dockerManifest: (0,docker_manifest/* encodeDockerManifest */.y)(index.images, (0,facts/* dockerName */.ah)(annotations)),
    };
    await (0,archive_writer/* writeArchive */._)(path, content, { signal });
}

// EXTERNAL MODULE: ./lib/oci/image-index.js
var image_index = __webpack_require__(5885);
;// CONCATENATED MODULE: ./lib/command/keep.js





/**
 * The index to push: one that a wanted tag holds already where it has the same content, down to its bytes, so that what has not
 * changed keeps its digest from commit to commit; else the new one. An exact version has the first word, since it cannot follow.
 */
async function keepIndex({ index, content, from }, targets) {
    for (const { repository, holding } of candidates(targets)) {
        if (holding.digest === index.self.digest)
            return index;
        if ((0,look_up/* contentOf */.$E)(holding) !== content)
            continue;
        // As a rule it is made again from what is here; then nothing of it has to be there any more.
        const again = from(holding.revision, holding.created);
        if (again.self.digest === holding.digest)
            return again;
        const kept = await indexFrom(repository, holding, atHand(index));
        if (kept)
            return kept;
    }
    return index;
}
/**
 * A branch that holds something else meanwhile has come back to what it was: then the commit on the index must be the new one, or an
 * older run could take the branch back.
 */
function candidates(targets) {
    const all = targets.flatMap(({ repository, wanted, standing }) => wanted.flatMap(({ tag, kind }) => {
        const holding = standing.held.get(tag);
        return holding ? [{ repository, holding, kind }] : [];
    }));
    const exact = all.filter(({ kind }) => kind === 'exact');
    const branches = new Set(all.filter(({ kind }) => kind === 'branch').map(({ holding }) => holding.digest));
    const others = all.filter(({ kind, holding }) => {
        return kind !== 'exact' && [...branches].every(digest => digest === holding.digest);
    });
    return [...exact, ...others];
}
function atHand({ images }) {
    return new Map((0,oci_image/* blobsOf */.OR)(images).map((blob) => [blob.digest, blob]));
}
/** Nothing when a part of it is gone: then it is not to be kept but mended. */
async function indexFrom(repository, holding, known) {
    try {
        const { mediaType } = holding.descriptor;
        const parts = await (0,limit/* together */.bs)((0,image_index/* parseIndex */.A1)(holding.bytes).manifests.map(each => (0,registry_image/* imageFrom */.mn)(repository, each, known)));
        return { self: (0,oci_image/* bytesBlob */.XU)(holding.bytes, { mediaType }), images: parts.map(({ image }) => image) };
    }
    catch (error) {
        if ((0,registry_image/* isGone */.ST)(error))
            return undefined;
        throw error;
    }
}

// EXTERNAL MODULE: ./lib/oci/known-layers.js
var known_layers = __webpack_require__(7361);
// EXTERNAL MODULE: ./lib/command/registry-layers.js
var registry_layers = __webpack_require__(9945);
// EXTERNAL MODULE: ./lib/oci/config.js
var oci_config = __webpack_require__(1403);
;// CONCATENATED MODULE: ./lib/command/share-layers.js


/**
 * Where two images have the same layer, be it for two platforms or in two containers, each compressed it for itself, and another
 * compressor may have made other bytes. The first one stands for all, in the order of containers and systems. What comes out of a
 * registry is left as it is: nobody has held its layers against what its configs say.
 */
function shareLayers(wholes) {
    const known = new known_layers/* KnownLayers */.W();
    const shared = (piece) => {
        const result = pieceWith(piece, known.find);
        known.add(diffIdsOf(result), result.image.layers);
        return result;
    };
    return wholes.map(whole => (whole.unchanged ? whole : { ...whole, pieces: whole.pieces.map(shared) }));
}
/** The same images, with the layers that are found in place of their own. */
function wholeWith(whole, find) {
    return { ...whole, pieces: whole.pieces.map(piece => pieceWith(piece, find)) };
}
/** Each once. */
function replacements(whole, find) {
    const pairs = whole.pieces.flatMap(piece => pairsOf(piece, find));
    const others = pairs.filter(({ own, found }) => found !== own);
    return [...new Map(others.map(({ diffId, found }) => [found.digest, { diffId, layer: found }])).values()];
}
function pieceWith(piece, find) {
    const layers = pairsOf(piece, find).map(({ found }) => found);
    return { ...piece, image: { ...piece.image, layers } };
}
function pairsOf(piece, find) {
    const diffIds = diffIdsOf(piece);
    return piece.image.layers.map((own, n) => {
        const diffId = diffIds[n];
        const found = find(diffId, own.mediaType);
        // What is the same down to its bytes is better opened here.
        const isSame = found === undefined || found.digest === own.digest;
        return { diffId, own, found: isSame ? own : found };
    });
}
function diffIdsOf({ config }) {
    return (0,oci_config/* parseConfig */.o)(config).diffIds;
}

;// CONCATENATED MODULE: ./lib/command/layers-there.js





const layers_there_AT_ONCE = 8;
/**
 * Layers that all of the repositories have are named as they are there, whatever bytes they would have had here. Also gives what was
 * seen in each repository.
 */
async function wholeAsThere(whole, targets) {
    const seen = await (0,limit/* together */.bs)(targets.map(target => (0,registry_layers/* layersIn */.MX)(baseOf(target))));
    const others = await standingFor(whole, (0,registry_layers/* layersInAll */.XY)(seen), targets);
    return { whole: wholeWith(whole, others.find), seen };
}
/** The layers to take in place of our own. They are looked for: what is taken so cannot be sent again from here. */
async function standingFor(whole, find, targets) {
    const standing = new known_layers/* KnownLayers */.W();
    await (0,limit/* mapLimit */.sf)(replacements(whole, find), layers_there_AT_ONCE, async ({ diffId, layer }) => {
        const looks = targets.map(({ repository }) => repository.hasBlob(layer.digest));
        if ((await (0,limit/* together */.bs)(looks)).every(Boolean))
            standing.add([diffId], [layer]);
    });
    return standing;
}
/** The images that the wanted tags hold now. */
function baseOf({ repository, standing }) {
    return {
        repository,
        manifests: (0,descriptor/* distinct */.dM)([...standing.held.values()].flatMap(({ manifests }) => manifests)),
    };
}
/** What a repository has, as far as this run has seen it. */
function knownIn({ standing }, seen) {
    return new Set([
        ...[...standing.held.values()].map(({ descriptor }) => descriptor.digest),
        ...(seen?.has ?? []),
    ]);
}

;// CONCATENATED MODULE: ./lib/command/push-teller.js

/** A job's log has no live line, so there is one of its own now and then. */
const EVERY_MS = 15_000;
/** Tells how far a push has come, how fast it is, and how long it will take. */
function pushTeller({ kind, log }, now = Date.now) {
    if (kind !== 'github')
        return progress => log.progress(textOf(progress));
    let told = now();
    return progress => {
        if (now() - told < EVERY_MS)
            return;
        told = now();
        log.info(textOf(progress));
    };
}
/** `120 MB of 333 MB sent, 41.2 MB/s, 5.2 s to go`. */
function textOf({ sent, total, rate, remaining }) {
    const speed = rate > 0 ? `, ${(0,format/* formatBytes */.z3)(rate)}/s` : '';
    const rest = remaining === undefined ? '' : `, ${(0,format/* formatSeconds */.Xo)(remaining * 1000)} to go`;
    return `${(0,format/* formatBytes */.z3)(sent)} of ${(0,format/* formatBytes */.z3)(total)} sent${speed}${rest}`;
}

// EXTERNAL MODULE: ./lib/tag/affixes.js
var affixes = __webpack_require__(9382);
// EXTERNAL MODULE: ./lib/tag/line.js
var tag_line = __webpack_require__(7380);
;// CONCATENATED MODULE: ./lib/tag/guard.js



const SET = { kind: 'set' };
/** Decides whether a tag may move to what the run made. `overwrite` allows to rewrite an exact version. */
function judge(wanted, ours, there, overwrite) {
    if (there.held?.digest === ours.digest)
        return { kind: 'same' };
    switch (wanted.kind) {
        case 'exact':
            return overwrite || !there.held ? SET : refuse(wanted.tag, there.held, ours);
        case 'newest':
            return judgeNewest(wanted, ours, there);
        case 'branch':
            return judgeBranch(ours, there);
        case 'free':
            return SET;
    }
}
function refuse(tag, held, ours) {
    return { kind: 'refuse', why: `${tag} is ${held.digest} already, and would become ${ours.digest}` };
}
function judgeNewest(wanted, ours, there) {
    const among = amongOf(wanted, ours);
    const version = (0,tag_version/* parseVersion */.o)(among.version);
    if (!version)
        return judgeBranch(ours, there);
    if (!version.stable)
        return stay(`${version.text} is a prerelease`);
    const newer = (0,tag_line/* versionsIn */.bS)(among.line, there.tags, among.affixes).find(each => isNewer(each, version));
    if (newer)
        return stay(`the newer ${newer.text} is there`);
    const { held } = there;
    if (!held?.version)
        return SET;
    // Such a version is named by this tag alone: 17.2 of a project that has no 17.2.0.
    const itself = (0,affixes/* tagFrom */.FL)(held.version.replace(/^v/, ''), among.affixes);
    if (itself === wanted.tag)
        return stay(`it is the version ${held.version} itself`);
    return judgeVersions((0,tag_version/* parseVersion */.o)(held.version), (0,tag_version/* parseVersion */.o)(ours.version ?? '') ?? version, ours, there);
}
/** What the annotations say: no older version, and of the same version no older commit. */
function judgeVersions(theirs, mine, ours, there) {
    if (!theirs || isNewer(mine, theirs))
        return SET;
    return isNewer(theirs, mine) ? stay(`it holds the newer ${theirs.text}`) : judgeBranch(ours, there);
}
function judgeBranch(ours, { held, relation }) {
    if (!held)
        return SET;
    if (relation === 'ancestor')
        return stay(`it holds a later commit${named(held.revision)}`);
    const isEarlier = ours.created && held.created && ours.created < held.created;
    return relation === 'unknown' && isEarlier ? stay(`it holds a later commit${named(held.revision)}`) : SET;
}
function amongOf({ tag, among }, { version = '' }) {
    return among ?? { version, line: (0,tag_line/* lineOf */.cA)(tag) ?? {}, affixes: affixes/* NO_AFFIXES */.F5 };
}
function isNewer(a, b) {
    return (0,tag_version/* compareVersions */.Z)(a, b) > 0;
}
function named(revision) {
    return revision === undefined ? '' : `, ${revision.slice(0, 12)}`;
}
function stay(why) {
    return { kind: 'stay', why };
}

// EXTERNAL MODULE: ./lib/command/derivations.js
var derivations = __webpack_require__(5955);
;// CONCATENATED MODULE: ./lib/command/tagging.js





/** Decides about every wanted tag of a repository by what it holds now. */
async function decideAll(target, ours, tagging) {
    const { held, tags } = target.standing;
    const asksHistory = target.wanted.some(wanted => isContested(wanted, held.get(wanted.tag), ours));
    const overtaken = asksHistory && (await isOvertaken(tags, ours, tagging));
    return Promise.all(target.wanted.map(wanted => decide(target, wanted, ours, overtaken, tagging)));
}
/** Whether history decides: a tag that follows commits holds something else. */
function isContested({ kind }, there, { digest }) {
    return (kind === 'branch' || kind === 'newest') && there !== undefined && there.digest !== digest;
}
/**
 * Whether a run for a later commit of the branch was here already. What it found unchanged still bears an older commit, so its
 * own tag, which is the last that a run sets, is the only trace of it.
 */
async function isOvertaken(tags, { revision }, { history, branch }) {
    if (revision === undefined || branch === undefined)
        return false;
    const commits = tags.flatMap(tag => /^sha-([0-9a-f]{7,})$/.exec(tag)?.[1] ?? []);
    if (commits.length === 0)
        return false;
    const later = await history.commitsAfter(revision, branch, commits);
    return later.some(sha => commits.some(short => sha.startsWith(short)));
}
async function decide({ repository, standing: { held, tags } }, wanted, ours, overtaken, { history, overwrite, content, pieces }) {
    const { tag } = wanted;
    const there = held.get(tag);
    const relation = overtaken ? 'ancestor' : await relationOf(wanted, there, ours, history);
    const { registry, repository: path } = repository.reference;
    const verdict = judge(wanted, ours, { held: there, tags, relation }, overwrite);
    return {
        name: (0,oci_reference/* referenceName */.z$)({ registry, repository: path, tag }),
        tag,
        verdict: verdict.kind === 'refuse' && there ? explained(verdict.why, there, content, pieces) : verdict,
    };
}
async function relationOf(wanted, there, ours, { relation }) {
    const [own, theirs] = [ours.revision, there?.revision];
    if (!own || !theirs || !isContested(wanted, there, ours))
        return 'unknown';
    return relation(own, theirs);
}
/** The same under another commit is no other version; it was put there by another run. */
function explained(why, there, content, pieces) {
    if ((0,look_up/* contentOf */.$E)(there) === content)
        return { kind: 'stay', why: 'it holds the same image, from another commit' };
    const difference = (0,derivations/* differenceOf */.P)(there.manifests, pieces);
    const what = difference ?? 'the images are the same, but what is written on them has changed';
    return { kind: 'refuse', why: `${why} (${what})` };
}
/** Throws one `UserError` that tells of all tags that must not be set. */
function refuseRewriting(decisions) {
    const refused = decisions.flatMap(({ name, verdict }) => verdict.kind === 'refuse' ? [`${name}: ${verdict.why}`] : []);
    if (refused.length === 0)
        return;
    throw new util_error/* UserError */.yo(refused.join('\n'), {
        hint: 'A version that is out stays as it is: raise the version, or set `overwrite: true`, as for packages that are built anew under their old version when something below them changes. `nix-multiarch inspect --diff` shows what differs.',
    });
}
/** Those that hold our image now, or will. */
function tagsHeld(decisions) {
    return decisions.flatMap(({ tag, verdict: { kind } }) => (kind === 'set' || kind === 'same' ? [tag] : []));
}
function tagsToSet(decisions) {
    return decisions.flatMap(({ tag, verdict }) => (verdict.kind === 'set' ? [tag] : []));
}

;// CONCATENATED MODULE: ./lib/command/merge-steps.js








function merge_steps_nameOf({ place }) {
    return place.whole.container;
}
/** Looks what the tags hold, and decides what becomes of them. Throws a `UserError` for a version that would be rewritten. */
async function decideTags(good, { sha, commitDate }, tagging) {
    const targets = await (0,limit/* together */.bs)(good.repositories.map(async ({ repository, wanted }) => {
        return { repository, wanted, standing: await (0,look_up/* lookUp */.TE)(repository, wanted, tagging.log) };
    }));
    const index = await keepIndex(good, targets);
    const kept = index !== good.index;
    const isThere = targets.every(target => holds(target, index));
    const settled = kept || isThere ? { ...good, index, seen: [] } : await asThere(good, targets);
    const ours = {
        digest: settled.index.self.digest,
        ...(good.version && { version: good.version }),
        ...(sha && { revision: sha }),
        ...(commitDate && { created: commitDate }),
    };
    const decided = await Promise.all(targets.map(async (target, n) => {
        const decisions = await decideAll(target, ours, taggingOf(good, tagging));
        return { target, decisions, has: knownIn(target, settled.seen[n]) };
    }));
    refuseRewriting(decided.flatMap(({ decisions }) => decisions));
    return { ...settled, ours, targets: decided, kept };
}
function taggingOf({ content, place }, run) {
    return { ...run, content, pieces: place.whole.pieces };
}
async function asThere(good, targets) {
    const { whole, seen } = await wholeAsThere(good.place.whole, targets);
    return { ...good.of(whole), seen };
}
function holds({ standing }, { self }) {
    return [...standing.held.values()].some(({ digest }) => digest === self.digest);
}
/** Writes the archive that is asked for, which reads every byte before the first one is sent. */
async function prepare(good, host, asArtifact, signal) {
    const { place, index } = good;
    if (place.archive === undefined)
        return good;
    await writeIndexArchive(place.archive, index, place.whole, signal);
    if (asArtifact)
        await host.artifacts?.upload(place.archive);
    return good;
}
/**
 * Everything by digest; no tag moves yet. Also where a tag holds an index: a part of it may be gone, which is mended so. Blobs that
 * containers share are sent once.
 */
async function send(goods, host, signal) {
    const shipments = goods.flatMap(({ index, targets }) => targets.map(({ target: { repository, standing }, has }) => ({
        index,
        to: repository,
        has,
        empty: standing.empty,
    })));
    const transfers = await sendAll(shipments, {
        signal,
        onProgress: pushTeller(host),
        siblings: lenders(goods),
    });
    let next = 0;
    return goods.map(good => ({ ...good, transfers: good.targets.map(() => transfers[next++]) }));
}
/** Where pieces lie in a registry already, from where their layers may be mounted. */
function lenders(goods) {
    const pieces = goods.flatMap(({ place }) => place.whole.pieces);
    return pieces.flatMap(({ elsewhere }) => elsewhere
        ? [{ in: elsewhere.repository, has: new Set(elsewhere.layers.map(({ digest }) => digest)) }]
        : []);
}

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./lib/command/archived.js
var archived = __webpack_require__(5403);
// EXTERNAL MODULE: ./lib/oci/system.js
var system = __webpack_require__(5312);
;// CONCATENATED MODULE: ./lib/command/join.js


/**
 * Groups pieces by container and checks that each container has every expected system once: those that are named, or that a plan
 * has for it, or that any of them has. Containers come sorted by name, their archives in the systems' order, whatever order the
 * archives came in.
 */
function groupPieces(archives, expected, plan) {
    const named = expected === 'any' ? [] : expected.length > 0 ? expected : systemsOf(archives);
    const wholes = [];
    const problems = [];
    for (const [container, own] of byContainer(archives)) {
        const planned = plan?.containers.find(({ name }) => name === container);
        const systems = expected.length === 0 && planned ? planned.systems.map(({ system }) => system) : named;
        const sorted = own.toSorted((a, b) => system/* SYSTEMS */.LB.indexOf(a.system) - system/* SYSTEMS */.LB.indexOf(b.system));
        const faults = [
            ...doubles(sorted),
            ...strangers(sorted, systems, expected),
            ...missing(sorted, systems),
            ...names(sorted),
            ...others(sorted, planned),
        ];
        if (faults.length === 0)
            wholes.push({ container, imageName: own[0]?.imageName ?? container, pieces: sorted, unchanged: false });
        else
            problems.push({ container, message: `${container}: ${faults.join('; ')}` });
    }
    return { wholes, problems };
}
function byContainer(archives) {
    const groups = new Map();
    for (const archive of archives) {
        const group = groups.get(archive.container);
        if (group)
            group.push(archive);
        else
            groups.set(archive.container, [archive]);
    }
    return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}
function systemsOf(archives) {
    const present = new Set(archives.map(archive => archive.system));
    return system/* SYSTEMS */.LB.filter(system => present.has(system));
}
function doubles(archives) {
    return archives.flatMap((archive, n) => {
        const first = archives.findIndex(other => other.system === archive.system);
        const other = archives[first];
        return other && first < n
            ? [`${archive.system} is there twice, in ${(0,external_node_path_.basename)(other.path)} and ${(0,external_node_path_.basename)(archive.path)}`]
            : [];
    });
}
function strangers(archives, systems, expected) {
    if (expected === 'any')
        return [];
    return archives
        .filter(archive => !systems.includes(archive.system))
        .map(archive => `${(0,external_node_path_.basename)(archive.path)} is for ${archive.system}, which is not expected`);
}
function missing(archives, systems) {
    return systems
        .filter(system => !archives.some(archive => archive.system === system))
        .map(system => `${system} is missing (only ${archives.map(archive => (0,external_node_path_.basename)(archive.path)).join(', ')})`);
}
function names(archives) {
    const distinct = new Set(archives.map(archive => archive.imageName));
    if (distinct.size < 2)
        return [];
    return [
        `its archives disagree about the image's name: ${archives.map(a => `${a.imageName} in ${(0,external_node_path_.basename)(a.path)}`).join(', ')}`,
    ];
}
/** Two parts of one workflow run may build containers of one name. */
function others(archives, planned) {
    return archives
        .filter(({ system, derivation }) => {
        const meant = planned?.systems.find(each => each.system === system)?.derivation;
        return meant !== undefined && meant !== derivation;
    })
        .map(({ path }) => `${(0,external_node_path_.basename)(path)} is of another derivation than the plan's: something else has this name in the workflow run, or the flake has changed since`);
}

;// CONCATENATED MODULE: ./lib/command/open-wholes.js






const open_wholes_AT_ONCE = 4;
/**
 * Opens all archives and groups all pieces by container. Throws one `UserError` that tells all that is wrong with them.
 *
 * @param registry where the layers are that thin archives do not carry
 */
async function openWholes({ files, pieces }, registry, systems, plan, signal) {
    const opened = await (0,limit/* mapLimit */.sf)(files, open_wholes_AT_ONCE, file => (0,failures/* attempt */.CD)(file, () => (0,archived/* openArchived */.V)(file, registry)));
    const archives = (0,failures/* allOrFail */.V_)(opened, signal).filter(archive => archive !== undefined);
    if (files.length > 0 && archives.length === 0)
        throw new util_error/* UserError */.yo('There are only multi-arch archives, which are merged already');
    const { wholes, problems } = groupPieces([...archives, ...pieces], systems, plan);
    const failed = problems.map(({ container, message }) => {
        const hint = 'Nothing was pushed. `systems` says which systems are expected; `any` takes what there is.';
        return { done: false, name: container, error: new util_error/* UserError */.yo(message, { hint }) };
    });
    return (0,failures/* allOrFail */.V_)([...wholes.map(value => ({ done: true, value })), ...failed], signal);
}
/** An output must not be written over what it is made from. */
function refuseInputs(places, wholes) {
    const inputs = new Set(wholes.flatMap(({ pieces }) => pieces.map(({ path }) => (0,external_node_path_.resolve)(path))));
    const over = places.find(({ archive }) => archive !== undefined && inputs.has((0,external_node_path_.resolve)(archive)));
    if (over)
        throw new util_error/* UserError */.yo(`${over.archive} is one of the archives to merge`, { hint: 'Name another file.' });
}

// EXTERNAL MODULE: ./lib/command/outlets.js
var outlets = __webpack_require__(395);
// EXTERNAL MODULE: ./lib/command/pusher.js
var command_pusher = __webpack_require__(94);
;// CONCATENATED MODULE: ./lib/command/merged.js





function sentOf(report, { registry, repository }, decisions) {
    const count = (how) => report.blobs.filter(blob => blob.how === how).length;
    return {
        image: report.reference,
        tags: report.tags.map(tag => (0,oci_reference/* referenceName */.z$)({ registry, repository, tag })),
        left: decisions.flatMap(({ name, verdict }) => verdict.kind === 'stay' ? [{ tag: name, why: verdict.why }] : []),
        blobs: { uploaded: count('uploaded'), mounted: count('mounted'), existed: count('existed') },
        bytesSent: report.bytesSent,
        requests: report.requests,
    };
}
function mergedOf({ place, index, kept }, pushed) {
    const { whole, archive } = place;
    const platforms = whole.pieces.flatMap(({ system, image: { platform } }) => {
        const name = (0,oci_platform/* platformName */.$r)(platform);
        const image = index.images.find(each => (0,oci_platform/* platformName */.$r)(each.platform) === name);
        return image === undefined ? [] : [platformOf(name, system, image)];
    });
    const { container, unchanged } = whole;
    return { container, digest: index.self.digest, platforms, archive, unchanged, kept, pushed };
}
function platformOf(platform, system, image) {
    return {
        platform,
        system,
        digest: image.manifest.digest,
        size: (0,descriptor/* sizeOf */.$d)((0,oci_image/* blobsOf */.OR)([image])),
        layers: image.layers.length,
    };
}
/** One line for the log, and one more for each tag that was left as it was. */
function summaryOf({ container, digest, platforms, archive, pushed }) {
    const places = [...(archive === undefined ? [] : [archive]), ...pushed.map(placeOf)];
    const left = pushed.flatMap(each => each.left.map(({ tag, why }) => `\n${tag} stays: ${why}`));
    const names = platforms.map(each => each.platform).join(', ');
    const where = places.length === 0 ? ', in the registry already' : ` in ${places.join('; ')}`;
    return `${container}: ${names} as ${digest}${where}${left.join('')}`;
}
function placeOf({ image, tags, bytesSent, blobs }) {
    const sent = `${(0,format/* plural */.LS)(blobs.uploaded, 'blob')} and ${(0,format/* formatBytes */.z3)(bytesSent)} sent, ${blobs.existed} were there`;
    return `${tags.length > 0 ? tags.join(', ') : image} (${sent})`;
}

;// CONCATENATED MODULE: ./lib/command/set-tags.js






/**
 * Sets the tags, after another look, since another run may have moved them meanwhile. Every repository is waited for, whatever
 * becomes of the others: what was tagged is told, and nothing goes on unseen.
 */
async function setTags(good, tagging, signal) {
    const attempts = await Promise.all(good.targets.map((_, n) => (0,failures/* attempt */.CD)(merge_steps_nameOf(good), () => tagRepository(good, n, tagging, signal))));
    return { merged: mergedOf(good, (0,failures/* doneOf */.as)(attempts)), attempts };
}
async function tagRepository(good, n, run, signal) {
    const { index, ours } = good;
    const { target, decisions } = good.targets[n];
    const { repository } = target;
    const look = async (tags) => {
        const wanted = target.wanted.filter(({ tag }) => tags.includes(tag));
        if (wanted.length === 0)
            return [];
        const standing = await (0,look_up/* lookUp */.TE)(repository, wanted);
        const decided = await decideAll({ ...target, wanted, standing }, ours, taggingOf(good, run));
        refuseRewriting(decided);
        return decided;
    };
    // Where there was something to do, that took time: an older run may have taken back also what was right before.
    const again = tagsToSet(decisions).length === 0 ? [] : await look(tagsHeld(decisions));
    const toSet = tagsToSet(again);
    const transfer = good.transfers[n];
    const { meter, moved } = await tag_index_tagIndex(index, repository, toSet, { signal, put: transfer.put });
    // Who has moved them on meanwhile had a reason to, or had not.
    const last = await look(moved.map(({ tag }) => tag));
    const lost = moved.find(({ tag }) => last.some(each => each.tag === tag && each.verdict.kind === 'set'));
    if (lost)
        throw lost.error;
    const all = [decisions, again, last].reduce((before, after) => before.map(decision => after.find(({ tag }) => tag === decision.tag) ?? decision));
    return sentOf(pushReport(index, repository, tagsHeld(all), transfer, meter), repository.reference, all);
}

// EXTERNAL MODULE: ./lib/command/stopwatch.js
var stopwatch = __webpack_require__(9098);
// EXTERNAL MODULE: ./lib/command/report-artifacts.js + 1 modules
var report_artifacts = __webpack_require__(3415);
// EXTERNAL MODULE: ./lib/command/summary-build.js
var summary_build = __webpack_require__(9164);
// EXTERNAL MODULE: ./lib/command/summary-chart.js + 1 modules
var summary_chart = __webpack_require__(7558);
// EXTERNAL MODULE: ./lib/command/summary-parts.js
var summary_parts = __webpack_require__(9802);
// EXTERNAL MODULE: ./lib/util/file-name.js
var file_name = __webpack_require__(7606);
;// CONCATENATED MODULE: ./lib/command/summary-use.js




/** More is a list, and no help. */
const MOST_LINES = 10;
/** The commands that bring the images to a machine, by their foremost tags. */
function howToPull(merged) {
    const images = merged.flatMap(({ pushed }) => pushed.map(({ tags, image }) => tags[0] ?? image));
    if (images.length === 0)
        return '';
    const rest = images.length - MOST_LINES;
    const more = rest <= 0 ? '' : `\n\n… and ${(0,format/* plural */.LS)(rest, 'more image')}`;
    const lines = images.slice(0, MOST_LINES).map(image => `docker pull ${image}`);
    return `#### Pull\n\n${(0,markdown/* fenced */.OF)('sh', lines)}${more}`;
}
/**
 * The commands that load an image out of the run's artifacts. GitHub's own `gh run download` takes only those that are zipped,
 * so the file comes by its address.
 */
function howToTry(merged, { repository, run }) {
    const [file, ...others] = merged
        .flatMap(({ archive }) => (archive === undefined ? [] : [(0,external_node_path_.basename)(archive)]))
        .filter(file_name/* isFileName */.o);
    if (file === undefined || !/^[\w.-]+\/[\w.-]+$/.test(repository) || !/^\d+$/.test(run))
        return '';
    const actions = `repos/${repository}/actions`;
    const lines = [
        `id=$(gh api '${actions}/runs/${run}/artifacts?name=${encodeURIComponent(file)}' \\`,
        `  --jq '.artifacts[0].id')`,
        `gh api "${actions}/artifacts/$id/zip" > ${file}`,
        `docker load --input ${file}`,
    ];
    return [
        '#### Try it',
        'Nothing was pushed. The images are artifacts of this run, one archive for all platforms:',
        (0,markdown/* fenced */.OF)('sh', lines),
        `Or \`skopeo copy oci-archive:${file} …\`, \`podman load --input ${file}\`.`,
        ...sameWay(others),
    ].join('\n\n');
}
/** The other archives, a paragraph of them or none. */
function sameWay(files) {
    if (files.length === 0)
        return [];
    const names = files.slice(0, MOST_LINES).map(markdown/* code */.aY).join(', ');
    return [`The same way: ${names}${files.length > MOST_LINES ? ', …' : ''}`];
}

;// CONCATENATED MODULE: ./lib/command/summary.js







/** What a person sees on the page of a run: the images with all that is known of them, their tags, and how to get them. */
function mergeSummary(merged, reports = [], { times, trial, unread = 0 } = {}) {
    const origins = builtIn(reports);
    const parts = [
        '### Multi-arch images',
        overview(merged, origins),
        imageTable(merged, origins),
        unread === 0 ? '' : `… and ${(0,format/* plural */.LS)(unread, 'more job')}, whose reports were not read`,
        tagTable(merged),
        howToPull(merged),
        trial === undefined ? archiveList(merged) : howToTry(merged, trial),
        (0,summary_chart/* timeChart */.s)(reports, times),
    ];
    return parts.filter(Boolean).join('\n\n');
}
const summary_keyOf = (container, system) => `${container} ${system}`;
function builtIn(reports) {
    return new Map(reports.flatMap(({ built }) => built).map(each => [summary_keyOf(each.container, each.system), each]));
}
/** The whole run in one sentence. */
function overview(merged, origins) {
    const images = merged.flatMap(({ container, platforms, unchanged }) => platforms.map(({ system }) => (unchanged ? 'unchanged' : origins.get(summary_keyOf(container, system))?.how)));
    const hows = ['built', 'emulated', 'fetched', 'cached', 'unchanged'];
    const counts = hows.flatMap(how => {
        const count = images.filter(each => each === how).length;
        return count === 0 ? [] : [`${count} ${how}`];
    });
    const sent = merged.flatMap(({ pushed }) => pushed).reduce((sum, { bytesSent }) => sum + bytesSent, 0);
    const pushed = merged.some(each => each.pushed.length > 0);
    const made = `${(0,format/* plural */.LS)(merged.length, 'container')}, ${(0,format/* plural */.LS)(images.length, 'image')}`;
    const how = counts.length === 0 ? '' : `: ${counts.join(', ')}`;
    return `${made}${how}; ${pushed ? `${(0,format/* formatBytes */.z3)(sent)} sent` : 'nothing was pushed'}.`;
}
function imageTable(merged, origins) {
    const head = ['container', 'platform', 'how', 'layers', 'size', 'digest'];
    const rows = (0,summary_parts/* firstRows */.C)(merged).flatMap(each => [indexRow(each), ...platformRows(each, origins)]);
    return (0,markdown/* table */.tp)(head, rows, { right: ['layers', 'size'] }) + (0,summary_parts/* moreOf */.bd)(merged, 'container');
}
function indexRow({ container, digest, platforms, pushed, kept }) {
    const size = (0,descriptor/* sizeOf */.$d)(platforms);
    const where = [...(kept ? ['same as before'] : []), ...(pushed.length > 0 ? [sentText(pushed)] : [])].join(', ');
    return [
        `**${(0,markdown/* code */.aY)(container)}**`,
        '*all*',
        where,
        '',
        `**${(0,format/* formatBytes */.z3)(size)}**`,
        `**${(0,summary_parts/* shortDigest */.VK)(digest)}**`,
    ];
}
function sentText(pushed) {
    const count = (pick) => pushed.reduce((sum, each) => sum + pick(each), 0);
    const [uploaded, there] = [
        count(({ blobs }) => blobs.uploaded),
        count(({ blobs }) => blobs.existed + blobs.mounted),
    ];
    if (uploaded === 0)
        return 'nothing to send';
    const reused = there === 0 ? '' : `, ${there} were there`;
    return `${(0,format/* formatBytes */.z3)(count(({ bytesSent }) => bytesSent))} in ${(0,format/* plural */.LS)(uploaded, 'blob')} sent${reused}`;
}
function platformRows({ container, platforms, unchanged }, origins) {
    return platforms.map(({ platform, system, layers, size, digest }) => {
        const origin = origins.get(summary_keyOf(container, system));
        const how = unchanged ? 'unchanged, from the registry' : origin ? (0,summary_build/* howText */.Y)(origin) : '';
        return ['', (0,markdown/* code */.aY)(platform), how, String(layers), (0,format/* formatBytes */.z3)(size), (0,summary_parts/* shortDigest */.VK)(digest)];
    });
}
/** The tags of every repository: those that name the image now, and those that were left as they were. */
function tagTable(merged) {
    const pushed = merged.flatMap(each => each.pushed);
    const rows = (0,summary_parts/* firstRows */.C)(pushed).map(({ image, tags, left = [] }) => [
        (0,markdown/* code */.aY)(image.replace(/@.*$/, '')),
        tags.map(tag => (0,markdown/* code */.aY)(summary_tagOf(tag))).join(' '),
        left.map(({ tag, why }) => `${(0,markdown/* code */.aY)(summary_tagOf(tag))}: ${(0,markdown/* prose */.CS)(why)}`).join('<br>'),
    ]);
    if (pushed.every(({ tags, left = [] }) => tags.length + left.length === 0))
        return '';
    const anyLeft = pushed.some(({ left = [] }) => left.length > 0);
    const columns = anyLeft ? 3 : 2;
    const head = ['repository', 'tags', 'left as they were'].slice(0, columns);
    return ((0,markdown/* table */.tp)(head, rows.map(row => row.slice(0, columns))) + (0,summary_parts/* moreOf */.bd)(pushed, 'place'));
}
function summary_tagOf(reference) {
    return reference.slice(reference.lastIndexOf(':') + 1);
}
function archiveList(merged) {
    const archives = merged.flatMap(({ archive }) => archive ?? []);
    return ((0,summary_parts/* firstRows */.C)(archives)
        .map(archive => `- ${(0,markdown/* code */.aY)(archive)}`)
        .join('\n') + (0,summary_parts/* moreOf */.bd)(archives, 'archive'));
}

;// CONCATENATED MODULE: ./lib/command/tell-merged.js



/** Tells a person, and later steps, what was merged. */
async function tellMerged(merged, host, { times, asArtifacts, derivations }) {
    const pushed = merged.flatMap(each => each.pushed);
    const lines = {
        digest: merged.map(({ digest }) => digest),
        image: pushed.map(({ image }) => image),
        tags: pushed.flatMap(({ tags }) => tags),
        archives: merged.flatMap(({ archive }) => archive ?? []),
    };
    for (const [name, values] of Object.entries(lines))
        host.output(name, values.join('\n'));
    host.output('json', JSON.stringify(merged));
    for (const done of merged)
        host.log.info(summaryOf(done));
    if (merged.length === 0)
        return;
    const trial = asArtifacts ? trialOf(host) : undefined;
    const { reports, unread } = await (0,report_artifacts/* readReports */.o)(host, derivations);
    host.summary(mergeSummary(merged, reports, { times, unread, ...(trial && { trial }) }));
}
/** Where the archives of a run can be had that pushes nothing. */
function trialOf({ env }) {
    const { GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env;
    return repository && run ? { repository, run } : undefined;
}

// EXTERNAL MODULE: ./lib/oci/annotation.js
var annotation = __webpack_require__(3200);
;// CONCATENATED MODULE: ./lib/command/unchanged-whole.js







/** A container that the plan found unchanged, out of the registry. Its facts are the flake's of today. */
async function openUnchanged({ name, imageName, systems }, standing, client, signal) {
    const repository = new registry_repository/* Repository */.L(client, (0,oci_reference/* parseReference */.F2)(standing.image), { signal });
    const found = await repository.getManifest(standing.digest);
    const { manifests } = found ? (0,look_up/* holdingOf */.JO)(found) : { manifests: [] };
    const pieces = systems.map(async ({ system, derivation, facts }) => {
        const descriptor = manifests.find(({ annotations }) => annotations?.[annotation/* SYSTEM */.IJ] === system);
        if (!descriptor)
            throw vanished(standing.image);
        const { image, config } = await (0,registry_image/* imageFrom */.mn)(repository, descriptor);
        return {
            path: standing.image,
            container: name,
            system,
            imageName,
            derivation,
            facts,
            image,
            config,
            elsewhere: { repository, layers: image.layers, seen: true },
        };
    });
    return { container: name, imageName, pieces: await (0,limit/* together */.bs)(pieces), unchanged: true };
}
function vanished(image) {
    return new util_error/* UserError */.yo(`${image} is not what the plan found there`, {
        hint: 'It was removed since. Run the workflow again, with `force: true` when that does not help.',
    });
}

;// CONCATENATED MODULE: ./lib/command/merge.js























const merge_AT_ONCE = 4;
/** Joins the archives of each container and puts the result where it is asked for. */
async function merge(inputs, host, signal) {
    const git = await (0,command_git/* gitFacts */.g)(host);
    const to = (0,outlets/* outlets */.RW)(inputs, host, git.ref);
    const plan = await gatherPlan(inputs.plan, host);
    const watch = (0,stopwatch/* stopwatch */.s)();
    const files = await watch.time('download', () => (0,gather/* gather */.kg)(inputs.archives, host, plan));
    return mergeArchives({ files, plan, git, to, watch }, inputs, host, signal);
}
/**
 * Merges all containers or none: each step is done for every container before the next one begins, and a failure ends the run
 * after its step. So nothing is pushed unless everything is whole, and no tag moves unless everything is pushed.
 */
async function mergeArchives(parts, inputs, host, signal) {
    const { to, watch = (0,stopwatch/* stopwatch */.s)() } = parts;
    const pusher = parts.pusher ?? (0,command_pusher/* pusherFor */.x)(to, inputs.pushTimeout, host);
    const { client } = pusher;
    try {
        const wholes = shareLayers(await wholesOf(parts, inputs.systems, client, signal));
        const places = (0,destination/* destinations */.u)(wholes, to, (0,outlets/* ownerOf */.bf)(host));
        refuseInputs(places, wholes);
        const github = await githubOf(inputs, host, signal);
        const { ref, source } = await withCommitDate(parts.git, github?.repository);
        const tools = { client, signal, log: host.log };
        const goods = goodsOf(places, inputs, { ref, ...(source && { source }) }, tools);
        const release = inputs.release ? releasePlanOf(goods, ref, github?.hasToken ?? false) : undefined;
        const history = historyOf(github?.repository);
        const tagging = { history, branch: branchOf(ref), overwrite: inputs.overwrite, log: host.log };
        const steps = { ref, tagging, asArtifacts: to.asArtifacts, host, watch, signal, budget: pusher.budget };
        const tagged = await takeSteps(goods, steps);
        const merged = tagged.map(each => each.merged);
        const view = {
            times: watch.read().times,
            asArtifacts: to.asArtifacts,
            derivations: derivationsOf(wholes),
        };
        await tellMerged(merged, host, view);
        const attempts = tagged.flatMap(each => each.attempts);
        (0,failures/* allOrFail */.V_)(attempts, signal);
        if (release && github)
            await releaseMerged(release, merged, github.repository, tools);
        return merged;
    }
    finally {
        if (parts.pusher === undefined)
            client.close();
    }
}
/** Each step for all containers before the next one. */
async function takeSteps(goods, steps) {
    const { ref, tagging, asArtifacts, host, watch, signal, budget } = steps;
    const decided = await forAll(goods, good => decideTags(good, ref, tagging), signal);
    const prepared = await watch.time('verify', () => forAll(decided, good => prepare(good, host, asArtifacts, signal), signal));
    budget.begin();
    try {
        const sent = await watch.time('send', () => send(prepared, host, signal));
        return await watch.time('tag', () => (0,limit/* mapLimit */.sf)(sent, merge_AT_ONCE, good => setTags(good, tagging, signal)));
    }
    finally {
        budget.end();
    }
}
function branchOf({ kind, name }) {
    return kind === 'branch' ? name : undefined;
}
function derivationsOf(wholes) {
    return new Set(wholes.flatMap(({ pieces }) => pieces.flatMap(({ derivation }) => derivation ?? [])));
}
/** What was built, and what the plan found unchanged, by name. */
async function wholesOf({ files, pieces = [], plan, to }, systems, client, signal) {
    const registry = openerOf(to, client, signal);
    const built = await openWholes({ files, pieces }, registry, systems, plan, signal);
    await refuseGone(built, signal);
    const unchanged = await (0,limit/* mapLimit */.sf)(plan?.containers ?? [], merge_AT_ONCE, async (planned) => {
        const { build, standing } = planned;
        return build || standing === undefined ? [] : [await openUnchanged(planned, standing, client, signal)];
    });
    return [...built, ...unchanged.flat()].sort((a, b) => (a.container < b.container ? -1 : 1));
}
/** An archive is not to say to whom this run speaks. */
function openerOf({ registries }, client, signal) {
    const known = new Set(registries.map(({ registry }) => registry));
    return (name, path) => {
        const reference = (0,oci_reference/* parseReference */.F2)(name);
        if (known.has(reference.registry))
            return new registry_repository/* Repository */.L(client, reference, { signal });
        throw new util_error/* UserError */.yo(`${path} is a thin archive: its layers are in ${name}, where this run does not go`, {
            hint: 'Name that place with `image` (with `push: false` where nothing is to be pushed), or build with `archives: full`.',
        });
    };
}
/** Takes a step for all, and fails after it when it failed for any. */
async function forAll(goods, step, signal) {
    const attempts = await (0,limit/* mapLimit */.sf)(goods, merge_AT_ONCE, good => (0,failures/* attempt */.CD)(merge_steps_nameOf(good), () => step(good)));
    return (0,failures/* allOrFail */.V_)(attempts, signal);
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

/***/ 94:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   x: () => (/* binding */ pusherFor)
/* harmony export */ });
/* harmony import */ var _util_budget_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2803);
/* harmony import */ var _registry_client_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(5886);


/** @param ms how long pushing may take */
function pusherFor({ access, registries }, ms, host) {
    const hint = 'Raise `push-timeout`, or run it again: what has arrived is not sent again.';
    const budget = new _util_budget_js__WEBPACK_IMPORTED_MODULE_0__/* .Budget */ ._(ms, { what: 'the push', hint });
    return { budget, client: (0,_registry_client_js__WEBPACK_IMPORTED_MODULE_1__/* .registryClient */ .Rk)(access, registries, host, { budget }) };
}


/***/ }),

/***/ 2803:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   _: () => (/* binding */ Budget),
/* harmony export */   f: () => (/* binding */ OutOfTime)
/* harmony export */ });
/* harmony import */ var _clock_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8394);
/* harmony import */ var _error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9110);
/* harmony import */ var _format_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(4849);



/** Something has used up the time that it was given. */
class OutOfTime extends _error_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .yo {
    name = 'OutOfTime';
}
/** In milliseconds; a timer of Node.js takes no more. */
const LONGEST = 2 ** 31 - 1;
/** Time for something that is made of many requests, waits and tries. Until it begins, there is no end to it. */
class Budget {
    #ms;
    #words;
    #clock;
    #over = new AbortController();
    #end = Number.POSITIVE_INFINITY;
    #timer;
    #trouble;
    constructor(ms, words, clock = _clock_js__WEBPACK_IMPORTED_MODULE_0__/* .systemClock */ .m) {
        this.#ms = ms;
        this.#words = words;
        this.#clock = clock;
    }
    /** Comes when the time is used up; its reason is an `OutOfTime` that tells the last trouble. */
    get signal() {
        return this.#over.signal;
    }
    begin() {
        this.#end = this.#clock.now() + this.#ms;
        const giveUp = () => this.#over.abort(this.over(this.#trouble));
        this.#timer = setTimeout(giveUp, Math.min(this.#ms, LONGEST)).unref();
    }
    /** What comes after has no end again. */
    end() {
        clearTimeout(this.#timer);
        this.#end = Number.POSITIVE_INFINITY;
    }
    /** In milliseconds. */
    left() {
        return this.#end - this.#clock.now();
    }
    /** Keeps a failure, in case that there will be no time to mend it. */
    saw(trouble) {
        this.#trouble = trouble;
    }
    /** What to throw where a wait would end too late. */
    over(trouble) {
        const last = trouble === undefined ? '' : `; the last trouble was: ${(0,_error_js__WEBPACK_IMPORTED_MODULE_1__/* .messageOf */ .bD)(trouble)}`;
        const message = `${this.#words.what} did not end within ${(0,_format_js__WEBPACK_IMPORTED_MODULE_2__/* .formatSeconds */ .Xo)(this.#ms)}${last}`;
        return new OutOfTime(message, { hint: this.#words.hint, cause: trouble });
    }
}


/***/ })

};
