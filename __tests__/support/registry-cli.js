/**
 * Runs the stand-in for a registry in a process: `node registry-cli.js [OPTIONS]`, with `RegistryOptions` as JSON, prints its
 * `host:port` when it is ready, and serves until it gets a signal. If a client broke a rule, prints it and exits with 1.
 */
import { registerHooks } from 'node:module'

// Node.js 24 runs the stand-in's TypeScript directly, but its imports have the extension `.js` that tsc would produce.
registerHooks({
  resolve(name, context, next) {
    const isOurs = name.startsWith('.') && context.parentURL?.endsWith('.ts')
    return next(isOurs ? name.replace(/\.js$/, '.ts') : name, context)
  },
})

const { startRegistry } = await import('./registry.ts')
const registry = await startRegistry(JSON.parse(process.argv[2] ?? '{}'))
console.log(registry.host)
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () =>
    registry.close().catch(({ message }) => {
      console.error(message)
      process.exitCode = 1
    }),
  )
