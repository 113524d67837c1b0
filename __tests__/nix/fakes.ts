import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Container } from '../../src/nix/container.js'
import type { Nix } from '../../src/nix/nix.js'
import { type NixSettings, parseNixVersion, parseSettings } from '../../src/nix/nix.js'
import type { ExecResult } from '../../src/util/exec.js'

/** Creates a temporary folder for a task and removes it afterwards. */
export async function withFolder<T>(task: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'nix-test-'))
  try {
    return await task(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export function derivationOf(name: string): string {
  return `/nix/store/${'0'.repeat(32)}-${name}.drv`
}

/** A container as evaluated from a flake, without what the image says about itself. */
export function evaluatedContainer(name: string, about: Partial<Container> = {}): Container {
  const { system = 'x86_64-linux' } = about
  return {
    name,
    system,
    attribute: `packages.${system}.${name}`,
    builder: system,
    derivation: derivationOf(name),
    output: 'out',
    streamed: false,
    ...about,
  }
}

/** A stand-in for Nix. `answer` returns the result of a call, and `asked` records the arguments of all calls. */
export function fakeNix(of: {
  version?: string
  settings?: Partial<NixSettings>
  storeRoot?: string
  answer?: (args: readonly string[]) => Partial<ExecResult>
}): Nix & { asked: (readonly string[])[] } {
  const version = parseNixVersion(of.version ?? 'nix (Nix) 2.34.8')
  if (version === undefined) throw new Error('no version')
  const asked: (readonly string[])[] = []
  const settings = { ...parseSettings('{}'), system: 'x86_64-linux', ...of.settings }
  return {
    command: '/bin/nix',
    version,
    settings,
    storeRoot: of.storeRoot,
    asked,
    run: async (args, options) => {
      asked.push(args)
      const result = { code: 0, stdout: '', stderr: '', ...of.answer?.(args) }
      for (const line of result.stderr.split('\n').filter(Boolean)) options?.onErrorLine?.(line)
      return result
    },
    start: () => {
      throw new Error('this test does not start Nix')
    },
  }
}

/** Returns the error of a rejected promise. Throws if the promise is fulfilled. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { hint?: string }> {
  const outcome = await promise.then(
    value => ({ value }),
    error => ({ error }),
  )
  if ('error' in outcome) return outcome.error
  throw new Error(`not rejected but ${JSON.stringify(outcome.value)}`)
}
