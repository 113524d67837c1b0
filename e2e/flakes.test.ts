import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { GIT_VARIABLES } from '../__tests__/support/git-variables.js'
import type { Plan } from '../src/command/plan/output.js'
import {
  type Machine,
  type MachineOptions,
  openMachine,
  outputOf,
  ROOT,
  resultOf,
  TOOLS,
} from './support/machine.js'

const BOTH = ['--systems', 'x86_64-linux aarch64-linux']

/** Nix functions of a flake whose builders are the static programs of the example: they need no network. */
const FUNCTIONS = `
  x86 = "x86_64-linux";
  arm = "aarch64-linux";
  image = system: name: more: derivation {
    inherit name system;
    builder = "\${self}/bin/\${system}";
    args = [ "pack" (builtins.toFile "recipe" ''
      program \${self}/bin/\${system}
      name \${name}
      tag 1.0.0
      greeting Hello
    '') (placeholder "out") ];
    allowSubstitutes = false;
  } // { imageName = name; imageTag = "1.0.0"; } // more;
  textBuiltOn = system: text: derivation {
    name = "text";
    inherit system;
    builder = "\${self}/tools/\${system}/busybox";
    args = [ "sh" "-c" "echo '\${text}' > $out" ];
    allowSubstitutes = false;
  };
`

