/**
 * Runs the stand-in for a registry by itself: `node registry-cli.js [OPTIONS]`, with `RegistryOptions` as JSON, prints its
 * `host:port` as soon as it listens, and serves until a signal ends it. What a client must never do is told in the end, with
 * exit code 1.
 */
import { registerHooks } from 'node:module'

// The stand-in is TypeScript that Node.js itself reads; only the names of its imports are those of what tsc would make.
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
