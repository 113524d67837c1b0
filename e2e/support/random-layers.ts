import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { toByteString, toBytes } from '../../src/image/format/byte-string.js'

/** Returns a whole number from 0 that is smaller than `limit`. */
export type Random = (limit: number) => number

/** A path as the description of an image has it. */
export interface DescribedPath {
  readonly path: string
  readonly options?: {
    readonly rewrite?: { readonly regex: string; readonly repl: string }
    readonly perms?: readonly object[]
  }
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random(items.length)] as T
}

/** Few names, so that files of several paths get the same name. */
const SHORT_NAMES = ['a', 'b', 'bin', 'share', 'a-b', 'a.b', 'Z', 'z', 'lib', 'PaxHeaders.0', '0', '...']
const ODD_NAMES = [
  'ü',
  'über/x'.slice(0, 4),
  '日本',
  '\u{1f600}',
  '\ufffd',
  ' ',
  'a b',
  '\\',
  '\n',
  '"',
  '%',
  '\u0301',
]
/** Not UTF-8: a single byte, half of a surrogate pair, the start of a character, a slash in two bytes. */
const BROKEN_NAMES = ['\xff', '\xed\xa0\x80', 'x\xe2\x82', '\xc0\xaf', '\xff\xfe', 'a\x80b']
/** In ustar, a name has up to 100 bytes, the part before it up to 155, a folder of Linux up to 255. */
const LIMITS = [100, 155, 156, 200, 255, 256]

/**
 * Returns the bytes of a name, one character for each.
 *
 * @param lengths of the folder, in the store and in the layer
 */
function makeName(random: Random, lengths: readonly number[] = [0]): string {
  const kind = random(14)
  if (kind < 7) return pick(random, SHORT_NAMES)
  if (kind < 9) return toByteString(pick(random, ODD_NAMES))
  if (kind === 9) return pick(random, BROKEN_NAMES)
  const end = kind < 13 ? '' : toByteString(pick(random, ODD_NAMES))
  const length = pick(random, LIMITS) + 1 - random(3) - pick(random, lengths) - 1
  return (pick(random, ['n', 'ab', 'x.']).repeat(255) + end).slice(
    -Math.min(255, length > 0 ? length : 1 + random(255)),
  )
}

/** Writes a file, a link or a folder of at most `depth` more levels. */
function writeRandomFile(random: Random, path: string, depth: number, root = path): void {
  const kind = random(10)
  if (kind < 4 && depth > 0) {
    mkdirSync(toBytes(path), { recursive: true })
    for (let count = random(4); count >= 0; count--) {
      const below = `${path}/${makeName(random, [path.length, path.length - root.length])}`
      try {
        writeRandomFile(random, below, depth - 1, root)
      } catch (error) {
        // The name is there already, or the path is longer than the system allows.
        if (!/EEXIST|ENOTDIR|ENAMETOOLONG|EISDIR|ELOOP|ENOENT/.test(String(error))) throw error
      }
    }
    chmodSync(toBytes(path), pick(random, [0o555, 0o555, 0o755, 0o1777, 0o2755]))
  } else if (kind < 6) symlinkSync(toBytes(makeTarget(random)), toBytes(path))
  else {
    writeFileSync(toBytes(path), 'x'.repeat(pick(random, [0, 1, 1, 1, 3, 511, 512, 513, 5000])), {
      flag: 'wx',
    })
    chmodSync(toBytes(path), pick(random, [0o444, 0o444, 0o444, 0o555, 0o644, 0o4755, 0o2755, 0o6555]))
  }
}

function makeTarget(random: Random): string {
  return Array.from({ length: 1 + random(3) }, () => makeName(random)).join('/')
}

const OWNERS = [
  '',
  '',
  'root',
  'user',
  'u'.repeat(31),
  'u'.repeat(32),
  'u'.repeat(33),
  'jürgen',
  '日'.repeat(11),
]
const IDS = [0, 0, 1, 1000, 65_534, 2_097_151, 2_097_152, 4_294_967_294, -1]
const MODES = ['', '', '0644', '755', '4755', '7777', '0', '0100644', '7777777']

function makePerms(random: Random, path: string): object {
  const regexes = [
    '.*',
    '',
    'a',
    '/bin/',
    '$',
    `^${path}$`,
    'ü',
    '\\.',
    '[^/]{90,}',
    '(a|b)+$',
    '^[[:ascii:]]+$',
    '\ufffd',
    'x\n',
  ]
  return {
    regex: pick(random, regexes),
    mode: pick(random, MODES),
    uid: pick(random, IDS),
    gid: pick(random, IDS),
    uname: pick(random, OWNERS),
    gname: pick(random, OWNERS),
  }
}

function makeRewrite(random: Random, path: string): { regex: string; repl: string } {
  const toRoot = { regex: `^${path}`, repl: '' }
  const others = [
    {
      regex: `^${path}`,
      repl: pick(random, [
        '/',
        '/opt',
        '/opt/',
        'opt',
        '..',
        './x',
        '/x//y',
        '/ü',
        'p'.repeat(99),
        `/${'q'.repeat(150)}`,
      ]),
    },
    {
      regex: `^(${path})/(bin|share|a)`,
      repl: pick(random, ['/$2', '/${2}x', '$1/$2/y', '$2x', '$$', '/${2']),
    },
    { regex: '^.*/', repl: pick(random, ['', '/', '/$0']) },
    {
      regex: pick(random, [
        'a',
        '[^/]+$',
        'n*',
        '/',
        '\\b',
        'ü|.$',
        '(?i)Z',
        '[^a-z/]',
        '\ufffd',
        '(n{2})(n)?',
      ]),
      repl: pick(random, ['', 'x', '<$0>', '$1', '$0$0', '/']),
    },
    { regex: '(?P<all>.*)', repl: pick(random, ['${all}/', '$all', '/..${all}', '']) },
    { regex: '', repl: '/ignored' },
  ]
  return random(2) === 0 ? toRoot : pick(random, others)
}

/** Writes store paths below a folder, and returns how a layer is made from them. */
export function writeRandomStore(random: Random, folder: string): DescribedPath[] {
  mkdirSync(folder, { recursive: true })
  return Array.from({ length: 1 + random(4) }, (_, n) => {
    const path = `${folder}/${'0123456789abcdfghijklmnpqrsvwxyz'.slice(n)}${pick(random, ['-hello-1.0', '-gtk+3', '-a', ''])}`
    writeRandomFile(random, path, random(8) === 0 ? 0 : 5)
    const rewrite = random(3) === 0 ? undefined : makeRewrite(random, path)
    const perms =
      random(2) === 0 ? undefined : Array.from({ length: 1 + random(3) }, () => makePerms(random, path))
    if (!rewrite && !perms) return { path }
    return { path, options: { ...(rewrite && { rewrite }), ...(perms && { perms }) } }
  })
}
