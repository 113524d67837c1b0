import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { FOLDER } from './machine.js'

const RELEASE = join(FOLDER, 'release')

/** Whether the tarball contains the official scripts: see tarball.sh. */
export const HAS_OFFICIAL = existsSync(join(RELEASE, 'official'))

export interface ReleaseServer {
  /** Variables for scripts. */
  readonly variables: Readonly<Record<string, string>>
  close(): void
}

/** Serves the release of tarball.sh from memory on the loopback. */
export async function serveRelease(): Promise<ReleaseServer> {
  const files = new Map(
    readdirSync(RELEASE)
      .filter(name => name.startsWith('nix-'))
      .map(name => [name, readFileSync(join(RELEASE, name))]),
  )
  const tarball = [...files.keys()].find(name => name.endsWith('.tar.xz')) ?? ''
  const server = createServer((request, response) => {
    const content = files.get(basename(request.url ?? ''))
    if (content) response.writeHead(200, { 'content-length': content.length }).end(content)
    else response.writeHead(404).end()
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${tarball}`
  return {
    variables: {
      RELEASE_URL: url,
      RELEASE_SHA256: String(files.get(`${tarball}.sha256`)),
      ZSTD_URL: url.replace(/xz$/, 'zst'),
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
