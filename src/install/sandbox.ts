import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exists } from '../util/files.js'
import { type Privileges, runAsRoot } from '../util/run-as-root.js'

/** The namespaces of Nix's sandbox, and a new /proc in them. */
const NAMESPACE_OPTIONS = ['--mount', '--pid', '--ipc', '--uts', '--net', '--fork', '--mount-proc']

/** A user other than root also needs a user namespace. */
const USER_NAMESPACE_OPTIONS = ['--user', '--map-root-user']

/** True if the user that runs builds can create the namespaces of Nix's sandbox. Creating them is the only reliable test. */
export async function canSandbox(privileges: Privileges): Promise<boolean> {
  const userOptions = privileges.ownsTarget && privileges.uid !== 0 ? USER_NAMESPACE_OPTIONS : []
  const result = await runAsRoot(privileges, 'unshare', [...userOptions, ...NAMESPACE_OPTIONS, 'true'])
  return result.code === 0
}

const CONTAINER_MARKERS = ['.dockerenv', 'run/.containerenv']

/**
 * True if this may be a container, in which the kernel can refuse more than `canSandbox` tests. Containers of BuildKit and
 * Kubernetes have no marker file, but a system call filter. Some services outside of containers have a filter too. For
 * them, this only costs a small build.
 */
export async function isContainer(
  root: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  if (env.container || env.KUBERNETES_SERVICE_HOST) return true
  const markers = await Promise.all(CONTAINER_MARKERS.map(marker => exists(join(root, marker))))
  return markers.includes(true) || hasSyscallFilter(root)
}

async function hasSyscallFilter(root: string): Promise<boolean> {
  const status = await readFile(join(root, 'proc/self/status'), 'utf8').catch(() => '')
  return /^Seccomp:\s*[12]$/m.test(status)
}

/** How builds are confined. */
interface Confinement {
  readonly sandbox: boolean
  /** Nix's setting `filter-syscalls`. */
  readonly filterSyscalls: boolean
}

/**
 * Finds the strictest confinement that builds work with, by running builds. QEMU and some containers do not support the
 * system call filter; other containers do not support the sandbox. What is disabled is reported with Nix's error.
 */
export async function probeConfinement(
  bin: string,
  confinement: Confinement,
  privileges: Privileges,
  warning: (message: string) => void,
): Promise<Confinement> {
  const stderr = await runProbeBuild(bin, confinement, privileges)
  if (stderr === undefined) return confinement
  const relaxed = relaxConfinement(confinement, stderr)
  if (relaxed === undefined) {
    warning(`Nix cannot build on this machine: ${findCause(stderr)}`)
    return confinement
  }
  const disabled =
    relaxed.filterSyscalls === confinement.filterSyscalls
      ? 'sandbox'
      : 'system call filter (filter-syscalls = false)'
  warning(`Nix builds without its ${disabled} on this machine: ${findCause(stderr)}`)
  return probeConfinement(bin, relaxed, privileges, warning)
}

/** Matches Nix's errors about the steps of creating a sandbox. */
const SANDBOX_ERROR =
  /error:.*(namespace|sandbox|\bmount|\bclon(e|ing)\b|unshar|pivot|root (directory|filesystem)|['’] (private|shared)|(host|domain) ?name|loopback|IP socket|[ug]id_map|setgroups)/i

/** Returns `undefined` if the error has another cause. */
function relaxConfinement({ sandbox, filterSyscalls }: Confinement, stderr: string): Confinement | undefined {
  if (filterSyscalls && /seccomp/i.test(stderr)) return { sandbox, filterSyscalls: false }
  return sandbox && SANDBOX_ERROR.test(stderr) ? { sandbox: false, filterSyscalls } : undefined
}

/** Returns Nix's standard error if the build fails, or `undefined` if it works. */
async function runProbeBuild(
  bin: string,
  { sandbox, filterSyscalls }: Confinement,
  privileges: Privileges,
): Promise<string | undefined> {
  const settings = { sandbox, 'filter-syscalls': filterSyscalls, substitute: false }
  const options = Object.entries(settings).flatMap(([name, value]) => ['--option', name, String(value)])
  const args = ['--no-out-link', ...options, '--expr', makeProbeExpression()]
  const { code, stderr } = await runAsRoot(privileges, join(bin, 'nix-build'), args)
  return code === 0 ? undefined : stderr
}

/** A derivation that needs only a shell. It is unique, so that it is always built. */
function makeProbeExpression(): string {
  const attributes = [
    'name = "probe"',
    'system = builtins.currentSystem',
    'builder = "/bin/sh"',
    // Otherwise Nix first starts its build hook, which looks for remote builders.
    'preferLocalBuild = true',
    `args = [ "-c" "echo ${randomUUID()} > $out" ]`,
  ]
  return `derivation { ${attributes.join('; ')}; }`
}

/** Returns the line of Nix's output that is most likely the cause. */
function findCause(stderr: string): string {
  const lines = stderr.trim().split('\n')
  const line = lines.find(text => /seccomp/i.test(text)) ?? lines.findLast(text => /error:/.test(text))
  return (line ?? lines.at(-1) ?? '').replace(/^.*error:\s*/, '').trim()
}
