import * as cli from './cli.js'

interface Entry {
  start(): Promise<void>
}

/**
 * The entry points that the files in `dist/` start. An action is imported when it is started. The CLI is part of this module,
 * because it is small and imports its commands when they run: without another file to open, it starts a millisecond earlier.
 */
const ENTRIES = {
  build: () => import('./build.js'),
  cli: () => cli,
  merge: () => import('./merge.js'),
  plan: () => import('./plan.js'),
  post: () => import('./post.js'),
  prune: () => import('./prune.js'),
  publish: () => import('./publish.js'),
  verify: () => import('./verify.js'),
} satisfies Record<string, () => Entry | Promise<Entry>>

export async function start(name: keyof typeof ENTRIES): Promise<void> {
  const entry = await ENTRIES[name]()
  await entry.start()
}
