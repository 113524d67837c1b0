import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Merged } from '../src/command/shared/merge-result.js'
import { openArchive } from '../src/command/shared/open-archive.js'
import type { ImageContents } from '../src/sbom/contents.js'
import { parseCycloneDx } from '../src/sbom/read-cyclonedx.js'
import { exec } from '../src/util/exec.js'
import { type Machine, openMachine, outputOf, ROOT, resultOf, TOOLS, tool } from './support/machine.js'
import { type RegistryProcess, startRegistry } from './support/registry.js'

let machine: Machine
afterEach(() => machine.remove())
const at = (name: string): string => join(machine.work, name)

/** Copies examples/tools, with a stand-in for nixpkgs. */
function placeTools(): void {
  cpSync(join(ROOT, 'examples/tools'), at('tools'), { recursive: true })
  cpSync(join(ROOT, 'e2e/fixtures/nixpkgs'), at('nixpkgs'), { recursive: true })
  mkdirSync(at('nixpkgs/x86_64-linux'))
  copyFileSync(join(TOOLS, 'static/x86_64-linux/busybox'), at('nixpkgs/x86_64-linux/busybox'))
  const flake = readFileSync(at('tools/flake.nix'), 'utf8')
  const url = `nixpkgs.url = "path:${at('nixpkgs')}"`
  writeFileSync(at('tools/flake.nix'), flake.replace(/nixpkgs\.url = "github:[^"]*"/, url))
}

function placeNix2container(): void {
  cpSync(join(ROOT, 'e2e/fixtures/nix2container'), at('nix2container'), { recursive: true })
  for (const folder of ['x86_64-linux', 'tools']) {
    mkdirSync(at(`nix2container/${folder}`))
    copyFileSync(join(TOOLS, 'static/x86_64-linux/busybox'), at(`nix2container/${folder}/busybox`))
  }
  copyFileSync(join(TOOLS, 'go-tools/store-layer'), at('nix2container/tools/store-layer'))
}

/** Builds images of a flake, and returns what the program logged. */
async function build(flake: string, ...more: readonly string[]): Promise<string> {
  const args = ['build', '--flake', `path:${flake}`, '--systems', 'x86_64-linux', ...more]
  const { code, stderr } = await machine.cli(args)
  expect({ code, stderr }).toMatchObject({ code: 0 })
  return stderr
}

async function contentsIn(archive: string): Promise<ImageContents> {
  const contents = (await openArchive(at(archive)))?.contents
  if (contents === undefined) throw new Error(`${archive} does not say what is in the image`)
  return contents
}

/** The store paths of an image, as Nix lists them. */
async function closureOf(paths: readonly string[]): Promise<string[]> {
  const list = outputOf(await machine.run('nix-store', ['--query', '--requisites', ...paths]))
  return list.trim().split('\n').sort()
}

function pathsNamed({ components }: ImageContents, name: string): string[] {
  return components.map(({ path }) => path).filter(path => path.slice(44).startsWith(name))
}

test.each(['current', 'debian-12'] as const)(
  'an image of dockerTools lists its closure (Nix %s)',
  async nix => {
    machine = openMachine({ nix })
    placeTools()
    const log = await build('tools', '--containers', 'fdContainer', '--output', 'out', '--sbom')
    expect(log).toContain('SBOM of fdContainer (linux/amd64): 4 store paths, 3 with package facts')
    const contents = await contentsIn('out/fdContainer-x86_64-linux.oci.tar')
    const roots = ['fd-', 'bash-', 'coreutils-'].flatMap(name => pathsNamed(contents, name))
    expect(roots).toHaveLength(3)
    expect(contents.components.map(({ path }) => path)).toEqual(await closureOf(roots))
    expect(contents.otherLayers).toEqual([])
    const [fd] = contents.components.filter(({ name }) => name === 'fd')
    expect(fd).toMatchObject({
      version: '10.3.0',
      narHash: expect.stringMatching(/^sha256-.{43}=$/),
      narSize: expect.any(Number),
      references: [expect.stringMatching(/-x86_64-linux$/)],
      package: {
        description: 'The program fd',
        homepage: 'https://example.org/fd',
        licenses: 'MIT',
        cpe: 'cpe:2.3:a:example:fd:10.3.0:*:*:*:*:*:*:*',
        sources: [
          {
            url: 'https://ftp.gnu.org/gnu/programs/fd-10.3.0.tar.gz',
            hash: expect.stringMatching(/^sha256-.{43}=$/),
          },
        ],
        patches: [
          { name: 'flake.nix', resolves: [] },
          { name: 'CVE-2024-1234.patch', resolves: ['CVE-2024-1234'] },
        ],
      },
    })
    // The same bytes, and the same image as without an SBOM.
    await build('tools', '--containers', 'fdContainer', '--output', 'again', '--sbom')
    const [first, again] = ['out', 'again'].map(folder =>
      readFileSync(at(`${folder}/fdContainer-x86_64-linux.oci.tar`)),
    )
    expect(first?.equals(again as Buffer)).toBe(true)
    await build('tools', '--containers', 'fdContainer', '--output', 'without')
    const plain = await openArchive(at('without/fdContainer-x86_64-linux.oci.tar'))
    expect(plain?.contents).toBeUndefined()
    const listed = await openArchive(at('out/fdContainer-x86_64-linux.oci.tar'))
    expect(plain?.image.manifest.digest).toBe(listed?.image.manifest.digest)
  },
)

/** The image has no values: a text names another package of the flake, and others name packages of nixpkgs. */
const NAMED_FLAKE = `{
  inputs.nixpkgs.url = "path:@nixpkgs@";
  outputs = { self, nixpkgs }:
    let
      pkgs = nixpkgs.legacyPackages.x86_64-linux;
    in
    {
      packages.x86_64-linux.tool = pkgs.ripgrep;
      packages.x86_64-linux.named = pkgs.dockerTools.buildLayeredImage {
        name = "named";
        tag = "1.0";
        contents = [ "\${self.packages.x86_64-linux.tool}" "\${pkgs.fd}" "\${pkgs.bash}" ];
        config = { };
      };
    };
}`

test.each(['current', 'debian-12'] as const)(
  'packages that only a text names are found (Nix %s)',
  async nix => {
    machine = openMachine({ nix })
    placeTools()
    mkdirSync(at('named'))
    writeFileSync(at('named/flake.nix'), NAMED_FLAKE.replace('@nixpkgs@', at('nixpkgs')))
    const log = await build('named', '--output', 'out', '--sbom', '--verbose')
    expect(log).toContain('SBOM of named (linux/amd64): 4 store paths, 3 with package facts')
    const { components } = await contentsIn('out/named-x86_64-linux.oci.tar')
    const described = components.flatMap(each => each.package?.description ?? [])
    expect(described.sort()).toEqual(['The program bash', 'The program fd', 'The program rg'])
  },
)

/** A script that writes the archive of another image, and an image that is described. */
const STREAMS_FLAKE = `{
  inputs.nixpkgs.url = "path:@nixpkgs@";
  outputs = { self, nixpkgs }:
    let
      pkgs = nixpkgs.legacyPackages.x86_64-linux;
      contents = [ pkgs.fd pkgs.bash ];
      image = pkgs.dockerTools.buildLayeredImage { name = "scripted"; tag = "1.0"; inherit contents; config = { }; };
      busybox = "\${pkgs.busybox}";
    in
    {
      packages.x86_64-linux.described = pkgs.dockerTools.streamLayeredImage { name = "described"; inherit contents; };
      packages.x86_64-linux.scripted = derivation {
        name = "stream-scripted";
        system = "x86_64-linux";
        builder = busybox;
        args = [ "sh" "-euc" "printf '#!%s sh\\nexec %s gzip -dc %s\\n' \${busybox} \${busybox} \${image} >$out; \${busybox} chmod +x $out" ];
      } // { isExe = true; imageName = "scripted"; imageTag = "1.0"; buildArgs = { inherit contents; }; };
    };
}`

test('a streamed image lists its closure, with and without its script', async () => {
  machine = openMachine()
  placeTools()
  mkdirSync(at('streams'))
  writeFileSync(at('streams/flake.nix'), STREAMS_FLAKE.replace('@nixpkgs@', at('nixpkgs')))
  const log = await build('streams', '--output', 'out', '--sbom')
  for (const name of ['described', 'scripted']) {
    expect(log).toContain(`SBOM of ${name} (linux/amd64): 3 store paths, 2 with package facts`)
    const contents = await contentsIn(`out/${name}-x86_64-linux.oci.tar`)
    const roots = ['fd-', 'bash-'].flatMap(each => pathsNamed(contents, each))
    expect(contents.components.map(({ path }) => path)).toEqual(await closureOf(roots))
    expect(contents.otherLayers).toEqual([])
  }
})

test('an image without an SBOM is built again and keeps its digest; then it is unchanged', async () => {
  machine = openMachine()
  placeTools()
  const registry = await startRegistry()
  try {
    const flake = ['--flake', 'path:tools', '--containers', 'fdContainer', '--systems', 'x86_64-linux']
    const image = `${registry.address}/owner/fd`
    const publish = async (...more: readonly string[]) => {
      const args = ['publish', ...flake, '--image', image, '--tags', 'latest', ...more, '--json']
      return resultOf<{ built: readonly object[]; merged: readonly Merged[] }>(await machine.cli(args))
    }
    const first = await publish()
    const withSbom = await publish('--sbom')
    expect(withSbom.built).toHaveLength(1)
    expect(withSbom.merged[0]?.digest).toBe(first.merged[0]?.digest)
    const document = JSON.parse(outputOf(await machine.cli(['sbom', `${image}:latest`])))
    const names = document.components.map((each: { name: string }) => each.name)
    expect(names).toEqual(expect.arrayContaining(['fd', 'bash', 'coreutils']))
    expect((await publish('--sbom')).built).toEqual([])
  } finally {
    await registry.stop()
  }
})

/** A set like nixpkgs, in which not all attributes can be evaluated, and a package with an error that Nix cannot catch. */
const LARGE_FLAKE = `{
  inputs.nixpkgs.url = "path:@nixpkgs@";
  outputs = { self, nixpkgs }:
    let
      pkgs = nixpkgs.legacyPackages.x86_64-linux;
      imageOf = name: path: pkgs.dockerTools.buildLayeredImage {
        inherit name;
        tag = "1.0";
        contents = [ path ];
        config = { };
      };
      own = derivation (pkgs.fd.drvAttrs // { name = "own-1"; }) // {
        meta.description = "A package of the flake";
      };
      broken = own // { meta.description = abort "no words"; };
      rest = builtins.genList (n: { name = "a\${toString n}"; value = abort "evaluated"; }) 1000;
    in
    {
      legacyPackages.x86_64-linux = builtins.listToAttrs rest // {
        inherit own;
        large = imageOf "large" "\${own}";
        broken = imageOf "broken" broken;
      };
    };
}`

test('of a large set, only packages that an image names are evaluated; an error in a package is a warning', async () => {
  machine = openMachine()
  placeTools()
  mkdirSync(at('large'))
  writeFileSync(at('large/flake.nix'), LARGE_FLAKE.replace('@nixpkgs@', at('nixpkgs')))
  const args = ['--attribute', 'legacyPackages.{system}.{name}', '--output', 'out', '--sbom', '--containers']
  expect(await build('large', ...args, 'large')).not.toContain('abort')
  const { components } = await contentsIn('out/large-x86_64-linux.oci.tar')
  const described = components.flatMap(each => each.package?.description ?? [])
  expect(described).toEqual(['A package of the flake'])
  expect(await build('large', ...args, 'broken')).toMatch(
    /The SBOMs for x86_64-linux say less about packages: .* does not evaluate: .*no words/,
  )
})

test('an image of nix2container lists its store paths, also those that are moved to the root', async () => {
  machine = openMachine()
  placeNix2container()
  await build('nix2container', '--output', 'out', '--sbom')
  const contents = await contentsIn('out/hello-x86_64-linux.oci.tar')
  const roots = [...pathsNamed(contents, 'root'), ...pathsNamed(contents, 'app-')]
  expect(contents.components.map(({ path }) => path)).toEqual(await closureOf(roots))
})

describe('the documents', () => {
  let registry: RegistryProcess
  beforeAll(async () => {
    registry = await startRegistry()
  })
  afterAll(() => registry.stop())

  const sbom = async (...args: readonly string[]): Promise<string> =>
    outputOf(await machine.cli(['sbom', ...args]))

  /** Pulls all documents about an image or an index with oras, and returns their files. */
  async function pullDocuments(reference: string, folder: string): Promise<string[]> {
    const found = await tool('oras', ['discover', '--plain-http', '--format', 'json', reference])
    const { referrers } = JSON.parse(found) as { referrers: { reference: string }[] }
    for (const each of referrers)
      await tool('oras', ['pull', '--plain-http', '--output', folder, each.reference])
    return readdirSync(folder).sort()
  }

  test('are found and accepted by programs of others, and `sbom` prints them', async () => {
    machine = openMachine()
    placeTools()
    const repository = `${registry.address}/me/fdcontainer`
    const args = ['--image', repository, '--tags', '1.0', '--sbom', '--json']
    const flake = [
      '--flake',
      `path:${at('tools')}`,
      '--containers',
      'fdContainer',
      '--systems',
      'x86_64-linux',
    ]
    const { merged } = resultOf<{ merged: Merged[] }>(await machine.cli(['publish', ...flake, ...args]))
    const [{ digest = '', platforms = [] } = {}] = merged
    const pulled = at('pulled')
    expect(await pullDocuments(`${repository}@${digest}`, pulled)).toEqual([
      'fdContainer.index.cdx.json',
      'fdContainer.index.spdx.json',
    ])
    const files = await pullDocuments(`${repository}@${platforms[0]?.digest}`, pulled)
    expect(files).toHaveLength(4)
    const judged = await exec('bash', [
      join(ROOT, 'e2e/lib/check-sboms.sh'),
      ...files.map(file => join(pulled, file)),
    ])
    expect(outputOf(judged)).toBe('4 checked, 0 wrong\n')
    for (const [format, ending] of [
      ['cyclonedx', 'cdx'],
      ['spdx', 'spdx'],
    ] as const) {
      const file = join(pulled, `fdContainer-x86_64-linux.${ending}.json`)
      expect(await sbom(`${repository}:1.0`, '--format', format)).toBe(readFileSync(file, 'utf8'))
    }
  })

  test('of what Nix built are written from its layers, and Nix knows the hashes', async () => {
    machine = openMachine()
    placeTools()
    const features = ['--extra-experimental-features', 'nix-command flakes']
    const image = `path:${at('tools')}#fdContainer`
    outputOf(
      await machine.run('nix', [
        ...features,
        'build',
        '--option',
        'build-users-group',
        '',
        '--out-link',
        at('result'),
        image,
      ]),
    )
    const { components } = parseCycloneDx(await sbom(at('result'))).contents
    const paths = components.map(({ path }) => path)
    const roots = paths.filter(path => /-(fd|bash|coreutils)-/.test(path))
    expect(paths).toEqual(await closureOf(roots))
    const query = async (what: string, asked: readonly string[]): Promise<string[]> =>
      outputOf(await machine.run('nix-store', ['--query', what, ...asked]))
        .trim()
        .split('\n')
    const hashes = await query('--hash', paths)
    const hex = outputOf(await machine.run('nix-hash', ['--to-base16', '--type', 'sha256', ...hashes]))
    expect(components.map(each => hexOfSri(each.narHash)).join('\n')).toBe(hex.trim())
    const fd = components.find(({ name }) => name === 'fd')
    expect(fd?.references).toEqual(await query('--references', [fd?.path ?? '']))
  })
})

function hexOfSri(sri = ''): string {
  return Buffer.from(sri.replace('sha256-', ''), 'base64').toString('hex')
}
