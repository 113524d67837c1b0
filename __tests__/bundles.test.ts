import { type ChildProcess, spawn } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Merged } from '../src/command/shared/merge-result.js'
import { exec } from '../src/util/exec.js'
import { archiveOf, containerOf } from './support/archives.js'
import { testWith } from './support/programs.js'
import { startRegistry, type TestRegistry } from './support/registry.js'
import { type ResultsServiceStandIn, startResultsService } from './support/results-service.js'

/** `test` for committed files. Skipped without Git or outside of a clone. */
const testInClone = existsSync('.git') ? testWith('git') : test.skip

/** The path of a committed bundle. */
const bundle = (name: string): string => resolve('dist', name, 'index.js')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bundle-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const SYSTEMS = ['x86_64-linux', 'aarch64-linux'] as const

describe('the actions', () => {
  let service: ResultsServiceStandIn
  let registry: TestRegistry
  beforeAll(async () => {
    service = await startResultsService()
    registry = await startRegistry()
  })
  afterAll(async () => {
    await service.close()
    await registry.close()
  })

  /** Runs an action like a runner. Returns its outputs, job summary and remaining files. */
  async function step(action: string, inputs: Record<string, string>, more: Record<string, string> = {}) {
    const [output, summary, temp] = ['output', 'summary', 'temp'].map(name => join(folder, name)) as [
      string,
      string,
      string,
    ]
    mkdirSync(temp, { recursive: true })
    for (const file of [output, summary]) writeFileSync(file, '')
    const given = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])
    const result = await exec(process.execPath, [bundle(action)], {
      env: {
        ...service.environment({ job: action }),
        ...Object.fromEntries(given),
        NODE_OPTIONS: undefined,
        HOME: folder,
        GITHUB_ACTIONS: 'true',
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: summary,
        GITHUB_REPOSITORY_OWNER: 'Owner',
        RUNNER_TEMP: temp,
        ...more,
      },
    })
    const outputs = [...readFileSync(output, 'utf8').matchAll(/^(\S+?)<<(\S+)\n([\s\S]*?)\n?\2$/gm)]
    return {
      ...result,
      outputs: new Map(outputs.map(([, name = '', , value = '']) => [name, value])),
      summary: readFileSync(summary, 'utf8'),
      left: readdirSync(temp),
    }
  }

  test('merge downloads the artifacts of the run, pushes, and writes outputs and a job summary', async () => {
    for (const system of SYSTEMS) {
      const file = await archiveOf(folder, containerOf('hello', system))
      service.add({ name: `hello-${system}.oci.tar`, content: readFileSync(file), job: `build-${system}` })
    }
    const inputs = {
      image: `${registry.host}/{owner}/{image}`,
      tags: '1.0 latest',
      'github-token': 'ghs_planted',
    }
    const result = await step('merge', inputs)
    expect(result.stdout).not.toContain('::error')
    expect(result.code).toBe(0)
    const [merged] = JSON.parse(result.outputs.get('json') ?? '') as Merged[]
    expect(result.outputs.get('digest')).toBe(merged?.digest)
    expect(result.outputs.get('image')).toBe(`${registry.host}/owner/hello@${merged?.digest}`)
    expect(result.outputs.get('tags')?.split('\n')).toEqual(
      ['1.0', 'latest'].map(tag => `${registry.host}/owner/hello:${tag}`),
    )
    expect(registry.tag('owner/hello', 'latest')).toBe(merged?.digest)
    expect(registry.missing('owner/hello', merged?.digest as never)).toEqual([])
    expect(result.summary).toMatch(/`linux\/arm64` .* 2 .* <code>sha256:/)
    expect(result.left).toEqual([])
    const output = result.stdout.replaceAll('::add-mask::ghs_planted', '') + result.stderr
    expect(output).not.toContain('ghs_planted')
  })

  test.each(['build', 'plan'])(
    '%s: an invalid input fails with an annotation that contains its name',
    async action => {
      const result = await step(action, { systems: 'x86-linux' })
      expect(result.code).toBe(2)
      expect(result.stdout).toMatch(/^::error::`systems`: "x86-linux" is not a system/m)
      expect(result.left).toEqual([])
    },
  )

  test('the post step succeeds without output if it has nothing to do', async () => {
    const result = await step('post', {})
    expect(result).toMatchObject({ code: 0, stderr: '', left: [] })
    expect(result.stdout.replace(/^::add-mask::.*$/gm, '').trim()).toBe('')
  })
})

