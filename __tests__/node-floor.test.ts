import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'

/** What the oldest supported Node.js, 20.3, lacks or does wrong, and what this code might be tempted to call. */
const MISSING: readonly RegExp[] = [
  // Once it is optimized, it ignores its base. Use `parseUrl`.
  /\bURL\.canParse\b/,
  /\bURL\.parse\(/,
  /\b(Object|Map)\.groupBy\b/,
  /\bPromise\.(withResolvers|try)\b/,
  /\bArray\.fromAsync\b/,
  /\bimport\.meta\.(dirname|filename)\b/,
  /\.(parentPath|isSubsetOf|isSupersetOf|isDisjointFrom|symmetricDifference)\b/,
  /\.(values|keys|entries)\(\)\s*\.(map|filter|flatMap|some|every|find|reduce|toArray|take|drop)\(/,
  /\b(addAbortListener|styleText|parseEnv|loadEnvFile|getBuiltinModule|allowNegative)\b/,
  /\bRegExp\.escape\b|\bSymbol\.(asyncD|d)ispose\b/,
]

const SOURCES = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))

test('the sources keep to what the oldest supported Node.js has', () => {
  const found = SOURCES.flatMap(name => {
    const code = readFileSync(join('src', name), 'utf8').replace(/\/\*\*[\s\S]*?\*\//g, '')
    return MISSING.filter(each => each.test(code)).map(each => `${name}: ${each.source}`)
  })
  expect(SOURCES.length).toBeGreaterThan(100)
  expect(found).toEqual([])
})

test('the floor is the one that package.json names', () => {
  expect(JSON.parse(readFileSync('package.json', 'utf8')).engines.node).toBe('>=20.3')
})
