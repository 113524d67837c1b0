export const id = 787;
export const ids = [787];
export const modules = {

/***/ 9787:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  k: () => (/* binding */ discover),
  M: () => (/* binding */ discoverAny)
});

// EXTERNAL MODULE: ./lib/nix/attribute.js
var nix_attribute = __webpack_require__(1651);
// EXTERNAL MODULE: ./lib/nix/container.js
var container = __webpack_require__(984);
// EXTERNAL MODULE: ./lib/util/json.js
var json = __webpack_require__(8884);
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
      documentation = about (value.meta.documentation or null);
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

// EXTERNAL MODULE: ./lib/util/error.js
var util_error = __webpack_require__(9110);
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
        throw new util_error/* UsageError */.eb(`${JSON.stringify(ref)} is no flake reference`);
    if (ref.includes('#')) {
        throw new util_error/* UsageError */.eb(`The flake reference ${ref} has a #`, {
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
/** The folder that a reference names, in which its `flake.nix` lies or above it; `undefined` when it names none of this machine. */
function localFolder(ref, cwd) {
    const dir = new URLSearchParams(ref.split('?')[1] ?? '').get('dir') ?? '';
    const local = localFlake(ref, cwd);
    return local && (0,external_node_path_.resolve)(local.folder, local.flakeFile === 'committed' ? dir : '');
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
        throw new util_error/* UserError */.yo(`The flake ${ref} does not exist: there is no ${folder}`, { hint });
    }
    if (flakeFile === 'committed')
        return;
    const folders = flakeFile === 'here' ? [folder] : [...upwards(folder)];
    for (const each of folders)
        if (await (0,file/* exists */.t2)((0,external_node_path_.join)(each, 'flake.nix')))
            return;
    throw new util_error/* UserError */.yo(`There is no flake.nix in ${folder}`, { hint });
}
function* upwards(folder) {
    yield folder;
    if ((0,external_node_path_.dirname)(folder) !== folder)
        yield* upwards((0,external_node_path_.dirname)(folder));
}

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
;// CONCATENATED MODULE: ./lib/util/path-within.js

/** The path from a folder down to a file, with `/`; `undefined` for what does not lie in it. */
function pathWithin(folder, file) {
    const path = (0,external_node_path_.relative)(folder, file);
    if (path === '' || path === '..' || path.startsWith(`..${external_node_path_.sep}`) || (0,external_node_path_.isAbsolute)(path))
        return undefined;
    return path.split(external_node_path_.sep).join('/');
}

;// CONCATENATED MODULE: ./lib/nix/places.js
/** `at /path/flake.nix:12:5:`, `at «github:a/b»/flake.nix:12:5`; not `«string»`, which is no file. */
const PLACE = /\bat («[^»\n]*»\/|\/nix\/store\/[0-9a-z]{32}-[^/\n]+\/|\/)([^:\n]+):(\d+):(\d+)\b/;
/** How many lines below a place the line that it means may be shown. */
const SHOWN_WITHIN = 6;
/**
 * The places that Nix names in its plain words, the nearest to the cause first. Old versions put the trace behind the error, the
 * nearest first; new ones put it before, the nearest last, with the error's own place behind it.
 */
function placesIn(words) {
    const lines = words.split(/\r?\n/);
    const cause = lines.findLastIndex(line => /^\s*error: \S/.test(line));
    const places = lines.flatMap((_, n) => placeAt(lines, n));
    const before = places.filter(({ said }) => said < cause);
    const behind = places.filter(({ said }) => said >= cause);
    return [...behind, ...before.reverse()].map(({ place }) => place);
}
function placeAt(lines, said) {
    const found = PLACE.exec(lines[said] ?? '');
    if (!found)
        return [];
    const [, start = '', rest = '', line = '', column = ''] = found;
    const path = start === '/' ? `/${rest}` : rest;
    const text = shownLine(lines.slice(said + 1, said + 1 + SHOWN_WITHIN), line);
    return [{ said, place: { path, line: Number(line), column: Number(column), text } }];
}
/** Nix shows the lines around a place, each behind its number. */
function shownLine(lines, number) {
    for (const line of lines) {
        const [, found, text] = /^\s*(\d+)\|(?: (.*))?$/.exec(line) ?? [];
        if (found === number)
            return text ?? '';
    }
    return undefined;
}

// EXTERNAL MODULE: ./lib/nix/words.js
var nix_words = __webpack_require__(1126);
;// CONCATENATED MODULE: ./lib/nix/own-place.js







/**
 * Where in the user's own files a failed evaluation has its cause. Nix leaves out a part of its trace, and with it the place of what was
 * thrown, unless it is asked for all; so it is, where that may help.
 */
async function ownCause(said, trace, flake, cwd) {
    const place = await ownPlace((0,nix_words/* plainText */.wh)(said.stderr), flake, cwd);
    const isCut = said.stderr.includes('--show-trace') && localFolder(flake, cwd) !== undefined;
    if (place !== undefined || !isCut)
        return place;
    return ownPlace((0,nix_words/* plainText */.wh)((await trace()).stderr), flake, cwd);
}
/**
 * Where in the user's own files a failure has its cause: the place in Nix's words that is nearest to it and lies in the flake. A
 * path in the store may be of another source, so the line must be the one that Nix shows. `undefined` when there is none.
 */
async function ownPlace(words, flake, cwd) {
    const folder = localFolder(flake, cwd);
    if (folder === undefined)
        return undefined;
    const folders = await sourceFolders(folder);
    for (const named of placesIn(words)) {
        for (const each of folders) {
            const file = (0,external_node_path_.resolve)(each, named.path);
            if (pathWithin(folders.at(-1) ?? each, file) !== undefined && (await shows(file, named))) {
                return { file, line: named.line, column: named.column };
            }
        }
    }
    return undefined;
}
/** A flake's paths begin at its own folder, or at the work tree that it is in. */
async function sourceFolders(folder) {
    const folders = [folder];
    for (let each = folder; (0,external_node_path_.dirname)(each) !== each; each = (0,external_node_path_.dirname)(each)) {
        if (each !== folder)
            folders.push(each);
        if (await (0,file/* exists */.t2)((0,external_node_path_.join)(each, '.git')))
            return folders;
    }
    return [folder];
}
async function shows(file, { line, text }) {
    if (text === undefined)
        return false;
    const content = await (0,promises_.readFile)(file, 'utf8').catch(() => '');
    return content.split(/\r?\n/)[line - 1]?.trim() === text.trim();
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

;// CONCATENATED MODULE: ./lib/nix/flake-errors.js







const NAME_THEM = 'If this is not about an image, name the containers that you want.';
/** The flake, or what was asked of it, does not evaluate; with the place in the user's own files where there is one. */
async function evaluationFailure(options, query, result, trace) {
    const words = (0,nix_words/* lastError */.VS)(result);
    const unfetched = (0,explain/* isFetchFailure */.fM)((0,nix_words/* plainText */.wh)(result.stderr));
    const folder = unfetched ? await meantFolder(options.flake, options.cwd) : undefined;
    const where = query.names?.map(name => (0,nix_attribute/* attributeOf */.w4)(query, name)).join(', ') ?? (0,nix_attribute/* attributeText */.o$)(query.before);
    const guess = unfetched || query.names !== null ? undefined : NAME_THEM;
    return new util_error/* UserError */.yo(`Nix could not evaluate ${where} of the flake ${options.flake}:\n${words}`, {
        hint: folder === undefined ? ((0,explain/* explanationOf */.pg)(words) ?? guess) : `If you mean the folder, write ${folder}.`,
        at: unfetched ? undefined : await ownCause(result, trace, options.flake, options.cwd),
    });
}
/** The flake has not even the outermost part of the attribute. */
function noAttribute({ flake, attribute }, { before }) {
    return new util_error/* UserError */.yo(`The flake ${flake} has no ${(0,nix_attribute/* attributeText */.o$)(before.slice(0, 1))}`, {
        hint: `The attribute ${attribute.text} says where to look.`,
    });
}
/** The way to the containers ends early. */
function absent(options, path, at) {
    const where = (0,nix_attribute/* attributeText */.o$)(path.before.slice(0, Math.max(1, path.before.indexOf(at.part))));
    const there = at.siblings.length > 0 ? `: ${where} has ${at.siblings.join(', ')}` : '';
    const lookedAt = `The attribute ${options.attribute.text} says where to look.`;
    if (at.part !== options.system) {
        return new util_error/* UserError */.yo(`The flake ${options.flake} has no ${where}.${at.part}${there}`, { hint: lookedAt });
    }
    return new util_error/* UserError */.yo(`The flake ${options.flake} has nothing for ${options.system}${there}`, {
        hint: `Name the systems that the flake is made for. ${lookedAt}`,
    });
}
/** Named containers are not there; `there` are the images that are. */
function missing(options, names, there) {
    const path = (0,nix_attribute/* attributePath */.iq)(options.attribute, options.system);
    const attributes = names.map(name => (0,nix_attribute/* attributeOf */.w4)(path, name)).join(', ');
    const guess = names.map(name => suggestion(name, there)).find(Boolean);
    const images = there.length > 0 ? `Its images are: ${there.join(', ')}.` : 'It has no images there.';
    return new util_error/* UserError */.yo(`The flake ${options.flake} has no ${attributes}`, {
        hint: guess === undefined ? images : `Did you mean ${guess}? ${images}`,
    });
}
/** What was named is something else. */
function notDerivation(options, path, [name, type]) {
    return new util_error/* UserError */.yo(`${(0,nix_attribute/* attributeOf */.w4)(path, name)} of the flake ${options.flake} is no derivation but of the type ${type}`, {
        hint: 'A container is a derivation that builds an image, as dockerTools.buildLayeredImage makes one.',
    });
}

// EXTERNAL MODULE: ./lib/nix/version.js
var nix_version = __webpack_require__(7879);
;// CONCATENATED MODULE: ./lib/nix/flake-ask.js






/** One evaluation, or two where the flake cannot be read without writing. Throws a `UserError` when it does not evaluate. */
async function ask(nix, options, query) {
    const readOnly = options.readOnly ? ['--read-only'] : [];
    const quick = await evaluate(nix, options, query, ...readOnly);
    const isWhole = quick.code === 0 || !options.readOnly || !needsWriting(quick);
    const [result, how] = isWhole ? [quick, readOnly] : [await evaluate(nix, options, query), []];
    if (result.code === 0)
        return parseAnswer((0,json/* parseJson */.qF)(result.stdout, "Nix's answer"));
    if (/does not provide attribute/.test((0,nix_words/* lastError */.VS)(result)))
        return { kind: 'no attribute' };
    const trace = () => evaluate(nix, options, query, ...how, '--show-trace');
    throw await evaluationFailure(options, query, result, trace);
}
/** What a flake builds or writes to read it is not in a store that is only read; all versions have the same word for that. */
function needsWriting(failed) {
    return /\bis not valid\b/.test((0,nix_words/* lastError */.VS)(failed));
}
function evaluate(nix, options, query, ...more) {
    const [root = ''] = query.before;
    const installable = `${options.flake}#${absolute(nix)}${(0,nix_attribute/* attributeText */.o$)([root])}`;
    return nix.run(['eval', '--json', installable, '--apply', answerFunction(query), ...more], {
        cwd: options.cwd,
        ...(options.onLine && { onErrorLine: options.onLine }),
        ...(options.signal && { signal: options.signal }),
    });
}
/** A leading dot keeps Nix from looking under `packages` and `legacyPackages` first; it came with 2.19. */
function absolute({ version }) {
    return (0,nix_version/* hasSince */.bu)(version, 2, 19) ? '.' : '';
}

;// CONCATENATED MODULE: ./lib/nix/flake.js





/** As `lookUpContainers`, but what is not there is a `UserError`. */
async function findContainers(nix, options) {
    const found = await lookUpContainers(nix, options);
    if (found.kind === 'absent')
        throw found.error;
    if (found.missing.length > 0)
        throw await missingContainers(nix, options, found.missing);
    return { containers: found.containers, skipped: found.skipped };
}
/**
 * Evaluates a flake once for a system and gives its containers; nothing is built. Evaluation is pure, and settings that
 * the flake brings along are not accepted. Throws a `UserError` for a flake that is not there or does not evaluate,
 * and for named containers that are no derivations.
 */
async function lookUpContainers(nix, options) {
    await checkFlakeRef(options.flake, options.cwd);
    const path = (0,nix_attribute/* attributePath */.iq)(options.attribute, options.system);
    const names = options.names.length === 0 ? null : [...new Set(options.names)];
    const answer = await ask(nix, options, { ...path, names });
    if (answer.kind === 'absent')
        return { kind: 'absent', error: absent(options, path, answer) };
    if (answer.kind === 'no attribute')
        return { kind: 'absent', error: noAttribute(options, path) };
    const [other] = Object.entries(answer.others);
    if (other !== undefined)
        throw notDerivation(options, path, other);
    const containers = answer.containers.map(each => {
        const attribute = (0,nix_attribute/* attributeOf */.w4)(path, String(each.name));
        return (0,container/* parseContainer */.NJ)(each, { system: options.system, attribute });
    });
    return {
        kind: 'found',
        containers: names === null ? withoutAliases(containers) : containers,
        skipped: answer.skipped,
        missing: answer.missing,
    };
}
/** `default` is as a rule another name for one of the others. */
function withoutAliases(containers) {
    const others = new Set(containers.filter(each => each.name !== 'default').map(each => each.derivation));
    return containers.filter(each => each.name !== 'default' || !others.has(each.derivation));
}
/** Says that containers are missing, and what is there instead, which takes another evaluation. */
async function missingContainers(nix, options, names) {
    return missing(options, names, await imageNames(nix, options));
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

// EXTERNAL MODULE: ./lib/util/file-name.js
var file_name = __webpack_require__(7606);
// EXTERNAL MODULE: ./lib/util/limit.js
var limit = __webpack_require__(8631);
;// CONCATENATED MODULE: ./lib/command/pass-over.js


/**
 * Leaves out with a warning what does not evaluate, since it need not be an image. Throws a `UserError` with Nix's words where a
 * container would lose a platform that way, or nothing would be left.
 */
async function passOver(nix, all, { log }) {
    const found = all.flatMap(({ containers }) => containers);
    for (const { options, skipped } of all) {
        const lost = found.find(({ name }) => skipped.includes(name));
        if (lost !== undefined)
            throw await lostPlatform(nix, options, lost);
        const [first] = skipped;
        if (first !== undefined && found.length === 0)
            throw await nothingLeft(nix, options, first);
    }
    for (const { options, skipped } of all)
        for (const name of skipped)
            log.warning(`${name} for ${options.system} does not evaluate, so it is left out`);
}
async function lostPlatform(nix, options, { name, system }) {
    const why = await failureOf(nix, options, name);
    return new util_error/* UserError */.yo(`${name} would lose ${options.system}, where it does not evaluate, though it does for ${system}${told(why)}`, {
        hint: `Repair it, or let the flake not have it for ${options.system} at all.`,
        at: why?.at,
        cause: why,
    });
}
async function nothingLeft(nix, options, name) {
    const why = await failureOf(nix, options, name);
    return new util_error/* UserError */.yo(`No image of the flake ${options.flake} evaluates${told(why)}`, {
        hint: why?.hint ?? 'If this is not about an image, name the containers that you want.',
        at: why?.at,
        cause: why,
    });
}
function told(why) {
    return why === undefined ? '' : `. ${why.message}`;
}
/** In a listing, Nix does not say why something fails; alone, it does. */
async function failureOf(nix, options, name) {
    try {
        await findContainers(nix, { ...options, names: [name], readOnly: true });
        return undefined;
    }
    catch (error) {
        if (error instanceof util_error/* UserError */.yo)
            return error;
        throw error;
    }
}

;// CONCATENATED MODULE: ./lib/command/discover.js






/** The containers to build for every system, found with one evaluation for each system. One that fails ends the others. */
async function discover(nix, systems, inputs, host, signal) {
    const found = await forEach(systems, inputs, signal, async (options) => ({
        options,
        ...(await findContainers(nix, options)),
    }));
    await passOver(nix, found, host);
    const none = found.find(({ containers }) => containers.length === 0);
    if (none !== undefined)
        throw noImages(inputs.flake, none.options.system);
    return checked(found.flatMap(({ containers }) => containers));
}
/**
 * As `discover`, but systems may have nothing, which is told, and nothing is ready to be built. Throws a `UserError` for named
 * containers that no system has, and for an attribute that was given and is there for none.
 */
async function discoverAny(nix, systems, inputs, host, signal) {
    const looked = await forEach(systems, inputs, signal, async (options) => ({
        options,
        found: await lookUpContainers(nix, { ...options, readOnly: true }),
    }));
    const missing = inputs.containers.filter(name => !looked.some(({ found }) => has(found, name)));
    if (missing.length > 0)
        throw await nowhere(nix, looked, missing);
    const absent = absences(looked);
    const isGiven = inputs.attribute.text !== nix_attribute/* DEFAULT_ATTRIBUTE */.vX;
    if (isGiven && absent[0] !== undefined && absent.length === looked.length)
        throw absent[0];
    const there = looked.flatMap(({ found, options }) => found.kind === 'found' ? [{ ...found, options }] : []);
    await passOver(nix, there, host);
    for (const { found, options } of looked)
        tellFound(found, options, host);
    return checked(there.flatMap(({ containers }) => containers));
}
function absences(looked) {
    return looked.flatMap(({ found }) => (found.kind === 'absent' ? [found.error] : []));
}
async function forEach(systems, { flake, containers, attribute }, signal, task) {
    (0,nix_attribute/* checkSystems */.BR)(attribute, systems);
    const failed = new AbortController();
    const options = {
        flake,
        cwd: process.cwd(),
        names: containers,
        attribute,
        signal: AbortSignal.any([signal, failed.signal]),
    };
    return (0,limit/* mapLimit */.sf)(systems, systems.length, system => task({ ...options, system }).catch(error => {
        failed.abort();
        throw error;
    }));
}
function has(found, name) {
    return found.kind === 'found' && found.containers.some(container => container.name === name);
}
/** Says it of the first system that has anything, which knows what was meant. */
async function nowhere(nix, looked, missing) {
    const there = looked.find(({ found }) => found.kind === 'found');
    if (there !== undefined)
        return missingContainers(nix, there.options, missing);
    const [absent] = absences(looked);
    return absent ?? new util_error/* UserError */.yo(`There is no ${missing.join(', ')}, since there are no systems`);
}
function tellFound(found, { flake, system }, host) {
    if (found.kind === 'absent') {
        host.log.info(`${found.error.message}, so nothing is built for ${system}`);
        return;
    }
    if (found.missing.length > 0)
        host.log.info(`There is no ${found.missing.join(', ')} for ${system}`);
    else if (found.containers.length === 0)
        host.log.info(noImages(flake, system).message);
}
function noImages(flake, system) {
    return new util_error/* UserError */.yo(`The flake ${flake} has no images for ${system}`, {
        hint: 'An image is known by its imageName, which dockerTools gives it. Name others with `containers`.',
    });
}
/** A container's name becomes a file's and an artifact's. */
function checked(containers) {
    const odd = containers.find(({ name }) => !(0,file_name/* isFileName */.o)(name));
    if (odd === undefined)
        return [...containers];
    throw new util_error/* UserError */.yo(`The container ${JSON.stringify(odd.name)} cannot give its name to a file`, {
        hint: 'Give it an attribute name of at most 128 letters, digits, _, -, . and +, not beginning with . or -.',
    });
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

const ABOUT = [
    'imageName',
    'imageTag',
    'version',
    'description',
    'licenses',
    'homepage',
    'documentation',
];
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


/***/ })

};
