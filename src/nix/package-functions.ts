/** The number of derivations that are walked, and the number of steps from an image to a derivation. */
const MAX_PACKAGES = 20_000
const MAX_STEPS = 40

/**
 * Nix functions that find the derivations to which an image leads, and what their `meta` says. They need
 * `VALUE_FUNCTIONS` and `LICENSE_FUNCTIONS`.
 *
 * They follow values, not `.drv` files: only a value has `meta`. Most of these values are evaluated for the image anyway. nixpkgs
 * does not keep `contents` of dockerTools in the derivation, but since 24.05 the arguments of a stream can be overridden, and a
 * function that overrides them gets the old values. `buildImage` keeps its arguments in `buildArgs`.
 */
export const PACKAGE_FUNCTIONS = `
  derivationsIn = level: value:
    let found = attempt value null; in
    if isAttrs found then
      if attempt (isDerivation found) false then [ found ]
      else if level == 0 then [ ]
      else concatMap (derivationsIn (level - 1)) (attrValues found)
    else if isList found && level > 0 then concatMap (derivationsIn (level - 1)) found
    else [ ];

  linkNames = [
    "bintools" "buildArgs" "cc" "conf" "contents" "copyToRoot" "fromImage" "layer" "layers" "libc" "paths" "src" "srcs" "stream"
    "unwrapped"
  ];
  linksOf = value:
    derivationsIn 3 [ (value.drvAttrs or null) (map (name: value.\${name} or null) linkNames) ];

  argumentsOf = value:
    let
      capture = arguments: { passthru = arguments.passthru or { } // { nixMultiarchArguments = arguments; }; };
      hasPassthru = attempt (value.override.__functionArgs or { } ? passthru) false;
    in
    if hasPassthru then attempt ((value.override capture).nixMultiarchArguments or null) null else null;
  rootsOf = value:
    [ value ]
    ++ derivationsIn 3 [ (argumentsOf (attempt (value.stream or null) null)) (argumentsOf value) (value.buildArgs or null) ];

  # The config of an image has only texts. Their contexts name derivations.
  textsIn = level: value:
    let found = attempt value null; in
    if isString found then [ found ]
    else if level == 0 || attempt (isDerivation found) false then [ ]
    else if isAttrs found then concatMap (textsIn (level - 1)) (attrValues found)
    else if isList found then concatMap (textsIn (level - 1)) found
    else [ ];
  nameOfDerivation = path: substring 44 (stringLength path - 48) path;
  textsOf = value:
    let stream = attempt (value.stream or null) null; in
    textsIn 5 [ (argumentsOf stream) (argumentsOf value) (value.buildArgs or null) (value.drvAttrs or null) ];
  namesInTexts = values:
    let paths = concatMap (text: attrNames (getContext text)) (concatMap textsOf values); in
    attrNames (listToAttrs (map (path: { name = nameOfDerivation path; value = null; }) paths));

  # Each step finds the derivations that are attributes of the ones before.
  walk = roots:
    let
      keyed = values:
        listToAttrs (concatMap
          (value:
            let key = attempt (textOf (value.drvPath or null)) null; in
            if isString key then [ { name = key; inherit value; } ] else [ ])
          values);
      go = steps: seen: level:
        let new = removeAttrs (keyed level) (attrNames seen); in
        if new == { } then seen
        else if steps == 0 || length (attrNames seen) > ${MAX_PACKAGES} then seen // new
        else go (steps - 1) (seen // new) (concatMap linksOf (attrValues new));
    in
    attrValues (go ${MAX_STEPS} { } roots);

  describeSource = source: {
    urls = filter isString (map (url: attempt (textOf url) null) (attempt (source.urls or [ (source.url or null) ]) [ ]));
    hash = attempt (textOf (source.outputHash or null)) null;
    algorithm = attempt (textOf (source.outputHashAlgo or null)) null;
    mode = attempt (textOf (source.outputHashMode or null)) null;
  };
  describePatch = value:
    let patch = attempt value null; in
    if isAttrs patch then {
      name = attempt (textOf (patch.name or null)) null;
      url = attempt (textOf (firstOf (patch.urls or (patch.url or null)))) null;
    }
    else if isString patch || isPath patch then {
      name = attempt (unsafeDiscardStringContext (baseNameOf (toString patch))) null;
      url = null;
    }
    else { name = null; url = null; };
  describePackage = value:
    let
      meta = attempt (value.meta or { }) { };
      identifiers = attempt (meta.identifiers or { }) { };
      read = text: attempt (textOf text) null;
      outputs = attempt (value.outputs or null) null;
      pathOf = output: read (value.\${output}.outPath or null);
      sources = derivationsIn 2 [ (value.src or null) (value.srcs or null) ];
      patches = attempt (value.patches or [ ]) [ ];
    in
    {
      paths = filter isString (if isList outputs then map pathOf outputs else [ (read (value.outPath or null)) ]);
      name = read (value.pname or null);
      version = read (value.version or null);
      description = read (meta.description or null);
      homepage = read (firstOf (meta.homepage or null));
      licenses = attempt (spdxExpressionOf (meta.license or null)) null;
      cpe = read (identifiers.cpe or (identifiers.v1.cpe or null));
      purl = read (firstOf (identifiers.purls or (identifiers.purl or (identifiers.v1.purl or null))));
      sources = map describeSource sources;
      patches = map describePatch (if isList patches then patches else [ patches ]);
    };
`
