export const id = 491;
export const ids = [491];
export const modules = {

/***/ 9665:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  k: () => (/* binding */ discover)
});

// EXTERNAL MODULE: ./lib/util/error.js
var error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/util/json.js
var json = __webpack_require__(8884);
// EXTERNAL MODULE: ./lib/nix/attribute.js
var nix_attribute = __webpack_require__(1651);
// EXTERNAL MODULE: ./lib/nix/container.js
var container = __webpack_require__(984);
;// CONCATENATED MODULE: ./lib/nix/quote.js
/** A Nix string literal that stands for exactly `text`, whatever it holds. */
function nixString(text) {
    const escaped = text
        .replace(/["\\$]/g, '\\$&')
        .replaceAll('\n', '\\n')
        .replaceAll('\r', '\\r')
        .replaceAll('\t', '\\t');
    return `"${escaped}"`;
}

;// CONCATENATED MODULE: ./lib/nix/evaluation.js


function parseAnswer(value) {
    const it = (0,json/* asObject */.eB)(value, "the flake's answer");
    if (it.absent !== undefined) {
        return {
            kind: 'absent',
            part: (0,json/* asString */.oJ)(it.absent, 'absent'),
            siblings: (0,json/* asStrings */.P7)(it.siblings, 'siblings'),
        };
    }
    return {
        kind: 'found',
        containers: (0,json/* asArray */._j)(it.containers, 'containers').map(each => (0,json/* asObject */.eB)(each, 'a container')),
        skipped: (0,json/* asStrings */.P7)(it.skipped, 'skipped'),
        missing: (0,json/* asStrings */.P7)(it.missing, 'missing'),
        others: (0,json/* asStringMap */._T)(it.others, 'others') ?? {},
    };
}
/**
 * A Nix function for `nix eval --apply`, from what stands at the first part of `query.before` to an answer. What was
 * asked goes in as one string of JSON, so that no name is ever read as Nix.
 */
function answerFunction(query) {
    return `(${ANSWER}) (builtins.fromJSON ${nixString(JSON.stringify(query))})`;
}
const ANSWER = `query: root:
let
  inherit (builtins) attrNames concatStringsSep deepSeq elem filter head isAttrs isInt isList isString listToAttrs map
    stringLength substring tail toString tryEval typeOf unsafeDiscardStringContext;

  attempt = value: default: let tried = tryEval value; in if tried.success then tried.value else default;

  descend = path: value:
    if path == [ ] then { inherit value; }
    else if isAttrs value && value ? \${head path} then descend (tail path) value.\${head path}
    else { absent = head path; siblings = if isAttrs value then attrNames value else [ ]; };

  set = descend (tail query.before) root;

  full = name: query.prefix + name + query.suffix;
  inner = attribute:
    substring (stringLength query.prefix) (stringLength attribute - stringLength (full "")) attribute;
  every = filter
    (name: name != "")
    (map inner (filter (attribute: full (inner attribute) == attribute) (attrNames set.value)));
  at = name:
    if isAttrs set.value && set.value ? \${full name} then descend query.after set.value.\${full name}
    else { absent = name; };

  isDerivation = value: isAttrs value && (value.type or null) == "derivation";
  isImage = value: isDerivation value && (value ? imageName || value ? copyToDockerDaemon);

  text = value:
    if isString value then unsafeDiscardStringContext value
    else if isInt value then toString value
    else null;
  first = value: if isList value && value != [ ] then head value else value;
  spdx = licence: if isAttrs licence then licence.spdxId or null else licence;
  licences = value:
    if isList value then concatStringsSep " AND " (filter isString (map spdx value)) else spdx value;

  built = value: {
    derivation = unsafeDiscardStringContext value.drvPath;
    output = value.outputName or "out";
  };

  describe = name: value:
    let
      about = field: attempt (text field) null;
      stream = attempt (value.stream or null) null;
    in
    built value // {
      inherit name;
      builder = value.system;
      streamed = attempt (value.isExe or false) false == true;
      stream = if isDerivation stream then built stream else null;
      imageName = about (value.imageName or null);
      imageTag = about (value.imageTag or null);
      version = about (value.version or null);
      description = about (value.meta.description or null);
      licenses = about (licences (value.meta.license or null));
      homepage = about (first (value.meta.homepage or null));
    };

  discovered = map
    (name:
      let
        found = at name;
        tried = tryEval (
          if found ? value && isImage found.value
          then let it = describe name found.value; in deepSeq it it
          else null);
      in
      { inherit name tried; })
    every;
  succeeded = filter (each: each.tried.success && each.tried.value != null) discovered;

  named = map (name: { inherit name; found = at name; }) query.names;
  present = filter (each: each.found ? value) named;

  answer =
    if query.names == null then {
      containers = map (each: each.tried.value) succeeded;
      skipped = map (each: each.name) (filter (each: !each.tried.success) discovered);
      missing = [ ];
      others = { };
    } else {
      containers = map
        (each: describe each.name each.found.value)
        (filter (each: isDerivation each.found.value) present);
      skipped = [ ];
      missing = map (each: each.name) (filter (each: !(each.found ? value)) named);
      others = listToAttrs (map
        (each: { inherit (each) name; value = typeOf each.found.value; })
        (filter (each: !(isDerivation each.found.value)) present));
    };
in
if set ? value then answer else set`;

// EXTERNAL MODULE: ./lib/nix/explain.js
var explain = __webpack_require__(3816);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./lib/util/file.js
var file = __webpack_require__(2564);
;// CONCATENATED MODULE: ./lib/nix/flake-ref.js



/**
 * Checks a flake reference before Nix sees it: it is no option and has no `#`, and a local one has a `flake.nix`.
 * Anything else (`github:owner/name`, `nixpkgs`) is Nix's to judge. Throws a `UserError`.
 */
async function checkFlakeRef(ref, cwd) {
    if (ref === '' || ref.startsWith('-'))
        throw new error/* UsageError */.eb(`${JSON.stringify(ref)} is no flake reference`);
    if (ref.includes('#')) {
        throw new error/* UsageError */.eb(`The flake reference ${ref} has a #`, {
            hint: 'Give the part before the # as the flake, and the part behind it as containers or as the attribute.',
        });
    }
    const local = localFlake(ref, cwd);
    if (local !== undefined)
        await checkLocal(ref, local);
}
/** The folder that a bare name such as `tools` may have been meant for, as Nix wants it written: `./tools`. */
async function meantFolder(ref, cwd) {
    const isBare = /^[^./:?][^:?]*$/.test(ref);
    return isBare && (await (0,file/* exists */.t2)((0,external_node_path_.join)(cwd, ref, 'flake.nix'))) ? `./${ref}` : undefined;
}
/** `undefined` when the reference names no folder of this machine. */
function localFlake(ref, cwd) {
    const [path = '', query = ''] = ref.split('?');
    const url = /^(path|git\+file):(?:\/\/)?(.*)$/.exec(path);
    const isPath = /^[./]/.test(path);
    if (url === null && !isPath)
        return undefined;
    const asked = new URLSearchParams(query);
    if (url?.[1] === 'git+file' || asked.has('ref') || asked.has('rev')) {
        return { folder: (0,external_node_path_.resolve)(cwd, decode(url?.[2] ?? path)), flakeFile: 'committed' };
    }
    const folder = (0,external_node_path_.resolve)(cwd, decode(url?.[2] ?? path), asked.get('dir') ?? '');
    return { folder, flakeFile: url === null && !asked.has('dir') ? 'upwards' : 'here' };
}
function decode(path) {
    try {
        return decodeURIComponent(path);
    }
    catch {
        return path;
    }
}
async function checkLocal(ref, { folder, flakeFile }) {
    const hint = 'Give the folder that holds flake.nix.';
    if (!(await (0,file/* exists */.t2)(folder))) {
        throw new error/* UserError */.yo(`The flake ${ref} does not exist: there is no ${folder}`, { hint });
    }
    if (flakeFile === 'committed')
        return;
    const folders = flakeFile === 'here' ? [folder] : [...upwards(folder)];
    for (const each of folders)
        if (await (0,file/* exists */.t2)((0,external_node_path_.join)(each, 'flake.nix')))
            return;
    throw new error/* UserError */.yo(`There is no flake.nix in ${folder}`, { hint });
}
function* upwards(folder) {
    yield folder;
    if ((0,external_node_path_.dirname)(folder) !== folder)
        yield* upwards((0,external_node_path_.dirname)(folder));
}

;// CONCATENATED MODULE: ./lib/nix/suggest.js
/** The candidate that `text` is most likely a slip of, if any is near enough. */
function suggestion(text, candidates) {
    const near = candidates.map(candidate => ({ candidate, steps: distance(text, candidate) }));
    const [best] = near.sort((a, b) => a.steps - b.steps);
    return best !== undefined && best.steps <= Math.max(1, Math.floor(text.length / 3))
        ? best.candidate
        : undefined;
}
/** How many letters to add, drop or change, upper and lower case being the same (Levenshtein). */
function distance(a, b) {
    const [from, to] = [a.toLowerCase(), b.toLowerCase()];
    let row = Array.from({ length: to.length + 1 }, (_, n) => n);
    for (const [i, letter] of [...from].entries()) {
        const next = [i + 1];
        for (let j = 0; j < to.length; j++) {
            const change = (row[j] ?? 0) + (letter === to[j] ? 0 : 1);
            next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
        }
        row = next;
    }
    return row[to.length] ?? 0;
}

// EXTERNAL MODULE: ./lib/nix/version.js
var nix_version = __webpack_require__(7879);
// EXTERNAL MODULE: ./lib/nix/words.js
var nix_words = __webpack_require__(1126);
;// CONCATENATED MODULE: ./lib/nix/flake.js










/**
 * Evaluates a flake once for a system and gives its containers; nothing is built. Evaluation is pure, and settings that
 * the flake brings along are not accepted. Throws a `UserError` for a flake that is not there or does not evaluate,
 * and for named containers that are missing or no derivations.
 */
async function findContainers(nix, options) {
    await checkFlakeRef(options.flake, options.cwd);
    const path = (0,nix_attribute/* attributePath */.iq)(options.attribute, options.system);
    const names = options.names.length === 0 ? null : [...new Set(options.names)];
    const answer = await ask(nix, options, { ...path, names });
    if (answer.kind === 'absent')
        throw absent(options, path, answer);
    if (answer.missing.length > 0)
        throw await missing(nix, options, path, answer.missing);
    const [other] = Object.entries(answer.others);
    if (other !== undefined)
        throw notDerivation(options, path, other);
    const containers = answer.containers.map(each => {
        const attribute = (0,nix_attribute/* attributeOf */.w4)(path, String(each.name));
        return (0,container/* parseContainer */.NJ)(each, { system: options.system, attribute });
    });
    return { containers: names === null ? withoutAliases(containers) : containers, skipped: answer.skipped };
}
/** `default` is as a rule another name for one of the others. */
function withoutAliases(containers) {
    const others = new Set(containers.filter(each => each.name !== 'default').map(each => each.derivation));
    return containers.filter(each => each.name !== 'default' || !others.has(each.derivation));
}
async function ask(nix, options, query) {
    const [root = ''] = query.before;
    const installable = `${options.flake}#${absolute(nix)}${(0,nix_attribute/* attributeText */.o$)([root])}`;
    const result = await nix.run(['eval', '--json', installable, '--apply', answerFunction(query)], {
        cwd: options.cwd,
        ...(options.onLine && { onErrorLine: options.onLine }),
        ...(options.signal && { signal: options.signal }),
    });
    if (result.code === 0)
        return parseAnswer((0,json/* parseJson */.qF)(result.stdout, "Nix's answer"));
    throw await evaluationFailure(options, query, result);
}
/** A leading dot keeps Nix from looking under `packages` and `legacyPackages` first; it came with 2.19. */
function absolute({ version }) {
    return (0,nix_version/* hasSince */.bu)(version, 2, 19) ? '.' : '';
}
const NAME_THEM = 'If this is not about an image, name the containers that you want.';
async function evaluationFailure(options, query, result) {
    const words = (0,nix_words/* lastError */.VS)(result);
    if (/does not provide attribute/.test(words)) {
        return new error/* UserError */.yo(`The flake ${options.flake} has no ${(0,nix_attribute/* attributeText */.o$)(query.before.slice(0, 1))}`, {
            hint: `The attribute ${options.attribute.text} says where to look.`,
        });
    }
    const unfetched = (0,explain/* isFetchFailure */.fM)((0,nix_words/* plainText */.wh)(result.stderr));
    const folder = unfetched ? await meantFolder(options.flake, options.cwd) : undefined;
    const where = query.names?.map(name => (0,nix_attribute/* attributeOf */.w4)(query, name)).join(', ') ?? (0,nix_attribute/* attributeText */.o$)(query.before);
    const guess = unfetched || query.names !== null ? undefined : NAME_THEM;
    return new error/* UserError */.yo(`Nix could not evaluate ${where} of the flake ${options.flake}:\n${words}`, {
        hint: folder === undefined ? ((0,explain/* explanationOf */.pg)(words) ?? guess) : `If you mean the folder, write ${folder}.`,
    });
}
function absent(options, path, at) {
    const where = (0,nix_attribute/* attributeText */.o$)(path.before.slice(0, Math.max(1, path.before.indexOf(at.part))));
    const there = at.siblings.length > 0 ? `: ${where} has ${at.siblings.join(', ')}` : '';
    const lookedAt = `The attribute ${options.attribute.text} says where to look.`;
    if (at.part !== options.system) {
        return new error/* UserError */.yo(`The flake ${options.flake} has no ${where}.${at.part}${there}`, { hint: lookedAt });
    }
    return new error/* UserError */.yo(`The flake ${options.flake} has nothing for ${options.system}${there}`, {
        hint: `Name the systems that the flake is made for. ${lookedAt}`,
    });
}
async function missing(nix, options, path, names) {
    const attributes = names.map(name => (0,nix_attribute/* attributeOf */.w4)(path, name)).join(', ');
    const there = await imageNames(nix, options);
    const guess = names.map(name => suggestion(name, there)).find(Boolean);
    const images = there.length > 0 ? `Its images are: ${there.join(', ')}.` : 'It has no images there.';
    return new error/* UserError */.yo(`The flake ${options.flake} has no ${attributes}`, {
        hint: guess === undefined ? images : `Did you mean ${guess}? ${images}`,
    });
}
/** For an error message only, so that a flake that cannot be listed is no further failure. */
async function imageNames(nix, options) {
    try {
        const { containers } = await findContainers(nix, { ...options, names: [] });
        return containers.map(container => container.name);
    }
    catch {
        return [];
    }
}
function notDerivation(options, path, [name, type]) {
    return new error/* UserError */.yo(`${(0,nix_attribute/* attributeOf */.w4)(path, name)} of the flake ${options.flake} is no derivation but of the type ${type}`, {
        hint: 'A container is a derivation that builds an image, as dockerTools.buildLayeredImage makes one.',
    });
}

// EXTERNAL MODULE: ./lib/util/file-name.js
var file_name = __webpack_require__(7606);
// EXTERNAL MODULE: ./lib/util/limit.js
var limit = __webpack_require__(8631);
;// CONCATENATED MODULE: ./lib/command/discover.js




/** The containers to build for every system, found with one evaluation for each system. One that fails ends the others. */
async function discover(nix, systems, inputs, host, signal) {
    const failed = new AbortController();
    const perSystem = async (system) => {
        const options = {
            flake: inputs.flake,
            cwd: process.cwd(),
            system,
            names: inputs.containers,
            attribute: inputs.attribute,
            signal: AbortSignal.any([signal, failed.signal]),
        };
        const { containers, skipped } = await findContainers(nix, options);
        for (const name of skipped)
            host.log.warning(`${name} for ${system} does not evaluate, so it is left out`);
        if (containers.length === 0)
            throw noImages(inputs.flake, system);
        return containers;
    };
    const found = await (0,limit/* mapLimit */.s)(systems, systems.length, system => perSystem(system).catch(error => {
        failed.abort();
        throw error;
    }));
    const containers = found.flat();
    for (const { name } of containers)
        refuseOddName(name);
    return containers;
}
function noImages(flake, system) {
    return new error/* UserError */.yo(`The flake ${flake} has no images for ${system}`, {
        hint: 'An image is known by its imageName, which dockerTools gives it. Name others with `containers`.',
    });
}
/** A container's name becomes a file's and an artifact's. */
function refuseOddName(name) {
    if ((0,file_name/* isFileName */.o)(name))
        return;
    throw new error/* UserError */.yo(`The container ${JSON.stringify(name)} cannot give its name to a file`, {
        hint: 'Give it an attribute name of at most 128 letters, digits, _, -, . and +, not beginning with . or -.',
    });
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

/***/ 2640:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Q: () => (/* binding */ targetsOf),
/* harmony export */   x: () => (/* binding */ pushBuilt)
/* harmony export */ });
/* harmony import */ var _util_format_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4849);
/* harmony import */ var _push_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5741);


