import { mkdir, readFile, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { openSource } from '../../src/image/source.js'
import { UserError } from '../../src/util/error.js'
import { dockerArchive } from '../support/docker-archive.js'
import { randomImage, seeded, tarOf, zstdStored } from '../support/images.js'
import { useFolder } from './fixture.js'

const folder = useFolder()
const docker = dockerArchive(randomImage(seeded(31)))
const oci = tarOf([{ name: './oci-layout' }, { name: 'index.json' }])
const both = tarOf([{ name: 'oci-layout' }, { name: 'manifest.json' }])

describe('an image is detected by its content', () => {
  test.each([
    ['docker-archive', docker, { kind: 'docker-archive' }],
    ['OCI archive', oci, { kind: 'oci-archive' }],
    ['docker save of Docker 25', both, { kind: 'docker-archive' }],
    ['gzip', gzipSync(docker), { kind: 'compressed-archive', compression: 'gzip' }],
    ['zstd', zstdStored(oci), { kind: 'compressed-archive', compression: 'zstd' }],
  ])('%s', async (_, bytes, expected) => {
    // The result must not depend on the name and the mode.
    const path = await folder.write('image.json', bytes, 0o755)
    expect(await openSource(path)).toEqual({ ...expected, path: expect.stringMatching(/image\.json$/) })
  })

  test('a description of nix2container', async () => {
    const path = await folder.write('image', '{ "version": 1, "image-config": {}, "layers": null }')
    expect(await openSource(path)).toMatchObject({ kind: 'description', path })
  })

  test('a description that is not in the store is not used through a link in the store', async () => {
    const path = await folder.write('image', '{ "version": 1, "image-config": {}, "layers": null }')
    const link = join(folder.path, `nix/store/${'a'.repeat(32)}-image.json`)
    await mkdir(dirname(link), { recursive: true })
    await symlink(path, link)
    await symlink(link, join(folder.path, 'result'))
    await symlink(folder.path, `${link}-folder`)
    for (const input of [link, join(folder.path, 'result'), `${link}-folder/image`]) {
      const opened = await openSource(input).catch(error => error)
      expect(opened).toBeInstanceOf(UserError)
      expect(opened.message).toBe(`${input} is a link to ${path}, which is not in the Nix store`)
      expect(opened.hint).toContain('must be the output of the build')
    }
    // Nix does not know what is in another store.
    await mkdir(join(folder.path, 'other/nix/store'), { recursive: true })
    const other = await folder.write(`other/nix/store/${'a'.repeat(32)}-image.json`, await readFile(path))
    await symlink(other, `${link}-other`)
    await expect(openSource(`${link}-other`)).rejects.toThrow(`is a link to ${other}, which is not in`)
    expect(await openSource(other)).toMatchObject({ kind: 'description', path: other })

    await symlink('image', join(folder.path, 'own-link'))
    expect(await openSource(join(folder.path, 'own-link'))).toMatchObject({ kind: 'description', path })
  })

  test('a layout folder', async () => {
    await folder.write('oci-layout', '{}')
    expect((await openSource(folder.path)).kind).toBe('oci-layout')
  })
})

describe('rejects a file that is not an image and describes it', () => {
  test.each([
    ['nothing', '', 0o644, /is not a container image. It is an empty file/],
    ['JSON', ' [1]', 0o644, /It is a JSON file/],
    ['a JSON object', '{\n  "a": 1\n}', 0o644, /It is a JSON file/],
    ['a flake', '{\n  outputs = _: { };\n}\n', 0o644, /It is a text file/],
    ['text', 'Grüße\n', 0o644, /It is a text file/],
    ['a script that is not executable', '#!/bin/sh\n', 0o644, /a script that is not executable/],
    ['an ELF library', '\x7fELF', 0o644, /a program that is not executable/],
    ['text that is executable', 'echo\n', 0o755, /It is a text file/],
    ['xz', Buffer.from('fd377a585a0000', 'hex'), 0o644, /an xz file/],
    ['bytes', Buffer.from([1, 0, 255, 254]), 0o644, /a file of an unknown kind/],
    ['another tar', tarOf([{ name: 'a' }]), 0o644, /a tar with neither manifest.json nor oci-layout/],
    ['gzip of text', gzipSync('text'), 0o644, /a gzip file that does not contain a tar/],
    ['truncated gzip', gzipSync(docker).subarray(0, 20), 0o644, /the gzip stream is truncated/],
    ['a tar with a name outside the archive', tarOf([{ name: '../x' }]), 0o644, /unsafe path: "\.\.\/x"/],
    ['a tar with an absolute name', tarOf([{ name: '/manifest.json' }]), 0o644, /unsafe path/],
    ['a truncated tar', docker.subarray(0, 2000), 0o644, /truncated/],
  ])('%s', async (_, bytes, mode, words) => {
    const path = await folder.write('image', bytes, mode)
    const work = openSource(path)
    await expect(work).rejects.toBeInstanceOf(UserError)
    await expect(work).rejects.toThrow(words)
    await expect(work).rejects.toThrow(path)
  })

  test('a folder without an image, and a missing path', async () => {
    await expect(openSource(join(folder.path, 'none'))).rejects.toThrow(/none does not exist/)
    await expect(openSource(folder.path)).rejects.toThrow(/a folder without oci-layout \(it is empty\)/)
    await mkdir(join(folder.path, 'bin'))
    const error = await openSource(folder.path).catch(failure => failure)
    expect(error.message).toMatch(/\(it contains bin\)/)
    expect(error.hint).toMatch(/streamLayeredImage/)
  })
})
