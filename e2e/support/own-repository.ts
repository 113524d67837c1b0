import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './machine.js'

/** How the examples name this repository. */
export const OWN = 'OWNER/nix-multiarch@v1'

const PARTS = ['action.yml', 'merge', 'plan', 'dist']
const WORKFLOW = '.github/workflows/publish.yml'

/**
 * Puts what users of this repository use into a folder, as act finds it there: act knows no `$/`, so that the workflow names the
 * actions as users do.
 */
export function placeOwnRepository(folder: string): string {
  for (const part of PARTS) cpSync(join(ROOT, part), join(folder, part), { recursive: true })
  mkdirSync(join(folder, '.github/workflows'), { recursive: true })
  writeFileSync(join(folder, WORKFLOW), withNames(readFileSync(join(ROOT, WORKFLOW), 'utf8')))
  return folder
}

function withNames(workflow: string): string {
  const [name, ref] = OWN.split('@')
  return workflow.replace(/^( *(?:- )?uses: )\$(\/\w*)$/gm, (_, uses, path) => {
    return `${uses}${name}${path === '/' ? '' : path}@${ref}`
  })
}