describe('dist', () => {
  const files = readdirSync('dist', { recursive: true, encoding: 'utf8' })
    .map(name => join('dist', name))
    .filter(path => statSync(path).isFile())
  const scripts = files.filter(path => path.startsWith('dist/main/') && path.endsWith('.js'))

  test('stays small', () => {
    expect(files.reduce((sum, path) => sum + statSync(path).size, 0)).toBeLessThan(9e6)
  })

  test('has no unused chunks, and a source map for each chunk', () => {
    const all = scripts.map(path => readFileSync(path, 'utf8')).join('\n')
    const chunks = scripts.map(path => basename(path)).filter(name => name !== 'index.js')
    expect(chunks.length).toBeGreaterThan(10)
    expect(chunks.filter(name => !all.includes(`.e(${name.split('.')[0]})`))).toEqual([])
    expect(scripts.filter(path => !files.includes(`${path}.map`))).toEqual([])
  })

  test('works in any folder', async () => {
    cpSync('dist', join(folder, 'elsewhere'), { recursive: true })
    const result = await exec(process.execPath, [join(folder, 'elsewhere/cli/index.js'), '--help'], {
      env: { NODE_OPTIONS: undefined },
    })
    expect(result).toMatchObject({ code: 0, stderr: '' })
  })

  /** Runs the CLI with an injected internal error, and returns the stack trace. */
  async function traceOf(...options: string[]): Promise<string> {
    const fault = 'Object.defineProperty(process.stdout, "columns", { get() { throw new Error("planted") } })'
    const args = [...options, '--import', `data:text/javascript,${fault}`, bundle('cli'), '--help']
    return (await exec(process.execPath, args, { env: { NODE_OPTIONS: undefined } })).stderr
  }

  test('a stack trace contains function names, and with source maps the lines of the sources', async () => {
    expect(await traceOf()).toMatch(/at columnsOf \(.*\/dist\/main\/\S+\.js:\d+:\d+\)/)
    const [, line] =
      /at columnsOf \(.*\/src\/util\/text\.ts:(\d+):\d+\)/.exec(await traceOf('--enable-source-maps')) ?? []
    expect(readFileSync('src/util/text.ts', 'utf8').split('\n')[Number(line) - 1]).toContain(
      'function columnsOf(',
    )
  })

  testInClone(
    'the archive that a job downloads contains only what the actions need, without source maps',
    async () => {
      const archive = join(folder, 'archive.tar.gz')
      const git = ['archive', '--worktree-attributes', '-o', archive, 'HEAD']
      expect(await exec('git', git, { env: { GIT_DIR: undefined } })).toMatchObject({ code: 0 })
      expect(statSync(archive).size).toBeLessThan(1.6e6)
      const { stdout } = await exec('tar', ['-tzf', archive])
      const paths = stdout.split('\n').filter(path => path !== '' && !path.endsWith('/'))
      const known =
        /^(LICENSE|README\.md|package\.json|((plan|merge|publish|prune|verify)\/)?action\.yml|\.github\/workflows\/publish\.yml|dist\/.*)$/
      expect(paths.filter(path => !known.test(path) || path.endsWith('.map'))).toEqual([])
      expect(paths).toEqual(
        expect.arrayContaining(
          ['', 'plan/', 'merge/', 'publish/', 'prune/', 'verify/'].map(folder => `${folder}action.yml`),
        ),
      )
      expect(paths.filter(path => path.startsWith('dist/')).sort()).toEqual(
        files.filter(path => !path.endsWith('.map')).sort(),
      )
    },
  )
})

