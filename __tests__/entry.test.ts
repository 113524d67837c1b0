import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { runCommand } from '../src/entry/commands.js'
import { reportError, run } from '../src/entry/run.js'
import { parseCommandLine } from '../src/input/command-line.js'
import { INSPECT_INPUTS } from '../src/input/input-table.js'
import { readInputs } from '../src/input/read-inputs.js'
import { UsageError, UserError } from '../src/util/error.js'
import { archiveOf, containerOf } from './support/archives.js'
import { type TestHost, testHost } from './support/host.js'
import { startRegistry } from './support/registry.js'

let folder: string
let host: TestHost
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'entry-'))
  host = testHost()
  await archiveOf(folder, containerOf('hello', 'x86_64-linux'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
  host.remove()
})

async function command(args: string[], password = ''): Promise<string> {
  const request = parseCommandLine(args)
  if (request.kind !== 'run') throw new Error('not a run')
  return (await runCommand(request, { host, readPassword: async () => password })) ?? ''
}

describe('runCommand', () => {
  test('merge prints the references, or JSON', async () => {
    const archive = join(folder, 'out.tar')
    const args = ['merge', '--archives', folder, '--archive', archive]
    expect(await command(args)).toMatch(new RegExp(`^${archive} sha256:[0-9a-f]{64}$`))
    const json = JSON.parse(await command([...args, '--json']))
    expect(json).toMatchObject({
      version: 1,
      command: 'merge',
      exitCode: 0,
      result: [{ container: 'hello', archive, platforms: [{ system: 'x86_64-linux' }] }],
    })
  })

  test('inspect prints a tree, or JSON', async () => {
    const file = join(folder, 'hello-x86_64-linux.oci.tar')
    expect(await command(['inspect', file])).toContain('linux/amd64')
    expect(JSON.parse(await command(['inspect', file, '--json']))).toMatchObject({
      result: [{ name: file }],
    })
  })

  test('inspect --diff prints the changes, or JSON', async () => {
    const [a, b] = [containerOf('hello', 'x86_64-linux'), containerOf('other', 'x86_64-linux')]
    const files = [await archiveOf(folder, a), await archiveOf(folder, b)]
    expect(await command(['inspect', '--diff', ...files])).toContain('layers: 1 in both')
    const [platform] = JSON.parse(await command(['inspect', '--diff', '--json', ...files])).result.platforms
    expect(platform).toMatchObject({ kind: 'different', layers: { shared: { count: 1 } }, config: [] })
  })

  test('stop prints nothing, and a failure gives exit code 1', async () => {
    const before = process.exitCode
    try {
      expect(await command(['stop'])).toBe('')
      expect(process.exitCode).toBe(before)
      writeFileSync(join(host.stateFolder.path, 'unfinished.json'), 'not JSON')
      expect(await command(['stop'])).toBe('')
      expect(process.exitCode).toBe(1)
    } finally {
      process.exitCode = before
    }
  })

  test('cache accepts check and push', async () => {
    await expect(command(['cache', 'shout', '--cachix', 'a'])).rejects.toThrow(
      '`cache shout` is not a command',
    )
  })

  test.each(['./absent.oci.tar', 'absent.tar.gz', '/absent'])(
    'inspect fails if the file %s does not exist',
    async name => {
      await expect(command(['inspect', name])).rejects.toThrow(`The file ${name} does not exist`)
    },
  )

  test('an empty standard input is not a password', async () => {
    const args = ['merge', '--archives', folder, '--image', 'a.io/x', '--username', 'me', '--password-stdin']
    await expect(command(args, '\n')).rejects.toMatchObject({
      message: expect.stringContaining('standard input is empty'),
      hint: expect.stringContaining('check that the variable is set'),
    })
  })

  test('reads a password from standard input without its newline, and masks it', async () => {
    const registry = await startRegistry({ auth: { kind: 'basic', username: 'me', password: 'planted' } })
    const image = `${registry.host}/o/hello`
    try {
      await expect(command(['merge', '--archives', folder, '--image', image])).rejects.toThrow('anonymous')
      const args = ['merge', '--archives', folder, '--image', image, '--username', 'me', '--password-stdin']
      expect(await command(args, 'planted\n')).toMatch(new RegExp(`^${image}@sha256:`))
      expect(host.secrets).toContain('planted')
      expect(host.logged.join('\n')).not.toContain('planted')
    } finally {
      await registry.close()
    }
  })
})

describe('publish reports usage errors before it builds', () => {
  test.each([
    [['--username', 'me', '--image', 'a.io/x'], 'the password is not'],
    [['--image', 'ghcr.io/{owner}/x'], 'only known on GitHub'],
    [['--image', 'ghcr.io/x/y:1'], 'must not contain a tag'],
    [['--image', 'https://ghcr.io/me/{image}'], '"https://ghcr.io/me/{image}" is not a repository'],
    [['--compression-level', '12', '--image', 'a.io/x'], 'gzip has no compression level 12'],
    [['--archive', '{nam}.tar'], '{nam}'],
    [['--image', 'ghcr.io/_bad'], 'repository name'],
    [['--image', 'localhost:99999/x'], 'not a host'],
    [['--image', 'a.io/x', '--tags', ','], 'contains no tag'],
    [[], 'No destination is set'],
  ])('%j: %s', async (args, why) => {
    await expect(command(['publish', '--flake', '/absent', ...args])).rejects.toThrow(why)
  })
})

