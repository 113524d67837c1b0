import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { InstallOptions } from '../../src/install/options.js'
import { type Exec, exec } from '../../src/util/exec.js'
import { zstdStored } from '../support/images.js'
import { pathWithStandIns } from '../support/programs.js'
import { xzStored } from '../support/xz.js'

// Not every machine has xz and zstd, which unpack the tarballs.
process.env.PATH = pathWithStandIns()

/** Runs a task with a new temporary folder. Removes the folder afterwards, also its read-only files. */
export async function withFolder<T>(task: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'install-test-'))
  try {
    return await task(folder)
  } finally {
    execFileSync('chmod', ['-R', 'u+w', folder])
    await rm(folder, { recursive: true, force: true })
  }
}

const HASH = '0123456789abcdfghijklmnpqrsvwxyz'
export const NIX = `${HASH}-nix-2.35.2`
export const LIBRARY = `${HASH.replace('0', '1')}-library-1`
export const CACERT = `${HASH.replace('0', '2')}-nss-cacert-3`

/** A daemon that answers like Nix's. It starts a child process in a separate session for each connection. */
const DAEMON = `
const { createServer } = require('node:net')
const { mkdirSync, rmSync, writeFileSync } = require('node:fs')
const { spawn } = require('node:child_process')
const nix = require('node:path').resolve(process.argv[2])
const folder = nix + '/var/nix/daemon-socket'
mkdirSync(folder, { recursive: true })
rmSync(folder + '/socket', { force: true })
writeFileSync(nix + '/environment', JSON.stringify(process.env))
createServer(connection => {
  const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
  writeFileSync(nix + '/child', String(child.pid))
  connection.on('error', () => {})
  connection.once('data', chunk => {
    if (chunk.readUInt32LE() === 0x6e697863) connection.write(Buffer.from('6f697864000000002701000000000000', 'hex'))
  })
}).listen(folder + '/socket')
`

export interface Parts {
  /** The shell script of `nix-store --load-db`. Default: it saves its arguments and its input to a file. */
  readonly loadDb?: string
  /** The shell script of `nix-daemon`. */
  readonly daemon?: string
  /** The shell script of `nix-build`. */
  readonly build?: string
}

/** Makes a tarball like a release of Nix, with scripts as its programs. Returns its path and SHA-256. */
export async function makeRelease(folder: string, parts: Parts = {}, extension = 'tar.xz') {
  const top = join(folder, `nix-2.35.2-x86_64-linux`)
  const bin = join(top, 'store', NIX, 'bin')
  const nix = '"$(dirname "$0")/../../.."'
  await mkdir(bin, { recursive: true })
  await mkdir(join(top, 'store', LIBRARY, 'lib'), { recursive: true })
  await mkdir(join(top, 'store', CACERT, 'etc/ssl/certs'), { recursive: true })
  await writeFile(join(top, 'store', LIBRARY, 'lib/data'), Buffer.alloc(1 << 16, 'library'))
  await writeFile(join(top, 'store', CACERT, 'etc/ssl/certs/ca-bundle.crt'), 'certificates\n')
  await writeFile(join(top, '.reginfo'), 'registration\n')
  await writeFile(join(bin, 'daemon.cjs'), DAEMON)
  const programs = {
    'nix-store':
      parts.loadDb ?? `mkdir -p ${nix}/var/nix/db && { echo "$@"; cat; } >${nix}/var/nix/db/loaded`,
    'nix-daemon': parts.daemon ?? `exec '${process.execPath}' "$(dirname "$0")/daemon.cjs" ${nix}`,
    'nix-build': parts.build ?? `echo "$@" >>${nix}/builds`,
    nix: 'echo "nix (Nix) 2.35.2"',
  }
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(bin, name), 0o755)
  }
  execFileSync('chmod', ['-R', 'a-w', join(top, 'store', LIBRARY)])
  const path = join(folder, `nix-2.35.2-x86_64-linux.${extension}`)
  await writeTarball(path, folder, 'nix-2.35.2-x86_64-linux')
  execFileSync('chmod', ['-R', 'u+w', top])
  await rm(top, { recursive: true })
  return {
    path,
    sha256: createHash('sha256')
      .update(await readFile(path))
      .digest('hex'),
  }
}

const COMPRESS: Readonly<Record<string, (tar: Buffer) => Buffer>> = {
  xz: xzStored,
  gz: tar => gzipSync(tar),
  zst: zstdStored,
}

/** Packs a file or folder into a tarball. The extension of `path` is the compression. Needs only the program tar. */
export async function writeTarball(path: string, folder: string, name: string): Promise<void> {
  const tar = execFileSync('tar', ['-cf', '-', '-C', folder, name], { maxBuffer: 1 << 28 })
  await writeFile(path, COMPRESS[extname(path).slice(1)]?.(tar) ?? tar)
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** Runs a task with a server that gives one answer per request, and repeats the last one. `asked` has the requested paths. */
export async function serve<T>(
  answers: readonly Answer[],
  task: (base: string, asked: string[]) => Promise<T>,
): Promise<T> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    answers[Math.min(asked.length, answers.length) - 1]?.(request, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  try {
    return await task(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked)
  } finally {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
}

export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(code, headers).end('words')
  }

export const body =
  (bytes: Buffer | string): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-length': Buffer.byteLength(bytes) }).end(bytes)
  }

/** Sends half of the bytes and closes the connection. */
export const cut =
  (bytes: Buffer): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length })
    response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy())
  }

/** Sends half of the bytes and keeps the connection open. */
export const stall =
  (bytes: Buffer): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, bytes.length / 2))
  }

export const QUICK = { attempts: 3, firstWaitMs: 1 }

/** Runs programs with a folder as the first one in PATH. */
export const execWith =
  (folder: string): Exec =>
  (command, args, options = {}) =>
    exec(command, args, { ...options, env: { ...options.env, PATH: `${folder}:${process.env.PATH}` } })

/** Options for a machine in the folder `root`, with the user ID of root. `told` has the warnings. */
export function machineOptions(root: string, of: Partial<InstallOptions> = {}) {
  const told: string[] = []
  const options: InstallOptions = {
    version: '2.35.2',
    tools: join(root, 'tools'),
    temp: join(root, 'temp'),
    exec,
    env: { PATH: process.env.PATH },
    platform: 'linux',
    arch: 'x64',
    uid: 0,
    user: 'runner',
    log: { debug: () => {}, info: () => {}, warning: message => told.push(message) },
    signal: new AbortController().signal,
    root,
    retry: QUICK,
    ...of,
  }
  return { options, told }
}
