import { lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { exec } from '../../src/util/exec.js'
import { outputOf } from './machine.js'

/** The names of the values that the content contains, as plain text or within base64 at any offset. */
export function leaksIn(content: Buffer | string, planted: Readonly<Record<string, string>>): string[] {
  const bytes = Buffer.from(content)
  return Object.entries(planted).flatMap(([name, value]) =>
    [value, ...base64Forms(value)].some(form => bytes.includes(form)) ? [name] : [],
  )
}

/** The base64 text of a value at each offset modulo 3, without the characters that also depend on adjacent bytes. */
function base64Forms(value: string): string[] {
  return [0, 1, 2].map(before => {
    const code = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]).toString('base64')
    return code.slice(4, code.length - 4)
  })
}

/** `path: name` for each file below a folder that contains one of the values. Files compressed with gzip are unpacked. */
export function leaksBelow(folder: string, planted: Readonly<Record<string, string>>): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap(name => {
    const path = join(folder, name)
    if (!lstatSync(path).isFile()) return []
    return leaksIn(decompress(readFileSync(path)), planted).map(found => `${path}: ${found}`)
  })
}

function decompress(content: Buffer): Buffer {
  return content[0] === 0x1f && content[1] === 0x8b ? gunzipSync(content) : content
}

/** Unpacks an OCI archive or another tar into a new folder. */
export async function openInto(folder: string, archive: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  outputOf(await exec('tar', ['-x', '-C', folder, '-f', archive]))
}
