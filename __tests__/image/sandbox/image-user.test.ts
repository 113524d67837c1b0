import { expect, test } from '@jest/globals'
import { resolveUser } from '../../../src/image/sandbox/image-user.js'

const passwd = 'root:x:0:0::/root:/bin/sh\n\napp:x:1234:100::/home/app:/bin/sh\nodd:x:no:1::/:\n'
const group = 'root:x:0:\nusers:x:100:\naudio:x:29:app,other\nvideo:x:44:other\n'

test.each([
  ['', { uid: 0, gid: 0, groups: [], home: '/root' }],
  ['app', { uid: 1234, gid: 100, groups: [29], home: '/home/app' }],
  ['1234', { uid: 1234, gid: 100, groups: [29], home: '/home/app' }],
  ['1000', { uid: 1000, gid: 0, groups: [], home: undefined }],
  ['app:audio', { uid: 1234, gid: 29, groups: [], home: '/home/app' }],
  ['1000:2000', { uid: 1000, gid: 2000, groups: [], home: undefined }],
  ['app:', { uid: 1234, gid: 100, groups: [29], home: '/home/app' }],
])('the user %j', (user, expected) => {
  expect(resolveUser(user, { passwd, group })).toEqual(expected)
})

test('a number needs no files', () => {
  expect(resolveUser('65534:65534', { passwd: '', group: '' })).toMatchObject({ uid: 65534, gid: 65534 })
})

test.each([
  ['nobody', /user "nobody" is not in its \/etc\/passwd/],
  ['app:staff', /group "staff" is not in its \/etc\/group/],
  ['odd', /user "odd"/],
  ['4294967296', /user "4294967296"/],
  ['-1', /user "-1"/],
])('the user %j is an error', (user, message) => {
  expect(() => resolveUser(user, { passwd, group })).toThrow(message)
})
