import type { Host } from '../../host/host.js'
import { showPartsIfSlow } from '../../host/progress.js'
import type { Reference } from '../../oci/reference.js'
import { isAccessDenied, type RegistryError } from '../../registry/describe-error.js'
import { Repository } from '../../registry/repository.js'
import { UserError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'
import { requireAll } from './failures.js'
import { createShortClient, nameRegistries, type RegistryInputs } from './registry-client.js'

/** The check is not worth a long wait: a push tries again. */
const ATTEMPTS = 2

/**
 * Asks each registry once, before anything is built for it. Throws a `UserError` if it needs a login and there are no credentials
 * for it, or if it refuses the credentials: then reading the tags before the push would fail as well. All other problems may be
 * temporary, or are only known after a push.
 *
 * @param repositories the repositories that images will be pushed to
 */
export async function checkLogins(
  repositories: readonly Reference[],
  inputs: RegistryInputs,
  host: Host,
): Promise<void> {
  const first = new Map(repositories.toReversed().map(each => [each.registry, each]))
  const client = createShortClient(inputs, repositories, host, ATTEMPTS)
  try {
    const refused: RefusedLogin[] = []
    const check = async (reference: Reference): Promise<void> => {
      try {
        await new Repository(client, reference, { signal: host.signal, access: 'push' }).headManifest(
          'latest',
        )
      } catch (error) {
        host.signal.throwIfAborted()
        if (!isAccessDenied(error)) return
        const hasCredential = (await client.credential(reference)) !== undefined
        refused.push({ name: reference.registry, error: createLoginError(reference, error, hasCredential) })
      }
    }
    const parts = { title: nameRegistries(repositories), activity: 'checking the login', total: first.size }
    await showPartsIfSlow(host.log, parts, async countOne => {
      for (const reference of first.values()) await check(reference).finally(countOne)
    })
    requireAll(refused.map(each => ({ done: false, ...each })))
  } finally {
    client.close()
  }
}

interface RefusedLogin {
  readonly name: string
  readonly error: UserError
}

function createLoginError({ registry }: Reference, cause: RegistryError, hasCredential: boolean): UserError {
  const noPush = `To build without a push, set ${nameInput('push')} to \`false\`.`
  if (hasCredential)
    return new UserError(`${cause.message}. Nothing was built`, { hint: `${cause.hint} ${noPush}`, cause })
  return new UserError(`${registry} needs a login, but there are no credentials for it. Nothing was built`, {
    hint: `Use \`docker login ${registry}\`, or set ${nameInput('username')} and the password. ${noPush}`,
    cause,
  })
}
