import { asArray, asObject, asString, asStringMap, asStrings, type JsonObject } from '../util/json.js'
import type { AttributePath } from './attribute-template.js'
import { PACKAGE_FUNCTIONS } from './package-functions.js'
import { encodeNixString, LICENSE_FUNCTIONS, VALUE_FUNCTIONS } from './value-functions.js'

/** The input of one evaluation. The Nix function below reads it as JSON. */
export interface Query extends AttributePath {
  /** The names of the containers, or `null` for all images. */
  readonly names: readonly string[] | null
  /** The index of the first name to evaluate in steps (`readStep`). By default, all are evaluated at once. */
  readonly from?: number
  /**
   * Also describes the packages to which the images lead. `siblings`: also other attributes of the flake, if a text of an image
   * names their output.
   */
  readonly packages?: 'values' | 'siblings'
  /** Lists the images that are one level deeper, and evaluates nothing else. */
  readonly deeper?: true
}

/** The result of one evaluation. */
export type FlakeAnswer = AbsentAnswer | FoundAnswer

/** The attribute path to the containers does not exist: `part` is missing, and `siblings` exist in its place. */
export interface AbsentAnswer {
  readonly kind: 'absent'
  readonly part: string
  readonly siblings: readonly string[]
}

export interface FoundAnswer {
  readonly kind: 'found'
  /** The input of `parseContainer`. */
  readonly containers: readonly JsonObject[]
  /** Names that could not be evaluated. Empty unless `names` is `null`. */
  readonly skipped: readonly string[]
  /** The elements of `names` that do not exist. */
  readonly missing: readonly string[]
  /** The elements of `names` that are not derivations, with their Nix types. */
  readonly others: Readonly<Record<string, string>>
  /** Names of sets that are not derivations and may contain images. Empty unless `names` is `null`. */
  readonly sets: readonly string[]
  /** The input of `parsePackages`, if `packages` is set. */
  readonly packages?: readonly unknown[]
}

/** Parses the result of the Nix function. Throws an `Error` if its shape is wrong. */
export function parseAnswer(value: unknown): FlakeAnswer {
  const answer = asObject(value, "the flake's answer")
  if (answer.absent !== undefined) {
    return {
      kind: 'absent',
      part: asString(answer.absent, 'absent'),
      siblings: asStrings(answer.siblings, 'siblings'),
    }
  }
  return {
    kind: 'found',
    containers: asArray(answer.containers, 'containers').map(container => asObject(container, 'a container')),
    skipped: asStrings(answer.skipped, 'skipped'),
    missing: asStrings(answer.missing, 'missing'),
    others: asStringMap(answer.others, 'others') ?? {},
    sets: asStrings(answer.sets ?? [], 'sets'),
    ...(answer.packages !== undefined && { packages: asArray(answer.packages, 'packages') }),
  }
}

/** Parses the result of a query for deeper images: the names of the images by the name of their set. */
export function parseDeeperImages(value: unknown): ReadonlyMap<string, readonly string[]> {
  const sets = asArray(asObject(value, "the flake's answer").deeper, 'deeper').map(each =>
    asObject(each, 'a set'),
  )
  return new Map(sets.map(({ name, images }) => [asString(name, 'name'), asStrings(images, 'images')]))
}

/** What an evaluation in steps logs: it starts with a name, or it has a result. See `createStepReader`. */
export type Step =
  | { readonly kind: 'start'; readonly name: string; readonly index: number; readonly count: number }
  | { readonly kind: 'result'; readonly answer: FoundAnswer }

const STEP_PREFIX = 'nix-multiarch: '

/**
 * Makes a reader for the lines of the log of an evaluation in steps. It calls `onStep` with each step, and `onLine` with each
 * other line. A step with long metadata may be several lines (`ExecOptions.onErrorLine`).
 */
export function createStepReader(
  onStep: (step: Step) => void,
  onLine?: (line: string) => void,
): (line: string) => void {
  let incomplete = ''
  return line => {
    const isStart = STEP_START.test(line)
    if (!isStart && incomplete === '') {
      onLine?.(line)
      return
    }
    const text = isStart ? line : incomplete + line
    const step = parseStep(text)
    incomplete = step === undefined ? text : ''
    if (step !== undefined) onStep(step)
  }
}

const STEP_START = /^\s*trace: nix-multiarch: (?=\{)/

function parseStep(text: string): Step | undefined {
  const step = tryParseObject(text.replace(STEP_START, ''))
  if (step === undefined) return undefined
  if (step.start === undefined) {
    const answer = { containers: [], skipped: [], missing: [], others: {}, ...step }
    return { kind: 'result', answer: parseAnswer(answer) as FoundAnswer }
  }
  const name = asString(step.start, 'start')
  return { kind: 'start', name, index: Number(step.index), count: Number(step.count) }
}

function tryParseObject(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text), 'a step')
  } catch {
    return undefined
  }
}

/**
 * Writes the Nix function for `nix eval --apply`. Its argument is the value of the first part of `query.before`. The query
 * is passed as one JSON string, so that no name is ever parsed as Nix code.
 */
export function writeAnswerFunction(query: Query): string {
  return `(${ANSWER_FUNCTION}) (builtins.fromJSON ${encodeNixString(JSON.stringify(query))})`
}

/** In a larger set, only attributes with the names of wanted packages are evaluated. */
const MAX_SIBLINGS = 500

