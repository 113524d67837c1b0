import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from './machine.js'

export interface CachixCall {
  readonly args: readonly string[]
  /** Of the store paths on its standard input. */
  readonly names: readonly string[]
  /** The secrets of its environment, as marks of them. */
  readonly has: Readonly<Record<string, string>>
}

/** A program `cachix` that writes down how it is called, and no secret. */
export interface RecordingCachix {
  /** With these variables the machine finds it. */
  readonly env: { readonly PATH: string }
  calls(): CachixCall[]
  /** What stands for a secret. */
  mark(secret: string): string
}

/** @param then what it does besides, as lines for the shell */
export function recordingCachix({ work }: Machine, then = ''): RecordingCachix {
  const folder = join(work, 'programs')
  const records = join(work, 'cachix-calls')
  const mark = (name: string): string =>
    `printf '%s=%s ' ${name} "$(printf %s "$${name}" | sha256sum | cut -c1-64)"`
  const lines = [
    '#!/bin/sh',
    `exec 3>>${records}`,
    `{ echo "$*"; cut -c45- | sort | tr '\\n' ' '; echo; ${mark('CACHIX_AUTH_TOKEN')}; ${mark('CACHIX_SIGNING_KEY')}; echo; } >&3`,
    then,
  ]
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'cachix'), `${lines.join('\n')}\n`, { mode: 0o755 })
  return {
    env: { PATH: `${folder}:${process.env.PATH}` },
    calls: () => (existsSync(records) ? parseCalls(readFileSync(records, 'utf8')) : []),
    mark: secret => createHash('sha256').update(secret).digest('hex'),
  }
}

/** Three lines each: arguments, names, variables. */
function parseCalls(text: string): CachixCall[] {
  const lines = text.split('\n').map(line => line.trim().split(' '))
  return lines.flatMap((args, at) => {
    if (at % 3 !== 0 || at + 2 >= lines.length) return []
    const has = Object.fromEntries((lines[at + 2] ?? []).map(pair => pair.split('=')))
    return [{ args, names: lines[at + 1] ?? [], has }]
  })
}