describe.each(['current', 'debian-12'] as const)('flakes as they are, with Nix %s', nix => {
  let machine: Machine
  beforeAll(() => {
    machine = openMachine({ nix })
  })
  afterAll(() => machine.remove())

  function writeFlake(name: string, outputs: string): string[] {
    const folder = join(machine.work, name)
    mkdirSync(folder, { recursive: true })
    cpSync(join(ROOT, 'examples/hello/bin'), join(folder, 'bin'), { recursive: true })
    for (const system of ['x86_64-linux', 'aarch64-linux'])
      cpSync(join(TOOLS, 'static', system), join(folder, 'tools', system), { recursive: true })
    writeFileSync(join(folder, 'flake.nix'), `{ outputs = { self }: let ${FUNCTIONS} in ${outputs}; }`)
    return ['--flake', `path:${folder}`]
  }

  async function plan(args: readonly string[], options: MachineOptions = {}) {
    const result = await machine.cli(['plan', '--image', '', '--json', ...args], options)
    const { plan, matrix }: { plan: Plan['document']; matrix: Plan['matrix'] } = resultOf(result)
    return { containers: plan.containers, jobs: matrix.include, log: result.stderr }
  }

  test('an attribute that fails in whatever way is left out, and plan and publish agree', async () => {
    const flake = writeFlake(
      'failing',
      `{
        packages.x86_64-linux = {
          app = image x86 "app" { };
          caught = throw "not today";
          aborted = abort "never";
          attribute = ({ }).missing;
          type = 1 + "a";
          recursion = let x = x + 1; in x;
          depth = let f = n: 1 + f n; in f 1;
          file = import ./missing.nix;
          hash = builtins.fetchurl "http://127.0.0.1:1/x";
          "ghcr.io/me/tool:1.0" = image x86 "tool" { };
          tool = image x86 "tool" { };
        };
      }`,
    )
    const { containers, log } = await plan([...flake, '--systems', 'x86_64-linux'])
    expect(containers.map(({ name }) => name)).toEqual(['app', 'tool'])
    for (const [name, why] of [
      ['caught', 'not today'],
      ['aborted', 'never'],
      ['attribute', "attribute 'missing' missing"],
      ['type', 'cannot (add|coerce)'],
      ['recursion', 'infinite recursion'],
      ['depth', 'stack overflow'],
      ['file', 'missing\\.nix'],
      ['hash', 'hash|sha256'],
    ])
      expect(log).toMatch(new RegExp(`Skipping ${name} for x86_64-linux: it does not evaluate: .*${why}`))
    expect(log).toContain(
      'build it as tool, with `--attribute` set to packages.{system}."ghcr.io/me/{name}:1.0"',
    )

    const archive = join(machine.work, '{name}.tar')
    const published = await machine.cli([
      'publish',
      ...flake,
      '--systems',
      'x86_64-linux',
      '--archive',
      archive,
      '--json',
    ])
    expect(resultOf<{ merged: unknown }>(published).merged).toMatchObject([
      { container: 'app' },
      { container: 'tool' },
    ])

    const named = await machine.cli(['plan', ...flake, '--image', '', '--containers', 'app type'])
    expect(named).toMatchObject({ code: 1, stderr: expect.stringMatching(/could not evaluate .*type/) })
    const attribute = [
      '--attribute',
      'packages.{system}."ghcr.io/me/{name}:1.0"',
      '--systems',
      'x86_64-linux',
    ]
    expect((await plan([...flake, ...attribute])).containers).toMatchObject([{ name: 'tool' }])
  })

  test('an evaluation that builds for another system is left to the build job, or done under QEMU', async () => {
    const flake = writeFlake(
      'foreign',
      `{
        packages = builtins.mapAttrs (system: _: {
          app = image system "app" { version = builtins.readFile (textBuiltOn system "1.2.3"); };
          plain = image system "plain" { };
        }) { x86_64-linux = 1; aarch64-linux = 1; };
      }`,
    )
    // The second time, the derivation is in the store, but its output is not.
    for (const _ of [1, 2]) {
      const { containers, jobs } = await plan(flake)
      const [app] = containers
      expect(app?.systems.map(({ system, derivation }) => [system, typeof derivation])).toEqual([
        ['x86_64-linux', 'string'],
        ['aarch64-linux', 'undefined'],
      ])
      expect(jobs.find(({ name }) => name === 'app for aarch64-linux')).toMatchObject({
        container: 'app',
        runner: 'ubuntu-24.04-arm',
        emulated: false,
      })
    }
    // Each job of the matrix builds, and the merge joins what the plan left to a job.
    const planFile = ['--plan', 'foreign.json']
    const { jobs } = await plan([...flake, ...planFile])
    const archives = join(machine.work, 'foreign-archives')
    for (const { container, system } of jobs) {
      const selection = ['--containers', container, '--systems', system, '--output', archives]
      outputOf(await machine.cli(['build', ...flake, ...selection], { emulate: true }))
    }
    const archive = ['--image', '', '--archive', join(machine.work, 'foreign-{name}.tar'), '--json']
    const merged = [
      { container: 'app', platforms: [{ platform: 'linux/amd64' }, { platform: 'linux/arm64' }] },
      { container: 'plain', platforms: [{ platform: 'linux/amd64' }, { platform: 'linux/arm64' }] },
    ]
    const joined = await machine.cli(['merge', ...planFile, '--archives', archives, ...archive])
    expect(resultOf(joined)).toMatchObject(merged)
    const published = await machine.cli(['publish', ...flake, ...BOTH, ...archive], { emulate: true })
    expect(resultOf<{ merged: unknown }>(published).merged).toMatchObject(merged)
  })

  test('an evaluation that this machine cannot build for affects only its container', async () => {
    const flake = writeFlake(
      'foreign-only',
      `{
        packages.x86_64-linux = {
          app = image x86 "app" { version = builtins.readFile (textBuiltOn arm "1.2.3"); };
          plain = image x86 "plain" { };
        };
      }`,
    )
    const args = [
      'build',
      ...flake,
      '--systems',
      'x86_64-linux',
      '--emulation',
      'off',
      '--output',
      'only',
      '--json',
    ]
    const result = await machine.cli(args)
    expect(resultOf(result)).toMatchObject([{ container: 'plain' }])
    expect(result.stderr).toMatch(/Skipping app .*cannot build for aarch64-linux.*import from derivation/)
    const named = await machine.cli([...args, '--containers', 'app'])
    expect(named).toMatchObject({ code: 1, stderr: expect.stringContaining('import from derivation') })
  })

  test('a container that one system does not have is published for the others', async () => {
    const flake = writeFlake(
      'some',
      `{
        packages.x86_64-linux = { one = image x86 "one" { }; two = image x86 "two" { }; };
        packages.aarch64-linux = { two = image arm "two" { }; };
      }`,
    )
    const { containers, log } = await plan(flake)
    expect(containers.map(({ name, systems }) => [name, systems.length])).toEqual([
      ['one', 1],
      ['two', 2],
    ])
    expect(log).toContain('one: no image for aarch64-linux')
    for (const systems of [BOTH, ['--systems', 'any']]) {
      const args = [
        'publish',
        ...flake,
        ...systems,
        '--archive',
        join(machine.work, 'some-{name}.tar'),
        '--json',
      ]
      expect(resultOf<{ merged: unknown }>(await machine.cli(args, { emulate: true })).merged).toMatchObject([
        { container: 'one', platforms: [{ platform: 'linux/amd64' }] },
        { container: 'two', platforms: [{ platform: 'linux/amd64' }, { platform: 'linux/arm64' }] },
      ])
    }
  })

  test('images one level deeper, and containers named like platforms, are refused with the attribute to write', async () => {
    const flake = writeFlake(
      'deeper',
      `{
        packages.x86_64-linux = { native.docker = image x86 "app" { }; aarch64.docker = image x86 "app" { }; };
        cross.x86_64-linux = { fd-x86_64 = image x86 "fd" { }; fd-aarch64 = image x86 "fd" { imageTag = "1.0.0-arm64"; }; };
        images.x86_64-linux = { amd64 = image x86 "app-amd64" { }; arm64 = image x86 "app-arm64" { }; };
      }`,
    )
    const failed = async (...args: string[]): Promise<string> =>
      (await machine.cli(['plan', ...flake, '--image', '', ...args])).stderr
    expect(await failed()).toContain('one level deeper: aarch64.docker, native.docker')
    expect(await failed('--attribute', 'cross.{system}.{name}')).toContain('cross.x86_64-linux.{name}-{cpu}')
    expect(await failed('--attribute', 'images.{system}.{name}')).toContain(
      'images.x86_64-linux.{architecture}',
    )

    const cross = await plan([...flake, '--attribute', 'cross.x86_64-linux.{name}-{cpu}'])
    expect(cross.jobs).toMatchObject([
      { container: 'fd', system: 'x86_64-linux aarch64-linux', runner: 'ubuntu-24.04', emulated: false },
    ])
    expect(cross.containers).toMatchObject([{ name: 'fd', version: '1.0.0' }])
    const fixed = await plan([...flake, '--attribute', 'images.x86_64-linux.{architecture}'])
    expect(fixed.containers).toMatchObject([{ name: 'app', imageName: 'app' }])
    expect(fixed.containers[0]?.systems).toHaveLength(2)
    const lines = ['packages.{system}.native.{name}', 'aarch64-linux=packages.x86_64-linux.aarch64.{name}']
    const several = await plan([...flake, ...lines.flatMap(line => ['--attribute', line])])
    expect(several.containers).toMatchObject([{ name: 'docker', systems: [{}, {}] }])
  })

  test('facts that an image does not have are those of its stream, and names are in its environment', async () => {
    const about =
      'version = "1.2.3"; meta = { description = "From the stream"; homepage = "https://example.org"; license = "MIT"; };'
    const flake = writeFlake(
      'facts',
      `let
        stream = about: image x86 "s" ({ imageName = "from-stream"; } // about);
        without = names: set: builtins.removeAttrs set names;
      in {
        packages.x86_64-linux = {
          layered = image x86 "layered" { stream = stream { ${about} }; };
          own = image x86 "own" { version = "2.0.0"; meta.description = "Own"; stream = stream { ${about} }; };
          failing = image x86 "failing" { version = throw "no version"; stream = stream { ${about} }; };
          plain = image x86 "plain" { stream = stream { }; };
          named = without [ "imageName" ] (image x86 "named" { stream = stream { }; });
          environment = derivation { name = "e"; system = x86; builder = "/x"; imageName = "env"; imageTag = "3.0.0"; }
            // { imageName = throw "no name"; imageTag = null; };
        };
      }`,
    )
    const names = ['layered', 'own', 'failing', 'plain', 'named', 'environment']
    const { containers } = await plan([
      ...flake,
      '--systems',
      'x86_64-linux',
      '--containers',
      names.join(' '),
    ])
    const key = (name: string): string => `org.opencontainers.image.${name}`
    const found = containers.map(({ name, imageName, version, systems: [system] }) => {
      const facts = ['description', 'url', 'licenses'].map(each => system?.facts[key(each)])
      return [name, imageName, version, ...facts]
    })
    const ofStream = ['From the stream', 'https://example.org', 'MIT']
    const none = [undefined, undefined, undefined]
    expect(found.sort()).toEqual([
      ['environment', 'env', '3.0.0', ...none],
      ['failing', 'failing', '1.2.3', ...ofStream],
      ['layered', 'layered', '1.2.3', ...ofStream],
      ['named', 'from-stream', '1.0.0', ...none],
      ['own', 'own', '2.0.0', 'Own', ...ofStream.slice(1)],
      ['plain', 'plain', '1.0.0', ...none],
    ])
  })

  test('licenses become one SPDX expression', async () => {
    const licenses: Readonly<Record<string, [nix: string, expression: string | undefined]>> = {
      text: ['"MIT"', 'MIT'],
      one: ['mit', 'MIT'],
      list: ['[ mit asl20 ]', 'MIT AND Apache-2.0'],
      or: ['(OR [ mit asl20 ])', 'MIT OR Apache-2.0'],
      nested: ['[ (OR [ mit asl20 ]) bsd3 ]', '(MIT OR Apache-2.0) AND BSD-3-Clause'],
      inner: ['(OR [ (AND [ mit bsd3 ]) asl20 ])', '(MIT AND BSD-3-Clause) OR Apache-2.0'],
      same: ['(AND [ mit (AND [ asl20 bsd3 ]) ])', 'MIT AND Apache-2.0 AND BSD-3-Clause'],
      single: ['(OR [ mit ])', 'MIT'],
      exception: ['(WITH asl20 llvm)', 'Apache-2.0 WITH LLVM-exception'],
      joined: ['[ (WITH asl20 llvm) mit ]', 'Apache-2.0 WITH LLVM-exception AND MIT'],
      plus: ['(PLUS eupl11)', 'EUPL-1.1+'],
      later: ['(PLUS gpl2)', 'GPL-2.0-or-later'],
      unfree: ['[ unfreeRedistributable bsd3 ]', 'LicenseRef-nixos-unfreeRedistributable AND BSD-3-Clause'],
      unknown: ['[ { fullName = "Own license"; } bsd3 ]', undefined],
      listed: ['[ asl20 llvm ]', undefined],
      empty: ['[ ]', undefined],
    }
    const images = Object.entries(licenses).map(
      ([name, [license]]) => `${name} = image x86 "${name}" { meta.license = ${license}; };`,
    )
    const flake = writeFlake(
      'licenses',
      `let
        spdx = spdxId: { inherit spdxId; shortName = "x"; };
        mit = spdx "MIT"; asl20 = spdx "Apache-2.0"; bsd3 = spdx "BSD-3-Clause"; eupl11 = spdx "EUPL-1.1";
        gpl2 = spdx "GPL-2.0-only"; llvm = spdx "LLVM-exception";
        unfreeRedistributable = { shortName = "unfreeRedistributable"; free = false; };
        OR = licenses: { licenseType = "compound"; operator = "OR"; inherit licenses; };
        AND = licenses: { licenseType = "compound"; operator = "AND"; inherit licenses; };
        WITH = license: exception: { licenseType = "exception"; operator = "WITH"; inherit license exception; };
        PLUS = license: { licenseType = "plus"; operator = "+"; inherit license; };
      in { packages.x86_64-linux = { ${images.join('\n')} }; }`,
    )
    const { containers } = await plan([...flake, '--systems', 'x86_64-linux'])
    const key = 'org.opencontainers.image.licenses'
    const found = containers.map(({ name, systems }) => [name, systems[0]?.facts[key]])
    const expected = Object.entries(licenses).map(([name, [, expression]]) => [name, expression])
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected))
  })

  test.each(['100%25', 'a b', 'ä{1}'])('a flake can be in the folder %s', async name => {
    writeFlake(name, '{ packages.x86_64-linux.app = image x86 "app" { }; }')
    const folder = join(machine.work, name)
    const options = { env: GIT_VARIABLES }
    outputOf(await machine.run('bash', ['-euc', 'cd "$1"; git init -q; git add -A', 'bash', folder], options))
    for (const flake of [`./${name}`, folder, `path:${folder.replace('%', '%25')}`])
      expect((await plan(['--flake', flake], options)).containers).toHaveLength(1)
  })
})
