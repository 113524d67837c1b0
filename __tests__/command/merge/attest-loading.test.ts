import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from '@jest/globals'

/** The modules of src that a module loads when it is loaded: no types, and no calls of `import()`. */
function loadedBy(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file) || !existsSync(file)) return seen
  seen.add(file)
  const statements = readFileSync(file, 'utf8').match(/^(import|export)\b[^'"]*?from '[^']+'/gm) ?? []
  for (const statement of statements) {
    const target = /from '([^']+)'/.exec(statement)?.[1] ?? ''
    const names = /\{([^}]*)\}/.exec(statement)?.[1]?.split(',') ?? ['x']
    const isType =
      /^(import|export) type\b/.test(statement) ||
      names.every(name => name.trim() === '' || name.trim().startsWith('type '))
    if (isType) continue
    if (!target.startsWith('.')) seen.add(target)
    else loadedBy(normalize(join(dirname(file), target)).replace(/\.js$/, '.ts'), seen)
  }
  return seen
}

test.each(['merge/merge', 'plan/plan', 'publish', 'publish-result'])(
  'without attest, %s loads no code that signs',
  command => {
    const loaded = [...loadedBy(`src/command/${command}.ts`)]
    expect(loaded.length).toBeGreaterThan(50)
    // The module about signers only compares texts.
    expect(
      loaded.filter(each =>
        /attestation\/(?!signer-identity)|attest-indexes|github\/attestations\.|@sigstore/.test(each),
      ),
    ).toEqual([])
  },
)

test('with attest, the code is loaded by the merge', () => {
  const loaded = [...loadedBy('src/command/merge/attest-indexes.ts')]
  expect(loaded).toContain('src/attestation/verify-bundle.ts')
  expect(readFileSync('src/command/merge/merge.ts', 'utf8')).toContain("import('./attest-indexes.js')")
})
