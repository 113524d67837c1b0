import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { packArchive } from '../src/command/build/pack-archive.js'
import type { setup } from '../src/command/setup/setup.js'
import { runCommand } from '../src/entry/commands.js'
import { formatFailure, formatResult } from '../src/entry/json-output.js'
import { run } from '../src/entry/run.js'
import { parseCommandLine } from '../src/input/command-line.js'
import { ALL_COMMANDS } from '../src/input/command-table.js'
import { detectSystem } from '../src/nix/detect-system.js'
import { UsageError, UserError } from '../src/util/error.js'
import { archiveOf, containerOf, dockerFile } from './support/archives.js'
import { type TestHost, testHost } from './support/host.js'
import { findSchemaErrors, type Schema } from './support/json-schema.js'
import { installNix, printBuilt, quoteJson } from './support/nix-program.js'
import { OUTPUT_SCHEMA, parseOutput, parseResult } from './support/output.js'
import { SAMPLE } from './support/sboms.js'

let folder: string
let host: TestHost
const EXIT_CODE = process.exitCode
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'json-'))
  host = testHost()
})
afterEach(() => {
  rmSync(folder, { recursive: true })
  host.remove()
  process.exitCode = EXIT_CODE
})

/** Runs a command with `--json`, and returns its standard output. */
async function outputOf(args: readonly string[], on: TestHost = host): Promise<string> {
  const request = parseCommandLine([...args, '--json'])
  if (request.kind !== 'run') throw new Error('not a run')
  return (await runCommand(request, { host: on, readPassword: async () => '' })) ?? ''
}

const SYSTEM = detectSystem()

/** A machine with a program `nix` on PATH that has one container. `dryRun` is what a dry run of a build says. */
function machineWithNix(dryRun = ''): TestHost {
  const container = containerOf('hello', SYSTEM)
  const info = { narHash: 'x', narSize: 1, references: ['/nix/store/0-x.drv'] }
  return installNix(host, [container], {
    '--dry-run': `printf '${dryRun}' >&2`,
    build: printBuilt(host, container),
    'path-info': `echo ${quoteJson({ [container.derivation]: info })}`,
  })
}

/** One archive for each system. */
const writeArchives = (name = 'hello') =>
  Promise.all(
    (['x86_64-linux', 'aarch64-linux'] as const).map(system => archiveOf(folder, containerOf(name, system))),
  )

