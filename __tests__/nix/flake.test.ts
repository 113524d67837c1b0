import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parseAttributeTemplate } from '../../src/nix/attribute-template.js'
import type { FindOptions } from '../../src/nix/check-flake-ref.js'
import { checkFlakeRef } from '../../src/nix/check-flake-ref.js'
import { isDescription, variantsOf } from '../../src/nix/container.js'
import { evaluateContainers, evaluateOptionalContainers } from '../../src/nix/flake.js'
import type { ExecResult } from '../../src/util/exec.js'
import { fakeNix, rejection, withFolder } from './fakes.js'

const answerWith = (more: object) => ({
  stdout: JSON.stringify({ containers: [], skipped: [], missing: [], others: {}, ...more }),
})

const makeContainer = (name: string, more: object = {}) => ({
  name,
  builder: 'x86_64-linux',
  derivation: `/nix/store/1-${name}.drv`,
  output: 'out',
  streamed: false,
  stream: null,
  imageName: name,
  imageTag: null,
  ...more,
})

const options = (more: Partial<FindOptions> = {}): FindOptions => ({
  flake: 'github:a/b',
  cwd: '/',
  system: 'x86_64-linux',
  names: [],
  attribute: parseAttributeTemplate('packages.{system}.{name}'),
  ...more,
})

/** Parses the query from the Nix string in the argument of `--apply`. */
function queryOf(args: readonly string[] | undefined): unknown {
  const literal = /\(builtins\.fromJSON "(.*)"\)$/s.exec(args?.at(-1) ?? '')?.[1] ?? ''
  return JSON.parse(literal.replace(/\\(.)/g, '$1'))
}

describe('the packages of images', () => {
  const found = answerWith({ containers: [makeContainer('a')], packages: [{ paths: [] }] })
  const asksForPackages = (args: readonly string[]): boolean =>
    JSON.stringify(queryOf(args)).includes('"packages":')

  test('are found by the same evaluation', async () => {
    const nix = fakeNix({ answer: () => found })
    const { containers } = await evaluateContainers(nix, options({ packages: true }))
    expect(nix.asked).toHaveLength(1)
    expect(containers[0]?.packages).toEqual([{ paths: [] }])
    const without = fakeNix({ answer: () => answerWith({ containers: [makeContainer('a')] }) })
    expect((await evaluateContainers(without, options())).containers[0]).not.toHaveProperty('packages')
    expect(asksForPackages(without.asked[0] ?? [])).toBe(false)
  })

  test('an error in a package does not fail the container', async () => {
    const fail = { code: 1, stderr: "error: attribute 'urls' missing" }
    const nix = fakeNix({
      answer: args => (asksForPackages(args) ? fail : answerWith({ containers: [makeContainer('a')] })),
    })
    const { containers, packagesError } = await evaluateContainers(nix, options({ packages: true }))
    expect(containers).toMatchObject([{ name: 'a', packages: [] }])
    expect(packagesError).toBe("attribute 'urls' missing")
    expect(nix.asked).toHaveLength(3)
  })

  test('are found for the other containers, if an attribute does not evaluate', async () => {
    const fail = { code: 1, stderr: 'error: infinite recursion' }
    const log = (value: object): string => `trace: nix-multiarch: ${JSON.stringify(value)}\n`
    const steps =
      log({ start: 'a', index: 0, count: 2 }) +
      log({ containers: [makeContainer('a')] }) +
      log({ start: 'b', index: 1, count: 2 })
    const nix = fakeNix({
      answer: args => {
        const query = queryOf(args) as { names: string[] | null; from?: number }
        if (query.from === 0) return { code: 1, stderr: `${steps}error: infinite recursion` }
        return query.names?.join() === 'a' && asksForPackages(args) ? found : fail
      },
    })
    const { containers, skipped } = await evaluateContainers(nix, options({ packages: true }))
    expect(skipped).toMatchObject([{ name: 'b' }])
    expect(containers).toMatchObject([{ name: 'a', packages: [{ paths: [] }] }])
  })
})

