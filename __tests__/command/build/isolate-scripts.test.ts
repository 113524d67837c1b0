import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createScriptIsolator, type StreamScripts } from '../../../src/command/build/isolate-scripts.js'
import type { Nix } from '../../../src/nix/nix.js'
import type { ExecResult } from '../../../src/util/exec.js'

let temp: string
beforeAll(() => {
  temp = mkdtempSync(join(tmpdir(), 'isolate-'))
})
afterAll(() => rmSync(temp, { recursive: true, force: true }))

const OUTPUT = '/nix/store/00000000000000000000000000000000-stream'
const BUILT = JSON.stringify([{ drvPath: `${OUTPUT}.drv`, outputs: { out: OUTPUT } }])
const TARGET = { system: 'aarch64-linux', options: ['--option', 'extra-platforms', 'aarch64-linux'] }

interface FakeNix {
  readonly sandbox?: boolean
  readonly storeRoot?: string
  /** The result of a build of an expression. */
  build?(expression: string): Partial<ExecResult>
}

/** An isolator on a machine with neither root nor user namespaces. */
function isolatorWith(
  { sandbox = true, storeRoot, build = () => ({}) }: FakeNix,
  policy: StreamScripts = 'allow',
) {
  const calls: (readonly string[])[] = []
  const warnings: string[] = []
  const run = async (args: readonly string[]): Promise<ExecResult> => {
    calls.push(args)
    return { code: 0, stdout: BUILT, stderr: '', ...(args[0] === 'build' && build(args.at(-1) ?? '')) }
  }
  const nix = { settings: { sandbox }, storeRoot, run } as unknown as Nix
  const log = { debug() {}, warning: (text: string) => warnings.push(text) }
  const context = { policy, host: { log, temp } as never, platform: 'darwin' }
  return { isolator: createScriptIsolator(nix, context), calls, warnings }
}

describe('without root and user namespaces', () => {
  test('a script runs as the builder of a derivation if a build shows that the sandbox is on', async () => {
    const { isolator, calls, warnings } = isolatorWith({}, 'isolated')
    const isolation = await isolator.isolate(TARGET)
    await isolator.isolate(TARGET)
    expect(isolation.how).toBe('derivation')
    expect(await isolator.mayRun(TARGET)).toBe(true)
    expect(warnings).toEqual([])
    expect(calls.map(args => args[0])).toEqual(['build', 'store'])
    expect(calls[0]).toEqual(expect.arrayContaining(TARGET.options))
    expect(calls[0]?.at(-1)).toContain('system = "aarch64-linux"')
    expect(calls[1]).toEqual(['store', 'delete', OUTPUT, `${OUTPUT}.drv`])
  })

  test.each<[string, FakeNix]>([
    ['the sandbox is off', { sandbox: false }],
    ['the sandbox is on, but builds see the whole store', { build: () => ({ code: 1 }) }],
    ['the store is in another folder', { storeRoot: '/elsewhere' }],
  ])('if %s, a warning appears once, or it is an error', async (_, nix) => {
    const allowed = isolatorWith(nix)
    for (const system of ['aarch64-linux', 'x86_64-linux', 'x86_64-linux'])
      expect(await allowed.isolator.isolate({ ...TARGET, system })).toEqual({ how: 'none' })
    expect(allowed.warnings).toHaveLength(1)
    expect(allowed.warnings[0]).toMatch(/runs as your user.*sandbox = true.*stream-scripts.*isolated/)
    expect(await allowed.isolator.mayRun(TARGET)).toBe(true)
    const refused = isolatorWith(nix, 'isolated')
    await expect(refused.isolator.isolate(TARGET)).rejects.toMatchObject({
      message: expect.stringContaining('Stream scripts cannot be isolated'),
      hint: expect.stringContaining('sandbox = true'),
    })
    expect(await refused.isolator.mayRun(TARGET)).toBe(false)
    expect(refused.warnings).toEqual([])
  })
})

describe('a script as the builder of a derivation', () => {
  const build = async (result: Partial<ExecResult>) => {
    const { isolator, calls } = isolatorWith({
      build: expression => (expression.includes('storePath') ? result : {}),
    })
    const isolation = await isolator.isolate(TARGET)
    if (isolation.how !== 'derivation') throw new Error(isolation.how)
    return { stream: await isolation.build('/nix/store/script'), calls }
  }

  test('gives the file, which is protected by a link until it is removed', async () => {
    const { stream, calls } = await build({})
    expect(stream.file).toBe(OUTPUT)
    const args = calls.at(-1) ?? []
    expect(args[args.indexOf('--out-link') + 1]).toMatch(new RegExp(`^${temp}/stream-`))
    expect(args.at(-1)).toContain('script = builtins.storePath "/nix/store/script"')
    await stream.remove()
    expect(calls.at(-1)).toEqual(['store', 'delete', OUTPUT, `${OUTPUT}.drv`])
  })

  test.each([
    [
      'stream> line 1\nstream> line 2\nerror: builder failed with exit code 3.',
      /script ended with exit code 3:\nline 1\nline 2$/,
    ],
    ["error: builder for 'x' failed with exit code 3;", /ended with exit code 3 without an error message/],
    ["error: builder for 'x' failed with exit code 97;", /was not run, because the sandbox of Nix is off/],
    ['error: disk full', /Nix could not run the stream script \/nix\/store\/script:\nerror: disk full/],
  ])('reports the failure %j', async (stderr, words) => {
    await expect(build({ code: 1, stderr })).rejects.toThrow(words)
  })
})
