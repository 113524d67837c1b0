import type { Host } from '../../host/host.js'
import { messageOf } from '../../util/error.js'
import { formatSeconds } from '../../util/text.js'

/** Tells that something is tried again after so many milliseconds, so that a long wait is no riddle. */
export function retryTeller({ log }: Pick<Host, 'log'>): (failure: unknown, delay: number) => void {
  return (failure, delay) => log.info(`${messageOf(failure)}; trying again in ${formatSeconds(delay)}`)
}
