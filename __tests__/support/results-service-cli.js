/**
 * Runs the stand-in for GitHub's results service in a process: `node results-service-cli.js [PORT]` prints the environment
 * of a job as lines `NAME=value` when it is ready, and serves until it gets a signal.
 */
import { startResultsService } from './results-service.js'

const service = await startResultsService({ port: Number(process.argv[2] ?? 0) })
for (const [name, value] of Object.entries(service.environment())) console.log(`${name}=${value}`)
