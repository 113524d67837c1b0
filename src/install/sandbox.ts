import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exists } from '../util/files.js'
import { type Privileges, runAsRoot } from '../util/root.js'

/** The namespaces that Nix's sandbox is made of, and a fresh /proc in them. */
const NAMESPACES = ['--mount', '--pid', '--ipc', '--uts', '--net', '--fork', '--mount-proc']
/** Those who are not root need one more, in which they are. */
const OWN_USERS = ['--user', '--map-root-user']

/** Whether the one who builds here may make what Nix's sandbox is made of. Tried by making it, for nothing else tells. */
export async function canSandbox(rights: Privileges): Promise<boolean> {
  const users = rights.ownsTarget && rights.uid !== 0 ? OWN_USERS : []
  return (await runAsRoot(rights, 'unshare', [...users, ...NAMESPACES, 'true'])).code === 0
}

const MARKS = ['.dockerenv', 'run/.containerenv']

/**
 * Whether this may be a container, where the kernel refuses things that it knows. Not each leaves a mark (BuildKit's and
 * Kubernetes' do not), but they filter system calls; so do some services that are none, which costs them a small build.
 */
export async function isContainer(
  root: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  if (env.container || env.KUBERNETES_SERVICE_HOST) return true
  const marks = await Promise.all(MARKS.map(mark => exists(join(root, mark))))
  return marks.includes(true) || isFiltered(root)
}

async function isFiltered(root: string): Promise<boolean> {
  const status = await readFile(join(root, 'proc/self/status'), 'utf8').catch(() => '')
  return /^Seccomp:\s*[12]$/m.test(status)
}

/** How builds work here. */
interface Confinement {
  readonly sandbox: boolean
  readonly filterSyscalls: boolean
}

/**
 * Finds by real builds what has to be left out so that anything builds at all: the filter of system calls, which QEMU
 * and some containers do not know, or the sandbox. What was left out is told with Nix's reason.
 */
export async function probeConfinement(
  bin: string,
  first: Confinement,
  rights: Privileges,
  warning: (message: string) => void,
): Promise<Confinement> {
  const said = await buildError(bin, first, rights)
  if (said === undefined) return first
  const next = without(first, said)
  if (next === undefined) {
    warning(`Nix does not build here: ${cause(said)}`)
    return first
  }
  const lacking =
    next.filterSyscalls === first.filterSyscalls
      ? 'sandbox'
      : 'filter of system calls (filter-syscalls = false)'
  warning(`Nix builds without its ${lacking} here: ${cause(said)}`)
  return probeConfinement(bin, next, rights, warning)
}

/** What Nix does to make a sandbox, in its words for what went wrong. */
const SANDBOX =
  /error:.*(namespace|sandbox|\bmount|\bclon(e|ing)\b|unshar|pivot|root (directory|filesystem)|['’] (private|shared)|(host|domain) ?name|loopback|IP socket|[ug]id_map|setgroups)/i

function without({ sandbox, filterSyscalls }: Confinement, said: string): Confinement | undefined {
  if (filterSyscalls && /seccomp/i.test(said)) return { sandbox, filterSyscalls: false }
  return sandbox && SANDBOX.test(said) ? { sandbox: false, filterSyscalls } : undefined
}

/** What Nix says when a build fails; `undefined` when it works. */
async function buildError(bin: string, how: Confinement, rights: Privileges): Promise<string | undefined> {
  const settings = { sandbox: how.sandbox, 'filter-syscalls': how.filterSyscalls, substitute: false }
  const options = Object.entries(settings).flatMap(([name, value]) => ['--option', name, String(value)])
  const args = ['--no-out-link', ...options, '--expr', newDerivation()]
  const { code, stderr } = await runAsRoot(rights, join(bin, 'nix-build'), args)
  return code === 0 ? undefined : stderr
}

/** It needs nothing but a shell, and nobody has built it before. */
function newDerivation(): string {
  const attributes = [
    'name = "probe"',
    'system = builtins.currentSystem',
    'builder = "/bin/sh"',
    // Or a program that looks for other machines would be started first.
    'preferLocalBuild = true',
    `args = [ "-c" "echo ${randomUUID()} > $out" ]`,
  ]
  return `derivation { ${attributes.join('; ')}; }`
}

/** The line that tells most. */
function cause(said: string): string {
  const lines = said.trim().split('\n')
  const line = lines.find(text => /seccomp/i.test(text)) ?? lines.findLast(text => /error:/.test(text))
  return (line ?? lines.at(-1) ?? '').replace(/^.*error:\s*/, '').trim()
}