/** Pushes what was built for containers, where the inputs ask for it. Code of a fork must not fill what others trust. */
async function pushBuilt(nix, { built, cached }, inputs, host, signal) {
    const targets = targetsOf(inputs);
    if (Object.keys(targets).length === 0 || built.length + cached === 0)
        return;
    if (host.fromFork)
        return host.log.info('Nothing is pushed to caches: this is a pull request from a fork');
    if (cached > 0)
        host.log.info(`Not pushed: ${(0,_util_format_js__WEBPACK_IMPORTED_MODULE_1__/* .plural */ .LS)(cached, 'image')} from the image cache, for which nothing was built`);
    if (built.length > 0)
        await (0,_push_js__WEBPACK_IMPORTED_MODULE_0__/* .push */ .V)(nix, built, targets, host, { signal });
}
/** The first Cachix cache, when there is what it takes to write to it, and the store that is named. */
function targetsOf(inputs) {
    const { cachixHost: host, cachixAuthToken: authToken, cachixSigningKey: signingKey } = inputs;
    const { pushTo: uri, secretKey } = inputs;
    const [name] = inputs.cachix;
    const mayPush = Boolean(authToken ?? signingKey);
    return {
        ...(name !== undefined &&
            mayPush && {
            cachix: { name, host, ...(authToken && { authToken }), ...(signingKey && { signingKey }) },
        }),
        ...(uri !== undefined && { store: { uri, ...(secretKey && { secretKey }) } }),
    };
}


