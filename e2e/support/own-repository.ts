import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './machine.js'

/** This repository as the examples refer to it. */
export const OWN = 'OWNER/nix-multiarch@v1'

const PARTS = ['action.yml', 'merge', 'plan', 'dist']
const WORKFLOW = '.github/workflows/publish.yml'

/**
 * Copies the actions and the reusable workflow into a folder for act. act does not support `$/` in `uses`, so it is replaced by
 * the repository's name.
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
