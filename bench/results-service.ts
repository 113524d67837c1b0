import { join } from 'node:path'
import { REPOSITORY } from './machine.js'

/** A stand-in for GitHub's cache service. It keeps caches until it is closed. */
export interface ResultsService {
  /** The variables that a runner sets for a job. */
  readonly variables: Readonly<Record<string, string>>
  close(): Promise<void>
}

interface StandIn {
  environment(): Record<string, string>
  close(): Promise<void>
}

export async function startResultsService(): Promise<ResultsService> {
  const file = join(REPOSITORY, '__tests__/support/results-service.js')
  const { startResultsService: start } = (await import(file)) as { startResultsService(): Promise<StandIn> }
  const service = await start()
  return { variables: service.environment(), close: () => service.close() }
}
