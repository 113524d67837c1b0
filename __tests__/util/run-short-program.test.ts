import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getExecOutput } from '@actions/exec'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { type Exec, exec, ProgramNotFound } from '../../src/util/exec.js'
import { quoteCommand, runShortProgram } from '../../src/util/run-short-program.js'

let folder: string
let output: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'programs-'))
  output = ''
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, 'write').mockImplementation(text => {
      output += text
      return true
    })
  }
})

afterAll(async () => {
  jest.restoreAllMocks()
  await rm(folder, { recursive: true })
})

async function programAt(name: string, script = '#!/bin/sh\necho started\n', mode = 0o755): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, script)
  await chmod(path, mode)
  return path
}

/** Both runners must behave the same. */
const RUNNERS: [string, Exec][] = [
  ['exec', exec],
  ['runShortProgram', runShortProgram],
]

describe.each(RUNNERS)('%s', (_name, run) => {
  const node = (script: string, options = {}) => run(process.execPath, ['-e', script], options)

  test('returns both outputs and the exit code', async () => {
    const result = await node('console.log("out"); console.error("err"); process.exit(3)')
    expect(result).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' })
  })

  test.each([
    ['a space', 'a b'],
    ['quotes', `"a" 'b'`],
    ['a line break', 'a\nb\r\n'],
    ['backslashes', '\\a\\\\'],
    ['nothing', ''],
    ['shell syntax', '$HOME `id` *; exit 1'],
    ['other scripts', 'ä€😀'],
  ])('passes an argument with %s unchanged', async (_what, argument) => {
    const script = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))'
    const { stdout } = await run(process.execPath, ['-e', script, '--', argument, 'last'])
    expect(JSON.parse(stdout)).toEqual([argument, 'last'])
  })

  test.each(['a b', 'a  b', ' a ', 'a"b', 'a\\b', 'a\\"b', '"', "a'b", 'a\\', 'a\tb\n', 'ä'])(
    'starts a program named %j',
    async name => {
      expect(await run(await programAt(name), [])).toEqual({ code: 0, stdout: 'started\n', stderr: '' })
    },
  )

  test('finds a program in the PATH that it gets', async () => {
    await programAt('only-here')
    const env = { PATH: `${folder}:/bin:/usr/bin` }
    expect((await run('only-here', [], { env })).stdout).toBe('started\n')
    await expect(run('only-here', [])).rejects.toThrow('only-here was not found')
  })

  test('skips folders of PATH that are missing, are a file, or contain a folder of that name', async () => {
    const file = await programAt('file')
    const name = 'behind-others'
    await mkdir(join(folder, 'other', name), { recursive: true })
    await programAt(name)
    const env = { PATH: [join(folder, 'none'), file, join(folder, 'other'), folder, '/bin'].join(':') }
    expect((await run(name, [], { env })).stdout).toBe('started\n')
  })

  test('starts a program by its path relative to the folder', async () => {
    await programAt('relative')
    expect((await run('./relative', [], { cwd: folder })).stdout).toBe('started\n')
  })

  test('runs in the folder', async () => {
    const link = join(folder, `link-${_name}`)
    await symlink(tmpdir(), link)
    expect((await node('console.log(process.cwd())', { cwd: link })).stdout.trim()).toBe(tmpdir())
  })

  test.each(['no-such-program', '/no/such/program', './no-such-program'])('%s is missing', async name => {
    const error = await run(name, []).catch((failure: unknown) => failure)
    expect(error).toBeInstanceOf(ProgramNotFound)
    expect((error as Error).message).toBe(`${name} was not found`)
  })

  test('a file that is not executable is an error', async () => {
    const path = await programAt('plain', 'text', 0o644)
    const error = await run(path, []).catch((failure: unknown) => failure)
    expect(error).toMatchObject({ name: 'UserError' })
    expect((error as Error).message).toContain(`${path} could not be started: `)
  })

  test.each(['missing', 'a file'])('a folder that is %s is an error', async what => {
    const cwd = what === 'missing' ? join(folder, 'none') : await programAt('not-a-folder')
    await expect(run('sh', ['-c', 'exit'], { cwd })).rejects.toThrow(
      `sh could not be started: ${cwd} is not a folder`,
    )
  })

  test.each([
    ['a zero byte', 'a\0b'],
    ['too many bytes', 'x'.repeat(200_000)],
  ])('an argument with %s is an error', async (_what, argument) => {
    await expect(run('sh', [argument])).rejects.toThrow('sh could not be started: ')
  })

  test('the standard input is empty, so a program that reads it ends', async () => {
    expect((await node('process.stdin.resume().on("end", () => console.log("end"))')).stdout).toBe('end\n')
    expect((await run('cat', [], { input: '' })).code).toBe(0)
  })

  test('a program that closes its input at once is no error', async () => {
    expect((await run('sh', ['-c', 'exec <&-; exit 4'])).code).toBe(4)
  })

  test('a program that has ended before its input is closed is no error', async () => {
    const program = await programAt('quick')
    const results = await Promise.all(Array.from({ length: 30 }, () => run(program, [])))
    expect(results.every(({ code }) => code === 0)).toBe(true)
  }, 20_000)

  test('the exit code is 128 if a signal ended the program', async () => {
    expect((await node('process.kill(process.pid, "SIGKILL"); setTimeout(() => {}, 60000)')).code).toBe(128)
  })

  test('keeps characters that are split over chunks, and line ends', async () => {
    const script = `const bytes = Buffer.from('a€😀\\r\\nb\\r')
      const write = at => at < bytes.length &&
        process.stdout.write(bytes.subarray(at, at + 1), () => setTimeout(write, 5, at + 1))
      write(0)`
    expect((await node(script)).stdout).toBe('a€😀\r\nb\r')
  })

  test('replaces bytes that are not UTF-8', async () => {
    const script =
      'process.stdout.write(Buffer.from([97, 0xff, 98, 0xe2, 0x82])); process.stderr.write(Buffer.from([0xc3]))'
    expect(await node(script)).toEqual({ code: 0, stdout: 'a\ufffdb\ufffd', stderr: '\ufffd' })
  })

  test('keeps the last complete lines of a long standard error', async () => {
    const script = `for (let n = 0; n < 20000; n++) require('fs').writeSync(2, n + ' ' + 'x'.repeat(49) + '\\n')`
    const { stderr } = await node(script)
    expect(Buffer.byteLength(stderr)).toBeLessThanOrEqual(256 * 1024)
    const lines = stderr.trimEnd().split('\n')
    expect(lines.every(line => /^\d+ x{49}$/.test(line))).toBe(true)
    expect(lines.at(-1)).toMatch(/^19999 /)
  })

  test('a standard output of more than 64 MiB is an error', async () => {
    const script = `yes ${'x'.repeat(999)} | head -c 70000000`
    await expect(run('sh', ['-c', script])).rejects.toThrow('sh wrote more than 64 MiB to standard output')
  }, 30_000)

  test('passes the same environment', async () => {
    const planted = { INPUT_PASSWORD: 'secret', ACTIONS_RUNTIME_TOKEN: 'secret', NIX_CONFIG: 'x' }
    Object.assign(process.env, planted)
    const names = async (options: object): Promise<string[]> =>
      Object.keys(JSON.parse((await node('console.log(JSON.stringify(process.env))', options)).stdout))
    try {
      const seen = await names({ env: { WORD: 'w', HOME: undefined } })
      expect(seen.filter(name => /^(INPUT|ACTIONS)_/.test(name))).toEqual([])
      expect(seen).toEqual(expect.arrayContaining(['PATH', 'NIX_CONFIG', 'WORD']))
      expect(seen).not.toContain('HOME')
      expect(await names({ clean: true })).not.toContain('NIX_CONFIG')
    } finally {
      for (const name of Object.keys(planted)) delete process.env[name]
    }
  })

  test('passes input, lines of standard error, the process id and an abort', async () => {
    const lines: string[] = []
    let pid = 0
    const options = {
      input: 'in',
      onErrorLine: (line: string) => lines.push(line),
      onStart: (id: number) => {
        pid = id
      },
    }
    const script = 'process.stdin.on("data", d => { console.log("got " + d); console.error(process.pid) })'
    expect((await node(script, options)).stdout).toBe('got in\n')
    expect(lines).toEqual([String(pid)])
    const abort = new AbortController()
    const running = node('setTimeout(() => {}, 60000)', { signal: abort.signal })
    abort.abort()
    await expect(running).rejects.toMatchObject({ name: 'AbortError' })
  })

  test('prints nothing', () => {
    expect(output).toBe('')
  })
})

describe('what is wrapped of @actions/exec', () => {
  test('it needs the quoting', async () => {
    const path = await programAt('with "quotes" and \\ ')
    const silent = { silent: true }
    expect((await getExecOutput(quoteCommand(path), [], silent)).stdout).toBe('started\n')
    await expect(getExecOutput(path, [], silent)).rejects.toThrow('Unable to locate executable file')
  })
})
