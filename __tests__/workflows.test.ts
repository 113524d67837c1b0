import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { actionInputsOf } from '../src/input/action-metadata.js'
import { type ActionName, listOutputs } from '../src/input/action-outputs.js'

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
  readonly inputs: Readonly<Record<string, { readonly default: unknown }>>
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
   * What each action is not given: whoever needs it writes the jobs by hand. Jobs here have the token of their own run; files stay
   * on runners that are gone afterwards; one hash does not fit the tarballs of two systems; and what builds needs no password to push.
   */
  const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
    plan: ['github-token', 'nix-sha256'],
    build: ['github-token', 'nix-sha256', 'output', 'password', 'username'],
    merge: ['archive', 'archives', 'github-token', 'systems'],
  }

  /** What a caller does not get: paths on runners, and what only the jobs here tell each other. */
  const OUTPUTS_LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
    plan: [],
    merge: ['archive-paths', 'archives'],
  }

  const ACTIONS: readonly ActionName[] = ['plan', 'build', 'merge']

  test.each(ACTIONS)('gives the %s action all that it takes, but for what was left out', job => {
    const names = [...Object.keys(given(job)), ...(LEFT_OUT[job] ?? [])].sort()
    expect(names).toEqual(
      actionInputsOf(job)
        .map(({ name }) => name)
        .sort(),
    )
  })

  test.each(ACTIONS)("has the %s action's defaults under the same names", job => {
    for (const input of actionInputsOf(job).filter(({ name }) => given(job)[name]?.includes('inputs.'))) {
      expect(given(job)[input.name]).toMatch(
        new RegExp(`^\\$\\{\\{ inputs\\.${input.name} (\\|\\| .*)?\\}\\}$`),
      )
      expect([input.name, String(inputs[input.name]?.default)]).toEqual([input.name, input.default])
    }
  })

  test('every input and every secret goes somewhere', () => {
    const text = readFileSync(PUBLISH, 'utf8')
    for (const name of Object.keys(inputs)) expect(text).toContain(`inputs.${name}`)
    for (const name of Object.keys(secrets)) expect(text).toContain(`secrets.${name}`)
  })

  test('has no matrix without jobs, which GitHub would not take', () => {
    expect(jobs.build?.if).toBe("needs.plan.outputs.jobs != '0'")
  })

  test.each(['plan', 'merge'] as const)(
    'hands on all outputs that the %s action has, but for what was left out',
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

  test("tells the caller what the jobs' outputs are", () => {
    const told = Object.values(on.workflow_call.outputs).map(({ value }) => value)
    const own = ['jobs', 'plan', 'image'].map(name => `\${{ jobs.plan.outputs.${name} }}`)
    const all = Object.entries(jobs).flatMap(([job, { outputs = {} }]) =>
      Object.keys(outputs).map(name => `\${{ jobs.${job}.outputs.${name} }}`),
    )
    expect([...told, ...own].sort()).toEqual(all.sort())
  })

  test('lets calls wait for each other only where they may move the same tags', () => {
    const group = read(PUBLISH).concurrency?.group
    for (const name of ['flake', 'containers', 'attribute', 'image', 'concurrency-group'])
      expect(group).toContain(`inputs.${name}`)
  })

  test('asks for no more than reading, so that a caller needs to grant no more than it wants done', () => {
    const asked = Object.entries(jobs).map(([name, { permissions }]) => [name, permissions])
    expect(Object.fromEntries(asked)).toEqual({
      plan: { contents: 'read', packages: 'read' },
      build: { contents: 'read', packages: 'read' },
      merge: undefined,
    })
  })
})

describe.each([...OWN, ...EXAMPLES])('%s', file => {
  const workflow = read(file)
  const all = Object.values(workflow.jobs)

  test("pins others' actions by commit", () => {
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

  test('bounds how long a job takes', () => {
    for (const { uses, ...job } of all) {
      if (uses === undefined) expect(job['timeout-minutes']).toBeDefined()
    }
  })
})

test.each(EXAMPLES)('%s says for each job what it may do', file => {
  const { permissions, jobs } = read(file)
  expect(permissions).toEqual({})
  for (const { permissions } of Object.values(jobs)) expect(permissions).toBeDefined()
})

test.each(EXAMPLES)('%s has names of inputs and secrets that publish.yml knows', file => {
  const { inputs, secrets } = read(PUBLISH).on.workflow_call
  for (const job of Object.values(read(file).jobs)) {
    if (!job.uses?.includes('publish.yml')) continue
    const { with: settings = {}, secrets: given = {} } = job as { with?: object; secrets?: object }
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(settings)))
    expect(Object.keys(secrets)).toEqual(expect.arrayContaining(Object.keys(given)))
  }
})
