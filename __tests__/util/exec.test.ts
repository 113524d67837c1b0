import { describe, expect, test } from '@jest/globals'
import { exec } from '../../src/util/exec.js'

const node = (script: string, options = {}) => exec(process.execPath, ['-e', script], options)

describe('exec', () => {
  test('gives output and exit code, also of a failure', async () => {
    const result = await node('console.log("out"); console.error("err"); process.exit(3)')
    expect(result).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' })
  })

  test('hands input over and adds to the environment', async () => {
    const script = 'process.stdin.on("data", d => process.stdout.write(process.env.WORD + d))'
    expect((await node(script, { input: 'in', env: { WORD: 'w' } })).stdout).toBe('win')
  })

  test('standard input is empty when none is given', async () => {
    expect((await node('process.stdin.resume().on("end", () => console.log("end"))')).stdout).toBe('end\n')
  })

  test('a program that does not read its input is no failure', async () => {
    expect((await node('process.exit(0)', { input: 'x'.repeat(1 << 20) })).code).toBe(0)
  })

  test('lines of standard error come whole, the last one without its end too', async () => {
    const lines: string[] = []
    const script = 'process.stderr.write("a\\nb"); setTimeout(() => process.stderr.write("c\\r\\nd"), 20)'
    await node(script, { onErrorLine: (line: string) => lines.push(line) })
    expect(lines).toEqual(['a', 'bc', 'd'])
  })

  test('a program that is not there is named', async () => {
    await expect(exec('no-such-program', [])).rejects.toThrow('no-such-program was not found')
  })

  test('a signal ends it', async () => {
    const abort = new AbortController()
    const run = node('setTimeout(() => {}, 60000)', { signal: abort.signal })
    setTimeout(() => abort.abort(), 20)
    await expect(run).rejects.toMatchObject({ name: 'AbortError' })
  })
})