/***/ }),

/***/ 5741:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  V: () => (/* binding */ push_push)
});

// EXTERNAL MODULE: ./lib/nix/built-here.js + 1 modules
var built_here = __webpack_require__(9354);
// EXTERNAL MODULE: ./lib/nix/cachix.js
var cachix = __webpack_require__(9217);
// EXTERNAL MODULE: ./lib/nix/container.js
var container = __webpack_require__(984);
// EXTERNAL MODULE: ./lib/nix/push.js
var push = __webpack_require__(1423);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./lib/util/error.js
var error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/util/file.js
var file = __webpack_require__(2564);
// EXTERNAL MODULE: ./lib/util/json.js
var util_json = __webpack_require__(8884);
// EXTERNAL MODULE: ./lib/util/program.js
var util_program = __webpack_require__(2332);
// EXTERNAL MODULE: ./lib/nix/words.js
var words = __webpack_require__(1126);
;// CONCATENATED MODULE: ./lib/nix/push-cachix.js







/** Sends paths and all that they refer to to a Cachix cache. Throws a `UserError` that names the cache. */
async function pushToCachix(paths, push) {
    if (paths.length === 0)
        return;
    const { program, name, host = cachix/* CACHIX */.B, authToken, signingKey, exec, onLine, signal } = push;
    const server = host === cachix/* CACHIX */.B ? [] : ['--hostname', host];
    const result = await exec(program, [...server, 'push', name], {
        input: paths.map(path => `${path}\n`).join(''),
        env: {
            ...(authToken && { CACHIX_AUTH_TOKEN: authToken }),
            ...(signingKey && { CACHIX_SIGNING_KEY: signingKey }),
        },
        ...(onLine && { onErrorLine: onLine }),
        ...(signal && { signal }),
    });
    if (result.code === 0)
        return;
    const said = (0,words/* lastWords */.aN)({ stderr: `${result.stdout}\n${result.stderr}` });
    throw new error/* UserError */.yo(`Pushing to the Cachix cache ${name} failed:\n${said}`, {
        hint: 'Check that cachix-auth-token may write to it, and cachix-signing-key if it has a key of your own.',
    });
}
const INSTALLABLE = 'nixpkgs#cachix';
/** The `cachix` program on PATH, else out of nixpkgs. Throws a `UserError` when it can be had from neither. */
async function findCachix(nix, options) {
    const program = await (0,util_program/* programOnPath */.B)(options.path ?? '', 'cachix');
    if (program !== undefined)
        return program;
    options.notice(`There is no cachix program on PATH, so Nix gets ${INSTALLABLE}`);
    return fetchCachix(nix, options);
}
async function fetchCachix(nix, { onLine, signal }) {
    const hint = 'Install cachix on this machine, or put it on PATH in an earlier step.';
    const result = await nix.run(['build', '--no-link', '--json', INSTALLABLE], {
        ...(onLine && { onErrorLine: onLine }),
        ...(signal && { signal }),
    });
    if (result.code !== 0) {
        throw new error/* UserError */.yo(`Nix could not get cachix, which is needed for pushing:\n${(0,words/* lastError */.VS)(result)}`, {
            hint,
        });
    }
    for (const output of outputsOf(result.stdout)) {
        const program = (0,external_node_path_.join)(nix.storeRoot ?? '/', output, 'bin/cachix');
        if (await (0,file/* isExecutable */.TV)(program))
            return program;
    }
    throw new error/* UserError */.yo(`${INSTALLABLE} has no program bin/cachix`, { hint });
}
function outputsOf(json) {
    const built = (0,util_json/* asArray */._j)((0,util_json/* parseJson */.qF)(json, "Nix's list of what was built"), "Nix's list of what was built");
    return built.flatMap(each => Object.values((0,util_json/* asObject */.eB)((0,util_json/* asObject */.eB)(each, 'what was built').outputs, 'outputs')).map(String));
}