const ANSWER_FUNCTION = `query: root:
let${VALUE_FUNCTIONS}${LICENSE_FUNCTIONS}${PACKAGE_FUNCTIONS}
  descend = path: value:
    if path == [ ] then { inherit value; }
    else if isAttrs value && value ? \${head path} then descend (tail path) value.\${head path}
    else { absent = head path; siblings = if isAttrs value then attrNames value else [ ]; };

  set = descend (tail query.before) root;

  attributeOf = name: query.prefix + name + query.suffix;
  nameOf = attribute:
    substring (stringLength query.prefix) (stringLength attribute - stringLength (attributeOf "")) attribute;
  allNames = filter
    (name: name != "")
    (map nameOf (filter (attribute: attributeOf (nameOf attribute) == attribute) (attrNames set.value)));
  lookUp = name:
    if isAttrs set.value && set.value ? \${attributeOf name}
    then descend query.after set.value.\${attributeOf name}
    else { absent = name; };

  isImage = value: isDerivation value && (value ? imageName || value ? copyToDockerDaemon);
  isSet = value: isAttrs value && !(isDerivation value);

  describeOutput = value: {
    derivation = unsafeDiscardStringContext value.drvPath;
    output = value.outputName or "out";
  };

  # An override may have given the builder other parts than the attributes name. Some releases do not have them there.
  descriptionOf = stream:
    let
      pathOf = part: if isDerivation part then part.outPath else if isString part then part else null;
      isSame = name: pathOf (stream.drvAttrs.\${name} or stream.\${name} or null) == pathOf (stream.\${name} or null);
    in
    if isDerivation (stream.conf or null) && isSame "conf" && isSame "streamScript" then describeOutput stream.conf else null;

  # The stream is the same image: buildLayeredImage passes arguments such as passthru only to it.
  describe = name: value:
    let
      stream = attempt (value.stream or null) null;
      streamed = attempt (value.isExe or false) false == true;
      conf = descriptionOf (if streamed then value else stream);
      images = [ value ] ++ (if isDerivation stream then [ stream ] else [ ]);
      firstText = read: sources:
        let texts = filter (text: text != null) (map (source: attempt (textOf (read source)) null) sources); in
        if texts == [ ] then null else head texts;
      fact = read: firstText read images;
      environment = attempt (value.drvAttrs or { }) { };
      namedFact = read: firstText read (images ++ [ environment ]);
    in
    describeOutput value // {
      inherit name;
      builder = value.system;
      inherit streamed;
      pulled = value ? imageDigest;
      stream = if isDerivation stream then describeOutput stream else null;
      conf = attempt (deepSeq conf conf) null;
      imageName = namedFact (image: image.imageName or null);
      imageTag = namedFact (image: image.imageTag or null);
      version = fact (image: image.version or null);
      description = fact (image: image.meta.description or null);
      licenses = fact (image: spdxExpressionOf (image.meta.license or null));
      homepage = fact (image: firstOf (image.meta.homepage or null));
      documentation = fact (image: image.meta.documentation or null);
    };

  nothing = { containers = [ ]; skipped = [ ]; missing = [ ]; others = { }; sets = [ ]; };
  detect = name:
    let
      found = lookUp name;
      tried = tryEval (
        if found ? value && isImage found.value
        then let image = describe name found.value; in deepSeq image { containers = [ image ]; }
        else if found ? value && isSet found.value then { sets = [ name ]; }
        else { });
    in
    if tried.success then tried.value else { skipped = [ name ]; };
  select = name:
    let found = lookUp name; in
    if !(found ? value) then { missing = [ name ]; }
    else if isDerivation found.value then { containers = [ (describe name found.value) ]; }
    else { others = { \${name} = typeOf found.value; }; };
  evaluate = if query.names == null then detect else select;
  names = if query.names == null then allNames else query.names;

  concat = field: parts: foldl' (list: part: list ++ part.\${field} or [ ]) [ ] parts;
  join = parts: {
    containers = concat "containers" parts;
    skipped = concat "skipped" parts;
    missing = concat "missing" parts;
    sets = concat "sets" parts;
    others = foldl' (all: part: all // part.others or { }) { } parts;
  };

  log = value: trace "${STEP_PREFIX}\${toJSON value}";
  step = index:
    let
      name = elemAt names index;
      result = evaluate name;
    in
    log { start = name; inherit index; count = length names; }
      (deepSeq result (if result == { } then null else log result null));
  steps = foldl' (done: index: seq (step index) done) nothing (genList (n: query.from + n) (length names - query.from));

  # Also images of which no more than this is evaluated: an image that cannot be described has no packages.
  imagesOf = name:
    let found = lookUp name; in
    if attempt (isDerivation (found.value or null)) false && (query.names != null || attempt (isImage found.value) false)
    then rootsOf found.value
    else [ ];
  packages =
    let
      roots = concatMap imagesOf names;
      wanted = namesInTexts roots;
      isSibling = value: attempt (isDerivation value && elem (value.name or null) wanted) false;
      # All attributes of nixpkgs would need a minute. There, attributes have the names of packages.
      wantedAttributes = listToAttrs (map (name: { name = (parseDrvName name).name; value = null; }) wanted);
      candidates =
        if length (attrNames set.value) > ${MAX_SIBLINGS} then intersectAttrs wantedAttributes set.value else set.value;
      hasSiblings = query.packages == "siblings" && wanted != [ ] && isAttrs set.value;
      siblings = if hasSiblings then filter isSibling (attrValues candidates) else [ ];
    in
    map describePackage (walk (roots ++ siblings));

  deeperImagesOf = name:
    let
      found = lookUp name;
      images = filter (inner: attempt (isImage found.value.\${inner}) false) (attrNames found.value);
    in
    if found ? value && isSet found.value then images else [ ];
  deeper = map (name: { inherit name; images = deeperImagesOf name; }) names;
in
if !(set ? value) then set
else if query ? deeper then { deeper = filter (each: each.images != [ ]) deeper; }
else if query ? from then steps
else join (map evaluate names) // (if query ? packages then { inherit packages; } else { })`
