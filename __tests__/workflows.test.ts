import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { actionInputsOf } from '../src/input/action-metadata.js'
import { type ActionName, listOutputs } from '../src/input/action-outputs.js'
import { BUILD_INPUTS, MERGE_INPUTS, PLAN_INPUTS } from '../src/input/input-table.js'
import { type Input, NOT_SET } from '../src/input/read-inputs.js'
import { testWith } from './support/programs.js'

interface Step {
  readonly uses?: string
  readonly with?: Readonly<Record<string, string>>
}

interface Job {
  readonly uses?: string
  readonly if?: string
  readonly steps?: readonly Step[]
  readonly permissions?: unknown
  readonly outputs?: Readonly<Record<string, string>>
  readonly 'timeout-minutes'?: unknown
}

interface Workflow {
  readonly on: { readonly workflow_call: Called }
  readonly permissions?: unknown
  readonly concurrency?: { readonly group: string }
  readonly jobs: Readonly<Record<string, Job>>
}

interface Called {
  readonly inputs: Readonly<Record<string, { readonly default: unknown; readonly description: string }>>
  readonly secrets: Readonly<Record<string, unknown>>
  readonly outputs: Readonly<Record<string, { readonly value: string }>>
}

const filesIn = (folder: string): string[] => readdirSync(folder).map(name => join(folder, name))
const EXAMPLES = filesIn('examples/workflows')
const OWN = filesIn('.github/workflows')
const PUBLISH = '.github/workflows/publish.yml'

const read = (file: string): Workflow => parse(readFileSync(file, 'utf8')) as Workflow

describe('publish.yml', () => {
  const { on, jobs } = read(PUBLISH)
  const { inputs, secrets } = on.workflow_call
  const given = (job: string): Readonly<Record<string, string>> =>
    jobs[job]?.steps?.find(({ uses }) => uses?.startsWith('$/'))?.with ?? {}

  /**
   * The inputs that the workflow does not pass to each action. A workflow that needs them uses the actions directly. Jobs use their
   * own token; files would be lost with the runner; one hash cannot match the tarballs of two systems; and build jobs do not push.
   */
  const INPUTS_LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
    plan: ['github-token', 'nix-sha256'],
    build: ['github-token', 'nix-sha256', 'output', 'password', 'username'],
    merge: ['archive', 'archives', 'github-token', 'signing-config', 'systems', 'trusted-root'],
  }

  /** The outputs that the caller does not get: paths on runners. */
  const OUTPUTS_LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
    plan: [],
    merge: ['archive-paths', 'archives'],
  }

  const WITH_KEY = `contains(fromJSON('["true", "key"]'), inputs.attest)`

  /** The plan is only told that a key is set. */
  const SIGNING_INPUTS: Readonly<Record<string, string>> = {
    'plan attest': "${{ inputs.attest == 'true' && secrets.SIGNING_KEY && 'key' || inputs.attest }}",
    'merge signing-key': `\${{ ${WITH_KEY} && secrets.SIGNING_KEY || '' }}`,
    'merge signing-key-password': `\${{ ${WITH_KEY} && secrets.SIGNING_KEY_PASSWORD || '' }}`,
  }

  const ACTIONS: readonly ActionName[] = ['plan', 'build', 'merge']

  test.each(ACTIONS)('passes all inputs of the %s action, except the ones that are left out', job => {
    const names = [...Object.keys(given(job)), ...(INPUTS_LEFT_OUT[job] ?? [])].sort()
    expect(names).toEqual(
      actionInputsOf(job)
        .map(({ name }) => name)
        .sort(),
    )
  })

  test.each(ACTIONS)('has the names and defaults of the inputs of the %s action', job => {
    const isPassed = ({ name }: { name: string }): boolean =>
      given(job)[name]?.includes('inputs.') === true && !(`${job} ${name}` in SIGNING_INPUTS)
    for (const input of actionInputsOf(job).filter(isPassed)) {
      expect(given(job)[input.name]).toMatch(
        new RegExp(`^\\$\\{\\{ inputs\\.${input.name} (\\|\\| .*)?\\}\\}$`),
      )
      expect([input.name, String(inputs[input.name]?.default)]).toEqual([input.name, input.default])
    }
  })

  test('gives the signing key only to the job that merges, and only with `attest`', () => {
    const passed = ACTIONS.flatMap(job =>
      Object.entries(given(job)).map(([name, value]) => [`${job} ${name}`, value]),
    )
    const ofKey = passed.filter(([, value]) => value?.includes('secrets.SIGNING_KEY'))
    expect(Object.fromEntries(ofKey)).toEqual(SIGNING_INPUTS)
    expect([given('build').attest, given('merge').attest]).toEqual(Array(2).fill('${{ inputs.attest }}'))
    expect(inputs.attest?.default).toBe('false')
  })

  test.each([BUILD_INPUTS, MERGE_INPUTS, PLAN_INPUTS])(
    'shows built-in defaults that it does not set',
    table => {
      const all: Input<unknown>[] = Object.values(table)
      for (const { name, default: text } of all.filter(each => each.actionDefault === NOT_SET))
        expect(inputs[name]?.description).toContain(`Default: \`${text}\``)
    },
  )

  test('uses every input and every secret', () => {
    const text = readFileSync(PUBLISH, 'utf8')
    for (const name of Object.keys(inputs)) expect(text).toContain(`inputs.${name}`)
    for (const name of Object.keys(secrets)) expect(text).toContain(`secrets.${name}`)
  })

  test('skips the build job if there are no jobs, because GitHub rejects an empty matrix', () => {
    expect(jobs.build?.if).toBe("needs.plan.outputs.jobs != '0'")
  })

  test.each(['plan', 'merge'] as const)(
    'returns all outputs of the %s action, except the ones that are left out',
    job => {
      const all = Object.values(jobs[job]?.outputs ?? {}).map(
        output => new RegExp(`^\\$\\{\\{ steps\\.${job}\\.outputs\\.(\\w+) \\}\\}$`).exec(output)?.[1] ?? '',
      )
      expect([...all, ...(OUTPUTS_LEFT_OUT[job] ?? [])].sort()).toEqual(
        listOutputs(job)
          .map(([name]) => name)
          .sort(),
      )
    },
  )

  test('returns the outputs of its jobs to the caller', () => {
    const told = Object.values(on.workflow_call.outputs).map(({ value }) => value)
    const own = ['jobs', 'plan', 'image'].map(name => `\${{ jobs.plan.outputs.${name} }}`)
    const all = Object.entries(jobs).flatMap(([job, { outputs = {} }]) =>
      Object.keys(outputs).map(name => `\${{ jobs.${job}.outputs.${name} }}`),
    )
    expect([...told, ...own].sort()).toEqual(all.sort())
  })

  test('lets calls wait for each other only if they may set the same tags', () => {
    const group = read(PUBLISH).concurrency?.group
    for (const name of ['flake', 'containers', 'attribute', 'image', 'concurrency-group'])
      expect(group).toContain(`inputs.${name}`)
  })

  test('requests only read permissions, so that a caller does not have to grant more', () => {
    const asked = Object.entries(jobs).map(([name, { permissions }]) => [name, permissions])
    expect(Object.fromEntries(asked)).toEqual({
      plan: { contents: 'read', packages: 'read' },
      build: { contents: 'read', packages: 'read' },
      merge: undefined,
    })
  })
})

