import { asArray, asObject, asString, asStringMap, asStrings, type JsonObject } from '../util/json.js'
import type { AttributePath } from './flake-ref.js'

/** What is asked of a flake in one evaluation. */
export interface Query extends AttributePath {
  /** The containers that were named; `null` asks for every image there is. */
  readonly names: readonly string[] | null
}

/** What the flake answers. */
export type FlakeAnswer =
  /** The way to the containers ends early: `part` is missing, beside `siblings`. */
  | { readonly kind: 'absent'; readonly part: string; readonly siblings: readonly string[] }
  | {
      readonly kind: 'found'
      /** For `parseContainer`. */
      readonly containers: readonly JsonObject[]
      /** Names that could not be evaluated, with every image asked for. */
      readonly skipped: readonly string[]
      /** Of the named ones: not there at all. */
      readonly missing: readonly string[]
      /** Of the named ones: what they are instead of a derivation. */
      readonly others: Readonly<Record<string, string>>
    }

export function parseAnswer(value: unknown): FlakeAnswer {
  const it = asObject(value, "the flake's answer")
  if (it.absent !== undefined) {
    return {
      kind: 'absent',
      part: asString(it.absent, 'absent'),
      siblings: asStrings(it.siblings, 'siblings'),
    }
  }
  return {
    kind: 'found',
    containers: asArray(it.containers, 'containers').map(each => asObject(each, 'a container')),
    skipped: asStrings(it.skipped, 'skipped'),
    missing: asStrings(it.missing, 'missing'),
    others: asStringMap(it.others, 'others') ?? {},
  }
}

/**
 * A Nix function for `nix eval --apply`, from what stands at the first part of `query.before` to an answer. What was
 * asked goes in as one string of JSON, so that no name is ever read as Nix.
 */
export function writeAnswerFunction(query: Query): string {
  return `(${ANSWER}) (builtins.fromJSON ${encodeNixString(JSON.stringify(query))})`
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
if set ? value then answer else set`

/** A Nix string literal that stands for exactly `text`, whatever it holds. */
export function encodeNixString(text: string): string {
  const escaped = text
    .replace(/["\\$]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
  return `"${escaped}"`
}
