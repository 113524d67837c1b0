export const id = 74;
export const ids = [74];
export const modules = {

/***/ 3271:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  br: () => (/* binding */ checkDestination),
  uC: () => (/* binding */ destinations),
  uO: () => (/* binding */ imageTemplates),
  bf: () => (/* binding */ ownerOf)
});

// EXTERNAL MODULE: ./lib/oci/reference.js
var oci_reference = __webpack_require__(3940);
// EXTERNAL MODULE: ./lib/util/error.js
var error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/command/registry-client.js + 11 modules
var registry_client = __webpack_require__(1749);
;// CONCATENATED MODULE: ./lib/command/template.js

/** Fills `{name}`, `{image}` and `{owner}` in. Throws a `UserError` for a placeholder that is unknown or has no value here. */
function fill(template, names, input) {
    return template.replace(/\{([^{}]*)\}/g, (whole, key) => {
        const value = new Map(Object.entries(names)).get(key);
        if (value !== undefined)
            return value;
        throw new error/* UserError */.yo(`\`${input}\` holds ${whole}, which ${key === 'owner' ? 'is known on GitHub only' : 'is no placeholder'}`, {
            hint: 'The placeholders are {name}, {image} and, on GitHub, {owner}.',
        });
    });
}

;// CONCATENATED MODULE: ./lib/command/destination.js




/** Fills the templates for each container, and refuses two containers with one place before anything is written. */
function destinations(wholes, inputs, owner) {
    const all = wholes.map(whole => {
        const names = { name: whole.container, image: ownName(whole.imageName), owner };
        return {
            whole,
            repositories: inputs.image.map(template => repositoryOf(fill(template, names, 'image'))),
            archive: inputs.archive === undefined ? undefined : fill(inputs.archive, names, 'archive'),
        };
    });
    refuseShared(all);
    return all;
}
/** An image may be named with the registry that it was meant for, which is not a part of its name elsewhere. */
function ownName(imageName) {
    const [first = '', ...path] = imageName.split('/');
    return path.length > 0 && /[.:]|^localhost$/.test(first) ? (path.at(-1) ?? imageName) : imageName;
}
function repositoryOf(text) {
    const reference = (0,oci_reference/* parseReference */.F2)(text);
    if (reference.tag === undefined && reference.digest === undefined)
        return reference;
    throw new error/* UsageError */.eb(`\`image\` names a tag or a digest: ${text}`, { hint: 'Give tags with `tags`.' });
}
function refuseShared(all) {
    const taken = new Map();
    for (const { whole, repositories, archive } of all) {
        for (const place of new Set([
            ...repositories.map(oci_reference/* referenceName */.z$),
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
    return new error/* UserError */.yo(`${one} and ${other} would both go to ${place}`, {
        hint: 'Put {name} or {image} into `image` and `archive`, or name one container.',
    });
}
/** Refuses a run that would leave nothing behind, or whose templates or credentials are wrong, before any work is done. */
function checkDestination(inputs, host) {
    const owner = ownerOf(host);
    const templates = imageTemplates(inputs, owner);
    if (inputs.archive === undefined && templates.length === 0) {
        throw new error/* UsageError */.eb('There is nowhere to put the image', {
            hint: 'Name a file with `archive`, a registry with `image`, or both.',
        });
    }
    const sample = { name: 'name', image: 'image', owner };
    if (inputs.archive !== undefined)
        fill(inputs.archive, sample, 'archive');
    (0,registry_client/* checkCredential */.CT)(inputs, templates.map(template => repositoryOf(fill(template, sample, 'image'))));
}
/** Whose repository this is, on GitHub. */
function ownerOf(host) {
    return host.kind === 'github' ? host.env.GITHUB_REPOSITORY_OWNER : undefined;
}
/** The `image` templates to use: the given ones, or ghcr.io on GitHub when no archive is asked for instead. */
function imageTemplates(inputs, owner) {
    if (inputs.image.length > 0 || inputs.archive !== undefined || owner === undefined)
        return inputs.image;
    return ['ghcr.io/{owner}/{image}'];
}


/***/ }),

/***/ 2074:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  merge: () => (/* binding */ merge),
  O: () => (/* binding */ mergeArchives)
});

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./lib/image/archive-writer.js
var archive_writer = __webpack_require__(1315);
// EXTERNAL MODULE: ./lib/image/docker-manifest.js
var docker_manifest = __webpack_require__(2347);
// EXTERNAL MODULE: ./lib/oci/descriptor.js
var descriptor = __webpack_require__(1260);
// EXTERNAL MODULE: ./lib/oci/image.js
var oci_image = __webpack_require__(5148);
// EXTERNAL MODULE: ./lib/oci/reference.js
var oci_reference = __webpack_require__(3940);
// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/util/limit.js
var limit = __webpack_require__(8631);
;// CONCATENATED MODULE: ./lib/registry/push.js