describe('the identity of the jobs of publish.yml', () => {
  const workflow = read(PUBLISH)
  const others = Object.entries(workflow.jobs).filter(([name]) => name !== 'merge')

  test('no job but merge can get a permission to write', () => {
    expect(others.map(([name]) => name)).toEqual(['plan', 'build'])
    for (const [, { permissions }] of others)
      expect(Object.values(permissions as object)).toEqual(['read', 'read'])
  })

  test('merge has the permissions that the caller grants, and no others are required', () => {
    // Permissions of the whole workflow would be the permissions of this job.
    expect(workflow.permissions).toBeUndefined()
    expect(workflow.jobs.merge?.permissions).toBeUndefined()
  })

  test('merge has one step, so it has no source to run', () => {
    const steps = workflow.jobs.merge?.steps ?? []
    expect(steps.map(({ uses, ...step }) => [uses, 'run' in step])).toEqual([['$/merge', false]])
    expect(Object.keys(steps[0]?.with ?? {})).not.toContain('flake')
  })

  test('the header names the permissions for `attest`', () => {
    const [header = ''] = readFileSync(PUBLISH, 'utf8').split('\nname:')
    for (const permission of ['id-token: write', 'attestations: write']) expect(header).toContain(permission)
  })
})

describe('the SSH key of publish.yml', () => {
  interface Script {
    readonly name?: string
    readonly run?: string
    readonly if?: string
  }

  const steps = (job: string): Script[] => [...(read(PUBLISH).jobs[job]?.steps ?? [])] as Script[]
  const scriptOf = (job: string, name: string): string =>
    steps(job).find(step => step.name === name)?.run ?? ''
  const START = 'Use the SSH key'
  const STOP = 'Stop the SSH agent'

  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ssh-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** Runs a script as the runner does, and returns its standard output and the variables for later steps. */
  function runScript(script: string, env: Record<string, string>) {
    const file = join(folder, 'env')
    writeFileSync(file, '')
    const stdout = execFileSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
      encoding: 'utf8',
      cwd: folder,
      env: { PATH: process.env.PATH, RUNNER_TEMP: folder, GITHUB_ENV: file, SUBMODULES: 'false', ...env },
    })
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
    const variables = lines.map(line => line.split(/=(.*)/s).slice(0, 2) as [string, string])
    return { stdout, variables: Object.fromEntries(variables) as Record<string, string> }
  }

  test('is used in the same way in both jobs that read the flake, and the agent is always stopped', () => {
    expect(scriptOf('plan', START)).not.toBe('')
    expect(scriptOf('build', START)).toBe(scriptOf('plan', START))
    for (const job of ['plan', 'build'])
      expect(steps(job).at(-1)).toMatchObject({ name: STOP, if: 'always()', run: scriptOf('plan', STOP) })
  })

  test('changes nothing if it is not set', () => {
    const env = { SSH_KEY: '', KNOWN_HOSTS: 'x' }
    expect(runScript(scriptOf('plan', START), env)).toEqual({ stdout: '', variables: {} })
    expect(readdirSync(folder)).toEqual(['env'])
    expect(runScript(scriptOf('plan', STOP), {}).stdout).toBe('')
  })

  testWith('ssh-agent')('is in an agent until the end of the job, with the host keys of the input', () => {
    const keyFile = join(folder, 'key')
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', keyFile])
    // As a secret of a repository: without the last newline, or with the newlines of Windows.
    const key = readFileSync(keyFile, 'utf8').trimEnd().replaceAll('\n', '\r\n')
    const { variables, stdout } = runScript(scriptOf('plan', START), {
      SSH_KEY: key,
      KNOWN_HOSTS: 'host key',
    })
    try {
      expect(stdout).toBe('')
      expect(Object.keys(variables)).toEqual(['SSH_AUTH_SOCK', 'SSH_AGENT_PID', 'GIT_SSH_COMMAND'])
      const listed = runScript('ssh-add -L', variables).stdout
      expect(listed).toBe(readFileSync(`${keyFile}.pub`, 'utf8'))
      const [, hosts = ''] = /UserKnownHostsFile='([^']+)'/.exec(variables.GIT_SSH_COMMAND ?? '') ?? []
      expect(readFileSync(hosts, 'utf8')).toBe('host key\n')
    } finally {
      runScript(scriptOf('plan', STOP), variables)
    }
    // An agent removes its socket when it ends.
    const wait = 'for n in {1..50}; do [ -e "$SSH_AUTH_SOCK" ] || exit 0; sleep 0.1; done; echo runs'
    expect(runScript(wait, variables).stdout).toBe('')
  })
})

