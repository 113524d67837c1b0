/** The end-to-end tests: `bash e2e/run.sh`. One file after the other, since they share the machine's few processors. */
import unit from '../jest.config.js'

export default {
  ...unit,
  rootDir: '..',
  roots: ['<rootDir>/e2e'],
  testTimeout: 300_000,
  maxWorkers: 1,
  // Broken connections, of which some tests make thousands, are not to keep a run that is over.
  forceExit: true,
}
