import * as cli from './cli.js'

interface Entry {
  start(): Promise<void>
}

/**
 * What the doors in `dist/` start. An action is loaded for itself. The command line, which loads each command for itself, is small and
 * lies here: a file that need not be found and opened is a millisecond.
 */
const ENTRIES = {
  build: () => import('./build.js'),
  cli: () => cli,
  merge: () => import('./merge.js'),
  plan: () => import('./plan.js'),
  post: () => import('./post.js'),
} satisfies Record<string, () => Entry | Promise<Entry>>

export async function start(name: keyof typeof ENTRIES): Promise<void> {
  const entry = await ENTRIES[name]()
  await entry.start()
}
