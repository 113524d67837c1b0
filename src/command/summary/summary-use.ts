import { basename } from 'node:path'
import { isFileName } from '../../util/file-name.js'
import { code, fenced } from '../../util/markdown.js'
import { plural } from '../../util/text.js'
import type { Merged } from '../shared/merge-result.js'

/** The run whose artifacts can be tried. */
export interface Trial {
  /** `owner/name` */
  readonly repository: string
  /** The run's number. */
  readonly run: string
}

/** More is a list, and no help. */
const MOST_LINES = 10

/** The commands that bring the images to a machine, by their foremost tags. */
export function howToPull(merged: readonly Merged[]): string {
  const images = merged.flatMap(({ pushed }) => pushed.map(({ tags, image }) => tags[0] ?? image))
  if (images.length === 0) return ''
  const rest = images.length - MOST_LINES
  const more = rest <= 0 ? '' : `\n\n… and ${plural(rest, 'more image')}`
  const lines = images.slice(0, MOST_LINES).map(image => `docker pull ${image}`)
  return `#### Pull\n\n${fenced('sh', lines)}${more}`
}

/**
 * The commands that load an image out of the run's artifacts. GitHub's own `gh run download` takes only those that are zipped,
 * so the file comes by its address.
 */
export function howToTry(merged: readonly Merged[], { repository, run }: Trial): string {
  const [file, ...others] = merged
    .flatMap(({ archive }) => (archive === undefined ? [] : [basename(archive)]))
    .filter(isFileName)
  if (file === undefined || !/^[\w.-]+\/[\w.-]+$/.test(repository) || !/^\d+$/.test(run)) return ''
  const actions = `repos/${repository}/actions`
  const lines = [
    `id=$(gh api '${actions}/runs/${run}/artifacts?name=${encodeURIComponent(file)}' \\`,
    `  --jq '.artifacts[0].id')`,
    `gh api "${actions}/artifacts/$id/zip" > ${file}`,
    `docker load --input ${file}`,
  ]
  return [
    '#### Try it',
    'Nothing was pushed. The images are artifacts of this run, one archive for all platforms:',
    fenced('sh', lines),
    `Or \`skopeo copy oci-archive:${file} …\`, \`podman load --input ${file}\`.`,
    ...sameWay(others),
  ].join('\n\n')
}

/** The other archives, a paragraph of them or none. */
function sameWay(files: readonly string[]): string[] {
  if (files.length === 0) return []
  const names = files.slice(0, MOST_LINES).map(code).join(', ')
  return [`The same way: ${names}${files.length > MOST_LINES ? ', …' : ''}`]
}
