import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { checkFlakeRef, findLocalSource, locateFlakeForNix } from '../../src/nix/check-flake-ref.js'
import { withFolder } from './fakes.js'

test.each([
  ['.', '/w', '.', '/w'],
  ['./a-b', '/w', './a-b', '/w'],
  ['path:./a', '/w', 'path:./a', '/w'],
  ['github:a/b', '/w x', 'github:a/b', '/w x'],
  ['./a b', '/w', '.', '/w/a b'],
  ['./100%25', '/w', '.', '/w/100%25'],
  ['path:./a b', '/w', 'path:.', '/w/a b'],
  ['path:/w/a%20b?dir=c', '/w', 'path:.?dir=c', '/w/a b'],
  ['git+file:///w/ä?ref=main', '/w', 'git+file:.?ref=main', '/w/ä'],
  ['.', '/w x', '.', '/w x'],
])('%s in %s is called as %s in %s', (flake, cwd, expected, folder) => {
  expect(locateFlakeForNix(flake, cwd, false)).toEqual({ flake: expected, cwd: folder })
})

test('old versions of Nix get the root of a Git work tree as a URL', async () => {
  await withFolder(async folder => {
    const root = join(folder, 'a b')
    mkdirSync(join(root, '.git'), { recursive: true })
    mkdirSync(join(root, 'sub c'))
    expect(locateFlakeForNix('./a b', folder, true)).toEqual({ flake: 'git+file:.', cwd: root })
    expect(locateFlakeForNix('./a b/sub c', folder, true)).toEqual({
      flake: 'git+file:.?dir=sub%20c',
      cwd: root,
    })
    expect(locateFlakeForNix('path:./a b', folder, true)).toEqual({ flake: 'path:.', cwd: root })
    mkdirSync(join(folder, 'c d'))
    expect(locateFlakeForNix('./c d', folder, true)).toEqual({ flake: '.', cwd: join(folder, 'c d') })
    mkdirSync(join(root, '.git/shallow'))
    expect(locateFlakeForNix('./a b', folder, true).flake).toBe('git+file:.?shallow=1')
  })
})

test('a percent sign is literal in a path and encodes a character in a URL, if both folders exist', async () => {
  await withFolder(async cwd => {
    for (const name of ['100%', '100%25', 'only%20literal', 'a blank']) mkdirSync(join(cwd, name))
    const folderOf = (flake: string) => findLocalSource(flake, cwd)?.folder
    expect(folderOf('./100%25')).toBe(join(cwd, '100%25'))
    expect(folderOf('path:./100%25')).toBe(join(cwd, '100%'))
    expect(folderOf('path:./only%20literal')).toBe(join(cwd, 'only%20literal'))
    expect(folderOf('./a%20blank')).toBe(join(cwd, 'a blank'))
    await expect(checkFlakeRef('./100%25', cwd)).rejects.toThrow(
      `There is no flake.nix in ${join(cwd, '100%25')}`,
    )
  })
})