describe('the published schema describes what --json prints', () => {
  const local = ['--flake', 'github:a/b', '--systems', SYSTEM]

  test('of build', async () => {
    const output = await outputOf(['build', ...local, '--output', folder], machineWithNix())
    expect(parseOutput(output)).toMatchObject({
      version: 1,
      command: 'build',
      exitCode: 0,
      result: [{ container: 'hello', system: SYSTEM, file: join(folder, `hello-${SYSTEM}.oci.tar`) }],
    })
  })

  test('of plan', async () => {
    const output = await outputOf(['plan', ...local], machineWithNix())
    expect(parseOutput(output)).toMatchObject({
      command: 'plan',
      result: { plan: { containers: [{ name: 'hello', build: true }] }, matrix: { include: [{}] } },
    })
  })

  test('of plan, with several labels of a runner', async () => {
    const args = ['plan', ...local, '--runners', `${SYSTEM}=[self-hosted, linux]`]
    expect(parseOutput(await outputOf(args, machineWithNix()))).toMatchObject({
      result: { matrix: { include: [{ runner: ['self-hosted', 'linux'] }] } },
    })
  })

  test('of merge', async () => {
    await writeArchives()
    const archive = join(folder, 'out.tar')
    const output = await outputOf(['merge', '--archives', folder, '--archive', archive])
    expect(parseOutput(output)).toMatchObject({ command: 'merge', result: [{ container: 'hello', archive }] })
  })

  test('of publish', async () => {
    const output = await outputOf(['publish', ...local, '--archive', join(folder, 'a.tar')], machineWithNix())
    expect(parseOutput(output)).toMatchObject({
      command: 'publish',
      result: { built: [{ container: 'hello' }], merged: [{ container: 'hello' }] },
    })
  })

  test.each([
    ['', true, 0],
    ['this derivation will be built:\\n  /nix/store/0-x.drv\\n', false, 1],
  ])('of cache check, with the exit code of the process: %j', async (dryRun, cached, exitCode) => {
    const args = ['cache', 'check', ...local, '--store', `file://${folder}`]
    const output = parseOutput(await outputOf(args, machineWithNix(dryRun)))
    expect(output).toMatchObject({ command: 'cache', exitCode, result: [{ container: 'hello', cached }] })
    expect(process.exitCode ?? 0).toBe(exitCode)
  })

  test('of inspect, with and without the sizes of paths', async () => {
    const [file = ''] = await writeArchives()
    for (const more of [[], ['--paths']]) {
      const output = parseOutput(await outputOf(['inspect', file, ...more]))
      expect(output).toMatchObject({ command: 'inspect', result: [{ name: file, platforms: [{}] }] })
    }
  })

  test('of verify, with the exit code of the process', async () => {
    const [file = ''] = await writeArchives()
    const output = parseOutput(await outputOf(['verify', file]))
    expect(output).toMatchObject({ command: 'verify', exitCode: 0, result: { isRight: true, findings: [] } })
  })

  test('of sbom, with and without files', async () => {
    const container = containerOf('hello', 'x86_64-linux')
    const file = join(folder, 'hello.oci.tar')
    await packArchive(container, dockerFile(host.temp, container), host, {
      file,
      encoding: 'gzip',
      collectContents: async () => SAMPLE.contents,
    })
    for (const more of [[], ['--format', 'spdx', '--output', folder]]) {
      const output = parseOutput(await outputOf(['sbom', file, ...more]))
      expect(output).toMatchObject({ command: 'sbom', result: [{ source: 'archive', document: {} }] })
    }
  })

  test('of inspect --diff: equal images, other content, and another platform', async () => {
    const [a = '', arm = ''] = await writeArchives()
    const [b = ''] = await writeArchives('other')
    for (const [other, kinds] of [
      [a, ['same']],
      [b, ['different']],
      [arm, ['only-a', 'only-b']],
    ] as const) {
      const output = await outputOf(['inspect', '--diff', a, other])
      const { platforms } = parseResult<{ platforms: { kind: string }[] }>(output)
      expect(platforms.map(({ kind }) => kind)).toEqual(kinds)
    }
  })

  test('of stop', async () => {
    expect(parseOutput(await outputOf(['stop']))).toMatchObject({ command: 'stop', result: { done: true } })
    writeFileSync(join(host.stateFolder.path, 'unfinished.json'), 'not JSON')
    expect(parseOutput(await outputOf(['stop']))).toMatchObject({ exitCode: 1, result: { done: false } })
  })

  test('of setup', () => {
    const result: Awaited<ReturnType<typeof setup>> = {
      version: '2.35.2',
      paths: ['/nix/bin'],
      variables: { NIX_CONF_DIR: '/tmp' },
      systems: { 'aarch64-linux': 'QEMU' },
    }
    expect(parseOutput(formatResult('setup', result, 0)).result).toEqual(result)
  })

  test.each(['completions bash', 'man'])('of %s', async line => {
    const result = parseResult<string>(await outputOf(line.split(' ')))
    expect(result.length).toBeGreaterThan(1000)
  })

  test('for every command', () => {
    const { $defs = {} } = OUTPUT_SCHEMA
    expect(Object.keys($defs)).toEqual(expect.arrayContaining(ALL_COMMANDS.map(([name]) => `${name}Output`)))
    expect(ALL_COMMANDS.filter(([, { inputs }]) => inputs.json === undefined)).toEqual([])
  })
})

