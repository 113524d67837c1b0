import { appendFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import * as core from '@actions/core'
import type { RetryPolicy } from '../http/transient.js'
import type { Place } from '../util/error.js'
import { cutMarkdown } from '../util/markdown.js'
import { pathWithin } from '../util/path-within.js'
import { runArtifacts } from './artifacts.js'
import { isFromFork } from './fork.js'
import { type Annotation, runnerLog } from './github-log.js'
import type { OpenHost } from './host.js'
import { keptFor } from './kept.js'
import { secretLines } from './mask.js'
import { runCache } from './run-cache.js'
import { temporaryFolder } from './temp.js'

const PATIENT: RetryPolicy = { attempts: 5, firstWaitMs: 1000 }

/** The word that a step leaves for the one after the job. */
const KEPT = 'kept'

/** A step of a GitHub Actions job. */
export function githubHost(retry: RetryPolicy = PATIENT): OpenHost {
  const { env } = process
  const parent = env.RUNNER_TEMP || tmpdir()
  const temp = temporaryFolder(parent)
  const log = runnerLog(core, at => annotationOf(at, env.GITHUB_WORKSPACE))
  const fromFork = isFromFork(env)
  const send = (file: string): Promise<number> =>
    log.group(`Upload ${basename(file)}`, () => sendArtifact(file))
  return {
    kind: 'github',
    env,
    log,
    get temp() {
      return temp.path
    },
    artifacts: runArtifacts({ env, retry, debug: core.debug, send }),
    cache: runCache({
      folder: join(parent, 'nix-multiarch', 'cache'),
      readOnly: fromFork,
      log,
      client: () => import('@actions/cache'),
    }),
    tools: join(env.RUNNER_TOOL_CACHE || parent, 'nix-multiarch'),
    kept: keptFor(core.getState(KEPT), parent, path => core.saveState(KEPT, path)),
    fromFork,
    exportVariable: core.exportVariable,
    addPath: core.addPath,
    secret(value) {
      if (value.trim() !== '') for (const form of [value, ...secretLines(value)]) core.setSecret(form)
    },
    output: core.setOutput,
    summary(markdown) {
      if (env.GITHUB_STEP_SUMMARY) addSummary(env.GITHUB_STEP_SUMMARY, markdown)
    },
    dispose() {
      log.flush()
      temp.remove()
    },
  }
}

/** Files of the workspace only: the run's page knows no others. */
function annotationOf(at: Place | undefined, workspace: string | undefined): Annotation {
  const file = at && workspace ? pathWithin(workspace, at.file) : undefined
  return at && file !== undefined ? { file, startLine: at.line, startColumn: at.column } : {}
}

/** GitHub refuses the summary of a step as a whole when it is larger. */
const SUMMARY_LIMIT = 1024 * 1024

function addSummary(file: string, markdown: string): void {
  const room = SUMMARY_LIMIT - (statSync(file, { throwIfNoEntry: false })?.size ?? 0)
  appendFileSync(file, cutMarkdown(`${markdown}\n`, room))
}

/** GitHub's own client tells each step of an upload on standard output, so it speaks within a group. */
async function sendArtifact(file: string): Promise<number> {
  const { DefaultArtifactClient } = await import('@actions/artifact')
  const client = new DefaultArtifactClient()
  const { id } = await client.uploadArtifact(basename(file), [file], dirname(file), { skipArchive: true })
  if (id === undefined) throw new Error('the artifact service gave no id')
  return id
}