// EXTERNAL MODULE: ./lib/util/exec.js + 1 modules
var util_exec = __webpack_require__(6542);
// EXTERNAL MODULE: ./lib/util/format.js
var format = __webpack_require__(4849);
// EXTERNAL MODULE: ./lib/command/failures.js
var failures = __webpack_require__(8682);
;// CONCATENATED MODULE: ./lib/command/push.js








/**
 * Sends what was built here for containers, and what it refers to, to each target. One that fails does not keep the other
 * from its paths; then a `UserError` tells all.
 */
async function push_push(nix, containers, targets, host, { signal, exec = util_exec/* exec */.m0 }) {
    const derivations = [...new Set(containers.flatMap(container/* derivationsOf */.Mh))];
    const paths = (await (0,built_here/* builtHere */.J)(nix, derivations, { exec, signal })).map(({ path }) => path);
    const around = { nix, host, exec, signal, paths };
    const tasks = [
        ...(targets.cachix ? [toCachix(around, targets.cachix)] : []),
        ...(targets.store ? [toStore(around, targets.store)] : []),
    ];
    const results = [];
    // One after the other: both want the same line to the world.
    for (const { name, run } of tasks)
        results.push(await (0,failures/* attempt */.CD)(name, () => timed(around, name, run)));
    (0,failures/* allOrFail */.V_)(results, signal);
}
function toCachix(around, target) {
    const { nix, host, exec, signal, paths } = around;
    const onLine = (line) => host.log.debug(line);
    return {
        name: `the Cachix cache ${target.name}`,
        async run() {
            const notice = (text) => host.log.info(text);
            const program = await findCachix(nix, { path: host.env.PATH, notice, onLine, signal });
            await pushToCachix(paths, { ...target, host: target.host ?? cachix/* CACHIX */.B, program, exec, onLine, signal });
        },
    };
}
function toStore({ nix, host, signal, paths }, { uri, secretKey }) {
    const onLine = (line) => host.log.debug(line);
    const options = { secretKey, folder: host.temp, onLine, signal };
    return { name: uri, run: () => (0,push/* pushToStore */.z)(nix, paths, uri, options) };
}
async function timed({ host, paths }, name, run) {
    if (paths.length === 0) {
        host.log.info(`Nothing was built here, so there is nothing to push to ${name}`);
        return;
    }
    const began = Date.now();
    await run();
    host.log.info(`Pushed ${(0,format/* plural */.LS)(paths.length, 'path')} to ${name} in ${(0,format/* formatSeconds */.Xo)(Date.now() - began)}`);
}


