import { homedir } from 'node:os'
import { join } from 'node:path'
import { canonicalRegistry } from '../http/origin.js'
import type { Exec } from '../util/exec.js'
import { type Credential, type CredentialResolver, secretsOf } from './credential.js'
import { dockerConfigCredential } from './docker-config.js'

export interface CredentialSources {
  /** What the user gave for this run, and the registry that it is for. */
  readonly explicit?: { readonly registry: string; readonly username: string; readonly password: string }
  /** A workflow's own token; for ghcr.io alone. */
  readonly githubToken?: { readonly actor: string; readonly token: string }
  readonly env: Readonly<Record<string, string | undefined>>
  readonly exec: Exec
  /** Told every secret that is met, before it is used. */
  readonly onSecret?: (value: string) => void
}

/** Finds the credential for a reference: the explicit one, else a configuration file's, else the workflow's token. */
export function credentialResolver(sources: CredentialSources): CredentialResolver {
  const resolvers = [explicit(sources), ...configFiles(sources.env).map(fromFile(sources)), github(sources)]
  return async reference => {
    for (const resolve of resolvers) {
      const credential = await resolve(reference)
      if (!credential) continue
      for (const secret of secretsOf(credential)) sources.onSecret?.(secret)
      return credential
    }
    return undefined
  }
}

function explicit({ explicit: given }: CredentialSources): CredentialResolver {
  return async ({ registry }) => {
    if (!given || canonicalRegistry(given.registry) !== canonicalRegistry(registry)) return undefined
    const { username, password } = given
    return { kind: 'basic', username, password, source: 'the given username and password' }
  }
}

function github({ githubToken }: CredentialSources): CredentialResolver {
  return async ({ registry }): Promise<Credential | undefined> => {
    if (!githubToken?.token || canonicalRegistry(registry) !== 'ghcr.io') return undefined
    const { actor, token } = githubToken
    return { kind: 'basic', username: actor, password: token, source: 'GITHUB_TOKEN' }
  }
}

function fromFile({ exec }: CredentialSources): (file: string) => CredentialResolver {
  return file => reference => dockerConfigCredential(file, reference, exec)
}

/** Docker's file, and podman's: the one that its variable names comes first. */
function configFiles(env: CredentialSources['env']): string[] {
  const home = env.HOME || homedir()
  return [
    env.REGISTRY_AUTH_FILE,
    env.DOCKER_CONFIG ? join(env.DOCKER_CONFIG, 'config.json') : join(home, '.docker', 'config.json'),
    env.XDG_RUNTIME_DIR && join(env.XDG_RUNTIME_DIR, 'containers', 'auth.json'),
  ]
    .filter(file => file !== undefined)
    .filter(file => file !== '')
}
