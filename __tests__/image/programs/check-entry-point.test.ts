import { describe, expect, test } from '@jest/globals'
import {
  checkEntryPoint,
  type EntryPoint,
  entryPointOf,
} from '../../../src/image/programs/check-entry-point.js'
import { LayerScanner } from '../../../src/image/programs/scan-layer.js'
import { elfOf, type TestElf } from '../../support/elf.js'
import { type TestMember, tarOf } from '../../support/images.js'

/** The files of an image. A text is a link if it starts with `->`, and otherwise the content. */
type Files = Readonly<Record<string, TestElf | string>>

function scan(files: Files, mode = 0o755) {
  const members = Object.entries(files).map(([name, content]): TestMember => {
    if (typeof content !== 'string') return { name, body: elfOf(content), mode }
    if (content.startsWith('->')) return { name, link: { to: content.slice(2) } }
    return { name, body: Buffer.from(content), mode }
  })
  const scanner = new LayerScanner()
  scanner.add(tarOf(members))
  return scanner.finish()
}

interface Run {
  readonly command?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly workingDir?: string
  readonly volumes?: readonly string[]
  readonly architecture?: string
}

function check(files: Files, run: Run = {}): string[] {
  const { command = ['/bin/a'], env = {}, workingDir = '', volumes = [], architecture = 'amd64' } = run
  const entryPoint: EntryPoint = { command, env: new Map(Object.entries(env)), workingDir, volumes }
  return checkEntryPoint([scan(files)], entryPoint, architecture).map(({ kind, text }) => `${kind}: ${text}`)
}

const hash = '0123456789abcdfghijklmnpqrsvwxyz'
const GLIBC = `nix/store/${hash}-glibc/lib`
const MUSL = `nix/store/${hash}-musl/lib`
const LD = `/${GLIBC}/ld-linux-x86-64.so.2`
const LD_MUSL = `/${MUSL}/ld-musl-x86_64.so.1`
const loader: Files = {
  [LD]: { soname: 'ld-linux-x86-64.so.2' },
  [`${GLIBC}/libc.so.6`]: { needed: ['ld-linux-x86-64.so.2'] },
}
const debian: Files = {
  '/lib64/ld-linux-x86-64.so.2': { soname: 'ld-linux-x86-64.so.2' },
  '/usr/lib/x86_64-linux-gnu/libc.so.6': {},
}
const musl: Files = { [LD_MUSL]: '->libc.so', [`${MUSL}/libc.so`]: {} }
const arm64 = { machine: 183 }

