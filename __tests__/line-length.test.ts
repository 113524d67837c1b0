import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'

const MAX_LENGTH = 130

/** Files with longer lines, with the reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'bench/RESULTS.md': 'written by the benchmark',
}

/** Folders that are not ours, or that are generated. */
const SKIPPED_FOLDERS = ['.git', 'node_modules', 'dist', 'lib']

/** Biome wraps code in the other files, but not comments and strings. */
const CHECKED_FILES = /(^src\/.*\.ts|\.md|\.ya?ml)$/

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return SKIPPED_FOLDERS.includes(entry.name) ? [] : filesIn(path)
    return entry.isFile() ? [path] : []
  })
}

const files = filesIn('.').filter(file => CHECKED_FILES.test(file) && EXCEPTIONS[file] === undefined)

/** A row of a Markdown table, or one long word such as a URL or a digest, cannot be wrapped. */
function canBeWrapped(line: string, file: string): boolean {
  const isTableRow = file.endsWith('.md') && line.startsWith('|')
  const longestWord = Math.max(
    ...line
      .trim()
      .split(/\s+/)
      .map(word => word.length),
  )
  return !isTableRow && longestWord < MAX_LENGTH / 2
}

test(`lines of docs, workflows and sources have at most ${MAX_LENGTH} characters`, () => {
  expect(files).toEqual(expect.arrayContaining(['README.md', 'action.yml', 'src/input/input-table.ts']))
  const long = files.flatMap(file =>
    readFileSync(file, 'utf8')
      .split('\n')
      .map((line, n) => ({ line, place: `${file}:${n + 1}` }))
      .filter(({ line }) => [...line].length > MAX_LENGTH && canBeWrapped(line, file))
      .map(({ place }) => place),
  )
  expect(long).toEqual([])
})
