import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from '@jest/globals'

/**
 * All folders of src, from the lowest to the highest row. Files may import from their folder and from lower rows, but not from
 * other folders in the same row. A file belongs to the longest of these names that is a prefix of its path.
 */
const ROWS = [
  ['util'],
  ['oci', 'http'],
  ['image/format'],
  ['image/store', 'image/sandbox'],
  ['image/programs'],
  ['image', 'nix', 'registry', 'tags', 'github', 'install', 'host', 'sbom'],
  ['attestation'],
  ['input'],
  ['command/shared'],
  ['command/emulation', 'command/release', 'command/summary', 'command/inspect', 'command/verify'],
  ['command/setup', 'command/merge', 'command/prune', 'command/test'],
  ['command/plan', 'command/build', 'command/sbom'],
  ['command/rebuild'],
  ['command'],
  ['entry'],
]

/** Each file that imports a package of @actions, with the package. */
const ACTIONS_IMPORTS = [
  'src/host/artifact-client.ts @actions/artifact',
  'src/host/github.ts @actions/cache',
  'src/host/github.ts @actions/core',
  'src/util/run-short-program.ts @actions/exec',
  'src/util/tool-cache.ts @actions/tool-cache',
]

interface Import {
  readonly file: string
  readonly target: string
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^'"]*?from\s*['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]\s*(?:\/\*.*?\*\/\s*)?\)|(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g

function importsOf(file: string, source: string): Import[] {
  return [...source.matchAll(IMPORT)].map(match => {
    const target = match[1] ?? match[2] ?? match[3] ?? ''
    return { file, target: target.startsWith('.') ? normalize(join(dirname(file), target)) : target }
  })
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts'))
  .map(name => join('src', name))
const imports = files.flatMap(file => importsOf(file, readFileSync(file, 'utf8')))

const folders = ROWS.flat().sort((a, b) => b.length - a.length)
const folderOf = (path: string): string => folders.find(folder => path.startsWith(`src/${folder}/`)) ?? ''
const rowOf = (path: string): number => ROWS.findIndex(row => row.includes(folderOf(path)))

function upward({ file, target }: Import): boolean {
  return target.startsWith('src/') && folderOf(file) !== folderOf(target) && rowOf(target) >= rowOf(file)
}

describe('the folders of src', () => {
  test('every folder of src is in the table', () => {
    const inTable = (file: string): boolean => dirname(file) === `src/${folderOf(file)}`
    expect(files.filter(file => !inTable(file))).toEqual([])
  })

  test('files only import from lower rows and from their folder', () => {
    expect(imports.length).toBeGreaterThan(50)
    expect(imports.filter(upward)).toEqual([])
  })

  test('the check finds all forms of imports', () => {
    const source =
      "import a from '../command/a.js'\nexport { b } from '../nix/b.js'\nawait import('../entry/c.js')\nimport '../host/d.js'\n" +
      'await import(\'../entry/e.js\' /* webpackMode: "eager" */)'
    expect(importsOf('src/image/x.ts', source).filter(upward)).toHaveLength(5)
  })

  test('only these files import packages of @actions', () => {
    const importers = imports.filter(({ target }) => target.startsWith('@actions/'))
    const found = new Set(importers.map(({ file, target }) => `${file} ${target}`))
    expect([...found].sort()).toEqual([...ACTIONS_IMPORTS].sort())
  })

  test('only the actions load the GitHub host, which uses @actions', () => {
    const loading = imports.filter(({ target }) => target === 'src/host/github.js').map(({ file }) => file)
    const actions = ['action', 'post'].map(name => `src/entry/${name}.ts`)
    expect(new Set(loading)).toEqual(new Set(actions))
  })

  test('there are no circular imports', () => {
    const edges = new Map<string, string[]>()
    for (const { file, target } of imports) {
      const to = target.replace(/\.js$/, '.ts')
      if (files.includes(to)) edges.set(file, [...(edges.get(file) ?? []), to])
    }
    expect(files.map(file => cycleFrom(file, edges)).filter(Boolean)).toEqual([])
  })
})

describe('the start of the command line', () => {
  const { reached, packages, builtins } = startOf('src/entry/cli.ts')

  test('loads no package', () => {
    expect(packages).toEqual([])
    // Shows that the check can fail: the GitHub host loads the Actions toolkit.
    expect(startOf('src/host/github.ts').packages).toContain('@actions/core')
  })

  test('loads no slow modules of Node.js', () => {
    const slow = [
      'child_process',
      'crypto',
      'http',
      'https',
      'net',
      'stream',
      'stream/consumers',
      'stream/promises',
      'tls',
      'worker_threads',
      'zlib',
    ]
    expect([...builtins].filter(name => slow.includes(name))).toEqual([])
    expect(startOf('src/util/exec.ts').builtins).toContain('child_process')
  })

  test('loads no command, no registry client and no image code', () => {
    const late = ['command', 'registry', 'image', 'github']
    expect(reached.length).toBeGreaterThan(10)
    expect(reached.filter(file => late.includes(folderOf(file).split('/')[0] ?? ''))).toEqual([])
  })
})

/** Only the job of this action can get `id-token: write`. */
describe('the action merge', () => {
  /** What runs Nix, a flake, or a program of an image. */
  const RUNNERS = [
    ...['build', 'test', 'setup', 'emulation', 'rebuild'].map(name => `src/command/${name}/`),
    ...['realise', 'evaluation', 'build-stream', 'missing-derivations'].map(name => `src/nix/${name}.ts`),
    'src/install/install.ts',
    'src/install/provide-nix.ts',
    'src/image/sandbox/',
    'src/image/stream-script.ts',
  ]
  const runnersIn = (entry: string): string[] =>
    reachedFrom(entry).filter(file => RUNNERS.some(each => file.startsWith(each)))

  test('cannot run Nix, a flake or a program of an image', () => {
    expect(RUNNERS.filter(each => !files.some(file => file.startsWith(each)))).toEqual([])
    expect(runnersIn('src/entry/merge.ts')).toEqual([])
    // Shows that the check can fail.
    expect(runnersIn('src/entry/publish.ts').length).toBeGreaterThan(RUNNERS.length)
  })
})

/** The files that a file can load: its imports, without types and with `import()`. */
function reachedFrom(entry: string): string[] {
  const reached = [entry]
  for (const file of reached) {
    const source = readFileSync(file, 'utf8').replace(
      /(?:^|\n)\s*(?:import|export) type\b[^'"]*?from\s*['"][^'"]+['"]/g,
      '',
    )
    const targets = importsOf(file, source).map(({ target }) => target.replace(/\.js$/, '.ts'))
    for (const target of targets)
      if (files.includes(target) && !reached.includes(target)) reached.push(target)
  }
  return reached
}

/** The files, packages and Node.js modules that a file loads at start-up: its static imports, without types and `import()`. */
function startOf(entry: string): { reached: string[]; packages: string[]; builtins: string[] } {
  const reached = [entry]
  const packages = new Set<string>()
  for (const file of reached) {
    for (const target of loadedBy(file)) {
      const source = target.replace(/\.js$/, '.ts')
      if (source === 'package.json') continue
      if (!source.startsWith('src/')) packages.add(source)
      else if (!reached.includes(source)) reached.push(source)
    }
  }
  const [builtins, others] = [true, false].map(isBuiltin =>
    [...packages].filter(name => name.startsWith('node:') === isBuiltin),
  ) as [string[], string[]]
  return { reached, packages: others, builtins: builtins.map(name => name.slice('node:'.length)) }
}

/** Imports that only contain types are removed in JavaScript. */
function loadedBy(file: string): string[] {
  const source = readFileSync(file, 'utf8')
    .replace(/(?:^|\n)\s*(?:import|export) type\b[^'"]*?from\s*['"][^'"]+['"]/g, '')
    .replace(/\bimport\s*\(/g, '(')
  return importsOf(file, source).map(({ target }) => target)
}

/** A circular import of a file, or `undefined`. */
function cycleFrom(start: string, edges: ReadonlyMap<string, readonly string[]>): string | undefined {
  const seen = new Set<string>()
  const queue = (edges.get(start) ?? []).map(file => [start, file])
  for (let way = queue.shift(); way; way = queue.shift()) {
    const last = way.at(-1) ?? ''
    if (last === start) return way.join(' > ')
    if (seen.has(last)) continue
    seen.add(last)
    for (const next of edges.get(last) ?? []) queue.push([...way, next])
  }
  return undefined
}
