/** Nix functions for values of any kind. `attempt` catches the errors that Nix can catch: `throw` and `assert`. */
export const VALUE_FUNCTIONS = `
  inherit (builtins) attrNames attrValues baseNameOf concatMap concatStringsSep deepSeq elem elemAt filter foldl' genList
    getContext head intersectAttrs isAttrs isInt isList isPath isString length listToAttrs map match parseDrvName removeAttrs
    seq stringLength substring tail toJSON toString trace tryEval typeOf unsafeDiscardStringContext;

  attempt = value: default: let tried = tryEval value; in if tried.success then tried.value else default;

  isDerivation = value: isAttrs value && (value.type or null) == "derivation";

  textOf = value:
    if isString value then unsafeDiscardStringContext value
    else if isInt value then toString value
    else null;
  firstOf = value: if isList value && value != [ ] then head value else value;
`

/**
 * Nix functions for SPDX expressions. `lib.licenses` of nixpkgs has attribute sets with `spdxId`, lists (all of them apply), and
 * since 2026 sets with `operator`, which `AND`, `OR`, `WITH` and `PLUS` make. Without a known part, there is no expression.
 */
export const LICENSE_FUNCTIONS = `
  simple = text: { inherit text; operator = null; };
  isExpression = text: match "[^ ]+( (AND|OR|WITH) [^ ]+)*" text != null;
  isException = id: match ".*-exception(-[0-9.]+)?" id != null;
  spdxOf = value:
    if isList value then joinLicenses "AND" value
    else if isString value then
      if !(isExpression value) then null
      else if match "[^ ]+" value != null then simple value
      else { text = value; operator = "any"; }
    else if !(isAttrs value) then null
    else if value ? operator then compoundOf value
    else if isString (value.spdxId or null) then
      if isException value.spdxId then null else simple value.spdxId
    else if isString (value.shortName or null) && match "[A-Za-z0-9.-]+" value.shortName != null
    then simple "LicenseRef-nixos-\${value.shortName}"
    else null;
  compoundOf = value:
    let
      license = spdxOf value.license;
      exception = value.exception.spdxId or null;
      only = match "(.*)-only" license.text;
    in
    if elem value.operator [ "AND" "OR" ] then joinLicenses value.operator value.licenses
    else if license == null || license.operator != null then null
    else if value.operator == "WITH" then
      if isString exception then { text = "\${license.text} WITH \${exception}"; operator = "WITH"; } else null
    else if value.operator == "+" && match "LicenseRef-.*" license.text == null
    then simple (if only == null then "\${license.text}+" else "\${head only}-or-later")
    else null;
  joinLicenses = operator: values:
    let
      parts = map spdxOf values;
      write = part:
        if elem part.operator [ null "WITH" operator ] then part.text else "(\${part.text})";
    in
    if parts == [ ] || elem null parts then null
    else if length parts == 1 then head parts
    else { text = concatStringsSep " \${operator} " (map write parts); inherit operator; };
  spdxExpressionOf = value:
    if isString value then value else let expression = spdxOf value; in if expression == null then null else expression.text;
`

/** Encodes a text as a Nix string literal with exactly that value. */
export function encodeNixString(text: string): string {
  const escaped = text
    .replace(/["\\$]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
  return `"${escaped}"`
}
