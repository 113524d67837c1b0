import { messageOf, UserError } from '../util/error.js'
import { type Exec, ProgramNotFound } from '../util/exec.js'
import { unquotedFields } from '../util/json.js'
import type { Credential } from './credential.js'

export interface Helper {
  /** What follows `docker-credential-` in the program's name. */
  readonly name: string
  /** Meant for this very registry, and not for any. */
  readonly own: boolean
}

/**
 * Asks `docker-credential-<name>` for a server's credential (docker-credential-helpers protocol: the server on standard
 * input, JSON on standard output). Throws `UserError` when the program fails, and when a registry's own is missing; none
 * found is `undefined`.
 */
export async function askHelper(
  { name, own }: Helper,
  server: string,
  exec: Exec,
): Promise<Credential | undefined> {
  const program = `docker-credential-${name}`
  const result = await exec(program, ['get'], { input: server }).catch(error => {
    // A configuration that came from another machine may name a keychain that this one does not have.
    if (!own && isMissing(error)) return undefined
    throw failure(program, server, messageOf(error))
  })
  if (result === undefined) return undefined
  const { code, stdout, stderr } = result
  if (code === 0) return answerOf(program, server, stdout)
  const said = `${stdout} ${stderr}`.trim()
  if (/credentials not found|credentials server URL|no credentials/i.test(said)) return undefined
  throw failure(program, server, `exit code ${code}${said === '' ? '' : `: ${said.slice(0, 300)}`}`)
}

function isMissing(error: unknown): boolean {
  return error instanceof ProgramNotFound
}

/** What the program wrote is never shown, since it holds the secret. */
function answerOf(program: string, server: string, stdout: string): Credential | undefined {
  const { Username: username, Secret: secret } = unquotedFields(stdout)
  if (typeof username !== 'string' || typeof secret !== 'string')
    throw failure(program, server, 'its answer holds no Username and Secret')
  if (secret === '') return undefined
  if (username === '<token>') return { kind: 'identity', token: secret, source: program }
  return { kind: 'basic', username, password: secret, source: program }
}

function failure(program: string, server: string, why: string): UserError {
  return new UserError(`${program} gave no credentials for ${server}: ${why}`, {
    hint: `Run \`echo ${server} | ${program} get\` to see more, or log in again.`,
  })
}
