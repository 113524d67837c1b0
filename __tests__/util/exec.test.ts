import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import {
  createLineSplitter,
  type ExecOptions,
  exec,
  keepLastLines,
  readOutput,
  startProgram,
} from '../../src/util/exec.js'

const node = (script: string, options = {}) => exec(process.execPath, ['-e', script], options)

describe('exec', () => {
  test('returns output and exit code, also of a failed program', async () => {
    const result = await node('console.log("out"); console.error("err"); process.exit(3)')
    expect(result).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' })
  })

  test('passes input and variables', async () => {
    const script = 'process.stdin.on("data", d => process.stdout.write(process.env.WORD + d))'
    expect((await node(script, { input: 'in', env: { WORD: 'w' } })).stdout).toBe('win')
  })

  test('standard input is empty by default', async () => {
    expect((await node('process.stdin.resume().on("end", () => console.log("end"))')).stdout).toBe('end\n')
  })

  test('a program may ignore its input', async () => {
    expect((await node('process.exit(0)', { input: 'x'.repeat(1 << 20) })).code).toBe(0)
  })

  test('passes on complete lines of standard error, also the last one without a line end', async () => {
    const lines: string[] = []
    const script = 'process.stderr.write("a\\nb"); setTimeout(() => process.stderr.write("c\\r\\nd"), 20)'
    await node(script, { onErrorLine: (line: string) => lines.push(line) })
    expect(lines).toEqual(['a', 'bc', 'd'])
  })

  test('names a missing program', async () => {
    await expect(exec('no-such-program', [])).rejects.toThrow('no-such-program was not found')
  })

  test('an abort ends the program', async () => {
    const abort = new AbortController()
    const run = node('setTimeout(() => {}, 60000)', { signal: abort.signal })
    setTimeout(() => abort.abort(), 20)
    await expect(run).rejects.toMatchObject({ name: 'AbortError' })
  })

  test('an abort waits for the end of the program', async () => {
    const abort = new AbortController()
    const lines: string[] = []
    const script = `process.on('SIGTERM', () => setTimeout(() => { console.error('left'); process.exit() }, 100))
      setTimeout(() => {}, 60000)
      console.error('ready')`
    const onErrorLine = (line: string): void => {
      lines.push(line)
      abort.abort()
    }
    await expect(node(script, { signal: abort.signal, onErrorLine })).rejects.toMatchObject({
      name: 'AbortError',
    })
    await expect(node('', { signal: abort.signal })).rejects.toMatchObject({ name: 'AbortError' })
    expect(lines).toEqual(['ready', 'left'])
  })

  test('a program that ignores the abort is killed', async () => {
    const abort = new AbortController()
    let pid = 0
    const script = `process.on('SIGTERM', () => {})
      setTimeout(() => {}, 60000)
      console.error(process.pid)`
    const onErrorLine = (line: string): void => {
      pid = Number(line)
      abort.abort()
    }
    await expect(node(script, { signal: abort.signal, onErrorLine })).rejects.toMatchObject({
      name: 'AbortError',
    })
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })

  test('keeps the last complete lines of a long standard error', async () => {
    const script = `const line = 'ä'.repeat(49) + '\\n'
      for (let n = 0; n < 20000; n++) require('fs').writeSync(2, n + ' ' + line)
      console.log('done')`
    let count = 0
    const { stdout, stderr } = await node(script, { onErrorLine: () => count++ })
    expect(stdout).toBe('done\n')
    expect(count).toBe(20_000)
    const lines = stderr.trimEnd().split('\n')
    expect(lines.every(line => /^\d+ ä{49}$/.test(line))).toBe(true)
    expect(lines.at(-1)).toMatch(/^19999 /)
    expect(Buffer.byteLength(stderr)).toBeGreaterThan(256 * 1024 - 200)
    expect(Buffer.byteLength(stderr)).toBeLessThanOrEqual(256 * 1024)
  })

  test('splits a line without end', async () => {
    const script = `const chunk = 'x'.repeat(1 << 20)
      for (let n = 0; n < 20; n++) require('fs').writeSync(2, chunk)`
    let [longest, all] = [0, 0]
    const onErrorLine = (line: string): void => {
      longest = Math.max(longest, line.length)
      all += line.length
    }
    expect((await node(script, { onErrorLine })).stderr).toBe('x'.repeat(256 * 1024))
    expect(longest).toBeLessThan(1 << 18)
    expect(all).toBe(20 << 20)
  })

  test('a standard output of more than 64 MiB is an error', async () => {
    await expect(exec('head', ['-c', '1G', '/dev/zero'])).rejects.toThrow(
      'head wrote more than 64 MiB to standard output',
    )
  })
})

