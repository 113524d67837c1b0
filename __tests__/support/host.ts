import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Artifact, Artifacts, Host, ProgressReport, ShowOptions } from '../../src/host/host.js'
import { stateFolderAt } from '../../src/host/host.js'
import { setInputStyle } from '../../src/util/input-name.js'

/** A host that ignores warnings about inputs. */
export const silentHost = { log: { warning() {} } }

/** A host that records all calls. */
export interface TestHost extends Host {
  readonly logged: string[]
  /** The title and the lines of each group. */
  readonly foldedLines: (readonly [string, readonly string[]])[]
  readonly outputs: Map<string, string>
  readonly summaries: string[]
  readonly secrets: Set<string>
  /** The reports of tasks that show their progress. */
  readonly shown: ShownProgress[]
  /** Environment variables exported for later steps. */
  readonly variables: Map<string, string>
  /** Folders added to PATH, in order. */
  readonly paths: string[]
  remove(): void
}

export interface ShownProgress extends ProgressReport, ShowOptions {
  readonly title: string
}

/** Creates the host of a run. Messages name inputs as the user of this host writes them. */
export function testHost(
  given: Partial<Pick<Host, 'kind' | 'env' | 'artifacts' | 'cache' | 'isFromFork' | 'signal'>> = {},
): TestHost {
  const logged: string[] = []
  const foldedLines: [string, readonly string[]][] = []
  const summaries: string[] = []
  const outputs = new Map<string, string>()
  const secrets = new Set<string>()
  const variables = new Map<string, string>()
  const paths: string[] = []
  const shown: ShownProgress[] = []
  const temp = mkdtempSync(join(tmpdir(), 'host-'))
  const record =
    (level: string) =>
    (message: string): void => {
      logged.push(`${level}: ${message}`)
    }
  setInputStyle(given.kind === 'github' ? 'workflow' : 'command line')
  return {
    kind: 'local',
    // The configuration of this machine must not affect the tests.
    env: { HOME: temp, ...given.env },
    columns: 80,
    artifacts: undefined,
    cache: given.cache,
    signal: given.signal ?? new AbortController().signal,
    tools: join(temp, 'tools'),
    stateFolder: stateFolderAt(join(temp, 'kept')),
    isFromFork: given.isFromFork ?? false,
    exportVariable: (name, value) => variables.set(name, value),
    addPath: folder => paths.push(folder),
    ...(given.kind && { kind: given.kind }),
    ...(given.artifacts && { artifacts: given.artifacts }),
    temp,
    log: {
      debug: record('debug'),
      info: record('info'),
      warning: record('warning'),
      error: record('error'),
      group: (_title, task) => task(),
      fold(title, lines) {
        record('info')(title)
        foldedLines.push([title, lines])
      },
      showProgress: (title, task, options) =>
        task(progress => void shown.push({ title, ...progress, ...options })),
    },
    maskSecret: value => secrets.add(value),
    setOutput: (name, value) => outputs.set(name, value),
    addSummary: markdown => summaries.push(markdown),
    logged,
    foldedLines,
    outputs,
    summaries,
    secrets,
    shown,
    variables,
    paths,
    remove: () => rmSync(temp, { recursive: true, force: true }),
  }
}

/** Artifacts stored in a local folder. Their digests are not verified. */
export function folderArtifacts(
  files: readonly string[],
  copy: (file: string, to: string) => void,
): Artifacts {
  const artifacts: Artifact[] = files.map((file, id) => {
    return { id, name: file.split('/').at(-1) ?? '', size: 0, digest: `sha256:${'0'.repeat(64)}` }
  })
  return {
    upload: () => Promise.reject(new Error('not in this test')),
    list: async () => artifacts,
    async download({ id, name }, directory) {
      copy(files[id] ?? '', join(directory, name))
      return join(directory, name)
    },
  }
}
