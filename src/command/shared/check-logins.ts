import type { Host } from '../../host/host.js'
import type { Reference } from '../../oci/reference.js'
import { isAccessDenied } from '../../registry/describe-error.js'
import { Repository } from '../../registry/repository.js'
import { UserError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'
import { createShortClient, type RegistryInputs } from './registry-client.js'

/** The check is not worth a long wait: a push tries again. */
const ATTEMPTS = 2

/**
 * Asks each registry once, before anything is built for it. Throws a `UserError` if it needs a login and there are no credentials
 * for it. All other problems may be temporary, or are only known after a push.
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
    for (const reference of first.values()) {
      try {
        await new Repository(client, reference, { signal: host.signal, access: 'push' }).headManifest(
          'latest',
        )
      } catch (error) {
        host.signal.throwIfAborted()
        if (!isAccessDenied(error) || (await client.credential(reference)) !== undefined) continue
        throw createLoginError(reference, error)
      }
    }
  } finally {
    client.close()
  }
}

function createLoginError({ registry }: Reference, cause: unknown): UserError {
  return new UserError(`${registry} needs a login, but there are no credentials for it. Nothing was built`, {
    hint:
      `Use \`docker login ${registry}\`, or set ${nameInput('username')} and the password. ` +
      `To build without a push, set ${nameInput('push')} to \`false\`.`,
    cause,
  })
}