/**
 * The SHA-256 fingerprints of the host keys of github.com, by the type of the key:
 * https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/githubs-ssh-key-fingerprints
 */
const GITHUB_FINGERPRINTS: Readonly<Record<string, string>> = {
  'ecdsa-sha2-nistp256': 'p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM',
  'ssh-ed25519': '+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU',
  'ssh-rsa': 'uNiVztksCsDhcc0u9e8BujQXVUpKZIDTMczCvj3tD2s',
}

test('the default host keys are those that GitHub publishes', () => {
  const lines = String(read(PUBLISH).on.workflow_call.inputs['ssh-known-hosts']?.default).split('\n')
  const keys = lines.map(line => line.split(' ') as [host: string, type: string, key: string])
  expect(keys.map(([host]) => host)).toEqual(['github.com'])
  for (const [, type, key] of keys) {
    const fingerprint = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64')
    expect(fingerprint.replace(/=+$/, '')).toBe(GITHUB_FINGERPRINTS[type])
  }
})

describe.each([...OWN, ...EXAMPLES])('%s', file => {
  const workflow = read(file)
  const all = Object.values(workflow.jobs)

  test('pins actions of other owners by commit', () => {
    const uses = all.flatMap(({ uses, steps = [] }) => [uses, ...steps.map(step => step.uses)])
    for (const name of uses.filter(each => each !== undefined)) {
      expect(name).toMatch(
        /^(\$\/\w*|\.\/[\w./-]*|OWNER\/nix-multiarch(\/[\w./-]+)?@v1|[\w.-]+\/[\w.-]+(\/[\w.-]+)*@[0-9a-f]{40})$/,
      )
    }
  })

  test('checks out without leaving the token in .git/config', () => {
    const steps = all.flatMap(({ steps = [] }) => steps)
    for (const step of steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'))) {
      expect(step.with).toMatchObject({ 'persist-credentials': false })
    }
  })

  test('limits the time of each job', () => {
    for (const { uses, ...job } of all) {
      if (uses === undefined) expect(job['timeout-minutes']).toBeDefined()
    }
  })
})

test.each(EXAMPLES)('%s sets the permissions of each job', file => {
  const { permissions, jobs } = read(file)
  expect(permissions).toEqual({})
  for (const { permissions } of Object.values(jobs)) expect(permissions).toBeDefined()
})

test.each(EXAMPLES)('%s uses only inputs and secrets of publish.yml', file => {
  const { inputs, secrets } = read(PUBLISH).on.workflow_call
  for (const job of Object.values(read(file).jobs)) {
    if (!job.uses?.includes('publish.yml')) continue
    const { with: settings = {}, secrets: given = {} } = job as { with?: object; secrets?: object }
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(settings)))
    expect(Object.keys(secrets)).toEqual(expect.arrayContaining(Object.keys(given)))
  }
})
