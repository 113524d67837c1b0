import { appendFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import * as core from '@actions/core'
import type { RetryPolicy } from '../util/transient.js'
import { runArtifacts } from './artifacts.js'
import { isFromFork } from './fork.js'
import type { Log, OpenHost } from './host.js'
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
  const log = githubLog()
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
      if (env.GITHUB_STEP_SUMMARY) appendFileSync(env.GITHUB_STEP_SUMMARY, `${markdown}\n`)
    },
    dispose: temp.remove,
  }
}

function githubLog(): Log {
  let grouped = false
  return {
    debug: core.debug,
    info: message => core.info(withoutCommands(message)),
    warning: message => core.warning(message),
    error: message => core.error(message),
    // A group within a group would end the outer one.
    async group(title, task) {
      if (grouped) return await task()
      grouped = true
      try {
        return await core.group(title, task)
      } finally {
        grouped = false
      }
    },
    progress: () => {},
  }
}

/**
 * The runner obeys lines that look like its commands, and a program's output must not command it: an invisible
 * character (zero-width space) takes their force.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
function withoutCommands(message: string): string {
  return message.replace(/^([\s\u0000-\u001f\u0085]*):(?=:)/gm, '$1:\u200b').replaceAll('##[', '##\u200b[')
}

/** GitHub's own client tells each step of an upload on standard output, so it speaks within a group. */
async function sendArtifact(file: string): Promise<number> {
  const { DefaultArtifactClient } = await import('@actions/artifact')
  const client = new DefaultArtifactClient()
  const { id } = await client.uploadArtifact(basename(file), [file], dirname(file), { skipArchive: true })
  if (id === undefined) throw new Error('the artifact service gave no id')
  return id
}
