import { join } from 'node:path'
import { UserError } from '../util/error.js'
import type { Exec } from '../util/exec.js'
import { isExecutable } from '../util/files.js'
import { asArray, asObject, parseJson } from '../util/json.js'
import { programOnPath } from '../util/program.js'
import { CACHIX } from './cachix.js'
import { lastError, lastWords } from './log.js'
import type { Nix } from './nix.js'

export interface CachixPush {
  /** The `cachix` program, as `findCachix` gives it. */
  readonly program: string
  /** The cache's name. */
  readonly name: string
  /** The server's origin, else `https://cachix.org`. */
  readonly host?: string | undefined
  readonly authToken?: string | undefined
  readonly signingKey?: string | undefined
  readonly exec: Exec
  readonly onLine?: (line: string) => void
  readonly signal?: AbortSignal
}

/** Sends paths and all that they refer to to a Cachix cache. Throws a `UserError` that names the cache. */
export async function pushToCachix(paths: readonly string[], push: CachixPush): Promise<void> {
  if (paths.length === 0) return
  const { program, name, host = CACHIX, authToken, signingKey, exec, onLine, signal } = push
  const server = host === CACHIX ? [] : ['--hostname', host]
  const result = await exec(program, [...server, 'push', name], {
    input: paths.map(path => `${path}\n`).join(''),
    env: {
      ...(authToken && { CACHIX_AUTH_TOKEN: authToken }),
      ...(signingKey && { CACHIX_SIGNING_KEY: signingKey }),
    },
    ...(onLine && { onErrorLine: onLine }),
    ...(signal && { signal }),
  })
  if (result.code === 0) return
  const said = lastWords({ stderr: `${result.stdout}\n${result.stderr}` })
  throw new UserError(`Pushing to the Cachix cache ${name} failed:\n${said}`, {
    hint: 'Check that cachix-auth-token may write to it, and cachix-signing-key if it has a key of your own.',
  })
}

export interface FindCachixOptions {
  /** The value of `PATH`. */
  readonly path: string | undefined
  /** Told before it is fetched, which takes a while. */
  readonly notice: (text: string) => void
  readonly onLine?: (line: string) => void
  readonly signal?: AbortSignal
}

const INSTALLABLE = 'nixpkgs#cachix'

/** The `cachix` program on PATH, else out of nixpkgs. Throws a `UserError` when it can be had from neither. */
export async function findCachix(nix: Nix, options: FindCachixOptions): Promise<string> {
  const program = await programOnPath(options.path ?? '', 'cachix')
  if (program !== undefined) return program
  options.notice(`There is no cachix program on PATH, so Nix gets ${INSTALLABLE}`)
  return fetchCachix(nix, options)
}

async function fetchCachix(nix: Nix, { onLine, signal }: FindCachixOptions): Promise<string> {
  const hint = 'Install cachix on this machine, or put it on PATH in an earlier step.'
  const result = await nix.run(['build', '--no-link', '--json', INSTALLABLE], {
    ...(onLine && { onErrorLine: onLine }),
    ...(signal && { signal }),
  })
  if (result.code !== 0) {
    throw new UserError(`Nix could not get cachix, which is needed for pushing:\n${lastError(result)}`, {
      hint,
    })
  }
  for (const output of outputsOf(result.stdout)) {
    const program = join(nix.storeRoot ?? '/', output, 'bin/cachix')
    if (await isExecutable(program)) return program
  }
  throw new UserError(`${INSTALLABLE} has no program bin/cachix`, { hint })
}

function outputsOf(json: string): string[] {
  const built = asArray(parseJson(json, "Nix's list of what was built"), "Nix's list of what was built")
  return built.flatMap(each =>
    Object.values(asObject(asObject(each, 'what was built').outputs, 'outputs')).map(String),
  )
}
