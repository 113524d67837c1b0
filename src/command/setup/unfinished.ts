import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kept } from '../../host/kept.js'
import type { Daemon } from '../../install/daemon.js'

/** What a command leaves to be done after the job. */
export interface Unfinished {
  /** The Nix daemon that was started, which is to be stopped. */
  readonly daemon?: Daemon
  /** Files and folders to be kept for later runs. */
  readonly saves: readonly Save[]
}

export interface Save {
  readonly path: string
  readonly key: string
}

const FILE = 'unfinished.json'

export async function readUnfinished(kept: Kept): Promise<Unfinished> {
  if (kept.existing === undefined) return { saves: [] }
  const text = await readFile(join(kept.existing, FILE), 'utf8').catch(() => '{}')
  return { saves: [], ...(JSON.parse(text) as Partial<Unfinished>) }
}

/** Adds to what is to be done. Calls must not overlap. */
export async function leaveUnfinished(kept: Kept, more: Partial<Unfinished>): Promise<void> {
  const before = await readUnfinished(kept)
  const all: Unfinished = { ...before, ...more, saves: [...before.saves, ...(more.saves ?? [])] }
  await writeFile(join(kept.path, FILE), JSON.stringify(all), { mode: 0o600 })
}
