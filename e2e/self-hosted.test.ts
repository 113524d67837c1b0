import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { ResultsServiceStandIn } from '../__tests__/support/results-service.js'
import { type JobResult, type JobStep, runJob, type StepResult, tasksOf } from './support/action.js'
import { type Machine, type MachineOptions, ROOT, TOOLS } from './support/machine.js'
import { BARE, BARE_RUNNER, openRuns, type Runs, SYSTEMS, WITH_NIX } from './support/runs.js'

let runs: Runs
let service: ResultsServiceStandIn
beforeAll(async () => {
  runs = await openRuns()
  service = await runs.newService()
})
afterEach(() => runs.removeMachines())
afterAll(() => runs.close())

/** Not every machine has the device. */
const HAS_KVM = existsSync('/dev/kvm')

/** Puts a file that only root can use in place of /dev/kvm. */
const CLOSE_KVM = HAS_KVM ? ': >/run/kvm; chmod 660 /run/kvm; mount --bind /run/kvm /dev/kvm' : ':'

/**
 * Prints what a job must leave as it was: files in /etc and in the home folder (without
 * the cache of Nix), modes of devices, QEMU, mounts and processes. */
const SNAPSHOT = `
find /etc -printf '%y %m %U:%G %p %l\\n' | sort
find /etc -type f -print0 | sort -z | xargs -0 sha256sum
find "$HOME" -path '*nix*' 2>/dev/null | grep -v '/[.]cache/nix' | sort || true
stat -c '%a %n' /dev/kvm 2>/dev/null || echo '660 /dev/kvm'
ls /proc/sys/fs/binfmt_misc
ls -A /nix 2>/dev/null | grep -v '^store$\\|^var$' || true
ps -eo user=,args= | grep '[n]ix' | grep -v job.mjs | grep -v 'ps -eo\\|grep' || true`

const asRoot = (on: MachineOptions, script: string): string =>
  on.sudo ? `sudo -n --preserve-env=HOME bash -ec '${script.replaceAll("'", "'\\''")}'` : script

interface SelfHosted {
  readonly machine: Machine
  readonly temp: string
  readonly on: MachineOptions
  /** Runs a job between two snapshots. */
  run(steps: readonly JobStep[], env?: Readonly<Record<string, string>>): Promise<JobResult & { log: string }>
  /** A step that runs the build action. */
  build(inputs?: Readonly<Record<string, string>>, settings?: Record<string, string>): JobStep
}

function selfHosted(on: MachineOptions): SelfHosted {
  const machine = runs.newMachine()
  // The folder of the runner is not in the home folder, which is part of the snapshot.
  const temp = join(machine.folder, 'temp')
  return {
    machine,
    temp,
    on,
    build: (inputs, settings) => ({
      action: '.',
      inputs: runs.inputs({ cache: 'false', ...inputs }, settings),
    }),
    async run(steps, env = {}) {
      rmSync(temp, { recursive: true, force: true })
      const before = { shell: asRoot(on, `${CLOSE_KVM}\n${SNAPSHOT}`) }
      const job = { machine, service, temp, on, env, after: [asRoot(on, SNAPSHOT)] }
      const result = await runJob(job, [before, ...steps])
      const log = [...result.steps.slice(1), ...result.posts]
        .map(({ stdout, stderr }) => stdout + stderr)
        .join('')
      return { ...result, log }
    },
  }
}

function expectUnchanged({ steps, after, log }: JobResult & { log: string }): void {
  expect(steps[0]).toMatchObject({ code: 0, stdout: expect.stringContaining('660 /dev/kvm') })
  expect(after[0]).toMatchObject({ code: 0, stderr: '' })
  expect(after[0]?.stdout).toBe(steps[0]?.stdout)
  expect(log).not.toContain('::warning')
}

const succeeded = (results: readonly StepResult[]): void =>
  expect(results.filter(({ code }) => code !== 0)).toEqual([])

/** Prints what a running job has changed. */
const CHANGES = `
stat -c %a /dev/kvm 2>/dev/null || echo 666
ls /proc/sys/fs/binfmt_misc | grep nix-multiarch || true
grep -c '^nixbld' /etc/passwd || true
grep trusted /etc/nix/*.conf || true
pgrep -c nix-daemon || true
ls /etc/nix-multiarch 2>/dev/null || true`

