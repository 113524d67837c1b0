import { describe, expect, test } from '@jest/globals'
import { type ImageSandbox, makeImageSandboxCommand } from '../../../src/image/sandbox/image-sandbox.js'

const base: ImageSandbox = {
  owner: 'root',
  asRoot: [],
  tools: { env: '/usr/bin/env', setpriv: '/usr/bin/setpriv', unshare: '/usr/bin/unshare' },
  folder: '/tmp/test',
  user: { uid: 0, gid: 0, groups: [], home: undefined },
  env: ['PATH=/bin', 'A=b c'],
  workingDir: '/work',
  network: false,
  command: ['fd', '--version'],
}

/** The words before the script, and those after it. */
function split(change: Partial<ImageSandbox>): { before: string; after: string } {
  const words = makeImageSandboxCommand({ ...base, ...change })
  const at = words.indexOf('-c') + 1
  return { before: words.slice(0, at).join(' '), after: words.slice(at + 1).join(' ') }
}

describe('the command line of a sandbox', () => {
  test('root gets new namespaces, no privileges that a container does not have, and no variables of this process', () => {
    const { before, after } = split({})
    expect(before).toBe('/usr/bin/unshare --mount --pid --ipc --uts --fork --kill-child --net sh -c')
    expect(after).toMatch(
      /^sh \/tmp\/test move \/usr\/bin\/env -i PATH=\/bin A=b c \/usr\/bin\/setpriv --no-new-privs /,
    )
    expect(after).toMatch(/--bounding-set=-all,\+chown,/)
    expect(after).not.toMatch(/sys_admin|sys_ptrace|mknod|sys_module|sys_rawio/)
    expect(after).toMatch(
      /--regid=0 --clear-groups \/usr\/bin\/unshare --root=\. --wd=\/work -- fd --version$/,
    )
  })

  test('root becomes the user of the image, with its groups', () => {
    const { after } = split({ user: { uid: 1234, gid: 100, groups: [29, 44], home: undefined } })
    expect(after).toMatch(/--regid=100 --groups=29,44 \/usr\/bin\/unshare --setuid=1234 --root=\./)
  })

  test('a user is root of a user namespace, or has another id in a second one', () => {
    expect(split({ owner: 'user' }).before).toContain('/usr/bin/unshare --user --map-root-user --mount')
    expect(split({ owner: 'user' }).after).not.toContain('--map-user')
    const { after } = split({ owner: 'user', user: { uid: 1234, gid: 100, groups: [29], home: undefined } })
    expect(after).toMatch(
      /^sh \/tmp\/test stay .*--no-new-privs \/usr\/bin\/unshare --user --map-user=1234 --map-group=100/,
    )
  })

  test('sudo is only used to become root', () => {
    const asRoot = ['sudo', '-n']
    expect(split({ asRoot }).before).toMatch(/^sudo -n \/usr\/bin\/unshare --mount/)
    expect(split({ asRoot, owner: 'user' }).before).toMatch(/^\/usr\/bin\/unshare --user/)
  })

  test('with the network, there is no new network', () => {
    expect(split({ network: true }).before).not.toContain('--net')
  })

  test('variables that programs of this machine obey are set in the sandbox, by a program of the image', () => {
    const obeyed = ['LD_PRELOAD=./evil.so', 'LD_LIBRARY_PATH=lib', 'GCONV_PATH=.', 'LOCALE_ARCHIVE_2_27=x']
    const { after } = split({ env: ['PATH=/bin', ...obeyed, 'OLD_LD_X=1'], envProgram: '/bin/env' })
    expect(after).toContain('/usr/bin/env -i PATH=/bin OLD_LD_X=1 /usr/bin/setpriv')
    expect(after).toMatch(
      /--wd=\/work -- \/bin\/env LD_PRELOAD=\.\/evil\.so .*LOCALE_ARCHIVE_2_27=x fd --version$/,
    )
    expect(split({ env: obeyed }).after).not.toContain('evil')
  })

  test('a command that looks like an option is not an option of a program of this machine', () => {
    expect(split({ command: ['--version'] }).after).toMatch(/--wd=\/work -- --version$/)
  })

  test('entries that are not variables cannot become arguments of env', () => {
    const { after } = split({ env: ['-S=x', 'nothing', '=a', 'B=1'] })
    expect(after).toContain('env -i B=1 /usr/bin/setpriv')
  })
})
