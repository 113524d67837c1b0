import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { parseCommandLine } from '../src/input/command-line.js'
import {
  BUILD_INPUTS,
  MERGE_INPUTS,
  PLAN_INPUTS,
  PRUNE_INPUTS,
  PUBLISH_INPUTS,
  VERIFY_INPUTS,
} from '../src/input/input-table.js'
import type { InputTable } from '../src/input/read-inputs.js'
import { findAvoidedWords } from './support/plain-words.js'

const markdownIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md') && !name.includes('node_modules'))
    .map(name => join(folder, name))

const ROOT_PAGES = readdirSync('.').filter(name => name.endsWith('.md'))
/** The pages for users. */
const USER_PAGES = [...ROOT_PAGES, ...markdownIn('docs'), ...markdownIn('examples')]
const PAGES = [...USER_PAGES, ...['.github', 'bench', 'e2e', 'src'].flatMap(markdownIn)]

interface CodeBlock {
  readonly language: string
  readonly text: string
}

function codeBlocksOf(markdown: string): CodeBlock[] {
  const blocks = markdown.matchAll(/^( *)```(\w*)\n([\s\S]*?)^\1```$/gm)
  return [...blocks].map(([, , language = '', text = '']) => ({ language, text }))
}

const withoutCode = (markdown: string): string =>
  markdown
    .replace(/^( *)```[\s\S]*?^\1```$/gm, '')
    .replace(/`[^`\n]*`/g, code => code.replace(/[[\]()]/g, ''))

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(markdown: string): Set<string> {
  const headings = markdown.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ +(.*)$/gm)
  const slug = (title: string): string =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-')
  return new Set([...headings].map(([, title = '']) => slug(title)))
}

describe.each(PAGES)('%s', page => {
  const markdown = readFileSync(page, 'utf8')

  test('links to files and headings that exist', () => {
    const targets = [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
    const missing = targets.filter(target => {
      if (/^[a-z]+:/.test(target)) return false
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? page : normalize(join(dirname(page), path))
      if (!existsSync(file)) return true
      if (anchor === undefined) return false
      return statSync(file).isDirectory() || !anchorsOf(readFileSync(file, 'utf8')).has(anchor)
    })
    expect(missing).toEqual([])
  })

  test('has command lines that the program accepts', () => {
    const commands = codeBlocksOf(markdown).flatMap(({ language, text }) => {
      if (language === 'console') return commandsOf(text)
      return SCRIPT_LANGUAGES.includes(language) ? callsIn(text) : []
    })
    expect(commands.length).toBeGreaterThanOrEqual(
      markdown.match(/^\$ (eval "\$\()?nix-multiarch /gm)?.length ?? 0,
    )
    for (const words of commands) expect(() => parseCommandLine(words)).not.toThrow()
  })
})

/** Files of CI systems, whose scripts call the program. */
const SCRIPT_LANGUAGES = ['yaml', 'groovy']

/** Uses of an avoided word that are plain. */
const PLAIN_USES = /\bstand-ins?\b|\bwhat is wrong(,| and) where\b|^## (What|When)\b/gi

test.each(USER_PAGES)('%s has no avoided words', page => {
  const prose = readFileSync(page, 'utf8')
    .replace(/^( *)```[\s\S]*?^\1```$/gm, '')
    .replace(/`[^`\n]*`/g, '`code`')
    .replace(/\]\([^)]*\)/g, ']')
    .replace(PLAIN_USES, '')
  expect(prose.split(/\n(?=\n|[-|#*])/).flatMap(part => findAvoidedWords(part.trim()))).toEqual([])
})

/** The arguments of each call of `nix-multiarch` in the lines after a prompt. */
function commandsOf(text: string): string[][] {
  const lines = text.replace(/\\\n\s*/g, '').split('\n')
  const calls = lines.filter(line => line.startsWith('$ ')).flatMap(line => line.match(CALL) ?? [])
  return calls.map(call => wordsOf(call.replace(/^nix-multiarch/, '')))
}

/** The arguments of each call of `nix-multiarch` in the scripts of a CI system. */
function callsIn(text: string): string[][] {
  const lines = text.replace(/\\\n\s*/g, '').split('\n')
  const scripts = lines.filter(line => /^\s*(- )?(eval "\$\()?nix-multiarch [a-z]/.test(line))
  return scripts
    .flatMap(line => line.match(CALL) ?? [])
    .map(call => wordsOf(call.replace(/^nix-multiarch/, '')))
}

/** Up to a pipe, a redirection, a comment or the end of a substitution. */
const CALL = /(?<![\w/.-])nix-multiarch(?= )(?:"[^"]*"|'[^']*'|[^"'|>#)])*/g

const wordsOf = (text: string): string[] =>
  [...text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replace(/["']/g, ''))

interface Step {
  readonly uses?: string
  readonly with?: Readonly<Record<string, unknown>>
}

interface Job extends Step {
  readonly secrets?: Readonly<Record<string, unknown>>
  readonly steps?: readonly Step[]
  readonly permissions?: unknown
}

interface Workflow {
  readonly on?: unknown
  readonly permissions?: unknown
  readonly jobs: Readonly<Record<string, Job>>
}

const isWorkflow = (block: unknown): block is Workflow =>
  typeof block === 'object' && block !== null && 'jobs' in block

/** The workflows and lists of steps in the YAML blocks of a page. */
function yamlBlocksOf(page: string): unknown[] {
  return codeBlocksOf(readFileSync(page, 'utf8'))
    .filter(({ language }) => ['yaml', 'yml'].includes(language))
    .map(({ text }) => parse(text, { strict: true }) as unknown)
}

/** Everything with `uses`: steps, and jobs that call a workflow. */
function usesOf(block: unknown): Job[] {
  if (Array.isArray(block)) return block
  if (!isWorkflow(block)) return []
  return Object.values(block.jobs).flatMap(job => [job, ...(job.steps ?? [])])
}

const namesOf = (table: InputTable): string[] =>
  Object.values(table)
    .filter(({ on }) => on !== 'cli')
    .map(({ name }) => name)

interface Called {
  readonly inputs: object
  readonly secrets: object
  readonly outputs: object
}

const { inputs, secrets, outputs } = (
  parse(readFileSync('.github/workflows/publish.yml', 'utf8')) as {
    readonly on: { readonly workflow_call: Called }
  }
).on.workflow_call

/** The tag of the major version, as users name it. */
const LINE = `v${JSON.parse(readFileSync('package.json', 'utf8')).version.split('.')[0]}`

const OWN_INPUTS: Readonly<Record<string, readonly string[]>> = {
  [`OWNER/nix-multiarch@${LINE}`]: namesOf(BUILD_INPUTS),
  [`OWNER/nix-multiarch/plan@${LINE}`]: namesOf(PLAN_INPUTS),
  [`OWNER/nix-multiarch/merge@${LINE}`]: namesOf(MERGE_INPUTS),
  [`OWNER/nix-multiarch/publish@${LINE}`]: namesOf(PUBLISH_INPUTS),
  [`OWNER/nix-multiarch/verify@${LINE}`]: namesOf(VERIFY_INPUTS),
  [`OWNER/nix-multiarch/prune@${LINE}`]: namesOf(PRUNE_INPUTS),
  [`OWNER/nix-multiarch/.github/workflows/publish.yml@${LINE}`]: Object.keys(inputs),
}

/** Forgejo and Gitea have their own default server for actions. */
const OWN_ADDRESS = /^https:\/\/github\.com\/(?=OWNER\/)/

describe.each(USER_PAGES)('YAML in %s', page => {
  const blocks = yamlBlocksOf(page)
  const uses = blocks.flatMap(usesOf)

  test('is a complete workflow if it has jobs', () => {
    for (const { on, permissions, jobs } of blocks.filter(isWorkflow)) {
      expect(on).toBeDefined()
      expect(permissions).toEqual({})
      for (const job of Object.values(jobs)) expect(job.permissions).toBeDefined()
    }
  })

  test('uses this project with inputs and secrets that exist', () => {
    for (const { uses: written, with: given = {}, secrets: passed = {} } of uses) {
      const name = written?.replace(OWN_ADDRESS, '')
      if (!name?.startsWith('OWNER/')) continue
      expect(Object.keys(OWN_INPUTS)).toContain(name)
      expect([name, OWN_INPUTS[name]]).toEqual([name, expect.arrayContaining(Object.keys(given))])
      expect(Object.keys(secrets)).toEqual(expect.arrayContaining(Object.keys(passed)))
    }
  })

  test('pins the actions of others by commit, and checks out without persisted credentials', () => {
    for (const { uses: written = 'OWNER/', with: given } of uses) {
      const name = written.replace(OWN_ADDRESS, '')
      if (!name.startsWith('OWNER/')) expect(name).toMatch(/@[0-9a-f]{40}$/)
      if (name.startsWith('actions/checkout@')) expect(given).toMatchObject({ 'persist-credentials': false })
    }
  })
})

/** A page may name a file by its path in the project, in `src`, in its own folder, or in the folder `shared`. */
test.each(['docs/architecture.md', 'CONTRIBUTING.md', ...markdownIn('src')])(
  '%s names files that exist',
  page => {
    const names = readFileSync(page, 'utf8').matchAll(/`([\w./-]+\.(?:ts|js|mjs|sh))`/g)
    const folders = ['.', 'src', dirname(page), join(dirname(page), 'shared')]
    const missing = [...names]
      .map(([, name = '']) => name)
      .filter(name => !folders.some(folder => existsSync(join(folder, name))))
    expect(missing).toEqual([])
  },
)

test('the page about other CI systems has a complete file for each one', () => {
  const blocks = codeBlocksOf(readFileSync('docs/other-ci.md', 'utf8'))
  const calls = blocks
    .filter(({ language }) => SCRIPT_LANGUAGES.includes(language))
    .flatMap(({ text }) => callsIn(text))
  expect(calls.map(([command]) => command)).toEqual(['setup', 'build', 'merge', 'publish'])
  expect(yamlBlocksOf('docs/other-ci.md').filter(isWorkflow)).toHaveLength(2)
  const [gitlab] = yamlBlocksOf('docs/other-ci.md').filter(block => !isWorkflow(block)) as Record<
    string,
    unknown
  >[]
  expect(Object.keys(gitlab ?? {})).toEqual(['stages', 'default', 'build', 'merge'])
})

test('the README contains a workflow, and the topic pages have one each', () => {
  const pages = readdirSync('docs').filter(name => /-/.test(name) && name.endsWith('.md'))
  expect(pages.length).toBeGreaterThan(4)
  for (const page of ['README.md', ...pages.map(name => join('docs', name))]) {
    expect([page, yamlBlocksOf(page).some(isWorkflow)]).toEqual([page, true])
  }
})

test('the page about the reusable workflow names its own inputs, its secrets and its outputs', () => {
  const page = readFileSync('docs/reusable-workflow.md', 'utf8')
  const ofActions = [BUILD_INPUTS, PLAN_INPUTS, MERGE_INPUTS].flatMap(namesOf)
  const own = Object.keys(inputs).filter(name => !ofActions.includes(name))
  expect(own).toContain('runner')
  const names = [...own, ...Object.keys(secrets), ...Object.keys(outputs)]
  expect(names.filter(name => !page.includes(`\`${name}\``))).toEqual([])
})

test('the README links to every page in docs', () => {
  const readme = readFileSync('README.md', 'utf8')
  const pages = readdirSync('docs').filter(name => name.endsWith('.md'))
  expect(pages.filter(name => !readme.includes(`(docs/${name}`))).toEqual([])
})

test('the README names the commands that CI runs in a fresh clone', () => {
  const readme = readFileSync('README.md', 'utf8')
  const ci = readFileSync('.ci/run', 'utf8')
  for (const command of ['bash examples/demo.sh', 'npm ci && npm test']) {
    expect(readme).toContain(`$ ${command} `)
    expect(ci).toContain(command)
  }
})
