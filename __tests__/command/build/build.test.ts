import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type BuildRequest, build, saveForLaterRuns } from '../../../src/command/build/build.js'
import type { PushRequest } from '../../../src/command/build/push-to-caches.js'
import { type CacheEntry, readPostJobState } from '../../../src/command/setup/post-job.js'
import { openArchive } from '../../../src/command/shared/open-archive.js'
import type { Artifacts, RunCache } from '../../../src/host/host.js'
import { BUILD_INPUTS } from '../../../src/input/input-table.js'
import { readInputs } from '../../../src/input/read-inputs.js'
import { parseAttributeTemplate } from '../../../src/nix/attribute-template.js'
import type { Container } from '../../../src/nix/container.js'
import { detectSystem } from '../../../src/nix/detect-system.js'
import type { System } from '../../../src/oci/platform.js'
import type { GitRef } from '../../../src/tags/subject.js'
import { fakeNix, rejection } from '../../nix/fakes.js'
import { containerOf, dockerFile } from '../../support/archives.js'
import { silentHost, type TestHost, testHost } from '../../support/host.js'
import { installNix, printBuilt, quoteJson } from '../../support/nix-program.js'

describe('build command', () => {
  const FOREIGN: System = detectSystem() === 'aarch64-linux' ? 'x86_64-linux' : 'aarch64-linux'

  let host: TestHost
  beforeEach(() => {
    host = testHost()
  })
  afterEach(() => host.remove())

  /** Installs a program `nix` with one container of a foreign system. `build` is its shell command for a build. */
  function installForeign(build: string): TestHost {
    const container = containerOf('hello', FOREIGN)
    const installed = installNix(host, [container], { build: `${build} && ${printBuilt(host, container)}` })
    return { ...installed, env: { ...host.env, PATH: host.temp } }
  }

  const run = (on: TestHost, more: Partial<BuildRequest> = {}) =>
    build(
      {
        ...readInputs(BUILD_INPUTS, () => undefined, silentHost),
        flake: 'github:a/b',
        containers: [],
        systems: [FOREIGN],
        attribute: parseAttributeTemplate('packages.{system}.{name}'),
        emulation: 'off',
        compression: 'gzip',
        output: join(host.temp, 'out'),
        ...more,
      },
      on,
    )

  describe('for a system that this machine cannot build for', () => {
    test('uses an existing image', async () => {
      const built = await run(installForeign('true'))
      expect(built).toMatchObject([{ container: 'hello', system: FOREIGN }])
    })

    test('fails with the reason if the image must be built', async () => {
      const said = `error: a '${FOREIGN}' with features {} is required to build '/nix/store/x.drv'`
      const error = await rejection(run(installForeign(`{ echo "${said}" >&2; false; }`)))
      expect(error.message).toBe(`This machine cannot build for ${FOREIGN}: \`--emulation\` is \`off\``)
      expect(error.hint).toContain('qemu-user-static')
    })

    test('reports another failure unchanged', async () => {
      const error = await rejection(run(installForeign('{ echo "error: no space" >&2; false; }')))
      expect(error.message).toMatch(/hello .* could not be built:\nerror: no space/)
    })
  })

  describe('with caches', () => {
    const METADATA = {
      locked: { type: 'github', owner: 'a', repo: 'b', rev: 'a'.repeat(40) },
      locks: { nodes: { root: {} }, root: 'root', version: 7 },
    }

    /** Installs a program `nix` that builds every derivation, and a `nix-store`. */
    function installBuilder(containers: readonly Container[]): TestHost {
      const info = { narHash: 'sha256-x', narSize: 1, references: [], signatures: [], ultimate: true }
      const output = dockerFile(host.temp, containerOf('hello', detectSystem()))
      writeFileSync(join(host.temp, 'nix-store'), `#!/bin/sh\necho ${output}\n`, { mode: 0o755 })
      const listDerivations =
        'for each; do case $each in *.drv^out) echo "  ${each%^out}" >&2 ;; esac; done; echo "[]"'
      const commands = {
        'path-info': `echo ${quoteJson({ [output]: info })}`,
        'flake metadata': `echo ${quoteJson(METADATA)}`,
        '--dry-run': `echo 'these 2 derivations will be built:' >&2; ${listDerivations}`,
        build: `printf '[{"drvPath":"%s","outputs":{"out":"%s"}}]' "\${last%^out}" ${output}`,
      }
      return installNix(host, containers, commands, [
        `echo "$*" >>${host.temp}/asked`,
        'for last; do :; done',
      ])
    }

    const linesWith = (word: string): string[] =>
      readFileSync(join(host.temp, 'asked'), 'utf8')
        .split('\n')
        .filter(line => line.includes(` ${word} `))

    const images = new Map<string, string>()
    const cache = (): RunCache => ({
      folder: join(host.temp, 'cache'),
      readOnly: false,
      async restore(path, key) {
        const copy = images.get(key)
        if (copy === undefined) return undefined
        mkdirSync(dirname(path), { recursive: true })
        copyFileSync(copy, path)
        return key
      },
      save: async () => false,
    })

    describe('with destinations that the merge would refuse, builds nothing', () => {
      const hello = containerOf('hello', detectSystem())
      const other = containerOf('other', detectSystem(), { derivation: hello.derivation.replace('-', '-2') })
      const attempt = (given: Record<string, string>) => {
        const { image, tags, force } = readInputs(BUILD_INPUTS, name => given[name], silentHost)
        const containers = ['hello', 'other']
        const systems = [detectSystem()]
        return rejection(
          run(installBuilder([hello, other]), { image, tags, force, containers, systems, push: 'false' }),
        )
      }

      test.each([{}, { force: 'true' }])('one repository for two containers, with %j', async given => {
        const error = await attempt({ image: 'ghcr.io/me/app', ...given })
        expect(error.message).toBe('hello and other have the same destination: ghcr.io/me/app')
        expect(error.hint).toContain('Use {name} in `--image`')
        expect(linesWith('build')).toEqual([])
      })

      test('a tag of another repository', async () => {
        const error = await attempt({ image: 'ghcr.io/me/{name}', tags: 'ghcr.io/me/elsewhere:1' })
        expect(error.message).toBe(
          '`--tags` contains a tag for ghcr.io/me/elsewhere, which is not a destination',
        )
        expect(linesWith('build')).toEqual([])
      })
    })

    describe('with a provenance', () => {
      const hello = containerOf('hello', detectSystem())
      const request = { containers: ['hello'], systems: [detectSystem()], push: 'true' } as const

      /** A cache that another job has filled: with an archive of this container, and with a store path. */
      const poisonedCache = (archive: string): RunCache => ({
        folder: join(host.temp, 'cache'),
        readOnly: false,
        async restore(path, key) {
          if (key.startsWith('nix-multiarch-image-')) {
            mkdirSync(dirname(path), { recursive: true })
            copyFileSync(archive, path)
          } else {
            mkdirSync(join(path, 'nar'), { recursive: true })
            writeFileSync(join(path, 'nar/poison.nar'), 'poison')
            const fields = [
              `StorePath: /nix/store/${'p'.repeat(32)}-tool`,
              'URL: nar/poison.nar',
              'NarSize: 6',
            ]
            writeFileSync(join(path, `${'p'.repeat(32)}.narinfo`), `${fields.join('\n')}\n`)
          }
          return key
        },
        save: async () => false,
      })

      /** An archive for the cache that is not what this run would build. */
      async function packPoison(): Promise<string> {
        const [built] = await run(installBuilder([hello]), { ...request, output: join(host.temp, 'poison') })
        if (built === undefined) throw new Error('nothing was built')
        return built.file
      }

      const originIn = async (built: { readonly file: string } | undefined) =>
        (await openArchive(built?.file ?? ''))?.origin
      const buildOf = (cached: string, attest: 'true' | 'false') => {
        const on = { ...installBuilder([hello]), cache: poisonedCache(cached) }
        return run(on, { ...request, attest })
      }
      const substituters = (): string[] =>
        linesWith('build').filter(line => line.includes('extra-substituters'))

      test('an archive in the cache of GitHub is not used, and the image is built', async () => {
        const poison = await packPoison()
        expect(await buildOf(poison, 'false')).toMatchObject([{ cached: true }])
        const [built] = await buildOf(poison, 'true')
        expect(built).toMatchObject({ cached: false })
        expect(host.logged.filter(line => line.includes('Nothing is restored'))).toHaveLength(1)
        expect(host.logged.join('\n')).toContain('`--cachix`, or `--push-to` and `--extra-substituters`')
      })

      test('a store path in the cache of GitHub is not offered to Nix, nor saved again', async () => {
        const other = containerOf('other', detectSystem())
        const on = { ...installBuilder([other]), cache: poisonedCache('/nowhere') }
        const force = { ...request, containers: ['other'], force: true }
        await run(on, { ...force, attest: 'false' })
        expect(substituters()).toHaveLength(1)
        await run(on, { ...force, attest: 'true' })
        expect(substituters()).toHaveLength(1)
        expect(existsSync(join(host.temp, 'cache/store', `${'p'.repeat(32)}.narinfo`))).toBe(false)
      })

      test('the archive says how its image was built', async () => {
        const github = {
          GITHUB_SERVER_URL: 'https://github.com',
          GITHUB_REPOSITORY: 'octo-org/app',
          GITHUB_RUN_ID: '7',
          GITHUB_RUN_ATTEMPT: '2',
          GITHUB_JOB: 'build',
          RUNNER_ENVIRONMENT: 'github-hosted',
        }
        const installed = installBuilder([hello])
        const on: TestHost = { ...installed, kind: 'github', env: { ...installed.env, ...github } }
        const [built] = await run(on, { ...request, attest: 'true' })
        expect(await originIn(built)).toEqual({
          nixVersion: '2.34.8',
          machine: detectSystem(),
          isEmulated: false,
          job: {
            run: 'https://github.com/octo-org/app/actions/runs/7/attempts/2',
            name: 'build',
            environment: 'github-hosted',
          },
          flake: { url: `github:a/b/${'a'.repeat(40)}`, revision: 'a'.repeat(40) },
          flakeInputs: [],
          derivation: hello.derivation,
          storePaths: {
            builtHere: 0,
            builtRemotely: 0,
            alreadyPresent: 1,
            downloaded: [],
            fromActionsCache: 0,
            signedBy: [],
            unsigned: 1,
          },
        })
        expect(linesWith('metadata')).toHaveLength(1)
      })

      test('an archive that is restored by a later run does not say how the first one has built it', async () => {
        const on = installBuilder([hello])
        const [built] = await run(on, { ...request, attest: 'true', output: join(host.temp, 'first') })
        expect(await originIn(built)).toBeDefined()
        const [restored] = await buildOf(built?.file ?? '', 'false')
        expect(restored).toMatchObject({ cached: true })
        expect(await originIn(restored)).toBeUndefined()
      })

      test.each([
        ['it is off', { attest: 'false' }],
        ['the run does not push, so nothing is signed', { attest: 'true', push: 'false' }],
      ] as const)('nothing is asked of Nix, and the cache is used, if %s', async (_, inputs) => {
        const poison = await packPoison()
        const on = { ...installBuilder([hello]), cache: poisonedCache(poison) }
        const [built] = await run(on, { ...request, ...inputs })
        expect(built).toMatchObject({ cached: true })
        expect(linesWith('metadata')).toEqual([])
      })

      test('a Nix that does not answer causes a warning, and the image is built', async () => {
        const on = installBuilder([hello])
        writeFileSync(join(host.temp, 'nix-store'), '#!/bin/sh\necho broken >&2; exit 1\n', { mode: 0o755 })
        const [built] = await run(on, { ...request, attest: 'true' })
        expect(await originIn(built)).toBeUndefined()
        expect(host.logged.join('\n')).toMatch(
          /warning: The provenance of hello for \S+ will not say how it was built: Nix could not list .*\nbroken/,
        )
      })
    })

    test('builds the image itself if the description of its stream cannot be used', async () => {
      const conf = { derivation: `/nix/store/${'1'.repeat(32)}-conf.json.drv`, output: 'out' }
      const hello = containerOf('hello', detectSystem(), { conf })
      const [built] = await run(installBuilder([hello]), { containers: ['hello'], systems: [detectSystem()] })
      expect(built).toMatchObject({ container: 'hello', derivation: hello.derivation })
      const builds = linesWith('--print-build-logs').map(line => line.split(' ').at(-1))
      expect(builds).toEqual([`${conf.derivation}^out`, `${hello.derivation}^out`])
      expect(host.logged.join('\n')).toMatch(
        /info: hello for \S+: its stream is not used without its script: /,
      )
    })

    test('caches and pushes an image built by its stream under its own derivation, for each name', async () => {
      const stream = { derivation: `/nix/store/${'1'.repeat(32)}-stream.drv`, output: 'out' }
      const hello = containerOf('hello', detectSystem(), { stream })
      const alias = { ...hello, name: 'alias' }
      const on = { ...installBuilder([hello, alias]), cache: cache() }
      const request = {
        containers: ['hello', 'alias'],
        systems: [detectSystem()],
        pushTo: 'file:///pushed',
      }
      const first = await run(on, request)
      expect(first.map(({ container, cached, derivation }) => [container, cached, derivation])).toEqual([
        ['hello', false, hello.derivation],
        ['alias', false, hello.derivation],
      ])
      const [dryRuns, builds] = [linesWith('--dry-run'), linesWith('--print-build-logs')]
      expect(dryRuns).toHaveLength(1)
      expect(builds.map(line => line.split(' ').at(-1))).toEqual(Array(2).fill(`${stream.derivation}^out`))
      expect(linesWith('copy')).toHaveLength(1)

      const { saves } = await readPostJobState(host.stateFolder)
      const imageSaves = saves.filter(({ key }) => key.startsWith('nix-multiarch-image-'))
      expect(imageSaves.map(({ path }) => basename(path))).toEqual(
        ['hello', 'alias'].map(name => `${name}-${detectSystem()}.oci.tar`),
      )
      for (const { key, path } of imageSaves) {
        copyFileSync(path, join(host.temp, key))
        images.set(key, join(host.temp, key))
      }
      const second = await run(on, request)
      expect(second.map(({ cached }) => cached)).toEqual([true, true])
      expect(linesWith('build')).toHaveLength(3)
      expect(linesWith('copy')).toHaveLength(1)
      expect(host.logged).toContain('info: Nothing to push for 2 images from the image cache')
      const forced = await run(on, { ...request, force: true })
      expect(forced.map(({ cached }) => cached)).toEqual([false, false])
    })
  })

  describe('on a runner without an artifact service', () => {
    beforeEach(() => {
      host = testHost({ kind: 'github', env: { GITHUB_SERVER_URL: 'https://git.example.com' } })
    })

    const about = (): string[] => host.logged.filter(line => line.includes('artifact service'))

    test('says once where the archives are, and that a merge of this job finds them', async () => {
      const [built] = await run(installForeign('true'), { output: undefined })
      const folder = join(host.temp, 'nix-multiarch', 'archives')
      expect(built?.file).toBe(join(folder, `hello-${FOREIGN}.oci.tar`))
      expect(about()).toEqual([
        'info: This runner has no artifact service (GITHUB_SERVER_URL is https://git.example.com, and not ' +
          `https://github.com), so the archives are only in the folder ${folder}. A merge in this job reads them there.`,
      ])
    })

    test('says what to set for the merge if the folder is another one', async () => {
      await run(installForeign('true'))
      expect(about()).toEqual([
        expect.stringContaining(`For the merge, set \`archives: ${join(host.temp, 'out')}\`.`),
      ])
    })
  })

  test('on the command line, nothing is said about artifacts', async () => {
    await run(installForeign('true'))
    expect(host.logged.join('\n')).not.toContain('artifact')
  })

  describe('on GitHub', () => {
    const uploaded: string[] = []
    const artifacts: Artifacts = {
      async upload(file) {
        uploaded.push(basename(file))
        return { id: 1, name: basename(file), size: 0 }
      },
      list: async () => [],
      download: () => Promise.reject(new Error('not in this test')),
    }
    beforeEach(() => {
      uploaded.length = 0
      host = testHost({ kind: 'github', artifacts })
    })

    const says = (...lines: string[]): string =>
      lines.map(line => `echo ${quoteJson(line).slice(1, -1)} >&2`).join('; ')
    const derivation = (): string => containerOf('hello', FOREIGN).derivation

    test("folds Nix's output under the line of the container", async () => {
      const on = installForeign(`{ ${says(`building '${derivation()}'...`, 'hello> compiling')}; }`)
      const [built] = await run(on)
      expect(host.foldedLines).toEqual([
        [
          expect.stringMatching(
            new RegExp(`^hello for ${FOREIGN}: built in \\S+ s, packed in \\S+ s, 2 layers, `),
          ),
          [expect.stringContaining('building'), 'hello> compiling'],
        ],
      ])
      expect(built).toMatchObject({ how: 'built', cached: false, layers: 2 })
      expect(Object.keys(built?.times ?? {})).toEqual(['build', 'pack', 'upload'])
    })

    test('reports an image that was in the store as present', async () => {
      const [built] = await run(installForeign('true'))
      expect(built?.how).toBe('present')
      expect(host.foldedLines.length + host.logged.length).toBeGreaterThan(0)
      expect(host.logged.join('\n')).toMatch(/hello for \S+: already in the Nix store, packed in /)
    })

    test('reports an image from a binary cache as fetched', async () => {
      const [built] = await run(
        installForeign(`{ ${says("copying path '/nix/store/x' from 'https://cache'")}; }`),
      )
      expect(built?.how).toBe('fetched')
      expect(host.foldedLines[0]?.[0]).toContain(': fetched in')
    })

    test("folds Nix's output after a failure", async () => {
      await rejection(
        run(installForeign(`{ ${says('hello> no compiler', 'error: builder failed')}; false; }`)),
      )
      expect(host.foldedLines).toEqual([
        [
          expect.stringMatching(new RegExp(`^hello for ${FOREIGN}: failed after \\S+ s$`)),
          ['hello> no compiler', 'error: builder failed'],
        ],
      ])
      expect(uploaded).toEqual([])
      expect(host.summaries).toEqual([
        expect.stringMatching(/^### Built 0 of 1 image\n[\s\S]*`hello` \| `linux\/\w+` \| \*\*failed\*\*/),
      ])
    })

    test('sets the output `images`, with the archive for each container and system', async () => {
      const [built] = await run(installForeign('true'))
      const { file, digest, platform } = built ?? {}
      expect(JSON.parse(host.outputs.get('images') ?? '')).toEqual({
        hello: { [FOREIGN]: { archive: file, digest, platform } },
      })
      expect(digest).toMatch(/^sha256:/)
    })

    test('adds the summary, and uploads the report with the archive', async () => {
      await run(installForeign('true'))
      expect(uploaded).toEqual([
        `hello-${FOREIGN}.oci.tar`,
        expect.stringMatching(/^nix-multiarch-built-[0-9a-f]{10}\.json$/),
      ])
      expect(host.summaries).toEqual([expect.stringMatching(/^### Built 1 image\n[\s\S]*`hello`/)])
    })
  })
})

describe('saveForLaterRuns', () => {
  let host: TestHost
  beforeEach(() => {
    host = testHost()
  })
  afterEach(() => host.remove())

  const HELLO = containerOf('hello', 'x86_64-linux')
  const TOOL = '/nix/store/11111111111111111111111111111111-tool'
  const saveOf = (key: string): CacheEntry => ({ key, path: `/cache/${key}` })

  const NOTHING: PushRequest = {
    cachix: [],
    cachixHost: 'https://cachix.org',
    cachixAuthToken: undefined,
    cachixSigningKey: undefined,
    pushTo: undefined,
    secretKey: undefined,
  }
  const TO_STORE: PushRequest = { ...NOTHING, pushTo: 'file:///pushed' }

  /** Saves with a fake Nix. Returns the result, the keys to save, and the commands of Nix. */
  async function run(
    inputs: PushRequest,
    of: { copies?: boolean; cachedCount?: number; built?: boolean; ref?: GitRef } = {},
  ) {
    const { copies = true, cachedCount = 0, built = true, ref = { kind: 'none' } } = of
    const info = { narHash: 'sha256-x', narSize: 1, references: [], signatures: [], ultimate: true }
    const nix = fakeNix({
      answer: ([verb]) =>
        verb === 'copy'
          ? { code: copies ? 0 : 1, stderr: copies ? '' : 'error: no room' }
          : { stdout: JSON.stringify({ [TOOL]: info }) },
    })
    writeFileSync(join(host.temp, 'nix-store'), `#!/bin/sh\necho ${TOOL}\n`)
    chmodSync(join(host.temp, 'nix-store'), 0o755)
    const all = built ? [HELLO] : []
    const outcome = await saveForLaterRuns(
      {
        store: { uri: undefined, prepareSave: async () => saveOf('store') },
        images: { restore: async () => undefined, prepareSave: async ({ name }) => saveOf(`image-${name}`) },
        uncached: all,
        built: all,
        cachedCount,
      },
      {
        nix: { ...nix, command: join(host.temp, 'nix') },
        inputs,
        facts: { ref, tree: { kind: 'no-git' }, isEventCommit: true, report: () => {} },
        host,
        folder: host.temp,
      },
    )
    const { saves } = await readPostJobState(host.stateFolder)
    return { outcome, saves: saves.map(({ key }) => key), verbs: nix.asked.map(([verb]) => verb) }
  }

  test('pushes store paths, then saves archives', async () => {
    const { outcome, saves, verbs } = await run(TO_STORE)
    expect(outcome.done).toBe(true)
    expect(verbs).toEqual(['path-info', 'copy'])
    expect(saves).toEqual(['store', 'image-hello'])
  })

  test('saves no archive if the push fails, so that another run pushes', async () => {
    const { outcome, saves } = await run(TO_STORE, { copies: false })
    expect(outcome.done).toBe(false)
    expect(saves).toEqual(['store'])
  })

  test('pushes nothing for a comment on a pull request, which may be from a fork', async () => {
    const { verbs } = await run(TO_STORE, {
      ref: { kind: 'pull-request', event: 'issue_comment', number: 7 },
    })
    expect(verbs).toEqual([])
    expect(host.logged.join('\n')).toMatch(/pull request of the comment may be from a fork/)
    // A comment for which the default branch is built is not about a fork.
    const { verbs: others } = await run(TO_STORE, {
      ref: { kind: 'branch', event: 'issue_comment', name: 'main' },
    })
    expect(others).toEqual(['path-info', 'copy'])
  })

  test('logs nothing without a push target', async () => {
    const { saves, verbs } = await run(NOTHING, { cachedCount: 2 })
    expect([saves, verbs]).toEqual([['store', 'image-hello'], []])
    expect(host.logged).toEqual([])
  })

  test('does not push images from the cache, and logs this', async () => {
    const { verbs } = await run(TO_STORE, { built: false, cachedCount: 2 })
    expect(verbs).toEqual([])
    expect(host.logged).toEqual(['info: Nothing to push for 2 images from the image cache'])
  })

  test('logs a warning if the post-job state cannot be written', async () => {
    writeFileSync(join(host.temp, 'kept'), 'a file where a folder should be')
    const { outcome } = await run(NOTHING)
    expect(outcome.done).toBe(true)
    expect(host.logged).toEqual([
      expect.stringMatching(/^warning: Cannot save caches for later runs: E/),
      expect.stringMatching(/^warning: Cannot save caches for later runs: E/),
    ])
  })
})