describe('the environment of a program', () => {
  const planted = {
    INPUT_PASSWORD: 'secret',
    'INPUT_GITHUB-TOKEN': 'secret',
    ACTIONS_RUNTIME_TOKEN: 'secret',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'secret',
    GITHUB_TOKEN: 'secret',
    NIX_CONFIG: 'access-tokens = secret',
    LC_TIME: 'C',
  }
  const environment = async (options: ExecOptions = {}): Promise<Record<string, string>> => {
    Object.assign(process.env, planted)
    try {
      return JSON.parse((await node('console.log(JSON.stringify(process.env))', options)).stdout)
    } finally {
      for (const name of Object.keys(planted)) delete process.env[name]
    }
  }

  test('does not contain the variables that the runner sets for the action', async () => {
    const names = Object.keys(await environment())
    expect(names.filter(name => /^(INPUT|ACTIONS)_/.test(name))).toEqual([])
    expect(names).toEqual(expect.arrayContaining(['PATH', 'GITHUB_TOKEN', 'NIX_CONFIG']))
  })

  test('contains only basic variables with clean', async () => {
    const seen = await environment({ clean: true })
    const allowed = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'LC_CTYPE', 'LC_TIME', 'TERM', 'USER']
    expect(Object.keys(seen).filter(name => !allowed.includes(name))).toEqual([])
    expect(seen).toMatchObject({ PATH: process.env.PATH, LC_TIME: 'C' })
  })

  test('contains all variables of env', async () => {
    const env = { ACTIONS_TOKEN: 'mine', PATH: undefined }
    const seen = await environment({ clean: true, env })
    expect(seen.ACTIONS_TOKEN).toBe('mine')
    expect(seen.PATH).toBeUndefined()
  })
})

test('keepLastLines keeps all lines within the limits', () => {
  const kept = keepLastLines({ count: 2, characters: 10 })
  for (const line of ['a', 'b']) kept.push(line)
  expect(kept.readLines()).toEqual(['a', 'b'])
})

test('keepLastLines keeps the last lines and the number of dropped ones', () => {
  const kept = keepLastLines({ count: 2, characters: 100 })
  for (const line of ['a', 'b', 'c', 'd']) kept.push(line)
  expect(kept.readLines()).toEqual(['… 2 more lines before these', 'c', 'd'])
})

test('keepLastLines counts characters and always keeps the last line', () => {
  const kept = keepLastLines({ count: 100, characters: 5 })
  for (const line of ['abc', 'de', 'f', 'longer than that']) kept.push(line)
  expect(kept.readLines()).toEqual(['… 3 more lines before these', 'longer than that'])
})

function linesOf(...chunks: (string | Buffer)[]): string[] {
  const lines: string[] = []
  const splitter = createLineSplitter(line => lines.push(line))
  for (const chunk of chunks) splitter.push(Buffer.from(chunk))
  splitter.end()
  return lines
}

describe('createLineSplitter', () => {
  const text = Buffer.from('eins\r\nzwei\rdrei\n\nfünf\r\n\r\nsieben €')
  const lines = ['eins', 'zwei', 'drei', '', 'fünf', '', 'sieben €']

  test('returns the same lines for any chunks', () => {
    expect(linesOf(text)).toEqual(lines)
    expect(linesOf(...Array.from(text, byte => Buffer.from([byte])))).toEqual(lines)
    for (let at = 0; at <= text.length; at++)
      expect(linesOf(text.subarray(0, at), text.subarray(at))).toEqual(lines)
  })

  test('passes on a line that ends with a carriage return at once', () => {
    const seen: string[] = []
    const splitter = createLineSplitter(line => seen.push(line))
    splitter.push(Buffer.from('50%\r'))
    expect(seen).toEqual(['50%'])
  })

  test('an empty chunk between carriage return and line feed changes nothing', () => {
    expect(linesOf('a\r', '', '\nb')).toEqual(['a', 'b'])
  })

  test('replaces an incomplete character at the end', () => {
    expect(linesOf('a\n', Buffer.from('€').subarray(0, 2))).toEqual(['a', '\ufffd'])
  })

  test('splits a very long line', () => {
    const long = 'x'.repeat(70_000)
    expect(linesOf(long, 'y')).toEqual([long, 'y'])
  })
})