test('on the command line, `github-token` has no default', () => {
  const inputs = readInputs(INSPECT_INPUTS, () => undefined, { log: { warning() {} } })
  expect(inputs.githubToken).toBeUndefined()
})

describe('run', () => {
  afterEach(() => {
    jest.restoreAllMocks()
  })

  const timer = { unref: jest.fn() }

  /** Runs a task as `run` does, but this process continues, without handlers for its end. */
  async function runHere(env: Record<string, string>, task: (host: TestHost) => void): Promise<void> {
    jest.spyOn(process, 'on').mockReturnValue(process)
    jest.spyOn(process.stderr, 'on').mockReturnValue(process.stderr)
    jest.spyOn(process, 'exit').mockReturnValue(undefined as never)
    jest.spyOn(globalThis, 'setTimeout').mockReturnValue(timer as unknown as NodeJS.Timeout)
    const open = { ...host, env, protect: (text: string) => text, endProgress: () => {}, dispose: () => {} }
    await run(
      () => open,
      async () => {
        task(host)
        return undefined
      },
    )
  }

  test('masks the passwords of proxies before the task starts', async () => {
    const masked: string[] = []
    const env = { https_proxy: 'me:p%40ss@proxy:1', ALL_PROXY: 'http://me:word@proxy:1' }
    await runHere(env, ({ secrets }) => masked.push(...secrets))
    expect(masked).toEqual(['p%40ss', 'p@ss', 'word'])
  })

  test('writes why a job failed into its summary, and nothing on a local machine', async () => {
    const before = process.exitCode
    const fail = (): void => {
      throw new UserError('no image', { hint: 'give one' })
    }
    await runHere({}, fail)
    expect(host.summaries).toEqual([])
    Object.assign(host, { kind: 'github' })
    await runHere({}, fail)
    process.exitCode = before
    expect(host.summaries).toEqual(['### Failed\n\n```text\nno image\n```\n\ngive one'])
  })

  test('lets the process end by itself, and ends it after a while if a connection is open', async () => {
    await runHere({}, () => {})
    expect(process.exit).not.toHaveBeenCalled()
    expect(timer.unref).toHaveBeenCalled()
    const [end, milliseconds] = jest.mocked(setTimeout).mock.calls.at(-1) ?? []
    end?.()
    expect(process.exit).toHaveBeenCalledTimes(1)
    expect(milliseconds).toBeLessThanOrEqual(1000)
  })

  test('masks nothing without a proxy', async () => {
    let count = -1
    await runHere({ NO_PROXY: 'word' }, ({ secrets }) => {
      count = secrets.size
    })
    expect(count).toBe(0)
  })
})

describe('reportError', () => {
  test('a long message is truncated, and its hint is kept', () => {
    reportError(new UserError('x'.repeat(5_000_000), { hint: 'give one' }), host.log)
    const [line = ''] = host.logged
    expect(line.length).toBeLessThan(70_000)
    expect(line).toMatch(/x…\ngive one$/)
  })

  test.each([
    [new UserError('no', { hint: 'do this' }), 1, ['error: no\ndo this']],
    [new UsageError('wrong'), 2, ['error: wrong']],
  ])('logs %s without a stack, and returns its exit code', (error, code, said) => {
    expect(reportError(error, host.log)).toBe(code)
    expect(host.logged.filter(line => line.startsWith('error') || line.includes('at '))).toEqual(said)
  })

  test('adds the location if the message does not contain it', () => {
    const location = { file: join(process.cwd(), 'sub/flake.nix'), line: 12, column: 5 }
    reportError(new UserError('no version', { hint: 'give one', location }), host.log)
    reportError(new UserError('no version\nat /nix/store/x-source/flake.nix:12:5:', { location }), host.log)
    expect(host.logged).toEqual([
      'error: no version\nat sub/flake.nix:12:5\ngive one',
      'error: no version\nat /nix/store/x-source/flake.nix:12:5:',
    ])
  })

  test('logs an error of the operating system without a stack', async () => {
    const error = await readdir('/proc/absent').catch(thrown => thrown)
    expect(reportError(error, host.log)).toBe(1)
    expect(host.logged).toEqual([
      expect.stringMatching(/^error: .*ENOENT: no such file or directory, scandir '\/proc\/absent'$/),
    ])
  })

  test('logs a bug in the program with its stack', () => {
    expect(reportError(new TypeError('undefined is not'), host.log)).toBe(1)
    expect(host.logged.join('\n')).toMatch(/bug in nix-multiarch[\s\S]*TypeError: undefined is not\n\s+at /)
  })
})
