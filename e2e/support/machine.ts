import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type ExecResult, exec } from '../../src/util/exec.js'

export const ROOT = resolve('.')
export const CLI = join(ROOT, 'dist/cli/index.js')
/** The tools that `e2e/setup.sh` prepared. */
export const TOOLS = process.env.E2E_DIR ?? join(ROOT, '.e2e')

export interface MachineOptions {
  readonly nix?: 'current' | 'debian-12' | 'none'
  readonly daemon?: boolean
  readonly user?: 'root' | 'runner'
  /** `runner` has sudo without a password. */
  readonly sudo?: boolean
  /** QEMU is registered before the command runs. */
  readonly emulate?: boolean
  readonly conf?: readonly string[]
  /** dockerd runs, with this image store. */
  readonly docker?: 'classic' | 'containerd'
  /** No Nix, and no /nix until somebody makes it. */
  readonly bare?: boolean
  /** No Nix, and /nix is the user's own. */
  readonly ownNix?: boolean
  /** No Nix, and /nix has only that much room, as in `64M`; it is empty for each command. */
  readonly smallNix?: string
  /** No Nix, and /nix cannot be written to. */
  readonly readOnlyNix?: boolean
  /** QEMU is not on PATH. */
  readonly noQemu?: boolean
  /** Nobody can make a user namespace; root's sandbox goes without. */
  readonly noUserns?: boolean
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  readonly input?: string
}

/** A machine of its own: its Nix store and home outlast a command, its processes and registrations do not. */
export interface Machine {
  readonly folder: string
  /** A folder that commands may fill. */
  readonly work: string
  run(command: string, args: readonly string[], options?: MachineOptions): Promise<ExecResult>
  /** Runs the command line from its bundle, with Node.js as the tests have it. */
  cli(args: readonly string[], options?: MachineOptions): Promise<ExecResult>
  remove(): void
}

export function openMachine(defaults: MachineOptions = {}): Machine {
  const parent = join(TOOLS, 'machines')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'm-'))
  const work = join(folder, 'work')
  mkdirSync(work)
  // Users without rights come here too, and the umask has its say when folders are made.
  chmodSync(folder, 0o755)
  chmodSync(work, 0o777)
  const run: Machine['run'] = (command, args, options = {}) => {
    const all = { ...defaults, ...options }
    return exec('bash', [join(ROOT, 'e2e/lib/machine.sh'), ...flags(all), folder, command, ...args], {
      cwd: all.cwd ?? work,
      env: { NODE_OPTIONS: undefined, CI: undefined, ...all.env },
      ...(all.input !== undefined && { input: all.input }),
    })
  }
  return {
    folder,
    work,
    run,
    cli: (args, options) => run(process.execPath, [CLI, ...args], options),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

const SWITCHES = {
  daemon: '--daemon',
  sudo: '--sudo',
  emulate: '--emulate',
  bare: '--bare',
  ownNix: '--own-nix',
  readOnlyNix: '--read-only-nix',
  noQemu: '--no-qemu',
  noUserns: '--no-userns',
} as const

const SETTINGS = { nix: '--nix', user: '--user', docker: '--docker', smallNix: '--small-nix' } as const

function flags(options: MachineOptions): string[] {
  return [
    ...Object.entries(SETTINGS).flatMap(([name, flag]) => {
      const value = options[name as keyof typeof SETTINGS]
      return value === undefined ? [] : [flag, value]
    }),
    ...Object.entries(SWITCHES).flatMap(([name, flag]) =>
      options[name as keyof typeof SWITCHES] ? [flag] : [],
    ),
    ...(options.conf ?? []).flatMap(line => ['--conf', line]),
  ]
}

/** Standard output of a command that must work; else an error with all that it said. */
export function outputOf({ code, stdout, stderr }: ExecResult): string {
  if (code !== 0) throw new Error(`exit code ${code}\n${stderr}\n${stdout}`)
  return stdout
}

/** One of the prepared programs, outside of any machine. */
export async function tool(
  name: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const policy = name === 'skopeo' ? ['--policy', join(TOOLS, 'etc/policy.json')] : []
  return outputOf(
    await exec(join(TOOLS, 'bin', name), [...policy, ...args], { env: { NODE_OPTIONS: undefined, ...env } }),
  )
}