describe('after a job on a self-hosted machine', () => {
  test.each([
    ['root', BARE],
    ['a runner with sudo, without user namespaces', BARE_RUNNER],
  ])('everything but /nix is as before, also after a second job: %s', async (_, on) => {
    const host = selfHosted(on)
    for (let count = 0; count < 2; count++) {
      const job = await host.run([
        host.build({ systems: SYSTEMS.join(' ') }, { part: String(count + 1) }),
        { shell: CHANGES },
      ])
      succeeded([...job.steps, ...job.posts])
      const [, , changes] = job.steps
      expect(changes?.stdout).toMatch(/^666\nnix-multiarch-aarch64\n[1-9]\d*\n[\s\S]*daemon\nrecord.json\n$/)
      expectUnchanged(job)
    }
  })

  test('a set-up of an older version stays as it was', async () => {
    const host = selfHosted(BARE_RUNNER)
    const marks = `
      mkdir -p /etc/nix
      printf '!include nix-multiarch.conf\\n\\n!include nix-multiarch-needed.conf\\n' >/etc/nix/nix.conf
      echo 'max-jobs = 1' >/etc/nix/nix-multiarch.conf
      echo 'extra-experimental-features = nix-command flakes' >/etc/nix/nix-multiarch-needed.conf`
    await host.machine.run('bash', ['-ec', marks], { bare: true })
    const job = await host.run([host.build(), { shell: CHANGES }])
    succeeded([...job.steps, ...job.posts])
    expectUnchanged(job)
  })

  test('`persist` keeps the daemon with its settings and users', async () => {
    const host = selfHosted(BARE_RUNNER)
    const job = await host.run([host.build({ persist: 'daemon' })])
    succeeded([...job.steps, ...job.posts])
    const after = job.after[0]?.stdout ?? ''
    expect(after).toContain('/etc/nix/nix-multiarch-needed.conf')
    expect(after).toMatch(/^root\s.*nix-daemon/m)
    expect(after).toContain('660 /dev/kvm')
    expect(after).not.toContain('/etc/nix-multiarch')
  })

  test("GitHub's own runners record and undo nothing", async () => {
    const host = selfHosted(BARE_RUNNER)
    const job = await host.run([host.build(), { shell: CHANGES }], { RUNNER_ENVIRONMENT: 'github-hosted' })
    succeeded([...job.steps, ...job.posts])
    expect(job.steps[2]?.stdout).not.toContain('record.json')
    expect(job.after[0]?.stdout).toContain(`${HAS_KVM ? 666 : 660} /dev/kvm`)
    expect(job.after[0]?.stdout).not.toContain('nix-daemon')
  })
})

describe('a job that does not end normally', () => {
  const SLOW = { one: 'echo started >&2; sleep 100' }
  /** Runs commands when the daemon builds. */
  const whileBuilding = (commands: string): JobStep => ({
    shell: `(
      for _ in $(seq 600); do ps -eo user= | grep -q '^nixbld' && break; sleep 0.2; done
      ${commands}
    ) >/dev/null 2>&1 &`,
  })

  test('is undone if it is cancelled', async () => {
    const host = selfHosted(BARE_RUNNER)
    const cancel = whileBuilding('kill -INT $(pgrep -f dist/build/index.js)')
    const job = await host.run([cancel, host.build({}, SLOW)])
    expect(job.log).toContain('Stopped by SIGINT')
    succeeded(job.posts)
    expectUnchanged(job)
  })

  test('is undone if Nix was set up and the build fails', async () => {
    const host = selfHosted(BARE_RUNNER)
    const job = await host.run([host.build({}, { one: 'exit 1' })])
    expect(job.steps[1]?.code).toBe(1)
    succeeded(job.posts)
    expectUnchanged(job)
  })

  test('is undone by the next job if the power failed', async () => {
    const host = selfHosted(BARE_RUNNER)
    const [before] = (await host.run([])).steps
    // The machine ends with its processes while the main step runs.
    const crash = whileBuilding('sudo -n kill -KILL -1')
    await expect(host.run([crash, host.build({}, SLOW)])).rejects.toThrow()
    const [crashed] = (await host.run([])).steps
    expect(crashed?.stdout).toContain('/etc/nix-multiarch/record.json')
    expect(crashed?.stdout).toContain('/etc/nix/nix-multiarch-needed.conf')
    const next = await host.run([host.build()])
    succeeded([...next.steps, ...next.posts])
    expect(next.after[0]?.stdout).toBe(before?.stdout)
  })
})

