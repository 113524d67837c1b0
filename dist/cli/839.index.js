export const id = 839;
export const ids = [839];
export const modules = {

/***/ 8839:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  diff: () => (/* binding */ diff)
});

// EXTERNAL MODULE: ./lib/util/error.js
var error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/util/format.js
var format = __webpack_require__(4849);
;// CONCATENATED MODULE: ./lib/command/changes.js
/** What differs between two sets of values, in the order of the first; what only the second has comes last. */
function changesBetween(a, b) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return keys.flatMap(key => {
        const [before, after] = [own(a, key), own(b, key)];
        if (before === after)
            return [];
        return [{ key, ...(before !== undefined && { a: before }), ...(after !== undefined && { b: after }) }];
    });
}
/** A key may be called as something that every object has. */
function own(facts, key) {
    return Object.hasOwn(facts, key) ? facts[key] : undefined;
}

;// CONCATENATED MODULE: ./lib/command/diff-config.js

/** What differs in how two images are run: `entrypoint`, `env.PATH`, `labels.title`. */
function diffConfigs(a, b) {
    return changesBetween(factsOf(a), factsOf(b));
}
/** Empty and absent is the same here. */
function factsOf(of) {
    const env = of.env.map(entry => [`env.${nameIn(entry)}`, entry.slice(nameIn(entry).length + 1)]);
    const labels = Object.entries(of.labels).map(([key, value]) => [`labels.${key}`, value]);
    return Object.fromEntries([
        ...present('entrypoint', of.entrypoint),
        ...present('cmd', of.cmd),
        ...present('user', of.user),
        ...present('workdir', of.workingDir),
        ...present('ports', of.exposedPorts.join(' ')),
        ...present('volumes', of.volumes),
        ...env,
        ...labels,
    ]);
}
/** A list is told as JSON, so that it is seen where each of its words ends. */
function present(key, value) {
    if (value.length === 0)
        return [];
    return [[key, typeof value === 'string' ? value : JSON.stringify(value)]];
}
function nameIn(entry) {
    return entry.split('=', 1)[0] ?? entry;
}

// EXTERNAL MODULE: ./lib/oci/descriptor.js
var descriptor = __webpack_require__(1260);
;// CONCATENATED MODULE: ./lib/command/diff-layers.js

/** The layers of two images, each once. */
function diffLayers(a, b) {
    const [layersA, layersB] = [(0,descriptor/* distinct */.dM)(a.layers), (0,descriptor/* distinct */.dM)(b.layers)];
    const shared = layersB.filter(layer => has(layersA, layer));
    const onlyB = lonely(layersB, layersA);
    const config = a.config.digest === b.config.digest ? 0 : b.config.size;
    return {
        shared: { count: shared.length, size: (0,descriptor/* sizeOf */.$d)(shared) },
        onlyA: lonely(layersA, layersB),
        onlyB,
        pull: config + (0,descriptor/* sizeOf */.$d)(onlyB),
    };
}
function has(layers, { digest }) {
    return layers.some(layer => layer.digest === digest);
}
function lonely(own, others) {
    const contents = new Set(others.map(({ diffId }) => diffId));
    return own
        .filter(layer => !has(others, layer))
        .map(({ digest, diffId, size, encoding }) => {
        return { digest, diffId, size, encoding, isRecompressed: diffId !== undefined && contents.has(diffId) };
    });
}

// EXTERNAL MODULE: ./lib/image/store-path.js
var store_path = __webpack_require__(2310);
;// CONCATENATED MODULE: ./lib/command/diff-paths.js

/** What makes two paths the same thing, the surest first. */
const LIKENESS = [
    ({ name, version }) => `${name} ${version}`,
    // glibc-2.40-bin goes with glibc-2.42-bin, not with glibc-2.42.
    ({ name, version }) => `${name} ${/-([a-z]+)$/.exec(version)?.[1] ?? ''}`,
    ({ name }) => name,
];
/** What came to, went from and changed in the store paths of an image. */
function diffPaths(a, b) {
    const [left, right] = [byPath(a), byPath(b)];
    const went = [...left.values()].filter(({ path }) => !right.has(path));
    const came = [...right.values()].filter(({ path }) => !left.has(path));
    const changes = pairsOf(went, came);
    const paired = new Set(changes.flatMap(change => [change.a.path, change.b.path]));
    const alone = ({ path }) => !paired.has(path);
    return {
        same: left.size - went.length,
        came: came.filter(alone).map(sized),
        went: went.filter(alone).map(sized),
        changed: changes.filter(change => change.a.version !== change.b.version),
        rebuilt: changes.filter(change => change.a.version === change.b.version),
    };
}
function byPath(paths) {
    return new Map(paths.map(each => [each.path, { ...each, ...(0,store_path/* parseStoreName */.su)(each.path) }]));
}
/** Paths that are alike go together in the order of their versions; where one side has more of them, nobody knows how. */
function pairsOf(went, came) {
    const pairs = [];
    const paired = new Set();
    for (const likeness of LIKENESS) {
        const left = grouped(went, paired, likeness);
        const right = grouped(came, paired, likeness);
        for (const [key, own] of left) {
            const others = right.get(key) ?? [];
            if (own.length !== others.length)
                continue;
            for (const [n, a] of own.entries()) {
                const b = others[n];
                pairs.push({ name: a.name, a: versioned(a), b: versioned(b) });
                paired.add(a.path).add(b.path);
            }
        }
    }
    return pairs.sort((x, y) => byVersion(x.name, y.name) || byVersion(x.a.version, y.a.version));
}
function grouped(paths, paired, likeness) {
    const groups = new Map();
    for (const path of paths.filter(each => !paired.has(each.path))) {
        groups.set(likeness(path), [...(groups.get(likeness(path)) ?? []), path]);
    }
    for (const group of groups.values())
        group.sort((a, b) => byVersion(a.version, b.version));
    return groups;
}
/** 1.10 stands behind 1.9. */
const { compare: byVersion } = new Intl.Collator('en', { numeric: true });
function versioned({ path, version, size }) {
    return { path, version, ...(size !== undefined && { size }) };
}
function sized({ path, size }) {
    return { path, ...(size !== undefined && { size }) };
}

