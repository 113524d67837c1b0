import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { scanTar } from '../../src/image/format/tar.js'
import { digestOf, hexOf } from '../../src/oci/digest.js'
import { ROOT } from './machine.js'

const run = promisify(execFile)

const SCRIPT = join(ROOT, 'e2e/fixtures/stream/stream.py')
const MAX_ARCHIVE_BYTES = 2 ** 30

/**
 * Makes the image of a description with a script, and returns its config. The script is written for these tests. It makes the
 * same image as the script of nixpkgs.
 *
 * @param root the folder that contains `nix/store`
 */
export async function readScriptConfig(conf: string, root: string): Promise<string> {
  const options = { encoding: 'buffer', maxBuffer: MAX_ARCHIVE_BYTES } as const
  const { stdout } = await run('/usr/bin/python3', [SCRIPT, '--root', root, conf], options)
  const folder = mkdtempSync(join(tmpdir(), 'archive-'))
  try {
    const archive = join(folder, 'archive.tar')
    writeFileSync(archive, stdout)
    const members = await scanTar(archive)
    const member = members.find(({ name }) => name !== 'manifest.json' && name.endsWith('.json'))
    if (member?.kind !== 'file') throw new Error('the archive has no config')
    const config = stdout.subarray(member.offset, member.offset + member.size)
    if (member.name !== `${hexOf(digestOf(config))}.json`) throw new Error('the config has another digest')
    return config.toString()
  } finally {
    rmSync(folder, { recursive: true })
  }
}
