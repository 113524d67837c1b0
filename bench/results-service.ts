import { join } from 'node:path'
import { REPOSITORY } from './machine.js'

/** Stands in for what keeps GitHub's caches. What is saved there stays until it is closed. */
export interface ResultsService {
  /** What a runner sets for a job. */
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