describe('a program that leaves a process behind', () => {
  /** A process that has ended can stay as a zombie, if the first process of the machine does not wait for others. */
  const isAlive = (pid: number): boolean => {
    try {
      process.kill(pid, 0)
      return !existsSync('/proc/self/stat') || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
    } catch {
      return false
    }
  }
  /** Waits for the end of a killed process, because the kernel ends it a moment later. */
  const waitForEnd = async (pid: number): Promise<void> => {
    for (let n = 0; n < 100 && isAlive(pid); n++) await delay(20)
  }
  /** Prints the process id of a process that has the output open for a minute. */
  const LEAVE = 'sleep 60 & echo $!'
  const read = async (script: string, limits = {}, options: ExecOptions = {}): Promise<string> => {
    const child = startProgram('sh', ['-c', script], { ownGroup: true, ...options })
    child.stderr?.resume()
    let text = ''
    for await (const chunk of readOutput(child, 'sh', code => new Error(`exit code ${code}`), limits))
      text += chunk
    return text
  }

  test('has ended as soon as it has ended itself', async () => {
    const started = Date.now()
    const { code, stdout } = await exec('sh', ['-c', LEAVE])
    expect(code).toBe(0)
    expect(Date.now() - started).toBeLessThan(20_000)
    process.kill(Number(stdout))
  })

  test('ends with its whole group if it has its own', async () => {
    const { stdout } = await exec('sh', ['-c', LEAVE], { ownGroup: true })
    await waitForEnd(Number(stdout))
    expect(isAlive(Number(stdout))).toBe(false)
  })

  test('has a complete output, and an exit code', async () => {
    const pid = Number(await read(LEAVE, { afterExit: 50 }))
    await waitForEnd(pid)
    expect(isAlive(pid)).toBe(false)
    await expect(read(`${LEAVE}; exit 3`, { afterExit: 50 })).rejects.toThrow('exit code 3')
  })

  test('ends with its whole group after an abort', async () => {
    const abort = new AbortController()
    let pid = 0
    const child = startProgram('sh', ['-c', `${LEAVE}; wait`], { ownGroup: true, signal: abort.signal })
    child.stderr?.resume()
    const reading = async (): Promise<void> => {
      for await (const chunk of readOutput(child, 'sh', code => new Error(`exit code ${code}`))) {
        pid = Number(chunk)
        abort.abort()
      }
    }
    await expect(reading()).rejects.toMatchObject({ name: 'AbortError' })
    await waitForEnd(pid)
    expect(isAlive(pid)).toBe(false)
  })

  test('ends with its whole group if the reader stops', async () => {
    const child = startProgram('sh', ['-c', `${LEAVE}; yes`], { ownGroup: true })
    child.stderr?.resume()
    let pid = 0
    for await (const chunk of readOutput(child, 'sh', () => new Error('failed'))) {
      pid = Number.parseInt(String(chunk), 10)
      break
    }
    await waitForEnd(pid)
    expect(isAlive(pid)).toBe(false)
  })

  test.each([
    ['sleep 60', /^sh wrote nothing for 0\.1 s, and was ended$/],
    ['echo start; sleep 60', /^sh wrote nothing for 0\.1 s, and was ended$/],
    ['exec >&-; sleep 60', /^sh wrote nothing for 0\.1 s, and was ended$/],
    ['while :; do echo noise >&2; done', /^sh wrote nothing for 0\.1 s, and was ended$/],
  ])('is ended if it writes nothing: %s', async (script, message) => {
    await expect(read(script, { silence: 100 })).rejects.toThrow(message)
  })

  test('is not silent while its reader is busy', async () => {
    const child = startProgram('sh', ['-c', 'echo a; sleep 0.05; echo b'], { ownGroup: true })
    child.stderr?.resume()
    let text = ''
    const limits = { silence: 200, afterExit: 10 }
    for await (const chunk of readOutput(child, 'sh', () => new Error('failed'), limits)) {
      text += chunk
      await delay(400)
    }
    expect(text).toBe('a\nb\n')
  })

  test('keeps the last words of a failed program', async () => {
    const child = startProgram('sh', ['-c', 'exec >&-; sleep 0.1; echo reason >&2; exit 4'], {
      ownGroup: true,
    })
    let words = ''
    child.stderr?.on('data', chunk => {
      words += chunk
    })
    const reading = readOutput(child, 'sh', code => new Error(`${code} ${words}`))
    await expect(reading.next()).rejects.toThrow('4 reason')
  })
})