describe('two jobs on one machine', () => {
  test('the last one undoes the changes, and the first one does not stop the daemon', async () => {
    const host = selfHosted(BARE_RUNNER)
    const otherTemp = join(host.machine.folder, 'other')
    mkdirSync(otherTemp)
    chownSync(otherTemp, 1001, 1001)
    const wait: JobStep = {
      shell: 'for _ in $(seq 600); do [ -e "$RUNNER_TEMP/go" ] && exit; sleep 0.1; done; exit 1',
    }
    const steps = tasksOf([host.build({}, { part: '7' }), wait], [], service.environment({ run: 'other' }))
    const file = join(host.machine.work, 'other.json')
    writeFileSync(file, JSON.stringify({ temp: otherTemp, steps }))
    const driver = `RUNNER_TEMP='${otherTemp}' setsid '${process.execPath}' '${ROOT}/e2e/support/job.mjs' <'${file}'`
    const job = await host.run([
      {
        shell: `${driver} >'${otherTemp}/out' 2>&1 &\nfor _ in $(seq 900); do [ -e /etc/nix-multiarch/daemon ] && break; sleep 0.1; done`,
      },
      host.build({ systems: SYSTEMS.join(' ') }),
      {
        shell: `touch '${otherTemp}/go'; for _ in $(seq 900); do [ -s '${otherTemp}/out' ] && break; sleep 0.1; done; sleep 0.5; cat '${otherTemp}/out'`,
      },
      {
        shell: `${CHANGES}; nix build --no-link --rebuild ${runs.flake({ part: '9' })}#packages.x86_64-linux.part || nix build --no-link ${runs.flake({ part: '10' })}#packages.x86_64-linux.part`,
      },
    ])
    succeeded([...job.steps, ...job.posts])
    const other = JSON.parse(job.steps[3]?.stdout ?? '') as StepResult[]
    succeeded(other)
    expect(other.at(-1)?.stdout).toContain('Other jobs use Nix on this machine')
    expect(job.steps[4]?.stdout).toContain('record.json')
    expectUnchanged(job)
  })
})

describe('an existing Nix', () => {
  test('is used, whatever an earlier job left in /etc/nix', async () => {
    const host = selfHosted({ ...WITH_NIX, conf: ['!include nix-multiarch-needed.conf'] })
    const marks = 'echo "extra-trusted-users = old" >/etc/nix/nix-multiarch-needed.conf'
    await host.machine.run('bash', ['-ec', marks], host.on)
    const job = await host.run([host.build({ 'nix-url': 'http://127.0.0.1:1' })])
    succeeded([...job.steps, ...job.posts])
    expect(job.log).not.toMatch(/Installed Nix|package of this system/)
    expectUnchanged(job)
  })

  test('is found in /etc/profiles/per-user, although PATH has none', async () => {
    const host = selfHosted({ nix: 'none' })
    const profile = '/etc/profiles/per-user/root/bin'
    const link = `mkdir -p ${profile}; ln -s '${TOOLS}'/bin/nix* ${profile}`
    await host.machine.run('bash', ['-ec', link], host.on)
    const job = await host.run([host.build({ 'nix-url': 'http://127.0.0.1:1' }), { shell: 'command -v nix' }])
    succeeded([...job.steps, ...job.posts])
    expect(job.steps[2]?.stdout).toBe(`${profile}/nix\n`)
    expect(job.log).not.toContain('Installed Nix')
    expectUnchanged(job)
  })

  test('is used with a daemon of this job if its own does not run', async () => {
    const host = selfHosted({ nix: 'current', user: 'runner', sudo: true })
    const marks = 'echo "extra-trusted-users = old" >/etc/nix/nix-multiarch-needed.conf'
    const prepare = 'nix-store --init 2>/dev/null; nix store ping 2>/dev/null || nix store info'
    await host.machine.run('bash', ['-c', `${prepare}; ${marks}`], { nix: 'current' })
    const job = await host.run([host.build({ 'nix-url': 'http://127.0.0.1:1' })])
    succeeded([...job.steps, ...job.posts])
    expect(job.log).toContain('Started the daemon of the existing Nix')
    expectUnchanged(job)
  })
})
