import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './machine.js'

const EXAMPLE = readFileSync(join(ROOT, 'examples/workflows/metadata-action.yml'), 'utf8')

/** docker/metadata-action at the commit that the example uses. */
export const METADATA_ACTION = /uses: (docker\/metadata-action@\S+)/.exec(EXAMPLE)?.[1] ?? ''

export const TITLE = 'A title, with a comma'

const ACTION = `
name: Stand-in for docker/metadata-action
description: Returns fixed outputs in the same format
runs: { using: node24, main: index.mjs }
`

/** Writes a stand-in for docker/metadata-action into a folder. Its outputs have the same format. */
export function placeMetadataAction(folder: string, image: string): string {
  const title = `org.opencontainers.image.title=${TITLE}`
  const outputs = {
    tags: `${image}:main\n${image}:sha-0123456`,
    labels: title,
    annotations: `manifest,index:${title}`,
  }
  const lines = Object.entries(outputs).map(([name, value]) => `${name}<<END\n${value}\nEND\n`)
  mkdirSync(folder)
  writeFileSync(join(folder, 'action.yml'), ACTION)
  writeFileSync(
    join(folder, 'index.mjs'),
    `import { appendFileSync } from 'node:fs'
appendFileSync(process.env.GITHUB_OUTPUT, ${JSON.stringify(lines.join(''))})\n`,
  )
  return folder
}
