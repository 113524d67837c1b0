import type { IgnoredBundle } from './find-bundles.js'
import type { Dependency, SignedProvenance } from './read-provenance.js'

const ISOLATIONS: Readonly<Record<string, string>> = {
  none: 'one job has built and signed',
  'separate-jobs': 'other jobs have built, which the workflow of the repository defines',
  'reusable-workflow': 'other jobs have built, which the signing workflow defines',
}

const WITNESSES: Readonly<Record<SignedProvenance['witnesses'][number], string>> = {
  rekor: 'in a public log (Rekor)',
  timestamp: 'with a timestamp',
}

/** Formats who built an image, and from what: one line for each fact. */
export function formatProvenance(provenance: SignedProvenance): string[] {
  const { signer, witnesses, repository, commit, ref, workflow, run, runner } = provenance
  const { container, version, isolation, actionsCache, dependencies } = provenance
  const how = witnesses.map(each => WITNESSES[each]).join(' and ')
  const facts: (readonly [string, string | undefined])[] = [
    ['container', container && [container, version].filter(each => each !== undefined).join(' ')],
    ['signed by', signer === 'key' ? 'the key' : `${signer}${how && `, ${how}`}`],
    ['source', repository && [repository, ref, commit].filter(each => each !== undefined).join(' ')],
    ['workflow', workflow],
    ['run', run && `${run}${runner === undefined ? '' : ` (${runner})`}`],
    ['builder', isolation && (ISOLATIONS[isolation] ?? isolation)],
    ['GitHub Actions cache', actionsCache],
    ...dependencies.map(each => [nameDependency(each), formatDependency(each)] as const),
  ]
  return facts.flatMap(([name, text]) => (text ? [`  ${name}: ${text}`] : []))
}

/** The source repository of the run has its own line, and the run can build another one. */
function nameDependency({ name = 'dependency' }: Dependency): string {
  return name === 'source' ? 'built from' : name
}

function formatDependency({ uri, commit, narHash }: Dependency): string {
  const isInUri = commit !== undefined && uri.includes(commit)
  return [
    uri,
    ...(commit === undefined || isInUri ? [] : [commit]),
    ...(narHash === undefined ? [] : [narHash]),
  ].join(' ')
}

const MAX_IGNORED = 10

/** Formats signatures that prove nothing. They are not an error next to a valid one: everyone who can push can add some. */
export function formatIgnored(ignored: readonly IgnoredBundle[]): string[] {
  const more = ignored.length - MAX_IGNORED
  return [
    ...ignored
      .slice(0, MAX_IGNORED)
      .map(({ place, problem }) => `  ignored signature: ${problem} (${place})`),
    ...(more > 0 ? [`  ignored signatures: ${more} more`] : []),
  ]
}
