import { createHash } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { toByteString } from '../../../src/image/format/byte-string.js'
import {
  encodePythonHeader,
  type PythonTarMember,
  type PythonTarOwner,
} from '../../../src/image/format/python-tar.js'
import { comparePythonNames, decodePythonName } from '../../../src/image/format/python-text.js'

const OWNER: PythonTarOwner = { uid: 0, gid: 0, uname: 'root', gname: 'root', mtime: 1 }

function file(name: string, more: Partial<PythonTarMember> = {}): PythonTarMember {
  return { name: toByteString(name), kind: 'file', mode: 0o444, size: 0, target: '', ...more }
}

function folder(name: string, mode: number): PythonTarMember {
  return { name, kind: 'folder', mode, size: 0, target: '' }
}

function link(target: string): PythonTarMember {
  return { name: '/l', kind: 'link', mode: 0o777, size: 0, target }
}

/**
 * The length of a header of Python 3.13, and the start of its SHA-256:
 * `tarfile.TarInfo` with these fields, `.tobuf(tarfile.DEFAULT_FORMAT, 'utf-8', 'surrogateescape')`. Python 3.9 gives the same.
 */
const HEADERS: readonly [string, PythonTarMember, Partial<PythonTarOwner>, number, string][] = [
  ['a folder', folder('/nix', 0o755), {}, 512, 'b9815166f5b7f1e8'],
  ['a name that fills its field', file(`/${'a'.repeat(99)}`), {}, 512, '070ca7fecf496e28'],
  ['a name that does not', file(`/${'a'.repeat(100)}`), {}, 1536, 'af11f061fe0d719e'],
  ['a folder whose slash has room', folder(`/${'d'.repeat(98)}`, 0o555), {}, 512, '34e2525e3520b605'],
  ['a folder whose slash has none', folder(`/${'d'.repeat(99)}`, 0o555), {}, 1536, '8185025d7cbc463c'],
  ['a name outside ASCII', file('/é'), {}, 1536, 'e2a63c69c420bea6'],
  ['a name outside UTF-8', file('', { name: '/a\xff' }), {}, 1536, 'e83bbf7fe0eca742'],
  ['a link to a name outside UTF-8', link(`${toByteString('é')}\xff`), {}, 1536, '922e651fca08dd07'],
  ['a link with a long target', link('x'.repeat(101)), {}, 1536, '18f3f14f3b2e7c05'],
  ['a link whose target fills its field', link('x'.repeat(100)), {}, 512, '7bcbde3405672f64'],
  ['a set-uid file', file('/s', { mode: 0o104755, size: 5 }), {}, 512, '0ffcbb1839481e06'],
  ['a file of 8 GiB', file('/big', { size: 2 ** 33 }), {}, 1536, '50e6ed9c17a68dec'],
  ['ids that fill their fields', file('/u'), { uid: 2097151, gid: 2097151 }, 512, 'a5f8c40083a10873'],
  ['ids that do not', file('/u'), { uid: 2097152, gid: 4294967294 }, 1536, 'a50056388cf00311'],
  ['a time before 1970', file('/u'), { mtime: -1 }, 1536, '6c1d87d66e1c2eb3'],
  ['a time after 2242', file('/u'), { mtime: 2 ** 33 }, 1536, '1d9db6a5fa32c613'],
  ['owners outside ASCII', file('/u'), { uname: 'ü', gname: '𝒳'.repeat(40) }, 1536, 'e05a7c823edbe077'],
  ['long owners', file('/u'), { uname: 'u'.repeat(33), gname: 'g'.repeat(32) }, 1536, '5bad4fd5f35aee45'],
]

test.each(HEADERS)('the header of %s has the bytes of Python', (_, member, owner, length, digest) => {
  const header = encodePythonHeader(member, { ...OWNER, ...owner })
  expect(header).toHaveLength(length)
  expect(createHash('sha256').update(header).digest('hex').slice(0, 16)).toBe(digest)
})

test.each([
  ['\x80', '\udc80'],
  ['a\xffb', 'a\udcffb'],
  ['\xc3\xa9\xff', 'é\udcff'],
  ['\xe2\x82A', '\udce2\udc82A'],
  ['\xed\xa0\x80', '\udced\udca0\udc80'],
  ['\xf4\x90\x80\x80', '\udcf4\udc90\udc80\udc80'],
  ['\xc0\x80', '\udcc0\udc80'],
  ['\xf0\x9d\x92\xb3', '𝒳'],
])('bytes outside UTF-8 become surrogates: %j', (bytes, expected) => {
  expect(decodePythonName(bytes)).toBe(expected)
})

test('names are sorted by code points, and not by bytes or code units', () => {
  const names = ['\ue000', '𝒳', '\uffff', 'z', 'a', 'a-b', 'a.b', 'A', 'aa'].map(toByteString)
  const sorted = [...names, '\xff'].sort(comparePythonNames).map(decodePythonName)
  expect(sorted).toEqual(['A', 'a', 'a-b', 'a.b', 'aa', 'z', '\udcff', '\ue000', '\uffff', '𝒳'])
})