/***/ }),

/***/ 6803:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Lz: () => (/* binding */ installableOf),
/* harmony export */   UY: () => (/* binding */ buildContainer)
/* harmony export */ });
/* unused harmony export buildContainers */
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6760);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9110);
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(8884);
/* harmony import */ var _explain_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(3816);
/* harmony import */ var _version_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(7879);
/* harmony import */ var _words_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(1126);






/** Builds a container, or takes it from a cache, and gives the path where it lies. Throws a `UserError` when that fails. */
async function buildContainer(nix, container, options = {}) {
    const [path] = await buildContainers(nix, [container], options);
    if (path === undefined)
        throw new Error(`Nix gave no store path for ${container.attribute}`);
    return path;
}
/**
 * Builds several containers at once, as many in parallel as Nix is set to, and gives their store paths in order. When one
 * fails, a `UserError` names it, or all of them where Nix's words do not tell which it was.
 */
async function buildContainers(nix, containers, options = {}) {
    if (containers.length === 0)
        return [];
    const installables = containers.map(each => installableOf(nix, each));
    const flags = ['--no-link', '--json', '--print-build-logs', ...(options.options ?? [])];
    const result = await nix.run(['build', ...flags, ...new Set(installables)], {
        ...(options.onLine && { onErrorLine: options.onLine }),
        ...(options.signal && { signal: options.signal }),
    });
    if (result.code !== 0)
        throw failure(containers, result.stderr, options);
    const paths = parsePaths(result.stdout);
    return containers.map(each => (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(nix.storeRoot ?? '/', pathOf(each, paths)));
}
/** From 2.13 on `^` names an output; before, a derivation's path stands for all of its outputs. */
function installableOf(nix, { derivation, output }) {
    return (0,_version_js__WEBPACK_IMPORTED_MODULE_3__/* .isAtLeast */ .du)(nix.version, 2, 13) ? `${derivation}^${output}` : derivation;
}
function parsePaths(json) {
    const built = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asArray */ ._j)((0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .parseJson */ .qF)(json, "Nix's list of what was built"), "Nix's list of what was built");
    return new Map(built.map(each => {
        const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asObject */ .eB)(each, 'what was built');
        return [(0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asString */ .oJ)(it.drvPath, 'drvPath'), (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asObject */ .eB)(it.outputs, 'outputs')];
    }));
}
function pathOf({ derivation, output }, built) {
    return (0,_util_json_js__WEBPACK_IMPORTED_MODULE_4__/* .asString */ .oJ)(built.get(derivation)?.[output], `the output ${output} of ${derivation}`);
}
function failure(containers, stderr, { options }) {
    const words = (0,_words_js__WEBPACK_IMPORTED_MODULE_5__/* .plainText */ .wh)(stderr);
    const errors = words.split('\n').filter(line => /^\s*error: /.test(line));
    const blamed = containers.filter(each => errors.some(line => line.includes(`'${each.derivation}'`)));
    const failed = blamed.length > 0 ? blamed : containers;
    const names = failed.map(each => `${each.name} (${each.attribute})`).join(', ');
    const hint = (0,_explain_js__WEBPACK_IMPORTED_MODULE_2__/* .explanationOf */ .pg)(words, options);
    return new _util_error_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .yo(`${names} could not be built:\n${(0,_words_js__WEBPACK_IMPORTED_MODULE_5__/* .lastWords */ .aN)({ stderr })}`, { hint });
}