describe('an error with --json', () => {
  const protect = (text: string): string => text.replaceAll('hunter2', '***')
  const failureOf = (error: unknown, exitCode = 1, isInterrupted = false) =>
    parseOutput(formatFailure('build', { error, exitCode, isInterrupted, protect }))

  test('has what is wrong, where, and what to do', () => {
    const location = { file: '/home/me/flake.nix', line: 3, column: 5 }
    const error = new UserError('hello has no version', { hint: 'Give it one.', location })
    expect(failureOf(error)).toEqual({
      version: 1,
      command: 'build',
      exitCode: 1,
      error: { kind: 'failure', message: 'hello has no version', location, hint: 'Give it one.' },
    })
  })

  test('has each of the errors that it lists', () => {
    const failures = [new UserError('a is wrong', { hint: 'Fix a.' }), new UserError('b is wrong')]
    expect(failureOf(new UserError('2 containers failed', { failures })).error).toEqual({
      kind: 'failure',
      message: '2 containers failed',
      failures: [{ message: 'a is wrong', hint: 'Fix a.' }, { message: 'b is wrong' }],
    })
  })

  test.each([
    [new UsageError('no'), 2, false, 'usage'],
    [Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC' }), 1, false, 'system'],
    [new UserError('Stopped by SIGINT'), 130, true, 'interrupted'],
    [new TypeError('undefined is not'), 1, false, 'bug'],
    ['a thrown text', 1, false, 'bug'],
  ])(
    '%s with exit code %d has the kind that a program can decide by',
    (error, exitCode, interrupted, kind) => {
      expect(failureOf(error, exitCode, interrupted)).toMatchObject({ exitCode, error: { kind } })
    },
  )

  test('has no secrets, and no control characters that a terminal would obey', () => {
    const error = new UserError('wrong: hunter2', {
      hint: 'not hunter2',
      failures: [new UserError('hunter2 \u001b[2J')],
      location: { file: '/hunter2', line: 1, column: 1 },
    })
    const text = formatFailure('build', { error, exitCode: 1, isInterrupted: false, protect })
    expect(text).not.toContain('hunter2')
    expect(text).not.toContain('\u001b')
  })
})

describe('a run with --json writes one document', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] })
  })
  afterEach(() => {
    jest.clearAllTimers()
    jest.useRealTimers()
    jest.restoreAllMocks()
  })

  type Handlers = Map<string | symbol, () => void>

  /** Runs a task as `run` does, but this process continues. Returns what it writes to standard output. */
  async function written(task: (handlers: Handlers) => Promise<string | undefined>): Promise<string> {
    const handlers: Handlers = new Map()
    let text = ''
    jest.spyOn(process, 'on').mockImplementation((name, handler) => {
      handlers.set(name, handler as () => void)
      return process
    })
    jest.spyOn(process.stderr, 'on').mockReturnValue(process.stderr)
    jest.spyOn(process.stdout, 'once').mockReturnValue(process.stdout)
    jest.spyOn(process.stdout, 'write').mockImplementation((chunk: unknown, done: unknown) => {
      text += chunk
      ;(done as () => void)()
      return true
    })
    jest.spyOn(process, 'exit').mockReturnValue(undefined as never)
    const open = { ...host, protect: (each: string) => each, endProgress: () => {}, dispose: () => {} }
    await run(
      () => open,
      async () => task(handlers),
      failure => formatFailure('merge', failure),
    )
    return text
  }

  test('if the task returns', async () => {
    expect(parseOutput(await written(async () => formatResult('stop', { done: true }, 0))).exitCode).toBe(0)
  })

  test('if the task fails', async () => {
    const text = await written(() => Promise.reject(new UsageError('wrong')))
    expect(parseOutput(text)).toMatchObject({ exitCode: 2, error: { kind: 'usage', message: 'wrong' } })
    expect(process.exitCode).toBe(2)
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('if %s ends the task, and if the task ends by itself at the same time', async (signal, exitCode) => {
    const ends: (() => Promise<string>)[] = [
      () => Promise.reject(new Error('aborted')),
      async () => formatResult('stop', { done: true }, 0),
    ]
    for (const end of ends) {
      const text = await written(handlers => {
        handlers.get(signal)?.()
        return end()
      })
      const message = `Stopped by ${signal}`
      expect(parseOutput(text)).toMatchObject({ exitCode, error: { kind: 'interrupted', message } })
      expect(process.exitCode).toBe(exitCode)
    }
  })
})

describe('the check of outputs', () => {
  const result = { built: [], merged: [] }
  test.each([
    ['a field that is missing', { built: [] }, '/result/merged: is missing'],
    ['a field that the schema does not name', { ...result, more: 1 }, '/result/more: is not in the schema'],
    ['a wrong type', { ...result, built: 'none' }, '/result/built: is not of the type array'],
  ])('finds %s', (_, wrong, said) => {
    expect(() => parseOutput(formatResult('publish', wrong, 0))).toThrow(said)
  })

  test('refuses a keyword that it does not know', () => {
    const schema = { type: 'string', maxLength: 3 } as Schema
    expect(() => findSchemaErrors('long', schema)).toThrow('maxLength')
  })
})

test.each(['README.md', 'docs/reference.md'])('%s names the schema', page => {
  expect(readFileSync(page, 'utf8').includes('docs/output.schema.json')).toBe(true)
})
