import { lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { exec } from '../../src/util/exec.js'
import { outputOf } from './machine.js'

/** The names of the values that stand in a text or in bytes, plain or in base64 at any place of it. */
export function leaksIn(content: Buffer | string, planted: Readonly<Record<string, string>>): string[] {
  const bytes = Buffer.from(content)
  return Object.entries(planted).flatMap(([name, value]) =>
    [value, ...base64Forms(value)].some(form => bytes.includes(form)) ? [name] : [],
  )
}

/** Without what three bytes share with their neighbours. */
function base64Forms(value: string): string[] {
  return [0, 1, 2].map(before => {
    const code = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]).toString('base64')
    return code.slice(4, code.length - 4)
  })
}

/** `path: name` for each file below a folder that holds one of the values, also compressed by gzip. */
export function leaksBelow(folder: string, planted: Readonly<Record<string, string>>): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap(name => {
    const path = join(folder, name)
    if (!lstatSync(path).isFile()) return []
    return leaksIn(plain(readFileSync(path)), planted).map(found => `${path}: ${found}`)
  })
}

function plain(content: Buffer): Buffer {
  return content[0] === 0x1f && content[1] === 0x8b ? gunzipSync(content) : content
}

/** Opens an OCI archive, or another tar, into a new folder. */
export async function openInto(folder: string, archive: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  outputOf(await exec('tar', ['-x', '-C', folder, '-f', archive]))
}
