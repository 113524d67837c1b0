import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { exec } from '../../src/util/exec.js'
import { canUseRoot, runAsRoot } from '../../src/util/run-as-root.js'
import { execWith, withFolder } from '../install/fixture.js'
import { rejection } from '../nix/fakes.js'

/** A sudo that runs its command, records its arguments, and forwards signals from other processes. */
const SUDO = `#!/bin/bash
echo "$*" >>"$(dirname "$0")/called"
shift
"$@" <&0 &
trap 'kill -TERM $!' TERM
wait $!; code=$?
wait $! && code=0
exit $code
`

const withSudo = (task: (run: typeof exec, called: () => Promise<string>) => Promise<void>): Promise<void> =>
  withFolder(async folder => {
    await writeFile(join(folder, 'sudo'), SUDO)
    await chmod(join(folder, 'sudo'), 0o755)
    await task(execWith(folder), () => readFile(join(folder, 'called'), 'utf8'))
  })

describe('runAsRoot', () => {
  test('runs a program directly for root, or if the user owns the target', async () => {
    for (const rights of [
      { exec, uid: 0 },
      { exec, uid: 1000, ownsTarget: true },
    ])
      expect((await runAsRoot(rights, 'echo', ['word'])).stdout).toBe('word\n')
  })

  test('uses sudo for other users', () =>
    withSudo(async (run, called) => {
      const result = await runAsRoot({ exec: run, uid: 1000 }, 'cat', ['-'], { input: 'text' })
      expect(result.code).toBe(0)
      expect(await called()).toBe('-n cat -\n')
      expect(await canUseRoot({ exec: run, uid: 1000 })).toBe(true)
    }))

  test('returns 127 if sudo is missing', async () => {
    const none: typeof exec = (command, ...rest) => exec(`no-${command}`, ...rest)
    const rights = { exec: none, uid: 1000 }
    expect(await runAsRoot(rights, 'true', [])).toMatchObject({ code: 127, stderr: 'no-sudo was not found' })
    expect(await canUseRoot(rights)).toBe(false)
    expect(await canUseRoot({ exec: none, uid: undefined })).toBe(false)
    expect(await canUseRoot({ exec: none, uid: 0 })).toBe(true)
  })

  test('does not wait for sudo without an answer', () =>
    withFolder(async folder => {
      await writeFile(join(folder, 'sudo'), `#!/bin/sh\necho $$ >'${folder}/pid'\nexec sleep 60\n`)
      await chmod(join(folder, 'sudo'), 0o755)
      expect(await canUseRoot({ exec: execWith(folder), uid: 1000 }, 300)).toBe(false)
      process.kill(Number(await readFile(join(folder, 'pid'), 'utf8')))
    }))

  test('does not pass on the environment', async () => {
    process.env.SOME_TOKEN = 'secret'
    try {
      expect((await runAsRoot({ exec, uid: 0 }, 'env', [])).stdout).not.toContain('SOME_TOKEN')
    } finally {
      delete process.env.SOME_TOKEN
    }
  })

  test.each([0, 1000])('passes variables to the program, but not as arguments: uid %i', uid =>
    withSudo(async (run, called) => {
      const variables = { https_proxy: 'http://me:word $HOME\\@proxy', TWO_LINES: 'a\nLINE=b' }
      const script = ['-c', 'env; cat; echo "$1"', 'sh', 'an argument']
      const result = await runAsRoot({ exec: run, uid }, 'sh', script, { variables })
      expect(result.code).toBe(0)
      const lines = result.stdout.split('\n')
      expect(lines).toContain('https_proxy=http://me:word $HOME\\@proxy')
      expect(lines).toContain('an argument')
      expect(result.stdout).not.toMatch(/TWO_LINES|^LINE/m)
      if (uid !== 0) expect(await called()).not.toContain('me:word')
      const missing = await runAsRoot({ exec: run, uid }, 'no-such-program', [], { variables })
      expect(missing).toMatchObject({ code: 127, stderr: expect.stringContaining('not found') })
    }),
  )

  test.each([0, 1000])('terminates a program and waits for its end: uid %i', uid =>
    withSudo(async run => {
      const abort = new AbortController()
      const script = `sleep 30 >/dev/null 2>&1 & sleeping=$!
        trap 'kill $sleeping; sleep 0.1; echo left >&2; exit 1' TERM
        echo ready >&2; wait; echo never >&2`
      const lines: string[] = []
      const onErrorLine = (line: string): void => {
        lines.push(line)
        if (line === 'ready') abort.abort(new Error('enough'))
      }
      const options = { signal: abort.signal, onErrorLine, ...(uid === 0 && { variables: { WORD: 'a' } }) }
      const error = await rejection(runAsRoot({ exec: run, uid }, 'bash', ['-c', script], options))
      expect(error.message).toBe('enough')
      expect(lines).toEqual(['ready', 'left'])
    }),
  )
})
