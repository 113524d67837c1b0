import { asArray, asObject, asString, asStringMap, asStrings, type JsonObject } from '../util/json.js'
import type { AttributePath } from './check-flake-ref.js'

/** The input of one evaluation. The Nix function below reads it as JSON. */
export interface Query extends AttributePath {
  /** The names of the containers, or `null` for all images. */
  readonly names: readonly string[] | null
}

/** The result of one evaluation. */
export type FlakeAnswer =
  /** The attribute path to the containers does not exist: `part` is missing, and `siblings` exist in its place. */
  | { readonly kind: 'absent'; readonly part: string; readonly siblings: readonly string[] }
  | {
      readonly kind: 'found'
      /** The input of `parseContainer`. */
      readonly containers: readonly JsonObject[]
      /** Names that could not be evaluated. Empty unless `names` is `null`. */
      readonly skipped: readonly string[]
      /** The elements of `names` that do not exist. */
      readonly missing: readonly string[]
      /** The elements of `names` that are not derivations, with their Nix types. */
      readonly others: Readonly<Record<string, string>>
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
  }
}

/**
 * Writes the Nix function for `nix eval --apply`. Its argument is the value of the first part of `query.before`. The query
 * is passed as one JSON string, so that no name is ever parsed as Nix code.
 */
export function writeAnswerFunction(query: Query): string {
  return `(${ANSWER_FUNCTION}) (builtins.fromJSON ${encodeNixString(JSON.stringify(query))})`
}

const ANSWER_FUNCTION = `query: root:
let
  inherit (builtins) attrNames concatStringsSep deepSeq elem filter head isAttrs isInt isList isString listToAttrs map
    stringLength substring tail toString tryEval typeOf unsafeDiscardStringContext;

  attempt = value: default: let tried = tryEval value; in if tried.success then tried.value else default;

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

  isDerivation = value: isAttrs value && (value.type or null) == "derivation";
  isImage = value: isDerivation value && (value ? imageName || value ? copyToDockerDaemon);

  textOf = value:
    if isString value then unsafeDiscardStringContext value
    else if isInt value then toString value
    else null;
  firstOf = value: if isList value && value != [ ] then head value else value;
  spdxIdOf = license: if isAttrs license then license.spdxId or null else license;
  spdxExpressionOf = value:
    if isList value then concatStringsSep " AND " (filter isString (map spdxIdOf value)) else spdxIdOf value;

  describeOutput = value: {
    derivation = unsafeDiscardStringContext value.drvPath;
    output = value.outputName or "out";
  };

  describe = name: value:
    let
      metadata = field: attempt (textOf field) null;
      stream = attempt (value.stream or null) null;
    in
    describeOutput value // {
      inherit name;
      builder = value.system;
      streamed = attempt (value.isExe or false) false == true;
      pulled = value ? imageDigest;
      stream = if isDerivation stream then describeOutput stream else null;
      imageName = metadata (value.imageName or null);
      imageTag = metadata (value.imageTag or null);
      version = metadata (value.version or null);
      description = metadata (value.meta.description or null);
      licenses = metadata (spdxExpressionOf (value.meta.license or null));
      homepage = metadata (firstOf (value.meta.homepage or null));
      documentation = metadata (value.meta.documentation or null);
    };

  evaluated = map
    (name:
      let
        found = lookUp name;
        tried = tryEval (
          if found ? value && isImage found.value
          then let image = describe name found.value; in deepSeq image image
          else null);
      in
      { inherit name tried; })
    allNames;
  images = filter (entry: entry.tried.success && entry.tried.value != null) evaluated;

  selected = map (name: { inherit name; found = lookUp name; }) query.names;
  existing = filter (entry: entry.found ? value) selected;

  answer =
    if query.names == null then {
      containers = map (entry: entry.tried.value) images;
      skipped = map (entry: entry.name) (filter (entry: !entry.tried.success) evaluated);
      missing = [ ];
      others = { };
    } else {
      containers = map
        (entry: describe entry.name entry.found.value)
        (filter (entry: isDerivation entry.found.value) existing);
      skipped = [ ];
      missing = map (entry: entry.name) (filter (entry: !(entry.found ? value)) selected);
      others = listToAttrs (map
        (entry: { inherit (entry) name; value = typeOf entry.found.value; })
        (filter (entry: !(isDerivation entry.found.value)) existing));
    };
in
if set ? value then answer else set`

/** Encodes a text as a Nix string literal with exactly that value. */
export function encodeNixString(text: string): string {
  const escaped = text
    .replace(/["\\$]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
  return `"${escaped}"`
}