// EXTERNAL MODULE: ./lib/command/layer-paths.js + 1 modules
var layer_paths = __webpack_require__(9111);
;// CONCATENATED MODULE: ./lib/command/platform-pairs.js
/** The platforms of both; where an index has one twice, the first goes with the first. */
function pairPlatforms(a, b) {
    const [left, right] = [numbered(a), numbered(b)];
    const keys = [...new Set([...left.keys(), ...right.keys()])];
    return keys.map(key => {
        const [one, other] = [left.get(key), right.get(key)];
        return { ...(one && { a: one }), ...(other && { b: other }) };
    });
}
function numbered(platforms) {
    const count = new Map();
    return new Map(platforms.map(each => {
        const n = (count.get(each.platform) ?? 0) + 1;
        count.set(each.platform, n);
        return [`${each.platform} ${n}`, each];
    }));
}

;// CONCATENATED MODULE: ./lib/command/diff-trees.js






function diffTrees(a, b) {
    return {
        same: a.digest === b.digest,
        a: sideOf(a),
        b: sideOf(b),
        annotations: changesBetween(a.annotations, b.annotations),
        platforms: pairPlatforms(a.platforms, b.platforms).flatMap(diffPair),
    };
}
function sideOf({ name, digest, size }) {
    return { name, digest, size };
}
function diffPair({ a, b }) {
    if (a && b)
        return [diffPlatforms(a, b)];
    const only = a ?? b;
    if (!only)
        return [];
    const { platform, digest, size } = only;
    return [{ kind: a ? 'only-a' : 'only-b', platform, digest, size }];
}
function diffPlatforms(a, b) {
    const { platform, digest } = b;
    const annotations = changesBetween(a.annotations, b.annotations);
    if (a.digest === digest)
        return { kind: 'same', platform, digest, annotations };
    const paths = isTold(a, b) ? diffPaths(pathsOf(a), pathsOf(b)) : undefined;
    return {
        kind: 'different',
        platform,
        a: a.digest,
        b: digest,
        size: b.size,
        layers: diffLayers(a, b),
        ...(paths && { paths }),
        config: diffConfigs(a, b),
        annotations,
    };
}
/** Layers that both have may hold what they will: it is the same. */
function isTold(a, b) {
    const [left, right] = [a, b].map(({ layers }) => new Set(layers.map(({ digest }) => digest)));
    return ![...a.layers, ...b.layers].some(layer => (0,layer_paths/* isUntold */.N1)(layer) && !(left?.has(layer.digest) && right?.has(layer.digest)));
}
function pathsOf({ layers }) {
    return layers.flatMap(({ paths = [] }) => paths);
}

// EXTERNAL MODULE: ./lib/command/image-place.js
var image_place = __webpack_require__(1210);
// EXTERNAL MODULE: ./lib/command/tree.js + 3 modules
var tree = __webpack_require__(338);
;// CONCATENATED MODULE: ./lib/command/diff.js







/** What changed from one image to another; each is a file, a folder or a reference. */
async function diff(names, inputs, host, signal) {
    return (0,image_place/* withPlaces */.r)(names, inputs, { host, signal }, async (places) => {
        const [placeA, placeB] = places;
        const [a, b] = await Promise.all([onlyImage(placeA), onlyImage(placeB)]);
        const contents = new Map();
        return diffTrees(await withNeededPaths(a, b, { place: placeA, inputs, contents }), await withNeededPaths(b, a, { place: placeB, inputs, contents }));
    });
}
function onlyImage(place) {
    const [image, ...more] = place.images;
    if (image && more.length === 0)
        return (0,tree/* loadTree */.r)(image.name, image.top, place.read);
    throw new error/* UserError */.yo(`${place.name} holds ${(0,format/* plural */.LS)(place.images.length, 'image')}, and --diff compares one with one`, {
        hint: 'Name a file with one image, or a reference.',
    });
}
/** Layers are read only where the other image has the platform too, and not the same for it. */
async function withNeededPaths(tree, other, of) {
    const platforms = [];
    for (const { a, b } of pairPlatforms(tree.platforms, other.platforms)) {
        if (!a)
            continue;
        const isNeeded = b !== undefined && b.digest !== a.digest;
        const reading = isNeeded ? (0,layer_paths/* readingOf */.MU)(of.inputs, of.place) : 'none';
        platforms.push(...(await (0,layer_paths/* withPaths */.R1)([a], of.place, reading, of.contents)));
    }
    return { ...tree, platforms };
}


/***/ })

};
