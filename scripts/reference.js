/** Generates the reference page, and the inputs and outputs in each action.yml, from the table of inputs. */
import { readFileSync, writeFileSync } from 'node:fs'
import { actionMetadata, referencePage } from '../lib/src/input/action-metadata.js'

const ACTIONS = {
  plan: 'plan/action.yml',
  build: 'action.yml',
  merge: 'merge/action.yml',
  publish: 'publish/action.yml',
  verify: 'verify/action.yml',
  prune: 'prune/action.yml',
}

const file = name => new URL(`../${name}`, import.meta.url)

for (const [action, path] of Object.entries(ACTIONS)) {
  const [head] = readFileSync(file(path), 'utf8').split(/^inputs:$/m)
  writeFileSync(file(path), head + actionMetadata(action))
}
writeFileSync(file('docs/reference.md'), referencePage())
