#!/usr/bin/env node
// workflow-blocks.mjs FOLDER PAGE...
//
// Writes each workflow in the YAML blocks of Markdown pages to a file in FOLDER, so that actionlint can check it.
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const [folder, ...pages] = process.argv.slice(2)
for (const page of pages) {
  const blocks = [...readFileSync(page, 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
    match => match[1],
  )
  const workflows = blocks.filter(block => /^jobs:$/m.test(block))
  for (const [n, workflow] of workflows.entries()) {
    writeFileSync(join(folder, `${basename(page, '.md')}-${n + 1}.yml`), workflow)
  }
}
