/** Native ES modules: run through `npm test`, which sets the flag that Node.js needs for them. */
export default {
  testEnvironment: 'node',
  // A test that waits forever still ends. The default of 5 s is too short on a busy machine.
  testTimeout: 30_000,
  // By default, one processor is left for an editor.
  maxWorkers: '100%',
  roots: ['<rootDir>/__tests__'],
  testMatch: ['**/*.test.ts'],
  setupFiles: ['<rootDir>/__tests__/support/no-git.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript' },
          target: 'es2023',
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
}
