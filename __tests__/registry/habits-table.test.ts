import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { HABITS } from '../support/registry-habits.js'

test('each registry in docs/registries.md has a stand-in, and each stand-in is in the table', () => {
  const [, table = ''] = readFileSync('docs/registries.md', 'utf8').split(/^## How registries differ$/m)
  const rows = table.split(/^## /m, 1)[0]?.matchAll(/^\| ([^|]+) \|/gm) ?? []
  const names = [...rows].map(([, name]) => name)
  expect(names).toEqual(['Registry', ...Object.keys(HABITS)])
})
