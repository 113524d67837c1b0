import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createTester, type TestSettings } from '../../../src/command/test/create-tester.js'
import { parseTests } from '../../../src/input/parse-tests.js'
import { detectSystem } from '../../../src/nix/detect-system.js'
import { OCI_LAYER } from '../../../src/oci/descriptor.js'
import { createBlob, makeImage } from '../../../src/oci/image.js'
import { platformOf } from '../../../src/oci/platform.js'
import { type TestHost, testHost } from '../../support/host.js'
import { tarOf } from '../../support/images.js'

let host: TestHost
let programs: string
let path: string | undefined
const controller = new AbortController()

beforeEach(() => {
  host = testHost({ signal: controller.signal })
  programs = join(host.temp, 'programs')
  mkdirSync(programs)
  path = process.env.PATH
  process.env.PATH = `${programs}:/usr/bin:/bin`
})

afterEach(() => {
  process.env.PATH = path
  host.remove()
})

/** Logs its arguments. Commands of the image are run by the shell of this machine. */
function addEngine(name: string, { version = '', load = '', run = '"$@"' }): void {
  const script = `#!/bin/sh
echo "${name} $*" >>${join(host.temp, 'log')}
case $1 in
  version|info) ${version || 'echo 1'} ;;
  load) cp "$3" ${join(host.temp, 'loaded')}; ${load || 'true'} ;;
  run)
    for word in "$@"; do
      shift
      case $word in
        --entrypoint=*) program=$(echo "\${word#--entrypoint=}" | tr -d '[]"') ;;
        localhost/*) break ;;
      esac
    done
    set -- "$program" "$@"
    ${run} ;;
  rm) [ ! -e ${join(host.temp, 'pid')} ] || kill -9 $(cat ${join(host.temp, 'pid')}) ;;
esac
`
  writeFileSync(join(programs, name), script)
  chmodSync(join(programs, name), 0o755)
}

const readLog = (): string[] =>
  readFileSync(join(host.temp, 'log'), 'utf8')
    .trim()
    .split('\n')
    .map(line => line.replaceAll(/[0-9a-f]{8}-[-0-9a-f]{27}/g, 'ID'))

const system = detectSystem()
const container = {
  ...{ name: 'fd', system, builder: system, attribute: 'packages.x.fd', derivation: '/nix/store/x.drv' },
  ...{ output: 'out', streamed: false },
}
const image = makeImage({
  platform: platformOf(system),
  config: Buffer.from(
    JSON.stringify({ architecture: platformOf(system).architecture, os: 'linux', config: {} }),
  ),
  layers: [createBlob(tarOf([{ name: 'bin/fd' }]), { mediaType: OCI_LAYER })],
})

const SETTINGS: TestSettings = {
  ...{ testEngine: 'auto', testNetwork: false, testTimeout: 60_000 },
  ...{ emulation: 'off', qemuImage: '' },
}

async function runTests(lines: string, settings: Partial<TestSettings> = {}): Promise<void> {
  const tester = await createTester([container], { ...SETTINGS, ...settings, test: parseTests(lines) }, host)
  await tester.test(container, image)
}

const platform = `linux/${platformOf(system).architecture}`
const error = (text: string | RegExp) => expect.objectContaining({ message: expect.stringMatching(text) })