/** A tag that does not yet show what it was set to. */
class Stale extends Error {
}
/** Eight looks over about half a minute. */
const LAG = {
    attempts: 8,
    isTransient: failure => failure instanceof Stale,
    backoff: attempt => 250 * 2 ** (attempt - 1),
    longestWait: 60_000,
};
/**
 * Pushes an index with all that it names, by digest: blobs first, then the images' manifests, then the index, so that nothing
 * ever names what is not there. What the registry holds is not sent again. No tag moves.
 */
async function sendIndex(index, to, options = {}) {
    const meter = { requests: 0, bytesSent: 0 };
    const failed = new AbortController();
    const signal = AbortSignal.any([failed.signal, ...(options.signal ? [options.signal] : [])]);
    const repository = to.with({ signal, access: 'push', meter });
    try {
        const plan = await planPush(index, repository, options);
        const uploaded = await transfer(plan, repository, options, error => failed.abort(error));
        await publish(plan, repository, options);
        const existed = plan.present.map(descriptor => ({ descriptor, how: 'existed' }));
        return { blobs: [...uploaded, ...existed], ...meter };
    }
    catch (error) {
        options.signal?.throwIfAborted();
        throw error;
    }
}
/** Sets tags to an index that has been sent, one after the other, and reads each of them back. */
async function tagIndex(index, to, tags, options = {}) {
    checkTags(tags);
    const { signal, concurrency = 4, lag = LAG } = options;
    const meter = { requests: 0, bytesSent: 0 };
    const repository = to.with({ access: 'push', meter, ...(signal && { signal }) });
    for (const tag of tags)
        await repository.putManifest(index.self, tag);
    await (0,limit/* mapLimit */.s)(tags, concurrency, tag => push_confirm(repository, tag, index.self.digest, lag));
    return meter;
}
/** Sends an index and then sets its tags. */
async function pushIndex(index, to, tags, options = {}) {
    const names = [...new Set(tags)];
    checkTags(names);
    const sent = await sendIndex(index, to, options);
    return pushReport(index, to, names, sent, await tagIndex(index, to, names, options));
}
/** An image whose manifest the registry has is there as a whole: registries check that when they take a manifest. */
async function planPush({ self, images }, repository, options) {
    const { concurrency = 4 } = options;
    const manifests = [self, ...images.map(image => image.manifest)];
    const held = await (0,limit/* mapLimit */.s)(manifests, concurrency, ({ digest }) => repository.hasManifest(digest));
    const missing = images.filter((_, n) => !held[n + 1]);
    const wanted = (0,oci_image/* blobsOf */.OR)(missing);
    const there = await (0,limit/* mapLimit */.s)(wanted, concurrency, ({ digest }) => repository.hasBlob(digest));
    const lacking = new Set(wanted.filter((_, n) => !there[n]).map(({ digest }) => digest));
    return {
        present: (0,oci_image/* blobsOf */.OR)(images)
            .filter(({ digest }) => !lacking.has(digest))
            .map(descriptor/* descriptorOf */.nb),
        blobs: wanted.filter(({ digest }) => lacking.has(digest)).sort((a, b) => b.size - a.size),
        manifests: missing.map(image => image.manifest),
        index: held[0] ? undefined : self,
    };
}
/** @param onFailure called at the first failure, to end what else is on its way */
async function transfer({ blobs }, repository, { concurrency = 4, from = [], onProgress }, onFailure) {
    const total = blobs.reduce((sum, { size }) => sum + size, 0);
    let sent = 0;
    const onSent = (bytes) => {
        sent += bytes;
        onProgress?.({ sent, total });
    };
    return (0,limit/* mapLimit */.s)(blobs, concurrency, async (blob) => {
        try {
            return await repository.pushBlob(blob, { absent: true, from, onSent });
        }
        catch (error) {
            onFailure(error);
            throw error;
        }
    });
}
async function publish(plan, repository, { concurrency = 4 }) {
    await (0,limit/* mapLimit */.s)(plan.manifests, concurrency, manifest => repository.putManifest(manifest, manifest.digest));
    if (plan.index)
        await repository.putManifest(plan.index, plan.index.digest);
}
async function push_confirm(repository, tag, digest, lag) {
    let seen;
    const look = async () => {
        seen = (await repository.getManifest(tag))?.descriptor.digest;
        if (seen !== digest)
            throw new Stale();
    };
    await repository.retrying(look, lag).catch(error => {
        if (!(error instanceof Stale))
            throw error;
        const { registry, repository: path } = repository.reference;
        const name = (0,oci_reference/* referenceName */.z$)({ registry, repository: path, tag });
        throw new util_error/* UserError */.yo(`${name} was set to ${digest} but shows ${seen ?? 'nothing'}`, {
            hint: 'Another job may have moved the tag meanwhile. See which of them should have the last word.',
        });
    });
}
function checkTags(tags) {
    const wrong = tags.find(tag => !(0,oci_reference/* isTag */.dz)(tag));
    if (wrong !== undefined)
        throw new util_error/* UserError */.yo(`${JSON.stringify(wrong)} is not a tag`);
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

// EXTERNAL MODULE: ./lib/registry/repository.js + 3 modules
var repository = __webpack_require__(5794);
// EXTERNAL MODULE: ./lib/util/format.js
var format = __webpack_require__(4849);
// EXTERNAL MODULE: ./lib/command/archived.js
var archived = __webpack_require__(5403);
// EXTERNAL MODULE: ./lib/command/destination.js + 1 modules
var destination = __webpack_require__(3271);
// EXTERNAL MODULE: ./lib/command/facts.js
var facts = __webpack_require__(5642);
// EXTERNAL MODULE: ./lib/command/failures.js
var failures = __webpack_require__(8682);
// EXTERNAL MODULE: ./lib/command/gather.js
var gather = __webpack_require__(7642);
// EXTERNAL MODULE: ./lib/oci/annotation.js
var annotation = __webpack_require__(3200);
// EXTERNAL MODULE: ./lib/oci/image-index.js
var image_index = __webpack_require__(5885);
// EXTERNAL MODULE: ./lib/oci/system.js
var system = __webpack_require__(5312);
;// CONCATENATED MODULE: ./lib/command/join.js




/**
 * Groups archives by container and checks that each container has every expected system once. Containers come sorted by
 * name, their archives in the systems' order, whatever order the archives came in.
 */
function groupArchives(archives, expected) {
    const systems = expected === 'any' ? [] : expected.length > 0 ? expected : systemsOf(archives);
    const wholes = [];
    const problems = [];
    for (const [container, own] of byContainer(archives)) {
        const sorted = own.toSorted((a, b) => system/* SYSTEMS */.LB.indexOf(a.system) - system/* SYSTEMS */.LB.indexOf(b.system));
        const faults = [
            ...doubles(sorted),
            ...strangers(sorted, systems, expected),
            ...missing(sorted, systems),
            ...names(sorted),
        ];
        if (faults.length === 0)
            wholes.push({ container, imageName: own[0]?.imageName ?? container, archives: sorted });
        else
            problems.push({ container, message: `${container}: ${faults.join('; ')}` });
    }
    return { wholes, problems };
}
/** Joins a container's images. Everything about the index follows from the archives and `extra`, so it is the same each time. */
function joinIndex(whole, extra = {}) {
    const images = whole.archives.map(({ image, system, derivation }) => {
        const annotations = { [annotation/* SYSTEM */.IJ]: system, ...(derivation && { [annotation/* DERIVATION */.Su]: derivation }) };
        return { ...image, manifest: { ...image.manifest, annotations } };
    });
    return (0,image_index/* makeIndex */.H9)(images, { ...sharedFacts(whole.archives), ...extra });
}
const SHARED = [annotation/* TITLE */.ly, annotation/* DESCRIPTION */.tC, annotation/* LICENSES */.Bw, annotation/* VERSION */.xv, annotation/* SOURCE */.u2, annotation/* URL */.k];
/** The facts on which all archives agree: an index speaks for all its platforms. */
function sharedFacts(archives) {
    const agreed = SHARED.flatMap(key => {
        const [value, ...others] = new Set(archives.map(archive => archive.facts[key]));
        return value !== undefined && others.length === 0 ? [[key, value]] : [];
    });
    return Object.fromEntries(agreed);
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

// EXTERNAL MODULE: ./lib/oci/platform.js
var platform = __webpack_require__(7122);
;// CONCATENATED MODULE: ./lib/command/merged.js




function sentOf(report, { registry, repository }) {
    const count = (how) => report.blobs.filter(blob => blob.how === how).length;
    return {
        image: report.reference,
        tags: report.tags.map(tag => (0,oci_reference/* referenceName */.z$)({ registry, repository, tag })),
        blobs: { uploaded: count('uploaded'), mounted: count('mounted'), existed: count('existed') },
        bytesSent: report.bytesSent,
        requests: report.requests,
    };
}
function mergedOf({ whole, archive }, index, pushed) {
    const platforms = whole.archives.map(({ system, image }) => ({
        platform: (0,platform/* platformName */.$r)(image.platform),
        system,
        digest: image.manifest.digest,
        size: (0,oci_image/* blobsOf */.OR)([image]).reduce((sum, blob) => sum + blob.size, 0),
        layers: image.layers.length,
    }));
    return { container: whole.container, digest: index.self.digest, platforms, archive, pushed };
}
function summaryOf({ container, digest, platforms, archive, pushed }) {
    const places = [
        ...(archive === undefined ? [] : [archive]),
        ...pushed.map(({ tags, bytesSent, blobs }) => {
            const sent = `${(0,format/* plural */.LS)(blobs.uploaded, 'blob')} and ${(0,format/* formatBytes */.z3)(bytesSent)} sent, ${blobs.existed} were there`;
            return `${tags.join(', ')} (${sent})`;
        }),
    ];
    return `${container}: ${platforms.map(each => each.platform).join(', ')} as ${digest} in ${places.join('; ')}`;
}

// EXTERNAL MODULE: ./lib/command/registry-client.js + 11 modules
var registry_client = __webpack_require__(1749);
// EXTERNAL MODULE: ./lib/command/summary.js
var summary = __webpack_require__(2497);
;// CONCATENATED MODULE: ./lib/command/merge.js



















const AT_ONCE = 4;
/** Joins the archives of each container and puts the result where it is asked for. */
async function merge(inputs, host, signal) {
    (0,destination/* checkDestination */.br)(inputs, host);
    const files = await (0,gather/* gather */.kg)(inputs.archives, host);
    return mergeArchives(files, inputs, host, signal);
}
/**
 * Merges all containers or none: each step is done for every container before the next one begins, and a failure ends the run
 * after its step. So nothing is pushed unless everything is whole, and no tag moves unless everything is pushed.
 */
async function mergeArchives(files, inputs, host, signal) {
    const wholes = await openWholes(files, inputs.systems, signal);
    const owner = (0,destination/* ownerOf */.bf)(host);
    const places = (0,destination/* destinations */.uC)(wholes, { ...inputs, image: (0,destination/* imageTemplates */.uO)(inputs, owner) }, owner);
    refuseInputs(places, wholes);
    const targets = places.flatMap(place => place.repositories);
    const client = (0,registry_client/* registryClient */.Rk)(inputs, targets, host);
    try {
        const goods = places.map(place => ({
            place,
            index: joinIndex(place.whole, (0,facts/* indexAnnotations */.nM)(host)),
            repositories: place.repositories.map(reference => new repository/* Repository */.L(client, reference)),
        }));
        const prepared = await forAll(goods, good => prepare(good, signal), signal);
        const sent = await forAll(prepared, good => send(good, host, signal), signal);
        const tagged = await Promise.all(sent.map(good => tag(good, inputs.tags, signal)));
        const merged = tagged.map(each => each.merged);
        setOutputs(merged, host);
        for (const done of merged)
            host.log.info(summaryOf(done));
        const attempts = tagged.flatMap(each => each.attempts);
        (0,failures/* allOrFail */.V_)(attempts, signal);
        return merged;
    }
    finally {
        client.close();
    }
}
function nameOf({ place }) {
    return place.whole.container;
}
/** Takes a step for all, and fails after it when it failed for any. */
async function forAll(goods, step, signal) {
    const attempts = await (0,limit/* mapLimit */.s)(goods, AT_ONCE, good => (0,failures/* attempt */.CD)(nameOf(good), () => step(good)));
    return (0,failures/* allOrFail */.V_)(attempts, signal);
}
/** Opens all archives and groups them by container. Throws one `UserError` that tells all that is wrong with them. */
async function openWholes(files, systems, signal) {
    const opened = await (0,limit/* mapLimit */.s)(files, AT_ONCE, file => (0,failures/* attempt */.CD)(file, () => (0,archived/* openArchived */.V)(file)));
    const archives = (0,failures/* allOrFail */.V_)(opened, signal).filter(archive => archive !== undefined);
    if (archives.length === 0)
        throw new util_error/* UserError */.yo('There are only multi-arch archives, which are merged already');
    const { wholes, problems } = groupArchives(archives, systems);
    const failed = problems.map(({ container, message }) => {
        const hint = 'Nothing was pushed. `systems` says which systems are expected; `any` takes what there is.';
        return { done: false, name: container, error: new util_error/* UserError */.yo(message, { hint }) };
    });
    return (0,failures/* allOrFail */.V_)([...wholes.map(value => ({ done: true, value })), ...failed], signal);
}
function refuseInputs(places, wholes) {
    const inputs = new Set(wholes.flatMap(({ archives }) => archives.map(({ path }) => (0,external_node_path_.resolve)(path))));
    const over = places.find(({ archive }) => archive !== undefined && inputs.has((0,external_node_path_.resolve)(archive)));
    if (over)
        throw new util_error/* UserError */.yo(`${over.archive} is one of the archives to merge`, { hint: 'Name another file.' });
}
/** Reads every byte before the first one is sent: into the archive that is asked for, or only to verify it. */
async function prepare(good, signal) {
    const { place, index } = good;
    if (place.archive === undefined)
        await verifyAll(place.whole.archives, signal);
    else
        await writeIndexArchive(place.archive, index, place.whole.archives, signal);
    return good;
}
async function verifyAll(archives, signal) {
    for (const { image, layout } of archives) {
        await (0,limit/* mapLimit */.s)((0,oci_image/* blobsOf */.OR)([image]), AT_ONCE, async (blob) => {
            signal.throwIfAborted();
            await layout.verify(blob);
        });
    }
}
/** One archive whose `index.json` names the index alone, so that every tool sees one image with platforms. */
async function writeIndexArchive(path, index, archives, signal) {
    const annotations = (0,facts/* mergedAnnotations */.nt)(archives[0]?.facts ?? {});
    const manifests = index.images.map(image => image.manifest);
    const content = {
        index: [{ ...(0,descriptor/* descriptorOf */.nb)(index.self), annotations }],
        blobs: [index.self, ...manifests, ...(0,oci_image/* blobsOf */.OR)(index.images)],
        dockerManifest: (0,docker_manifest/* encodeDockerManifest */.y)(index.images, (0,facts/* dockerName */.ah)(annotations)),
    };
    await (0,archive_writer/* writeArchive */._)(path, content, { signal });
}
/** Everything by digest; no tag moves yet. */
async function send(good, host, signal) {
    const onProgress = ({ sent, total }) => host.log.progress(`${nameOf(good)}: ${(0,format/* formatBytes */.z3)(sent)} of ${(0,format/* formatBytes */.z3)(total)} sent`);
    const transfers = [];
    for (const repository of good.repositories) {
        transfers.push(await sendIndex(good.index, repository, { signal, onProgress }));
    }
    return { ...good, transfers };
}
/** Every repository is waited for, whatever becomes of the others: what was tagged is told, and nothing goes on unseen. */
async function tag(good, tags, signal) {
    const { place, index, repositories, transfers } = good;
    const tagged = repositories.map((repository, n) => (0,failures/* attempt */.CD)(nameOf(good), async () => {
        const tagging = await tagIndex(index, repository, tags, { signal });
        return sentOf(pushReport(index, repository, tags, transfers[n], tagging), repository.reference);
    }));
    const attempts = await Promise.all(tagged);
    return { merged: mergedOf(place, index, (0,failures/* doneOf */.as)(attempts)), attempts };
}
/** What the merge action tells later steps. */
function setOutputs(merged, host) {
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
    if (merged.length > 0)
        host.summary((0,summary/* mergeSummary */.y)(merged));
}


/***/ })

};