describe('the command line', () => {
  const cli = (...args: string[]) =>
    exec(process.execPath, [bundle('cli'), ...args], {
      env: { NODE_OPTIONS: undefined, HOME: folder, TMPDIR: folder },
    })

  test('exits with 0 for success, 1 for a failure, 2 for wrong usage', async () => {
    expect(await cli('--version')).toMatchObject({
      code: 0,
      stdout: `${JSON.parse(readFileSync('package.json', 'utf8')).version}\n`,
    })
    expect(await cli('merge', '--help')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('--archives DIR'),
    })
    expect(await cli('inspect', './absent.tar')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error: The file \.\/absent\.tar does not exist\nCheck the path\..*\n$/),
    })
    expect(await cli('bulid')).toMatchObject({ code: 2, stdout: '' })
  })

  test('with --quiet, prints only the result, or only the error', async () => {
    for (const system of SYSTEMS) await archiveOf(folder, containerOf('hello', system))
    const archive = join(folder, 'out', 'hello.tar')
    const merge = ['merge', '--archives', folder, '--archive', archive]
    expect((await cli(...merge)).stderr).not.toBe('')
    for (const args of [
      ['-q', ...merge],
      [...merge, '--quiet'],
    ]) {
      expect(await cli(...args)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^\S+hello\.tar sha256:[0-9a-f]{64}\n$/),
        stderr: '',
      })
    }
    expect(await cli('-q', 'inspect', './absent.tar')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error: The file \.\/absent\.tar does not exist\nCheck the path\..*\n$/),
    })
  })

  test('names a flag in the form that was typed', async () => {
    const long = await cli('build', '--systems', 'arm64')
    expect(long).toMatchObject({ code: 2, stdout: '' })
    expect(long.stderr).toBe('error: `--systems`: "arm64" is not a system\nDid you mean `aarch64-linux`?\n')
    expect((await cli('build', '-s', 'arm64')).stderr).toBe(long.stderr.replace('--systems', '-s'))
  })

  test('prints completions and the manual page', async () => {
    expect(await cli('completions', 'bash')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\ncomplete -F _nix_multiarch nix-multiarch\n$/),
      stderr: '',
    })
    const version = JSON.parse(readFileSync('package.json', 'utf8')).version
    expect(await cli('man')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`"nix\\-multiarch ${version}"`),
      stderr: '',
    })
  })

  test('merges the archives in a folder, and inspects the result', async () => {
    for (const system of SYSTEMS) await archiveOf(folder, containerOf('hello', system))
    const archive = join(folder, 'out', 'hello.tar')
    expect(await cli('merge', '--archives', folder, '--archive', archive)).toMatchObject({ code: 0 })
    const { stdout } = await cli('inspect', archive)
    expect(stdout).toContain('├─ linux/amd64')
    expect(stdout).toContain('└─ linux/arm64')
  })

  test('ends by itself, without a wait for open connections', async () => {
    const registry = await startRegistry()
    try {
      const hook = 'data:text/javascript,process.exit = () => { throw new Error("forced to exit") }'
      const file = await archiveOf(folder, containerOf('hello', 'x86_64-linux'))
      mkdirSync(join(folder, 'in'))
      copyFileSync(file, join(folder, 'in', 'hello.oci.tar'))
      const image = `${registry.host}/me/hello`
      for (const args of [
        ['merge', '--archives', join(folder, 'in'), '--image', image, '--tags', '1'],
        ['inspect', `${image}:1`],
        ['inspect', join(folder, 'absent')],
      ]) {
        const { stderr } = await exec(process.execPath, ['--import', hook, bundle('cli'), ...args], {
          env: { NODE_OPTIONS: undefined, HOME: folder, TMPDIR: folder },
        })
        expect(stderr).not.toContain('forced to exit')
      }
    } finally {
      await registry.close()
    }
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    '%s ends it within two seconds with exit code %d, without setting the tag or leaving files',
    async (signal, code) => {
      const registry = await startRegistry()
      try {
        registry.fault({ method: 'PUT', path: /blobs/, times: 100, action: { kind: 'stall' } })
        const file = await archiveOf(folder, containerOf('hello', 'x86_64-linux'))
        mkdirSync(join(folder, 'in'))
        copyFileSync(file, join(folder, 'in', 'hello.oci.tar'))
        const args = [
          bundle('cli'),
          'merge',
          '--archives',
          join(folder, 'in'),
          '--image',
          `${registry.host}/o/hello`,
        ]
        const env = { ...process.env, NODE_OPTIONS: '', HOME: folder, TMPDIR: folder }
        const child = spawn(process.execPath, args, { env, stdio: 'ignore' })
        while (registry.requests('POST', /uploads/).length === 0)
          await new Promise(next => setTimeout(next, 20))
        const began = Date.now()
        child.kill(signal)
        expect(await exitCodeOf(child)).toBe(code)
        expect(Date.now() - began).toBeLessThan(2000)
        expect(registry.tag('o/hello', 'latest')).toBeUndefined()
        expect(readdirSync(folder).sort()).toEqual(['hello-x86_64-linux.oci.tar', 'in'])
      } finally {
        await registry.close()
      }
    },
  )
})

function exitCodeOf(child: ChildProcess): Promise<number | null> {
  return new Promise(done => child.once('close', done))
}
