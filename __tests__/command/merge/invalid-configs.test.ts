import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { merge } from '../../../src/command/merge/merge.js'
import { writeArchive } from '../../../src/image/write-archive.js'
import { CONTAINER, SYSTEM } from '../../../src/oci/annotation-keys.js'
import { descriptorOf } from '../../../src/oci/descriptor.js'
import { blobsOf, makeImage } from '../../../src/oci/image.js'
import { platformOf } from '../../../src/oci/platform.js'
import { type MergeRig, mergeRig } from './merge-rig.js'

let rig: MergeRig
let folder: string
beforeEach(async () => {
  rig = await mergeRig()
  folder = mkdtempSync(join(tmpdir(), 'configs-'))
})
afterEach(async () => {
  await rig.close()
  rmSync(folder, { recursive: true })
})

/** Writes an archive as another version or another tool may have written it. */
async function writeImage(config: object): Promise<string> {
  const platform = platformOf('x86_64-linux')
  const document = { ...platform, rootfs: { type: 'layers', diff_ids: [] }, ...config }
  const image = makeImage({ platform, config: Buffer.from(JSON.stringify(document)), layers: [] })
  const annotations = { [CONTAINER]: 'one', [SYSTEM]: 'x86_64-linux' }
  const file = join(folder, 'one-x86_64-linux.oci.tar')
  const index = [{ ...descriptorOf(image.manifest), annotations }]
  await writeArchive(file, { index, blobs: [image.manifest, ...blobsOf([image])] })
  return file
}

const run = (labels = '') =>
  merge(rig.request({ archives: folder, tags: 'mine', labels }), rig.runOf('third'))

test.each([
  [
    { Labels: { build: 7 } },
    'config.Labels.build is 7, but must be a string',
    '`Labels = { build = "7"; };`',
  ],
  [
    { ExposedPorts: ['80'] },
    'config.ExposedPorts is ["80"], but must be',
    '`ExposedPorts = { "80/tcp" = { }; };`',
  ],
  [{ Env: { A: 'b' } }, 'config.Env is {"A":"b"}, but must be a list of strings', '`Env = [ "A=b" ];`'],
  [{ Cmd: 'sh' }, 'config.Cmd is "sh", but must be a list of strings', '`Cmd = [ "sh" ];`'],
])('an archive whose config has %j is an error, and nothing is pushed', async (config, message, nix) => {
  const file = await writeImage({ config })
  await expect(run('a=b')).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining(`${file}: ${message}`),
    hint: expect.stringContaining(nix),
  })
  expect(rig.tag('mine')).toBeUndefined()
})

test('an image from scratch is merged and gets labels', async () => {
  await writeImage({ rootfs: { type: 'layers', diff_ids: null }, config: null, history: null })
  await run('a=b')
  expect(rig.indexAt('mine').manifests).toHaveLength(1)
})