/***/ }),

/***/ 9354:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  J: () => (/* binding */ builtHere)
});

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./lib/util/error.js
var error = __webpack_require__(9110);
// EXTERNAL MODULE: ./lib/util/exec.js + 1 modules
var util_exec = __webpack_require__(6542);
// EXTERNAL MODULE: ./lib/util/json.js
var util_json = __webpack_require__(8884);
// EXTERNAL MODULE: ./lib/nix/version.js
var nix_version = __webpack_require__(7879);
// EXTERNAL MODULE: ./lib/nix/words.js
var words = __webpack_require__(1126);
;// CONCATENATED MODULE: ./lib/nix/path-info.js





/** As many paths as an argument list surely has room for. */
const AT_ONCE = 1000;
/** What a store knows of its paths; those that it does not have are left out. They are no derivations. */
async function pathInfo(nix, paths, options = {}) {
    const known = [];
    for (let at = 0; at < paths.length; at += AT_ONCE) {
        known.push(...(await askFor(nix, paths.slice(at, at + AT_ONCE), options)));
    }
    return known;
}
async function askFor(nix, paths, { store, signal }) {
    const where = store === undefined ? [] : ['--store', store];
    let said = '';
    for (const format of formatsOf(nix)) {
        const args = ['path-info', '--json', ...format, ...where, ...paths];
        const result = await nix.run(args, signal ? { signal } : {});
        if (result.code === 0)
            return parsePathInfo(result.stdout);
        said ||= (0,words/* lastError */.VS)(result);
        if (!/json-format|JSON format/.test(result.stderr))
            break;
    }
    throw new error/* UserError */.yo(`Nix did not tell about the paths in its store:\n${said}`);
}
/** From 2.34 on Nix wants to be told which form to write, and may drop the older one. */
function formatsOf({ version }) {
    return (0,nix_version/* hasSince */.bu)(version, 2, 33) ? [['--json-format', '1'], ['--json-format', '2'], []] : [[]];
}
/** Reads each form that `nix path-info --json` has had: a list, an object by path, and one with the store's folder beside it. */
function parsePathInfo(json) {
    const answer = (0,util_json/* parseJson */.qF)(json, "Nix's answer");
    if (Array.isArray(answer)) {
        const all = answer.map(each => (0,util_json/* asObject */.eB)(each, 'a path'));
        return all.filter(it => it.valid !== false).map(it => parseOne((0,util_json/* asString */.oJ)(it.path, 'path'), it, ''));
    }
    const it = (0,util_json/* asObject */.eB)(answer, "Nix's answer");
    if (it.info === undefined)
        return byPath(it, '');
    return byPath((0,util_json/* asObject */.eB)(it.info, 'info'), (0,util_json/* asString */.oJ)(it.storeDir, 'storeDir'));
}
function byPath(all, folder) {
    const valid = Object.entries(all).filter(([, it]) => it !== null);
    return valid.map(([path, it]) => parseOne(path, (0,util_json/* asObject */.eB)(it, path), folder));
}
function parseOne(path, it, folder) {
    const deriver = (0,util_json/* asOptionalString */.qM)(it.deriver, 'deriver');
    const ca = contentAddress(it.ca);
    return {
        path: (0,external_node_path_.join)(folder, path),
        narHash: (0,util_json/* asString */.oJ)(it.narHash, 'narHash'),
        narSize: (0,util_json/* asCount */.Wg)(it.narSize, 'narSize'),
        references: (0,util_json/* asStrings */.P7)(it.references, 'references').map(each => (0,external_node_path_.join)(folder, each)),
        ...(deriver !== undefined && { deriver: (0,external_node_path_.join)(folder, deriver) }),
        signatures: (0,util_json/* asArray */._j)(it.signatures ?? [], 'signatures').map(each => (0,util_json/* asString */.oJ)(each, 'a signature')),
        ...(ca !== undefined && { ca }),
        ultimate: it.ultimate === true,
    };
}
const METHODS = {
    flat: 'fixed:',
    nar: 'fixed:r:',
    text: 'text:',
    git: 'fixed:git:',
};
/** A text since ever; the newest form has it in two parts. */
function contentAddress(value) {
    if (typeof value !== 'object' || value === null)
        return (0,util_json/* asOptionalString */.qM)(value, 'ca');
    const { method, hash } = (0,util_json/* asObject */.eB)(value, 'ca');
    const prefix = METHODS[(0,util_json/* asString */.oJ)(method, 'method')];
    return prefix === undefined ? undefined : `${prefix}${(0,util_json/* asString */.oJ)(hash, 'hash').replace('-', ':')}`;
}

