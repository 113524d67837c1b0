import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseResult } from '../../__tests__/support/output.js'
import { type ExecResult, exec } from '../../src/util/exec.js'

export const ROOT = resolve('.')
export const CLI = join(ROOT, 'dist/cli/index.js')
/** The folder of the tools that `e2e/setup.sh` prepares. */
export const TOOLS = process.env.E2E_DIR ?? join(ROOT, '.e2e')

export interface MachineOptions {
  readonly nix?: 'current' | 'debian-12' | 'none'
  readonly daemon?: boolean
  readonly user?: 'root' | 'runner'
  /** `runner` can use sudo without a password. */
  readonly sudo?: boolean
  /** QEMU for aarch64 is registered before the command runs. */
  readonly emulate?: boolean
  readonly conf?: readonly string[]
  /** dockerd runs with this image store. */
  readonly docker?: 'classic' | 'containerd'
  /** Nix is not installed, and /nix does not exist. */
  readonly bare?: boolean
  /** Nix is not installed, and /nix belongs to the user. */
  readonly ownNix?: boolean
  /** Nix is not installed, and /nix is a file system of this size, for example `64M`, empty for each command. */
  readonly smallNix?: string
  /** Nix is not installed, and /nix is read-only. */
  readonly readOnlyNix?: boolean
  /** QEMU is not on PATH. */
  readonly noQemu?: boolean
  /** No user can create a user namespace. root can still use a sandbox, which does not need one. */
  readonly noUserns?: boolean
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  readonly input?: string
}

/** An isolated machine. Its Nix store and home folders are kept between commands, processes and registrations are not. */
export interface Machine {
  readonly folder: string
  /** The working folder of commands. */
  readonly work: string
  run(command: string, args: readonly string[], options?: MachineOptions): Promise<ExecResult>
  /** Runs the bundled CLI with the Node.js that runs the tests. */
  cli(args: readonly string[], options?: MachineOptions): Promise<ExecResult>
  remove(): void
}

export function openMachine(defaults: MachineOptions = {}): Machine {
  const parent = join(TOOLS, 'machines')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'm-'))
  const work = join(folder, 'work')
  mkdirSync(work)
  // chmod, because the umask applies to mkdir, and users without privileges need access.
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

/** The standard output of a command. Throws an error with the whole output if it failed. */
export function outputOf({ code, stdout, stderr }: ExecResult): string {
  if (code !== 0) throw new Error(`exit code ${code}\n${stderr}\n${stdout}`)
  return stdout
}

/** The result of a command with `--json`. Throws an error if it failed, or if the published schema does not describe it. */
export function resultOf<Result>(result: ExecResult): Result {
  return parseResult<Result>(outputOf(result))
}

/** Runs one of the prepared tools outside of a machine. */
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
