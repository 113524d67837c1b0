import { describe, expect, test } from '@jest/globals'
import { createLineSplitter, type ExecOptions, exec, keepLastLines } from '../../src/util/exec.js'

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
