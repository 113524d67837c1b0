import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { networkVariables } from '../../http/network-variables.js'
import { UserError } from '../../util/error.js'
import type { Exec, ExecResult } from '../../util/exec.js'

/** Debian's and Ubuntu's package manager, used without changing anything of the machine's. */
export interface Apt {
  readonly exec: Exec
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds that each of its steps may take; two minutes when absent. */
  readonly patience?: number
  readonly signal?: AbortSignal | undefined
}

const PATIENCE_MS = 120_000

const OPTIONS: readonly string[] = [
  // Without a network it is to be told soon.
  ...option('Acquire::http::Timeout=10'),
  ...option('Acquire::https::Timeout=10'),
  ...option('Acquire::Retries=1'),
  // As root, apt loads as a user of its own, who cannot reach into our folders.
  ...option('APT::Sandbox::User=root'),
]

/** The machine's lists are missing or too old: fresh ones may help. */
const UNKNOWN = /Unable to locate package|no installation candidate|Can't (select|find a source)|\b404\b/

/**
 * Downloads a package, whose signature apt checks, into a folder. `false` when the lists do not know it, or know it where
 * it is no longer. Throws a `UserError` for any other failure.
 *
 * @param options of `freshLists`; none to go by the machine's lists
 */
export async function download(
  name: string,
  folder: string,
  options: readonly string[],
  apt: Apt,
): Promise<boolean> {
  const result = await aptGet([...options, 'download', name], apt, folder)
  if (result.code === 0) return true
  if (UNKNOWN.test(result.stderr)) return false
  throw failed(`download ${name}`, result)
}

/** Gets the package lists of the machine's sources into a folder, and gives the options with which apt reads them there. */
export async function freshLists(folder: string, apt: Apt): Promise<string[]> {
  const [lists, cache] = [join(folder, 'lists'), join(folder, 'cache')]
  await mkdir(join(lists, 'partial'), { recursive: true })
  await mkdir(join(cache, 'archives/partial'), { recursive: true })
  const options = [...option(`Dir::State::lists=${lists}`), ...option(`Dir::Cache=${cache}`)]
  const result = await aptGet([...options, ...option('Acquire::Languages=none'), 'update'], apt, folder)
  if (result.code === 0) return options
  throw failed('update', result)
}

function option(text: string): [string, string] {
  return ['-o', text]
}

async function aptGet(args: readonly string[], apt: Apt, cwd: string): Promise<ExecResult> {
  const { exec, env, patience = PATIENCE_MS, signal } = apt
  const limit = AbortSignal.timeout(patience)
  try {
    return await exec('apt-get', ['-q', ...OPTIONS, ...args], {
      cwd,
      clean: true,
      // In English, so that what went wrong can be told from the words.
      env: { ...networkVariables(env), PATH: env.PATH, LC_ALL: 'C' },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    })
  } catch (error) {
    signal?.throwIfAborted()
    if (limit.aborted) throw new UserError(`apt-get did not end within ${patience / 1000} s`)
    throw error
  }
}

/** apt tells errors in lines that begin with `E:`, the last one being about the whole. */
function failed(what: string, { code, stderr }: ExecResult): UserError {
  const errors = stderr.split('\n').filter(line => line.startsWith('E: '))
  const said = errors[0]?.slice(3) ?? stderr.trim().split('\n').at(-1) ?? ''
  return new UserError(`apt-get ${what} failed: ${said || `exit code ${code}`}`)
}
