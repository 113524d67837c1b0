import { describe, expect, test } from '@jest/globals'
import {
  formatReleaseNotes,
  type PreviousRelease,
  type PreviousSizes,
  parseImagesMarker,
  type ReleasedImage,
} from '../../../src/command/release/write-release-notes.js'
import { parseDigest } from '../../../src/oci/digest.js'

const DIGEST = parseDigest(`sha256:${'a'.repeat(64)}`)

function image(
  container: string,
  sizes: Record<string, number>,
  tags = [`ghcr.io/o/${container}:1.2.3`],
): ReleasedImage {
  return {
    container,
    digest: DIGEST,
    platforms: Object.entries(sizes).map(([platform, size]) => ({ platform, size })),
    pushed: [{ image: `ghcr.io/o/${container}@${DIGEST}`, tags }],
  }
}

function previous(sizes: Record<string, PreviousSizes>, images: readonly string[] = []): PreviousRelease {
  return { version: '1.2.2', sizes: new Map(Object.entries(sizes)), images }
}

test('the notes of the first release have pull commands, sizes and digests', () => {
  const images = [image('fd', { 'linux/amd64': 20_000_000, 'linux/arm64': 19_500_000 })]
  expect(formatReleaseNotes('1.2.3', images, undefined)).toBe(`<!-- nix-multiarch images: fd -->
\`\`\`sh
docker pull ghcr.io/o/fd:1.2.3
\`\`\`

| Image | Platform | Size |
| --- | --- | ---: |
| \`fd\` | linux/amd64 | 20.0 MB |
| \`fd\` | linux/arm64 | 19.5 MB |

Digests, which always refer to the same image:

- \`ghcr.io/o/fd@${DIGEST}\`
`)
})

test('the notes of signed images say how to verify them, before the digests', () => {
  const images = [image('fd', { 'linux/amd64': 1 }), image('jq', { 'linux/amd64': 1 })]
  const notes = formatReleaseNotes('1.2.3', images, undefined, { kind: 'key', keyFile: 'KEY.pub' })
  expect(notes).toContain(`\nnix-multiarch verify ghcr.io/o/fd@${DIGEST} --key KEY.pub\n`)
  expect(notes.indexOf('Verify the signatures:')).toBeLessThan(notes.indexOf('Digests, which'))
  expect(notes.match(/```/g)).toHaveLength(4)
})

describe('compared with the previous release', () => {
  const cell = (sizes: PreviousSizes, size = 1_000_000): string | undefined => {
    const notes = formatReleaseNotes('1.2.3', [image('fd', { 'linux/amd64': size })], previous({ fd: sizes }))
    expect(notes).toContain('| Since 1.2.2 |')
    return /\| linux\/amd64 \| [^|]+ \| ([^|]+) \|/.exec(notes)?.[1]
  }
  const amd64 = (size: number) => [{ platform: 'linux/amd64', size }]

  test.each<[string, PreviousSizes, string]>([
    ['a larger image', amd64(980_000), '+20.0 kB (+2.0 %)'],
    ['a smaller image', amd64(4_000_000), '−3.0 MB (−75 %)'],
    ['an unchanged size', amd64(1_000_000), 'same'],
    ['a previous size of 0', amd64(0), '+1.0 MB'],
    ['a new platform', [{ platform: 'linux/arm64', size: 1 }], 'new'],
    ['a new image', 'none', 'new'],
    ['an unknown size', 'unknown', '?'],
  ])('%s', (_name, sizes, shown) => {
    expect(cell(sizes)).toBe(shown)
  })

  test('lists removed images and platforms', () => {
    const sizes = [...amd64(1), { platform: 'linux/arm64', size: 1 }]
    const notes = formatReleaseNotes(
      '1.2.3',
      [image('fd', { 'linux/amd64': 1 })],
      previous({ fd: sizes }, ['fd', 'rg']),
    )
    expect(notes).toContain('Removed since 1.2.2: `rg`, `fd` for `linux/arm64`.')
  })

  test('does not list removed images if there are none', () => {
    const notes = formatReleaseNotes(
      '1.2.3',
      [image('fd', { 'linux/amd64': 1 })],
      previous({ fd: amd64(1) }, ['fd']),
    )
    expect(notes).not.toContain('Removed since')
  })
})

test('parseImagesMarker reads the images from the notes, also with CRLF', () => {
  const names = ['fd', 'a--> b', 'dotted.name']
  const notes = formatReleaseNotes(
    '1.2.3',
    names.map(name => image(name, { 'linux/amd64': 1 })),
    undefined,
  )
  expect(parseImagesMarker(notes)).toEqual(names)
  expect(parseImagesMarker(`Text before.\r\n\r\n${notes.replaceAll('\n', '\r\n')}`)).toEqual(names)
  expect(parseImagesMarker('written by hand')).toEqual([])
  expect(parseImagesMarker('<!-- nix-multiarch images: %zz -->')).toEqual([])
})

test('the pull command has the exact version, otherwise the digest', () => {
  const pull = (version: string, tags: string[]): string | undefined =>
    /docker pull (.*)/.exec(formatReleaseNotes(version, [image('fd', {}, tags)], undefined))?.[1]
  expect(pull('1.2.3', ['r/fd:latest', 'r/fd:11.2.3', 'r/fd:1.2.3'])).toBe('r/fd:1.2.3')
  expect(pull('1.2.3', ['r/fd:v1.2.3'])).toBe('r/fd:v1.2.3')
  expect(pull('1.2.3+b', ['r/fd:1.2.3-b'])).toBe('r/fd:1.2.3-b')
  expect(pull('1.2.3', ['r/fd:latest'])).toBe(`ghcr.io/o/fd@${DIGEST}`)
})

test('names of containers are escaped', () => {
  const notes = formatReleaseNotes('1.2.3', [image('a|b`<img>`\n# c', { 'linux/amd64': 1 })], undefined)
  expect(notes).toContain("| `a¦b'<img>' # c` | linux/amd64 | 1 B |")
})

test('the notes of many images are shortened to the limit of GitHub', () => {
  const many = Array.from({ length: 1500 }, (_, n) =>
    image(`container-${n}`, { 'linux/amd64': n, 'linux/arm64': n }),
  )
  const notes = formatReleaseNotes('1.2.3', many, undefined)
  expect(notes.length).toBeLessThan(125_000)
  expect(notes).toContain('# and 1480 more')
  expect(notes).toMatch(/\n\(\d+ more lines omitted\.\)\n$/)
})

test.each(['v2 | <img src=x onerror=alert(1)>', 'v2\n\n# title\n@somebody', '`</td>`', '\u202e\u001b[31m'])(
  'text from an image is neither Markdown nor HTML: %j',
  text => {
    const pushed = [{ image: `ghcr.io/o/fd@${DIGEST}\n\`\`\`\n${text}`, tags: [] }]
    const images = [{ ...image(text, { [`linux/amd64/${text}`]: 1 }), pushed }]
    const last = previous({ [text]: [{ platform: `linux/arm/${text}`, size: 1 }] }, [`${text}2`])
    const notes = formatReleaseNotes('1.2.3', images, last)
    // What remains outside of code is checked.
    const prose = notes.replace(/^(`{3,})sh\n[\s\S]*?\n\1$/m, '').replace(/`[^`\n]*`/g, '')
    expect(prose.replace(/^<!-- [^<>\n]* -->$/m, '')).not.toMatch(/[<>@`\u202e\u001b]|^# /m)
    const rows = prose.split('\n').filter(line => line.startsWith('|'))
    expect(rows.map(row => row.split('|').length)).toEqual([6, 6, 6])
  },
)
