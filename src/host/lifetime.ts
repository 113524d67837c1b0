import type { OpenHost } from './host.js'

type Signals = Pick<NodeJS.Process, 'on' | 'once' | 'kill' | 'pid'>

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Closes the host when the process ends, by itself or by a signal; a signal then ends the process as it would have. */
export function closeAtExit(host: OpenHost, process: Signals): void {
  process.on('exit', () => host.dispose())
  for (const signal of ENDING) {
    process.once(signal, () => {
      host.dispose()
      process.kill(process.pid, signal)
    })
  }
}
