/** The end-to-end tests: `bash e2e/run.sh`. One file at a time, because some tests measure time and need the processors. */
import unit from '../jest.config.js'

export default {
  ...unit,
  rootDir: '..',
  roots: ['<rootDir>/e2e'],
  testTimeout: 300_000,
  maxWorkers: 1,
  // Some tests leave thousands of broken connections, which would keep Jest running.
  forceExit: true,
}
