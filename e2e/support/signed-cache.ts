import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BuiltArchive } from '../../src/command/shared/build-report.js'
import { type Machine, type MachineOptions, openMachine, outputOf, ROOT, resultOf, TOOLS } from './machine.js'

/** A binary cache that contains the image of `e2e/fixtures/cached` and its build inputs. */
export interface SignedCache {
  /** In the format of `nix copy --to file://…`. */
  readonly folder: string
  readonly publicKey: string
  /** The digest of the image in the cache. A new build never has the same digest. */
  readonly digest: string
  remove(): void
}

/** Builds and signs it on a new machine. */
export async function makeSignedCache(): Promise<SignedCache> {
  const machine = openMachine()
  addFlake(machine)
  const folder = join(machine.work, 'cache')
  const { secretKey, publicKey } = await makeKey(machine, 'e2e-cache-1')
  const digest = await buildApp(machine)
  const keyFile = join(machine.work, 'key')
  writeFileSync(keyFile, secretKey)
  const paths = ['path:flake#app', 'path:flake#tool']
  outputOf(await nix(machine, ['copy', '--to', `file://${folder}?secret-key=${keyFile}`, ...paths]))
  return { folder, publicKey, digest, remove: machine.remove }
}

/** Copies the flake to the folder `flake` in the machine's working folder. */
export function addFlake({ work }: Machine): void {
  const flake = join(work, 'flake')
  cpSync(join(ROOT, 'e2e/fixtures/cached'), flake, { recursive: true })
  mkdirSync(join(flake, 'bin'))
  cpSync(join(TOOLS, 'static/x86_64-linux/busybox'), join(flake, 'bin/busybox'))
  cpSync(join(ROOT, 'examples/hello/bin/x86_64-linux'), join(flake, 'bin/pack'))
}

export interface KeyPair {
  readonly secretKey: string
  readonly publicKey: string
}

export async function makeKey(machine: Machine, name: string): Promise<KeyPair> {
  const secretKey = outputOf(await nix(machine, ['key', 'generate-secret', '--key-name', name]))
  const publicKey = outputOf(await nix(machine, ['key', 'convert-secret-to-public'], { input: secretKey }))
  return { secretKey, publicKey }
}

/** Builds or downloads the image and returns its digest. */
async function buildApp(machine: Machine): Promise<string> {
  const args = ['build', '--flake', 'path:flake', '--containers', 'app', '--json']
  const [built] = resultOf<BuiltArchive[]>(await machine.cli(args))
  return built?.digest ?? ''
}

/** Runs `nix` on a machine. */
export function nix(machine: Machine, args: readonly string[], options?: MachineOptions) {
  return machine.run('nix', ['--extra-experimental-features', 'nix-command flakes', ...args], options)
}