describe('an engine', () => {
  test('loads the image under a name of its own, runs each command, and removes the image', async () => {
    addEngine('docker', {})
    await runTests('fd: echo one\nfd: sh -c "echo two"')
    const run = (command: string) =>
      `docker run --rm --name=nix-multiarch-test-ID --pull=never --platform=${platform} --network=none ` +
      `--security-opt=no-new-privileges --no-healthcheck ${command}`
    expect(readLog()).toEqual([
      'docker version --format={{.Server.Version}}',
      expect.stringMatching(/^docker load --input .*\/test-ID\.tar$/),
      run('--entrypoint=echo localhost/nix-multiarch-test:ID one'),
      run('--entrypoint=sh localhost/nix-multiarch-test:ID -c echo two'),
      'docker rmi --force localhost/nix-multiarch-test:ID',
    ])
    expect(host.logged).toContain(`info: fd for ${platform}: tested with docker: echo one; sh -c 'echo two'`)
    expect(readFileSync(join(host.temp, 'loaded')).includes('localhost/nix-multiarch-test:')).toBe(true)
  })

  test('podman gets no variables of this process', async () => {
    addEngine('podman', {})
    await runTests('fd: true', { testEngine: 'podman', testNetwork: true })
    const [, , run] = readLog()
    expect(run).toMatch(/--http-proxy=false --env-host=false --entrypoint=\["true"\] localhost/)
    expect(run).not.toContain('--network')
  })

  test('all commands run, and all failures are listed', async () => {
    addEngine('docker', {})
    const running = runTests('fd: sh -c "echo out; echo err >&2; exit 3"\nfd: true\nfd: sh -c "exit 4"')
    await expect(running).rejects.toThrow(
      error(
        /^fd for linux\/\w+ fails its test \(with docker\): \n- `sh .*exit code 3\n {2}out\n {2}err\n- .*exit code 4$/,
      ),
    )
    expect(readLog().at(-1)).toMatch(/^docker rmi/)
  })

  test('a command is ended after its time limit', async () => {
    addEngine('docker', { run: `echo $$ >${join(host.temp, 'pid')}; echo began; exec sleep 60` })
    await expect(runTests('fd: true', { testTimeout: 500 })).rejects.toThrow(
      /did not end within 0\.5 s\n {2}began/,
    )
    expect(readLog().filter(line => line.startsWith('docker rm --force nix-multiarch-test-ID'))).not.toEqual(
      [],
    )
  }, 20_000)

  test('that does not work is skipped', async () => {
    addEngine('docker', { version: 'echo "Cannot connect to the daemon" >&2; exit 1' })
    addEngine('podman', {})
    await runTests('fd: true')
    expect(host.logged).toContain(`info: fd for ${platform}: tested with podman: true`)
  })

  test('that fails by itself is replaced by the next one', async () => {
    addEngine('docker', { run: 'echo "docker: Error response from daemon: no cgroups" >&2; exit 125' })
    addEngine('podman', { load: 'exit 0' })
    await runTests('fd: true')
    expect(host.logged.join('\n')).toMatch(/docker cannot run .*: no cgroups; trying another way/)
    expect(host.logged).toContain(`info: fd for ${platform}: tested with podman: true`)
  })

  test('a command may end with the exit code that engines use', async () => {
    addEngine('docker', {})
    await expect(runTests('fd: sh -c "exit 125"')).rejects.toThrow(/ended with exit code 125/)
  })

  test('an error names each engine that was tried, before anything is built', async () => {
    addEngine('docker', { version: 'echo "Cannot connect to the daemon" >&2; exit 1' })
    const settings = { testEngine: 'docker' } as const
    const creating = createTester(
      [container],
      { ...SETTINGS, ...settings, test: parseTests('fd: true') },
      host,
    )
    await expect(creating).rejects.toThrow(
      error(/cannot run on this machine:\n- docker does not work: Cannot connect/),
    )
  })

  test('nothing is started for a container without tests', async () => {
    addEngine('docker', {})
    await runTests('rg: true')
    expect(existsSync(join(host.temp, 'log'))).toBe(false)
  })
})

test('an image for a system that cannot run here is an error before anything is built', async () => {
  addEngine('docker', {})
  const foreign = { ...container, system: 's390x-linux' } as const
  const creating = createTester([foreign], { ...SETTINGS, test: parseTests('fd: true') }, host)
  await expect(creating).rejects.toThrow(
    error(/^Images for s390x-linux cannot be tested on this machine\. .*`--emulation` is `off`/),
  )
})
