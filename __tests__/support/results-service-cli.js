/**
 * Runs the stand-in for GitHub's results service by itself: `node results-service-cli.js [PORT]` prints the environment
 * of a job, one `NAME=value` a line, as soon as it listens, and serves until a signal ends it.
 */
import { startResultsService } from './results-service.js'

const service = await startResultsService({ port: Number(process.argv[2] ?? 0) })
for (const [name, value] of Object.entries(service.environment())) console.log(`${name}=${value}`)