describe('can start', () => {
  test.each<[what: string, files: Files, run?: Run]>([
    ['nothing to start', {}, { command: [] }],
    ['a static program', { 'bin/a': {} }],
    ['a program for arm64', { 'bin/a': arm64 }, { architecture: 'arm64' }],
    ['a program for 386 on amd64', { 'bin/a': { machine: 3, bits: 32 } }],
    ['a program in PATH', { 'opt/a': {} }, { command: ['a'], env: { PATH: '/bin:/opt' } }],
    ['a program in the default PATH', { 'usr/sbin/a': {} }, { command: ['a'] }],
    ['a program in PATH, with an empty PATH', { 'usr/bin/a': {} }, { command: ['a'], env: { PATH: '' } }],
    ['a path in the working folder', { 'app/bin/a': {} }, { command: ['bin/a'], workingDir: '/app' }],
    ['a working folder with a link', { app: '->srv', 'srv/a': {} }, { command: ['./a'], workingDir: '/app' }],
    ['a shell, whatever it runs', { 'bin/sh': {} }, { command: ['/bin/sh', '-c', 'missing'] }],
    ['a script', { 'bin/a': '#!/bin/sh\n', 'bin/sh': {} }],
    ['a script with spaces and an argument', { 'bin/a': '#! /bin/sh -e\n', 'bin/sh': {} }],
    ['a script for a script', { 'bin/a': '#!/b\n', b: '#!/bin/sh', 'bin/sh': {} }],
    ['a script for env', { 'bin/a': '#!/usr/bin/env a.b\n', 'usr/bin/env': {}, 'usr/bin/a.b': {} }],
    ['a script for env -S', { 'bin/a': '#!/bin/env -S A=1 b -c\n', 'bin/env': {}, 'bin/b': {} }],
    ['a script for env with unknown options', { 'bin/a': '#!/bin/env -i b\n', 'bin/env': {} }],
    [
      'a library in RUNPATH',
      { ...loader, 'l/libz': {}, 'bin/a': { interpreter: LD, needed: ['libz'], runpath: '/l' } },
    ],
    [
      'a library in LD_LIBRARY_PATH with $ORIGIN',
      { ...loader, 'l/libz': {}, 'bin/a': { interpreter: LD, needed: ['libz'] } },
      { env: { LD_LIBRARY_PATH: '/x;$ORIGIN/../l' }, workingDir: '/app' },
    ],
    [
      'a library in a RUNPATH in the working folder',
      { ...loader, 'app/l/libz': {}, 'bin/a': { interpreter: LD, needed: ['libz'], runpath: 'l' } },
      { workingDir: '/app' },
    ],
    [
      'a library in RPATH',
      { ...loader, 'l/libz': {}, 'bin/a': { interpreter: LD, needed: ['libz'], rpath: '/x:/l' } },
    ],
    [
      'the RPATH of the program for its libraries',
      {
        ...loader,
        'l/libz': {},
        'm/liby': { needed: ['libz'] },
        'bin/a': { interpreter: LD, needed: ['liby'], rpath: '/l:/m' },
      },
    ],
    [
      'a library in LD_LIBRARY_PATH',
      { ...loader, 'l/libz': {}, 'bin/a': { interpreter: LD, needed: ['libz'] } },
      { env: { LD_LIBRARY_PATH: '/l' } },
    ],
    [
      '$ORIGIN, and a link to the program',
      {
        ...loader,
        'bin/a': '->../o/bin/a',
        'o/bin/a': { interpreter: LD, needed: ['libz'], runpath: '$ORIGIN/../lib' },
        'o/lib/libz': {},
      },
    ],
    [
      '${ORIGIN} of a library that is a link',
      {
        ...loader,
        'bin/a': { interpreter: LD, needed: ['liby'], runpath: '/l' },
        'l/liby': '->m/liby',
        'l/m/liby': { needed: ['libz'], runpath: '${ORIGIN}' },
        'l/libz': {},
      },
    ],
    [
      '$LIB',
      { ...loader, 'bin/a': { interpreter: LD, needed: ['libz'], runpath: '/o/$LIB' }, 'o/lib64/libz': {} },
    ],
    ['the folder of the loader', { ...loader, 'bin/a': { interpreter: LD, needed: ['libc.so.6'] } }],
    [
      'the loader as a library',
      { ...loader, 'bin/a': { interpreter: LD, needed: ['ld-linux-x86-64.so.2'] } },
    ],
    [
      'a library that is already loaded, by its soname',
      {
        ...loader,
        'bin/a': { interpreter: LD, needed: ['libx', 'liby'], runpath: '/l' },
        'l/libx': { soname: 'libz' },
        'l/liby': { needed: ['libz'] },
      },
    ],
    [
      'a library after one for another machine',
      {
        ...loader,
        'k/libz': arm64,
        'l/libz': {},
        'bin/a': { interpreter: LD, needed: ['libz'], runpath: '/k:/l' },
      },
    ],
    [
      'a library for newer processors',
      {
        ...loader,
        'l/glibc-hwcaps/x86-64-v3/libz': {},
        'bin/a': { interpreter: LD, needed: ['libz'], runpath: '/l' },
      },
    ],
    [
      'a library that is a path',
      { ...loader, 'l/libz': {}, 'bin/a': { interpreter: LD, needed: ['/l/libz'] } },
    ],
    [
      'a folder of Debian',
      { ...debian, 'bin/a': { interpreter: '/lib64/ld-linux-x86-64.so.2', needed: ['libc.so.6'] } },
    ],
    [
      'libraries of musl',
      {
        ...musl,
        'bin/a': { interpreter: LD_MUSL, needed: ['libc.so', 'libc.musl-x86_64.so.1', 'libm.so.6'] },
      },
    ],
    [
      'the RUNPATH of the program for its libraries, with musl',
      {
        ...musl,
        'bin/a': { interpreter: LD_MUSL, needed: ['liby'], runpath: '/l' },
        'l/liby': { needed: ['libz'] },
        'l/libz': {},
      },
    ],
    [
      'a library in a circle',
      {
        ...loader,
        'l/libz': { needed: ['libz', 'libx'] },
        'l/libx': { needed: ['libz'] },
        'bin/a': { interpreter: LD, needed: ['libz'], rpath: '/l' },
      },
    ],
  ])('%s', (_, files, ...[run]) => {
    expect(check(files, run)).toEqual([])
  })
})

