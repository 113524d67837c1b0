import type { Log } from '../../host/host.js'
import { messageOf } from '../../util/error.js'

/** For what a run can do without: gives what the task gives, or tells why not in a warning and gives `undefined`. */
export async function careful<T>(
  what: string,
  log: Pick<Log, 'warning'>,
  task: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await task()
  } catch (error) {
    log.warning(`${what}: ${messageOf(error)}`)
    return undefined
  }
}
