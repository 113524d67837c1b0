import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Place } from '../util/error.js'
import type { ExecResult } from '../util/exec.js'
import { exists } from '../util/files.js'
import { pathWithin } from '../util/path-within.js'
import { localFolder } from './flake-ref.js'
import { plainText } from './log.js'
import { type NamedPlace, placesIn } from './places.js'

/**
 * Where in the user's own files a failed evaluation has its cause. Nix leaves out a part of its trace, and with it the place of what was
 * thrown, unless it is asked for all; so it is, where that may help.
 */
export async function ownCause(
  said: Pick<ExecResult, 'stderr'>,
  trace: () => Promise<Pick<ExecResult, 'stderr'>>,
  flake: string,
  cwd: string,
): Promise<Place | undefined> {
  const place = await ownPlace(plainText(said.stderr), flake, cwd)
  const isCut = said.stderr.includes('--show-trace') && localFolder(flake, cwd) !== undefined
  if (place !== undefined || !isCut) return place
  return ownPlace(plainText((await trace()).stderr), flake, cwd)
}

/**
 * Where in the user's own files a failure has its cause: the place in Nix's words that is nearest to it and lies in the flake. A
 * path in the store may be of another source, so the line must be the one that Nix shows. `undefined` when there is none.
 */
export async function ownPlace(words: string, flake: string, cwd: string): Promise<Place | undefined> {
  const folder = localFolder(flake, cwd)
  if (folder === undefined) return undefined
  const folders = await sourceFolders(folder)
  for (const named of placesIn(words)) {
    for (const each of folders) {
      const file = resolve(each, named.path)
      if (pathWithin(folders.at(-1) ?? each, file) !== undefined && (await shows(file, named))) {
        return { file, line: named.line, column: named.column }
      }
    }
  }
  return undefined
}

/** A flake's paths begin at its own folder, or at the work tree that it is in. */
async function sourceFolders(folder: string): Promise<string[]> {
  const folders = [folder]
  for (let each = folder; dirname(each) !== each; each = dirname(each)) {
    if (each !== folder) folders.push(each)
    if (await exists(join(each, '.git'))) return folders
  }
  return [folder]
}

async function shows(file: string, { line, text }: NamedPlace): Promise<boolean> {
  if (text === undefined) return false
  const content = await readFile(file, 'utf8').catch(() => '')
  return content.split(/\r?\n/)[line - 1]?.trim() === text.trim()
}