;// CONCATENATED MODULE: ./lib/nix/built-here.js





/**
 * What was built for derivations and came from no cache: they themselves, and all that they are built with, as far as it is
 * in the store. Without sources and derivations.
 */
async function builtHere(nix, derivations, options = {}) {
    if (derivations.length === 0)
        return [];
    const paths = await closureOf(nix, derivations, options);
    const { signal } = options;
    const known = await pathInfo(nix, paths, signal ? { signal } : {});
    return known.filter(isFromHere).map(({ ultimate, ...path }) => path);
}
/**
 * Nix notes what it built itself. It does not for what a remote builder built for it, or came from a cache that needs no
 * signatures: those are told from what came from other caches by having none, and from sources by not following from content.
 */
function isFromHere({ ultimate, signatures, ca, deriver }) {
    return ultimate || (signatures.length === 0 && ca === undefined && deriver !== undefined);
}
/** Only the older program can ask for the outputs of all that a derivation is built with. */
async function closureOf(nix, derivations, { exec = util_exec/* exec */.m0, signal }) {
    const args = ['--query', '--requisites', '--include-outputs', ...derivations];
    const result = await exec((0,external_node_path_.join)((0,external_node_path_.dirname)(nix.command), 'nix-store'), args, signal ? { signal } : {});
    if (result.code !== 0)
        throw new error/* UserError */.yo(`Nix did not tell what was built:\n${(0,words/* lastError */.VS)(result)}`);
    return result.stdout.split('\n').filter(path => path !== '' && !path.endsWith('.drv'));
}


/***/ }),

/***/ 8715:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   L: () => (/* binding */ sameCache),
/* harmony export */   e: () => (/* binding */ cacheTrouble)
/* harmony export */ });
/* harmony import */ var _words_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1126);

/** What Nix says, from 2.8 on, with the cache or the file of it that it names. */
const SAID = [
    { said: /ignoring substitute for '[^']*' from '([^']+)', as it's not signed by/, kind: 'unsigned' },
    { said: /substitute for '[^']*' from '([^']+)' is not signed by/, kind: 'unsigned' },
    { said: /ignoring untrusted substituter '([^']+)'/, kind: 'untrusted-user' },
    { said: /'([^']+)' does not appear to be a binary cache/, kind: 'no-cache' },
    { said: /unable to download '([^']+)': HTTP error 40[13]\b/, kind: 'refused' },
    { said: /file '[^']*' does not exist in binary cache '([^']+)'/, kind: 'incomplete' },
    { said: /NAR for '[^']*' fetched from '([^']+)' is incomplete/, kind: 'incomplete' },
    { said: /unable to download '([^']+)': (?!.*\bretrying in \d)/, kind: 'unreachable' },
    { said: /disabling binary cache '([^']+)' for /, kind: 'unreachable' },
    { said: /substituter '([^']+)' is disabled/, kind: 'unreachable' },
];
/** The files of a binary cache; all else that Nix downloads is none of a cache's. */
const FILE = /\/(nix-cache-info|[0-9a-z]{32}\.narinfo|nar\/[^/]+)$/;
const MEANS = {
    unsigned: 'what it has is not signed by a key that is trusted, so it is built instead. Give its key in extra-trusted-public-keys',
    'untrusted-user': 'the Nix daemon takes other caches from trusted users only. Add yourself to trusted-users in /etc/nix/nix.conf',
    refused: 'it wants credentials, or others than it got. Give them in netrc, or as cachix-auth-token',
    unreachable: 'it did not answer, so what it may have is built instead',
    'no-cache': 'what is there is no binary cache. Check the address, and whether it wants credentials',
    incomplete: 'it lacks something that it says it has, so that is built instead',
};
/** Reads one line of Nix's standard error; `undefined` where it is about something else, or Nix tries again. */
function cacheTrouble(line) {
    const text = (0,_words_js__WEBPACK_IMPORTED_MODULE_0__/* .plainText */ .wh)(line);
    for (const { said, kind } of SAID) {
        const [, named] = said.exec(text) ?? [];
        if (named === undefined)
            continue;
        if (!text.includes('unable to download'))
            return { cache: named, kind, what: MEANS[kind] };
        const cache = named.replace(FILE, '');
        return cache === named ? undefined : { cache, kind, what: MEANS[kind] };
    }
    return undefined;
}
/** Whether a cache that Nix names has that address: Nix leaves out the options in it. */
function sameCache(named, cache) {
    const plain = (text) => text.replace(/\?.*$/, '').replace(/\/+$/, '');
    return named !== undefined && plain(named) === plain(cache);
}


