import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { exists } from '../../src/util/files.js'
import { type Tool, ToolCache, toolVersionOf } from '../../src/util/tool-cache.js'
import { translateSources } from '../support/translate.js'

let folder: string
let tools: string
let logged: string[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tool-cache-'))
  tools = join(folder, 'tools')
  logged = []
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const cacheFor = (arch = 'x64', at = tools): ToolCache =>
  new ToolCache({
    tools: at,
    temp: join(folder, 'temp'),
    arch,
    log: {
      debug: message => logged.push(`debug: ${message}`),
      warning: message => logged.push(`warning: ${message}`),
    },
  })
const warnings = (): string[] => logged.filter(line => line.startsWith('warning'))

/** A tool that is one file with this text. */
const toolWith = (text: string, version = '1.2.3'): Tool => ({
  name: 'nix',
  version,
  isValid: async at => (await readFile(join(at, 'file'), 'utf8').catch(() => undefined)) === text,
})

async function sourceWith(text: string): Promise<string> {
  const source = await mkdtemp(join(folder, 'source-'))
  await writeFile(join(source, 'file'), text)
  await chmod(join(source, 'file'), 0o755)
  return source
}

async function put(path: string, text = ''): Promise<void> {
  await mkdir(dirname(join(tools, path)), { recursive: true })
  await writeFile(join(tools, path), text)
}

const filesIn = async (at: string): Promise<string[]> =>
  (await readdir(at, { recursive: true, withFileTypes: true }))
    .filter(each => each.isFile())
    .map(each => join(each.parentPath, each.name).slice(at.length + 1))
    .sort()

const SAVED = ['nix/1.2.3/x64.complete', 'nix/1.2.3/x64/file']

describe('ToolCache', () => {
  test('saves a tool in the layout of GitHub, and finds it again', async () => {
    const cache = cacheFor()
    expect(await cache.find('nix', '1.2.3')).toBeUndefined()
    const saved = await cache.save(toolWith('text'), await sourceWith('text'))
    expect(saved).toBe(join(tools, 'nix/1.2.3/x64'))
    expect(await cache.find('nix', '1.2.3')).toBe(saved)
    expect(await filesIn(tools)).toEqual(SAVED)
    expect((await stat(join(tools, 'nix/1.2.3/x64/file'))).mode & 0o777).toBe(0o755)
    expect(await cacheFor('arm64').find('nix', '1.2.3')).toBeUndefined()
  })

  test('finds what the package itself put there', async () => {
    const packageScript = `
      import { cacheFile, cacheDir } from '@actions/tool-cache'
      const [source] = process.argv.slice(2)
      await cacheFile(source + '/file', 'file', 'nix', '1.2.3', 'x64')
      await cacheDir(source, 'nix', '1.10.0', 'x64')`
    await runScript(packageScript, [await sourceWith('text')], { RUNNER_TOOL_CACHE: tools })
    expect(await cacheFor().find('nix', '1.2.3')).toBe(join(tools, 'nix/1.2.3/x64'))
    expect(await cacheFor().findVersions('nix')).toEqual(['1.10.0', '1.2.3'])
  })

  test('does not find a folder without its mark', async () => {
    await put('nix/1.2.3/x64/file', 'text')
    expect(await cacheFor().find('nix', '1.2.3')).toBeUndefined()
    expect(await cacheFor().findVersions('nix')).toEqual([])
  })

  test('adds the mark to a valid folder without one, and does not touch its files', async () => {
    await put('nix/1.2.3/x64/file', 'text')
    const { ino } = await stat(join(tools, 'nix/1.2.3/x64/file'))
    await cacheFor().save(toolWith('text'), await sourceWith('text'))
    expect(await filesIn(tools)).toEqual(SAVED)
    expect((await stat(join(tools, 'nix/1.2.3/x64/file'))).ino).toBe(ino)
  })

  test.each([
    ['with other content', ['nix/1.2.3/x64.complete', 'nix/1.2.3/x64/file', 'nix/1.2.3/x64/more']],
    ['without its mark', ['nix/1.2.3/x64/file']],
    ['that is a file', ['nix/1.2.3/x64']],
  ])('replaces a folder %s', async (_, paths) => {
    for (const path of paths) await put(path, 'other')
    await cacheFor().save(toolWith('text'), await sourceWith('text'))
    expect(await filesIn(tools)).toEqual(SAVED)
    expect(await readFile(join(tools, 'nix/1.2.3/x64/file'), 'utf8')).toBe('text')
    expect(warnings()).toEqual([])
  })

  test('does not save a copy that is not valid', async () => {
    const saved = await cacheFor().save(toolWith('text'), await sourceWith('damaged'))
    expect(saved).toBeUndefined()
    expect(warnings()).toEqual([
      `warning: ${join(tools, 'nix/1.2.3/x64')} cannot be written: the copy differs from the original. The next run downloads nix again`,
    ])
    expect(await filesIn(tools)).toEqual([])
  })

  test('warns if the copy fails, and leaves no files', async () => {
    // The name of the temporary copy is too long for a file system, so copying fails like on a full disk.
    const arch = 'x'.repeat(240)
    expect(await cacheFor(arch).save(toolWith('text'), await sourceWith('text'))).toBeUndefined()
    expect(warnings()).toEqual([
      expect.stringMatching(
        `^warning: ${join(tools, 'nix/1.2.3', arch)} cannot be written: .*ENAMETOOLONG.*\\. The next run downloads nix again$`,
      ),
    ])
    expect(await filesIn(tools)).toEqual([])
  })

  test('saves nothing and does not warn if the folder cannot be written', async () => {
    await writeFile(tools, 'a file')
    const cache = cacheFor()
    expect(await cache.save(toolWith('text'), await sourceWith('text'))).toBeUndefined()
    expect(await cache.find('nix', '1.2.3')).toBeUndefined()
    expect(await cache.findVersions('nix')).toEqual([])
    expect(warnings()).toEqual([])
    expect(logged[0]).toBe(`debug: Tool cache: ${join(tools, 'nix/1.2.3')} is not writable`)
  })

  test('has no versions of a tool whose name is a file', async () => {
    await put('nix', 'a file')
    expect(await cacheFor().findVersions('nix')).toEqual([])
  })

  test('many processes at once save the same tool', async () => {
    const text = 'text'.repeat(1 << 18)
    const source = await sourceWith(text)
    await put('nix/1.2.3/x64/file', 'damaged')
    await put('nix/1.2.3/x64.complete')
    const outputs = await Promise.all(
      Array.from({ length: 6 }, () => runScript(SAVE_SCRIPT, [tools, source])),
    )
    expect(outputs).toEqual(Array(6).fill(`${join(tools, 'nix/1.2.3/x64')} ${text.length}\n`))
    expect(await filesIn(tools)).toEqual(SAVED)
  })

  test('a reader never finds a part of a tool while other processes replace it', async () => {
    const source = await sourceWith('text')
    await put('nix/1.2.3/x64/file', 'damaged')
    await put('nix/1.2.3/x64.complete')
    const states = new Set<string>()
    let isSaving = true
    const saving = Promise.all([1, 2].map(() => runScript(SAVE_SCRIPT, [tools, source])))
    saving.finally(() => {
      isSaving = false
    })
    while (isSaving) {
      const found = await cacheFor().find('nix', '1.2.3')
      if (found !== undefined) states.add(await readFile(join(found, 'file'), 'utf8').catch(() => 'gone'))
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    await saving
    expect([...states].filter(state => !['damaged', 'text', 'gone'].includes(state))).toEqual([])
    expect(await filesIn(tools)).toEqual(SAVED)
  })
})

describe('the environment and standard output', () => {
  const script = `
    import { ToolCache } from './util/tool-cache.js'
    const [tools, source] = process.argv.slice(2)
    const log = { debug() {}, warning: console.error }
    const open = at => new ToolCache({ tools: at, temp: at + '-temp', arch: 'x64', log })
    const tool = { name: 'nix', version: '1.2.3', isValid: async () => true }
    const saving = Promise.all(['a', 'b'].map(name => open(tools + name).save(tool, source)))
    setTimeout(() => console.log('a line of our own'), 1)
    const saved = await saving
    console.log(JSON.stringify({ saved, after: String(process.env.RUNNER_TOOL_CACHE) }))`

  test.each([undefined, '/other'])(
    'are as before if RUNNER_TOOL_CACHE is %s, also after concurrent calls',
    async value => {
      const variables = value === undefined ? {} : { RUNNER_TOOL_CACHE: value }
      const source = await sourceWith('text'.repeat(1 << 20))
      const [line, result, ...rest] = (await runScript(script, [tools, source], variables)).trim().split('\n')
      expect(line).toBe('a line of our own')
      expect(JSON.parse(result ?? '')).toEqual({
        saved: ['a', 'b'].map(name => `${tools}${name}/nix/1.2.3/x64`),
        after: String(value),
      })
      expect(rest).toEqual([])
      expect(await exists('/other')).toBe(false)
    },
  )
})

describe('toolVersionOf', () => {
  test.each([
    ['2.35.2', '2.35.2'],
    ['2.35', '0.0.0-nix-2-35'],
    ['02.35.2', '0.0.0-nix-02-35-2'],
    ['2.36.0pre20260101_abcdef', '0.0.0-nix-2-36-0pre20260101-abcdef'],
    ['1:10.0.2+ds-2+deb13u1', '0.0.0-nix-1-10-0-2-ds-2-deb13u1'],
    ['../../x', '0.0.0-nix--x'],
    ['f'.repeat(64), `0.0.0-nix-${'f'.repeat(64)}`],
    ['007', '0.0.0-nix-007'],
  ])('%s becomes %s, which the package finds again', async (version, expected) => {
    const toolVersion = toolVersionOf('nix', version)
    expect(toolVersion).toBe(expected)
    await cacheFor().save(toolWith('text', toolVersion), await sourceWith('text'))
    expect(await cacheFor().find('nix', toolVersion)).toBe(join(tools, 'nix', toolVersion, 'x64'))
    expect(await cacheFor().findVersions('nix')).toEqual([toolVersion])
  })

  test('newer versions of a package come first', async () => {
    const versions = ['1:7.2+dfsg-7+deb12u13', '1:10.0.2+ds-2', '1:9.2.0~rc1'].map(each =>
      toolVersionOf('deb', each),
    )
    for (const version of versions) await put(`qemu/${version}/x64.complete`)
    for (const version of versions) await put(`qemu/${version}/x64/file`)
    const found = await cacheFor().findVersions('qemu')
    expect(found).toEqual([versions[1], versions[2], versions[0]])
  })
})

/** Saves a folder and prints the size of the saved file. */
const SAVE_SCRIPT = `
  import { ToolCache } from './util/tool-cache.js'
  import { readFile } from 'node:fs/promises'
  const [tools, source] = process.argv.slice(2)
  const expected = await readFile(source + '/file', 'utf8')
  const isValid = async at => (await readFile(at + '/file', 'utf8').catch(() => undefined)) === expected
  const log = { debug() {}, warning: console.error }
  const cache = new ToolCache({ tools, temp: tools + '-temp', arch: 'x64', log })
  const saved = await cache.save({ name: 'nix', version: '1.2.3', isValid }, source)
  console.log(saved, (await readFile(saved + '/file')).length)`

let sources: string
beforeAll(async () => {
  sources = await mkdtemp(join(tmpdir(), 'tool-cache-sources-'))
  await translateSources(sources, ['src/util'])
})
afterAll(() => rm(sources, { recursive: true, force: true }))

let scripts = 0

/** Runs a script next to our sources in a process of its own, and returns its output. Fails if it writes to standard error. */
async function runScript(
  script: string,
  args: readonly string[],
  variables: Record<string, string> = {},
): Promise<string> {
  const file = join(sources, 'src', `script-${scripts++}.js`)
  await writeFile(file, script)
  const child = spawn(process.execPath, [file, ...args], { env: { PATH: process.env.PATH, ...variables } })
  const [stdout, stderr] = await Promise.all([child.stdout, child.stderr].map(readText))
  expect(stderr).toBe('')
  return stdout ?? ''
}

async function readText(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
