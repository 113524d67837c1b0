import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from './machine.js'

export interface CachixCall {
  readonly args: readonly string[]
  /** The names of the store paths on its standard input. */
  readonly names: readonly string[]
  /** The hashes of the secrets in its environment. */
  readonly has: Readonly<Record<string, string>>
}

/** A stand-in for the program `cachix` that records its calls, without secrets. */
export interface RecordingCachix {
  /** Variables with which the machine uses it. */
  readonly env: { readonly PATH: string }
  calls(): CachixCall[]
  /** The hash that is recorded for a secret. */
  mark(secret: string): string
}

/** @param then more shell commands to run after recording */
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

/** Each call has three lines: arguments, names, variables. */
function parseCalls(text: string): CachixCall[] {
  const lines = text.split('\n').map(line => line.trim().split(' '))
  return lines.flatMap((args, at) => {
    if (at % 3 !== 0 || at + 2 >= lines.length) return []
    const has = Object.fromEntries((lines[at + 2] ?? []).map(pair => pair.split('=')))
    return [{ args, names: lines[at + 1] ?? [], has }]
  })
}
