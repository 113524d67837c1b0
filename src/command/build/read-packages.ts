import type { PackageFacts, Patch, Source } from '../../sbom/contents.js'
import { asArray, asObject, asOptionalString, asStrings, type JsonObject } from '../../util/json.js'
import { redactPage } from '../../util/redact-addresses.js'
import { flattenText, truncateText } from '../../util/text.js'
import type { FoundPackage } from '../shared/describe-contents.js'
import { toSri } from './nix-hash.js'

/**
 * Parses the packages of an evaluation (`describePackage` in `src/nix/package-functions.ts`). Returns them by the store path of
 * each output.
 */
export function readPackages(values: readonly unknown[]): ReadonlyMap<string, FoundPackage> {
  const packages = new Map<string, FoundPackage>()
  for (const value of values) {
    const json = asObject(value, 'a package')
    const found = {
      name: readText(json, 'name'),
      version: readText(json, 'version'),
      facts: readFacts(json),
    }
    for (const path of asStrings(json.paths, 'paths')) packages.set(path, found)
  }
  return packages
}

/** A longer description is not one. */
const MAX_TEXT = 1000

function readText(json: JsonObject, field: string): string | undefined {
  const text = flattenText(asOptionalString(json[field], field) ?? '')
  return text === '' ? undefined : truncateText(text, MAX_TEXT)
}

function readFacts(json: JsonObject): PackageFacts {
  const [description, licenses, cpe, purl] = ['description', 'licenses', 'cpe', 'purl'].map(field =>
    readText(json, field),
  )
  const homepage = readText(json, 'homepage')
  return {
    ...(description && { description }),
    ...(homepage && { homepage: redactPage(homepage) }),
    ...(licenses && { licenses }),
    ...(cpe && { cpe }),
    ...(purl && { purl }),
    sources: asArray(json.sources, 'sources').flatMap(readSource),
    patches: asArray(json.patches, 'patches').flatMap(readPatch),
  }
}

/** Only the first URL: the others are mirrors. A source that is not downloaded has none. */
function readSource(value: unknown): Source[] {
  const json = asObject(value, 'a source')
  const [url] = asStrings(json.urls, 'urls')
  if (!url) return []
  const [text, algorithm] = [readText(json, 'hash'), readText(json, 'algorithm')]
  const hash = text && toSri(text, algorithm)
  return [
    {
      url: redactPage(resolveMirror(url)),
      ...(hash && { hash }),
      ...(hash && json.mode === 'recursive' && { unpacked: true }),
    },
  ]
}

/** The hosts of some mirrors of `fetchurl` (pkgs/build-support/fetchurl/mirrors.nix of nixpkgs). */
const MIRRORS: Readonly<Record<string, string>> = {
  apache: 'https://archive.apache.org/dist/',
  cpan: 'https://cpan.metacpan.org/',
  gnome: 'https://download.gnome.org/',
  gnu: 'https://ftp.gnu.org/gnu/',
  kernel: 'https://cdn.kernel.org/pub/',
  openbsd: 'https://cdn.openbsd.org/pub/OpenBSD/',
  pypi: 'https://files.pythonhosted.org/packages/source/',
  savannah: 'https://download.savannah.gnu.org/releases/',
  sourceforge: 'https://downloads.sourceforge.net/',
  xorg: 'https://xorg.freedesktop.org/releases/',
}

/** `mirror://gnu/hello/hello-2.12.tar.gz` is not an address that others know. */
function resolveMirror(url: string): string {
  const [, mirror = '', path = ''] = /^mirror:\/\/([^/]+)\/+(.*)$/.exec(url) ?? []
  const base = MIRRORS[mirror]
  return base === undefined ? url : `${base}${path}`
}

function readPatch(value: unknown): Patch[] {
  const json = asObject(value, 'a patch')
  // A patch in a folder of the flake is a store path: Nix puts its hash before its name.
  const name = readText(json, 'name')?.replace(/^[0-9a-df-np-sv-z]{32}-/, '')
  if (!name) return []
  const url = readText(json, 'url')
  const found = `${name} ${url ?? ''}`.toUpperCase().match(/CVE-\d{4}-\d{4,7}/g) ?? []
  return [{ name, ...(url && { url: redactPage(resolveMirror(url)) }), resolves: [...new Set(found)].sort() }]
}
