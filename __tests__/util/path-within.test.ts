import { expect, test } from '@jest/globals'
import { pathWithin } from '../../src/util/path-within.js'

test.each([
  ['/w', '/w/a/flake.nix', 'a/flake.nix'],
  ['/w/', '/w/..a', '..a'],
  ['/w', '/w', undefined],
  ['/w', '/wide/a', undefined],
  ['/w/a', '/w/b', undefined],
])('%s %s', (folder, file, path) => expect(pathWithin(folder, file)).toBe(path))
