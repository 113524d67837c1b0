import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../util/error.js'
import { lastErrorOf } from './log.js'
import type { Nix } from './nix.js'
import { MAX_PATHS_PER_CALL } from './nix.js'
import { parseStoreUri } from './store-uri.js'

interface StorePushOptions {
  /** `name:base64`, as `nix key generate-secret` makes one. */
  readonly secretKey?: string | undefined
  /** A folder that only this user can read; the key lies there for the time of the push. */
  readonly keyFolder: string
  readonly onLine?: (line: string) => void
  readonly signal?: AbortSignal
}

/**
 * Copies paths, with all that they refer to, into a store, signed where there is a key. Throws a `UserError` that names the
 * store.
 */
export async function pushToStore(
  nix: Nix,
  paths: readonly string[],
  uri: string,
  options: StorePushOptions,
): Promise<void> {
  const { text } = parseStoreUri(uri)
  if (paths.length === 0) return
  await withKeyFile(options, async keyFile => {
    for (let at = 0; at < paths.length; at += MAX_PATHS_PER_CALL) {
      await pushBatch(nix, paths.slice(at, at + MAX_PATHS_PER_CALL), text, keyFile, options)
    }
  })
}

/** Files of a binary cache are signed as they are written, which takes no rights here. Other stores take what our own has signed. */
async function pushBatch(
  nix: Nix,
  paths: readonly string[],
  store: string,
  keyFile: string | undefined,
  options: StorePushOptions,
): Promise<void> {
  const isCache = /^(https?|file|s3):/.test(store)
  if (keyFile !== undefined && !isCache) {
    await runFor(store, nix, ['store', 'sign', '--recursive', '--key-file', keyFile, ...paths], options)
  }
  const signing = keyFile !== undefined && isCache ? `secret-key=${encodeURIComponent(keyFile)}` : undefined
  const to = signing === undefined ? store : `${store}${store.includes('?') ? '&' : '?'}${signing}`
  await runFor(store, nix, ['copy', '--to', to, ...paths], options)
}

async function runFor(
  store: string,
  nix: Nix,
  args: readonly string[],
  { onLine, signal }: StorePushOptions,
): Promise<void> {
  const result = await nix.run(args, { ...(onLine && { onErrorLine: onLine }), ...(signal && { signal }) })
  if (result.code === 0) return
  const words = lastErrorOf(result)
  throw new UserError(`Pushing to ${store} failed:\n${words}`, { hint: hintFor(words) })
}

const HINTS: readonly { readonly said: RegExp; readonly hint: string }[] = [
  {
    said: /not privileged to add signatures/,
    hint: 'The Nix daemon lets trusted users sign alone. Add yourself to trusted-users in /etc/nix/nix.conf.',
  },
  {
    said: /lacks a (valid )?signature|lacks a signature by a trusted key/,
    hint: 'That store takes signed paths alone: give a secret-key whose public key it trusts.',
  },
  {
    said: /HTTP error 40[13]\b|does not appear to be a binary cache/,
    hint: 'Check the address, and whether it wants credentials, or others than it got: they belong into netrc.',
  },
  {
    said: /key is corrupt|secret key/,
    hint: 'Check secret-key: `nix key generate-secret` makes one.',
  },
]

function hintFor(words: string): string | undefined {
  return HINTS.find(({ said }) => said.test(words))?.hint
}

async function withKeyFile(
  { secretKey, keyFolder }: StorePushOptions,
  task: (file: string | undefined) => Promise<void>,
): Promise<void> {
  if (secretKey === undefined) return task(undefined)
  const file = join(keyFolder, `key-${randomUUID()}`)
  try {
    await writeFile(file, secretKey, { mode: 0o600, flag: 'wx' })
    await task(file)
  } finally {
    await rm(file, { force: true })
  }
}