/***/ }),

/***/ 984:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Mh: () => (/* binding */ derivationsOf),
/* harmony export */   NJ: () => (/* binding */ parseContainer),
/* harmony export */   k5: () => (/* binding */ chooseStream)
/* harmony export */ });
/* harmony import */ var _util_json_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8884);

const ABOUT = ['imageName', 'imageTag', 'version', 'description', 'licenses', 'homepage'];
/** Reads one container as the evaluation in `evaluation.ts` gives it. Throws an `Error` when it has another shape. */
function parseContainer(value, of) {
    const it = (0,_util_json_js__WEBPACK_IMPORTED_MODULE_0__/* .asObject */ .eB)(value, 'a container');
    const about = ABOUT.map(key => [key, (0,_util_json_js__WEBPACK_IMPORTED_MODULE_0__/* .asOptionalString */ .qM)(it[key], key)]);
    return {
        name: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_0__/* .asString */ .oJ)(it.name, 'name'),
        ...of,
        builder: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_0__/* .asString */ .oJ)(it.builder, 'builder'),
        ...parseBuilt(it),
        streamed: it.streamed === true,
        ...(it.stream ? { stream: parseBuilt((0,_util_json_js__WEBPACK_IMPORTED_MODULE_0__/* .asObject */ .eB)(it.stream, 'stream')) } : {}),
        ...Object.fromEntries(about.filter(([, text]) => text)),
    };
}
function parseBuilt(it) {
    return { derivation: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_0__/* .asString */ .oJ)(it.derivation, 'derivation'), output: (0,_util_json_js__WEBPACK_IMPORTED_MODULE_0__/* .asString */ .oJ)(it.output, 'output') };
}
/**
 * The container built as a stream, where it offers one: that saves compressing an image only to decompress it again.
 * For machines that can run the builder's programs.
 */
function chooseStream(container) {
    return container.stream === undefined ? container : { ...container, ...container.stream, streamed: true };
}
/** What may be built for a container: the image, and its stream where there is one. */
function derivationsOf({ derivation, stream }) {
    return stream === undefined ? [derivation] : [derivation, stream.derivation];
}


/***/ }),

/***/ 5294:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   g: () => (/* binding */ thisMachine)
/* harmony export */ });
/* unused harmony export systemOfMachine */
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8161);
/* harmony import */ var _util_error_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9110);


const SYSTEM_OF = {
    x64: 'x86_64-linux',
    arm64: 'aarch64-linux',
    armv7: 'armv7l-linux',
    armv6: 'armv6l-linux',
    ia32: 'i686-linux',
    ppc64LE: 'powerpc64le-linux',
    s390x: 's390x-linux',
    riscv64: 'riscv64-linux',
};
/**
 * The system of images that run on this machine best: containers are Linux, so a Mac with Apple's processor gives
 * `aarch64-linux`. Throws a `UserError` for a machine that no image can be built for.
 */
function systemOfMachine(machine) {
    const system = SYSTEM_OF[keyOf(machine)];
    if (system !== undefined && ['linux', 'darwin'].includes(machine.platform))
        return system;
    throw new _util_error_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .yo(`This machine (${machine.platform}, ${machine.arch}) has no system that images are made for`, {
        hint: `Name the systems that you want, out of ${Object.values(SYSTEM_OF).join(', ')}.`,
    });
}
function keyOf({ arch, armVersion, endianness }) {
    if (arch === 'arm')
        return `armv${armVersion ?? '7'}`;
    return arch === 'ppc64' ? `ppc64${endianness ?? 'LE'}` : arch;
}
/** The system of the machine that this runs on. */
function thisMachine() {
    const variables = process.config.variables;
    const { platform, arch } = process;
    const armVersion = arch === 'arm' ? String(variables.arm_version) : undefined;
    return systemOfMachine({ platform, arch, armVersion, endianness: (0,node_os__WEBPACK_IMPORTED_MODULE_0__.endianness)() });
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


/***/ })

};
