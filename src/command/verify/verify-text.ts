import { formatBytes, pluralize, quoteControlCharacters } from '../../util/text.js'
import type { Finding } from './finding.js'
import { formatIgnored, formatProvenance } from './provenance-text.js'
import type { Verification, VerifiedPlatform } from './verify.js'

/**
 * Formats the result of `verify`: one line for each platform, with its findings below.
 *
 * @param more lines about a rebuild
 */
export function formatVerification(result: Verification, more: readonly string[] = []): string {
  const { name, digest, isRight, platforms, findings, checked, notChecked } = result
  const { image, provenance, ignoredSignatures = [] } = result
  const ofIndex = findings.filter(({ platform }) => platform === undefined)
  const lines = [
    `${name}  ${digest}`,
    ...ofIndex.map(each => `  ${formatFinding(each)}`),
    ...platforms.flatMap(each => formatPlatformLines(each, findings)),
    ...(provenance ? formatProvenance(provenance) : []),
    ...(provenance ? formatIgnored(ignoredSignatures) : []),
    ...more,
    ...checked.map(each => `checked: ${each}`),
    ...notChecked.map(each => `not checked: ${each}`),
    ...(image === undefined ? [] : [`deploy: ${image}`]),
    formatSum(isRight, findings.length),
  ]
  // The image, which is not trusted, can name its platforms and annotations as it likes.
  return lines.map(quoteControlCharacters).join('\n')
}

function formatPlatformLines(platform: VerifiedPlatform, findings: readonly Finding[]): string[] {
  const own = findings.filter(each => each.platform === platform.platform)
  const facts = [
    pluralize(platform.layers, 'layer'),
    formatBytes(platform.size),
    ...Object.entries(platform.programs).map(
      ([machine, count]) => `${pluralize(count, 'program')} for ${machine}`,
    ),
    ...(platform.storePaths === undefined ? [] : [pluralize(platform.storePaths, 'store path')]),
  ]
  const state = own.length === 0 ? 'ok' : pluralize(own.length, 'problem')
  return [
    `  ${platform.platform}  ${state}  ${facts.join(', ')}`,
    ...own.map(each => `    ${formatFinding(each)}`),
  ]
}

function formatFinding({ problem, digest }: Finding): string {
  return digest === undefined || problem.includes(digest) ? problem : `${problem} (${digest})`
}

function formatSum(isRight: boolean, problems: number): string {
  if (isRight) return 'Everything that was checked is right.'
  return problems === 0 ? 'The rebuild gives another image.' : `${pluralize(problems, 'problem')} found.`
}