describe('finding containers', () => {
  test('evaluates the first part of the attribute once', async () => {
    const nix = fakeNix({
      answer: () => answerWith({ containers: [makeContainer('a'), makeContainer('b')] }),
    })
    const { containers } = await evaluateContainers(nix, options())
    expect(nix.asked).toHaveLength(1)
    expect(nix.asked[0]?.slice(0, 4)).toEqual(['eval', '--json', 'github:a/b#.packages', '--apply'])
    expect(queryOf(nix.asked[0])).toEqual({
      before: ['packages', 'x86_64-linux'],
      prefix: '',
      suffix: '',
      after: [],
      names: null,
    })
    expect(containers.map(each => each.attribute)).toEqual([
      'packages.x86_64-linux.a',
      'packages.x86_64-linux.b',
    ])
  })

  test.each([
    ['nix (Nix) 2.8.0', 'github:a/b#packages'],
    ['nix (Nix) 2.18.9', 'github:a/b#packages'],
    ['nix (Nix) 2.19.0', 'github:a/b#.packages'],
    ['nix (Lix, like Nix) 2.93.0', 'github:a/b#packages'],
  ])('%s evaluates %s', async (version, installable) => {
    const nix = fakeNix({ version, answer: () => answerWith({}) })
    await evaluateContainers(nix, options())
    expect(nix.asked[0]?.[2]).toBe(installable)
  })

  test.each([
    [
      'a missing system',
      { stdout: '{"absent":"x86_64-linux","siblings":["a"]}' },
      /has no containers for x86_64-linux: packages has a$/,
    ],
    [
      'a missing first part',
      { code: 1, stderr: "error: flake 'x' does not provide attribute 'packages'" },
      /has no packages$/,
    ],
  ])('%s is not an error for evaluateOptionalContainers', async (_, answer, words) => {
    const nix = fakeNix({ answer: () => answer })
    const looked = await evaluateOptionalContainers(nix, options())
    expect(looked).toMatchObject({ kind: 'absent', error: { message: expect.stringMatching(words) } })
    await expect(evaluateContainers(nix, options())).rejects.toThrow(words)
  })

  test('readOnly writes to the store only if the flake requires it', async () => {
    const isReadOnly = (args: readonly string[]) => args.includes('--read-only')
    const quick = fakeNix({ answer: () => answerWith({ containers: [makeContainer('a')] }) })
    expect(await evaluateOptionalContainers(quick, options({ readOnly: true }))).toMatchObject({
      kind: 'found',
    })
    expect(quick.asked.map(isReadOnly)).toEqual([true])
    const nix = fakeNix({
      answer: args =>
        isReadOnly(args)
          ? { code: 1, stderr: "error: path '/nix/store/1-x.drv' is not valid" }
          : answerWith({}),
    })
    expect(await evaluateOptionalContainers(nix, options({ readOnly: true }))).toMatchObject({
      kind: 'found',
    })
    expect(nix.asked.map(isReadOnly)).toEqual([true, false])
    await evaluateContainers(nix, options())
    expect(nix.asked.map(isReadOnly)).toEqual([true, false, false])
  })

  test.each([
    "error: path '/nix/store/1-x.drv' is not valid\n(use '--show-trace' to show detailed location information)",
    "error:\n       … while calling the 'import' builtin\n\n       error: path '1-x.drv' is not valid",
    // The derivation is in the store, its output is not.
    "error: no write access to the Nix store, so '/nix/store/1-x.drv' cannot be built",
  ])('repeats an evaluation that has to write: %j', async stderr => {
    const nix = fakeNix({ answer: () => ({ code: 1, stderr }) })
    await rejection(evaluateOptionalContainers(nix, options({ readOnly: true })))
    // The last one looks for the name that fails.
    expect(nix.asked.map(args => args.includes('--read-only'))).toEqual([true, false, false])
  })

  test.each([
    ["error: undefined variable 'foo'", []],
    ["error: (use '--show-trace')\n       error: no version yet", ['--show-trace']],
  ])('does not write to the store after another error: %j', async (stderr, more) => {
    await withFolder(async cwd => {
      await writeFile(join(cwd, 'flake.nix'), '{}')
      const nix = fakeNix({ answer: () => ({ code: 1, stderr }) })
      await rejection(evaluateOptionalContainers(nix, options({ readOnly: true, flake: '.', cwd })))
      expect(nix.asked.map(args => args.slice(5))).toEqual([
        ['--read-only'],
        ['--read-only'],
        ...more.map(each => ['--read-only', each]),
      ])
    })
  })

  test('missing containers are not an error for evaluateOptionalContainers', async () => {
    const nix = fakeNix({ answer: () => answerWith({ containers: [makeContainer('a')], missing: ['b'] }) })
    const looked = await evaluateOptionalContainers(nix, options({ names: ['a', 'b'] }))
    expect(looked).toMatchObject({ kind: 'found', containers: [{ name: 'a' }], missing: ['b'] })
  })

  test('does not insert names into Nix code', async () => {
    const evil = '"; ${builtins.readFile "/etc/passwd"} \\" \n\'\''
    const nix = fakeNix({ answer: () => answerWith({ containers: [makeContainer(evil)] }) })
    await evaluateContainers(nix, options({ names: [evil] }))
    const code = nix.asked[0]?.at(-1) ?? ''
    expect(code).toMatch(/[^\\]\\\$\{builtins\.readFile/)
    expect(code).not.toMatch(/[^\\]\$\{builtins\.readFile/)
    expect(queryOf(nix.asked[0])).toMatchObject({ names: [evil] })
  })

  test('reads the metadata of an image', async () => {
    const stream = { derivation: '/nix/store/2-s.drv', output: 'out' }
    const about = { imageTag: '1', version: '2', description: '', licenses: 'MIT', homepage: null, stream }
    const nix = fakeNix({
      answer: () => answerWith({ containers: [makeContainer('a', about)], skipped: ['x'] }),
    })
    expect(await evaluateContainers(nix, options())).toMatchObject({
      containers: [
        {
          name: 'a',
          system: 'x86_64-linux',
          attribute: 'packages.x86_64-linux.a',
          builder: 'x86_64-linux',
          derivation: '/nix/store/1-a.drv',
          output: 'out',
          streamed: false,
          stream,
          imageName: 'a',
          imageTag: '1',
          version: '2',
          licenses: 'MIT',
        },
      ],
      skipped: [{ name: 'x', reason: undefined }],
    })
  })

  test('removes duplicate names', async () => {
    const nix = fakeNix({ answer: () => answerWith({ containers: [makeContainer('a')] }) })
    await evaluateContainers(nix, options({ names: ['a', 'a'] }))
    expect(queryOf(nix.asked[0])).toMatchObject({ names: ['a'] })
  })
})

describe('a stream', () => {
  const nix = (more: object) =>
    fakeNix({ answer: () => answerWith({ containers: [makeContainer('a', more)] }) })

  test('is the preferred variant of a container that has one', async () => {
    const stream = { derivation: '/nix/store/2-s.drv', output: 'out' }
    const [container] = (await evaluateContainers(nix({ stream }), options())).containers
    if (container === undefined) throw new Error('no container')
    const [first, ...others] = variantsOf(container)
    expect(first).toMatchObject({ ...stream, streamed: true, name: 'a' })
    expect(others).toEqual([container])
  })

  test('comes after its description, from which the image is made without a script', async () => {
    const stream = { derivation: '/nix/store/2-s.drv', output: 'out' }
    const conf = { derivation: '/nix/store/3-a-conf.json.drv', output: 'out' }
    const [container] = (await evaluateContainers(nix({ stream, conf }), options())).containers
    if (container === undefined) throw new Error('no container')
    const variants = variantsOf(container)
    expect(variants.map(({ derivation, streamed }) => [derivation, streamed])).toEqual([
      [conf.derivation, false],
      [stream.derivation, true],
      [container.derivation, false],
    ])
    expect(variants.map(isDescription)).toEqual([true, false, false])
  })

  test('that is the container itself also comes after its description', async () => {
    const conf = { derivation: '/nix/store/3-a-conf.json.drv', output: 'out' }
    const [container] = (await evaluateContainers(nix({ streamed: true, conf }), options())).containers
    if (container === undefined) throw new Error('no container')
    expect(variantsOf(container).map(({ derivation, streamed }) => [derivation, streamed])).toEqual([
      [conf.derivation, false],
      [container.derivation, true],
    ])
  })

  test('is no variant of a container that has none', async () => {
    const [container] = (await evaluateContainers(nix({}), options())).containers
    expect(container && variantsOf(container)).toEqual([container])
  })
})

describe('a flake with a missing attribute', () => {
  const failure = (
    answer: (args: readonly string[]) => Partial<ExecResult>,
    more: Partial<FindOptions> = {},
  ) => rejection(evaluateContainers(fakeNix({ answer }), options(more)))

  test('lists the images and suggests one if a name is missing', async () => {
    const error = await failure(
      args =>
        JSON.stringify(args).includes('names\\\\\\":null')
          ? answerWith({ containers: [makeContainer('hello'), makeContainer('other')] })
          : answerWith({ missing: ['helo'] }),
      { names: ['helo'] },
    )
    expect(error.message).toBe('The flake github:a/b has no packages.x86_64-linux.helo')
    expect(error.hint).toBe('Did you mean hello? Its images are: hello, other.')
  })

  test.each(['hello;other', 'packages.x86_64-linux.hello'])('suggests the names in %s', async name => {
    const error = await failure(
      args =>
        JSON.stringify(args).includes('names\\\\\\":null')
          ? answerWith({ containers: [makeContainer('hello'), makeContainer('other')] })
          : answerWith({ missing: [name] }),
      { names: [name] },
    )
    expect(error.hint).toMatch(/^Did you mean .*\bhello\b.*\? Its images are: hello, other\.$/)
  })

  test('lists no images if the flake does not evaluate', async () => {
    let calls = 0
    const error = await failure(() => (calls++ === 0 ? answerWith({ missing: ['x'] }) : { code: 1 }), {
      names: ['x'],
    })
    expect(error.hint).toBe('It has no images there.')
  })

  test('reports the type if the attribute is not a derivation', async () => {
    const error = await failure(() => answerWith({ others: { five: 'int' } }), { names: ['five'] })
    expect(error.message).toBe(
      'packages.x86_64-linux.five of the flake github:a/b is not a derivation (its type is int)',
    )
  })

  test('lists the existing systems if the system is missing', async () => {
    const absent = { absent: 'x86_64-linux', siblings: ['aarch64-linux', 'riscv64-linux'] }
    const error = await failure(() => ({ stdout: JSON.stringify(absent) }))
    expect(error.message).toBe(
      'The flake github:a/b has no containers for x86_64-linux: packages has aarch64-linux, riscv64-linux',
    )
  })

  test('lists the siblings if another part is missing', async () => {
    const absent = { absent: 'images', siblings: [] }
    const error = await failure(() => ({ stdout: JSON.stringify(absent) }), {
      attribute: parseAttributeTemplate('packages.{system}.images.{name}'),
    })
    expect(error.message).toBe('The flake github:a/b has no packages.x86_64-linux.images')
  })

  test('reports the first part of the attribute if it is missing', async () => {
    const stderr = "error: flake 'github:a/b' does not provide attribute 'packages'\n"
    const error = await failure(() => ({ code: 1, stderr }))
    expect(error.message).toBe('The flake github:a/b has no packages')
  })

  test('reports the attribute and the cause of an evaluation error', async () => {
    const stderr = [
      'error:',
      '       … while evaluating the attribute',
      '         at «string»:1:4:',
      '',
      "       \x1b[31;1merror:\x1b[0m attribute 'x' missing",
      '       at /nix/store/1-source/flake.nix:1:2:',
      '           1| { }',
    ].join('\n')
    const all = await failure(() => ({ code: 1, stderr }))
    expect(all.message).toBe(
      [
        'Nix could not evaluate packages.x86_64-linux of the flake github:a/b:',
        "error: attribute 'x' missing",
        'at /nix/store/1-source/flake.nix:1:2:',
        '    1| { }',
      ].join('\n'),
    )
    expect(all.hint).toContain('set `containers`')
    const named = await failure(() => ({ code: 1, stderr }), { names: ['a', 'b.c'] })
    expect(named.message).toContain('packages.x86_64-linux.a, packages.x86_64-linux."b.c" of the flake')
    expect(named.hint).toBeUndefined()
  })
})

describe('a flake that cannot be fetched', () => {
  const failure = (stderr: string, more: Partial<FindOptions> = {}) =>
    rejection(evaluateContainers(fakeNix({ answer: () => ({ code: 1, stderr }) }), options(more)))

  test.each([
    "error: cannot find flake 'flake:tools' in the flake registries",
    "error:\n       … while fetching the input 'github:a/b'\n\n       error: path '/x' does not exist",
    "error: program 'git' failed with exit code 128",
    "error: input 'foo:bar' is unsupported",
    "error: path '/nix/store/1-source/flake.nix' does not exist",
    "error: getting status of '/nix/store/1-source/flake.nix': No such file or directory",
    "error: getting status of '/absent': No such file or directory",
    "error: source tree referenced by 'github:a/b' does not contain a '/flake.nix' file",
  ])('has no hint about containers: %j', async stderr => {
    expect((await failure(stderr)).hint).toBeUndefined()
  })

  test.each([
    "error: getting status of '/nix/store/1-source/absent.nix': No such file or directory",
    "error:\n       … while evaluating attribute 'a'\n\n       error: unable to download 'https://example.org/a.tar.gz'",
  ])('is distinguished from a flake that does not evaluate: %j', async stderr => {
    expect((await failure(stderr)).hint).toContain('set `containers`')
  })

  test.each(["Couldn't resolve host name (6)", 'Could not resolve hostname (6)'])(
    'without a network, has a hint about the network: %s',
    async why => {
      const stderr = `error: unable to download 'https://api.github.com/repos/a/b/commits/HEAD': ${why}`
      expect((await failure(stderr)).hint).toMatch(
        /^Check the address, and the network, proxy and DNS settings/,
      )
    },
  )

  test('a name that is not in the registry of flakes may be a folder', async () => {
    const stderr = "error: cannot find flake 'flake:tools' in the flake registries"
    expect((await failure(stderr, { flake: 'tools' })).hint).toBe(
      'Nix looks up tools in its registry of flakes. For a folder, write ./tools.',
    )
  })

  test('has a hint if a folder has this name', () =>
    withFolder(async cwd => {
      await mkdir(join(cwd, 'sub/tools'), { recursive: true })
      await mkdir(join(cwd, 'empty'))
      await writeFile(join(cwd, 'sub/tools/flake.nix'), '{}')
      const hint = async (flake: string, names: string[] = []) =>
        (await failure("error: cannot find flake 'flake:x' in the flake registries", { flake, cwd, names }))
          .hint
      expect(await hint('sub/tools')).toBe('If you mean the folder, write ./sub/tools.')
      expect(await hint('sub/tools', ['a'])).toBe('If you mean the folder, write ./sub/tools.')
      expect(await hint('empty')).toBe(
        'Nix looks up empty in its registry of flakes. For a folder, write ./empty.',
      )
      expect(await hint('flake:sub/tools')).toBeUndefined()
      const evaluated = await failure("error: attribute 'x' missing", { flake: 'sub/tools', cwd })
      expect(evaluated.hint).toContain('set `containers`')
    }))
})

describe('a flake reference', () => {
  const inFolder = (ref: string) =>
    withFolder(async folder => {
      await mkdir(join(folder, 'flake/sub'), { recursive: true })
      await mkdir(join(folder, 'empty'))
      await writeFile(join(folder, 'flake/flake.nix'), '{}')
      await checkFlakeRef(ref.replace('$FOLDER', folder), join(folder, 'flake'))
    })

  test.each([
    '.',
    './sub',
    '..?dir=flake',
    '../flake',
    '$FOLDER/flake',
    'path:.',
    'path:$FOLDER/flake',
    'path:../?dir=flake',
    'git+file:$FOLDER/empty',
    'git+file://$FOLDER/flake?ref=main',
    'github:owner/name',
    'git+https://example.org/a.git?ref=main',
    'nixpkgs',
    'nixpkgs/nixos-unstable',
  ])('%s is accepted', async ref => {
    await expect(inFolder(ref)).resolves.toBeUndefined()
  })

  test.each([
    ['', 'is not a flake reference'],
    ['--impure', 'is not a flake reference'],
    ['.#hello', 'contains a #'],
    ['./nope', 'does not exist'],
    ['path:./nope', 'does not exist'],
    ['git+file:./nope', 'does not exist'],
    ['../empty', 'There is no flake.nix in'],
    ['path:./sub', 'There is no flake.nix in'],
    ['.?dir=sub', 'There is no flake.nix in'],
  ])('%j is rejected', async (ref, why) => {
    await expect(inFolder(ref)).rejects.toThrow(why)
  })
})

describe('a path in a submodule', () => {
  test.each([
    "error: path '/nix/store/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-source/vendor/lib/x.nix' does not exist",
    "error: getting status of '/nix/store/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-source/vendor/lib/x.nix': No such file or directory",
    "error: path '«git+file:///w»/vendor/lib' does not exist",
    'error: Path \'vendor/lib/VERSION\' does not exist in Git repository "/w".',
    "error: getting status of '/nix/store/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-source/vendor/lib': No such file or directory",
  ])('that does not exist has a hint: %j', async stderr => {
    await withFolder(async cwd => {
      await writeFile(join(cwd, 'flake.nix'), '{}')
      await writeFile(join(cwd, '.gitmodules'), '[submodule "lib"]\n\tpath = vendor/lib\n\turl = ../lib\n')
      const nix = fakeNix({ answer: () => ({ code: 1, stderr }) })
      const error = await rejection(evaluateContainers(nix, options({ flake: '.', cwd, names: ['a'] })))
      expect(error.hint).toMatch(/^vendor\/lib is a Git submodule.*submodules=1/)
      const other = fakeNix({
        answer: () => ({ code: 1, stderr: stderr.replace('vendor/lib', 'vendor/other') }),
      })
      expect(
        (await rejection(evaluateContainers(other, options({ flake: '.', cwd, names: ['a'] })))).hint,
      ).toBeUndefined()
    })
  })
})