describe('cannot start', () => {
  test.each<[expected: string, files: Files, run?: Run]>([
    ['/bin/a is not in the image', {}],
    ['/app/a is not in the image', {}, { command: ['./a'], workingDir: '/app' }],
    ['/bin/a is a folder', { 'bin/a/b': {} }],
    [
      'a is in no folder of PATH (/opt, /bin)',
      { 'usr/bin/a': {} },
      { command: ['a'], env: { PATH: '/opt:/bin' } },
    ],
    ['/bin/a → /o/a is for arm64, and the image is for amd64', { 'bin/a': '->/o/a', 'o/a': arm64 }],
    ['/bin/a needs the interpreter /bin/sh, which is not in the image', { 'bin/a': '#!/bin/sh\n' }],
    [
      '/bin/a needs the interpreter "/bin/sh\\r", which is not in the image',
      { 'bin/a': '#!/bin/sh\r\n', 'bin/sh': {} },
    ],
    [
      '/bin/a needs the interpreter "b\\r", which is in no folder of PATH (/bin)',
      { 'bin/a': '#!/bin/env b\r\n', 'bin/env': {}, 'bin/b': {} },
      { env: { PATH: '/bin' } },
    ],
    [
      '/bin/a → /bin/sh is for arm64, and the image is for amd64',
      { 'bin/a': '#!/bin/sh\n', 'bin/sh': arm64 },
    ],
    [
      '/bin/a needs the interpreter b, which is in no folder of PATH (/bin)',
      { 'bin/a': '#!/bin/env b\n', 'bin/env': {} },
      { env: { PATH: '/bin' } },
    ],
    [`/bin/a needs the dynamic loader ${LD}, which is not in the image`, { 'bin/a': { interpreter: LD } }],
    [
      `/bin/a needs the dynamic loader ${LD}, which is for arm64, and not for amd64`,
      { 'bin/a': { interpreter: LD }, [LD]: arm64 },
    ],
    [
      '/bin/a needs the library libz.so.1, which is not in the image',
      { ...loader, 'bin/a': { interpreter: LD, needed: ['libz.so.1'] } },
    ],
    [
      '/bin/a needs the library libz.so.1, which is only in /x, which the dynamic loader does not search',
      { ...loader, 'x/libz.so.1': {}, 'bin/a': { interpreter: LD, needed: ['libz.so.1'] } },
    ],
    [
      '/bin/a needs the library libz, which is only there for arm64: /l/libz',
      { ...loader, 'l/libz': arm64, 'bin/a': { interpreter: LD, needed: ['libz'], runpath: '/l' } },
    ],
    [
      '/bin/a → /l/libx → /l/liby needs the library libz, which is not in the image',
      {
        ...loader,
        'l/libx': { needed: ['liby'], runpath: '/l' },
        'l/liby': { needed: ['libz'] },
        'bin/a': { interpreter: LD, needed: ['libx'], runpath: '/l' },
      },
    ],
    [
      '/bin/a → /l/liby needs the library libz, which is only in /l, which the dynamic loader does not search',
      {
        ...loader,
        'l/libz': {},
        'l/liby': { needed: ['libz'] },
        'bin/a': { interpreter: LD, needed: ['liby'], runpath: '/l' },
      },
    ],
    [
      '/bin/a needs the library libc.so.6, which is only in /usr/lib/x86_64-linux-gnu, which the dynamic loader does not search',
      { ...debian, [LD]: {}, 'bin/a': { interpreter: LD, needed: ['libc.so.6'] } },
    ],
    [
      '/bin/a needs the library libz, which is not in the image',
      { ...musl, 'bin/a': { interpreter: LD_MUSL, needed: ['libz'] } },
    ],
  ])('%s', (expected, files, ...[run]) => {
    expect(check(files, run)).toEqual([`error: ${expected}`])
  })

  test('a file that is not executable', () => {
    const entryPoint = { command: ['/bin/a'], env: new Map(), workingDir: '', volumes: [] }
    const layer = scan({ 'bin/a': {} }, 0o644)
    expect(checkEntryPoint([layer], entryPoint, 'amd64')).toEqual([
      { kind: 'error', text: '/bin/a is not executable' },
    ])
  })
})

