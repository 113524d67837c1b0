/**
 * Runs the stand-ins for Sigstore's services in a process: `node sigstore-services-cli.js FOLDER` writes the trusted roots and
 * signing configs into a folder, prints the environment of a job as lines `NAME=value` when it is ready, and serves until it gets a
 * signal.
 */
import { startSigstoreServices } from './sigstore-services.js'

const services = await startSigstoreServices()
services.writeFiles(process.argv[2] ?? '.')
for (const [name, value] of Object.entries(services.environment())) console.log(`${name}=${value}`)