describe('is not an error', () => {
  const MOUNTED = 'is in a volume, or in a folder that the runtime mounts'
  test.each<[expected: string, files: Files, run?: Run]>([
    ['warning: /bin/a is neither a program for Linux nor a script with #!', { 'bin/a': 'text' }],
    [
      'warning: /bin/a is for arm, and the image is for arm64',
      { 'bin/a': { machine: 40, bits: 32 } },
      { architecture: 'arm64' },
    ],
    ['warning: /bin/a is for machine 8, and the image is for amd64', { 'bin/a': { machine: 8 } }],
    [`unknown: /data/a ${MOUNTED}`, {}, { command: ['/data/a'], volumes: ['/data'] }],
    [`unknown: a ${MOUNTED}`, {}, { command: ['a'], env: { PATH: '/bin:/data' }, volumes: ['/data'] }],
    ['unknown: the interpreter of /bin/a is not an absolute path', { 'bin/a': '#!sh\n' }],
    [
      'unknown: the libraries of /bin/a, because /lib/ld-own.so is not a known dynamic loader',
      { 'bin/a': { interpreter: '/lib/ld-own.so', needed: ['libz'] }, 'lib/ld-own.so': {} },
    ],
    [
      'unknown: /bin/a needs the library libcuda.so.1, which is not in the image',
      { ...loader, 'bin/a': { interpreter: LD, needed: ['libcuda.so.1'] } },
    ],
    [
      'unknown: /bin/a needs the library libGL.so.1, which is not in the image',
      { ...loader, 'bin/a': { interpreter: LD, needed: ['libGL.so.1'], runpath: '/run/opengl-driver/lib' } },
    ],
    [
      'unknown: /bin/a needs the library libz, which is only in /opt/lib, which the dynamic loader does not search',
      {
        ...debian,
        'etc/ld.so.cache': 'cache',
        'opt/lib/libz': {},
        'bin/a': { interpreter: '/lib64/ld-linux-x86-64.so.2', needed: ['libz'] },
      },
    ],
  ])('%s', (expected, files, ...[run]) => {
    expect(check(files, run)).toEqual([expected])
  })

  test('what a layer that is not known may have', () => {
    const entryPoint = { command: ['/bin/a'], env: new Map(), workingDir: '', volumes: [] }
    expect(checkEntryPoint([scan({}), {}], entryPoint, 'amd64')).toEqual([
      { kind: 'unknown', text: 'the files of 1 of 2 layers are not known' },
    ])
    expect(checkEntryPoint([scan({ 'bin/a': {} }), {}], entryPoint, 'amd64')).toEqual([])
  })
})

test('the config says how an image starts', () => {
  const run = {
    Entrypoint: ['/bin/a'],
    Cmd: ['b'],
    Env: ['PATH=/bin', 'A=1=2', 'B'],
    WorkingDir: '/app',
    Volumes: { '/data': {} },
  }
  const config = { os: 'linux', architecture: 'amd64', config: run, rootfs: { type: 'layers', diff_ids: [] } }
  expect(entryPointOf(Buffer.from(JSON.stringify(config)))).toEqual({
    command: ['/bin/a', 'b'],
    env: new Map([
      ['PATH', '/bin'],
      ['A', '1=2'],
      ['B', ''],
    ]),
    workingDir: '/app',
    volumes: ['/data'],
  })
})
