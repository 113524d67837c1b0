import { existsSync, writeFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { isForkRun } from '../../src/host/event.js'
import { createGitHubHost } from '../../src/host/github.js'
import { withFolder } from '../nix/fakes.js'

describe('isForkRun', () => {
  const own = { full_name: 'octo/hello' }

  const fromFork = (name: string, event: unknown): Promise<boolean> =>
    withFolder(async folder => {
      const path = join(folder, 'event.json')
      writeFileSync(path, JSON.stringify(event))
      return isForkRun({ GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: path })
    })

  test.each([
    ['push', { repository: own }, false],
    ['pull_request', { repository: own, pull_request: { head: { repo: own } } }, false],
    [
      'pull_request',
      { repository: own, pull_request: { head: { repo: { full_name: 'other/hello' } } } },
      true,
    ],
    [
      'pull_request_target',
      { repository: own, pull_request: { head: { repo: { full_name: 'o/h' } } } },
      true,
    ],
    ['pull_request', { repository: own, pull_request: { head: { repo: null } } }, true],
    ['workflow_run', { repository: own, workflow_run: { head_repository: own } }, false],
    ['workflow_run', { repository: own, workflow_run: { head_repository: { full_name: 'o/h' } } }, true],
  ] as const)('%s with %j is from a fork: %s', async (name, event, expected) => {
    expect(await fromFork(name, event)).toBe(expected)
  })

  test('a pull request whose event cannot be read is not trusted', () => {
    expect(isForkRun({ GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: '/absent' })).toBe(true)
    expect(isForkRun({})).toBe(false)
  })
})

describe('createGitHubHost', () => {
  const ENVIRONMENT = { ...process.env }

  let output: string
  let folder: string

  beforeAll(() => {
    jest.spyOn(process.stdout, 'write').mockImplementation(text => {
      output += text
      return true
    })
  })

  afterAll(() => {
    jest.restoreAllMocks()
  })

  beforeEach(async () => {
    output = ''
    folder = await mkdtemp(join(tmpdir(), 'runner-'))
    process.env.RUNNER_TEMP = folder
  })

  afterEach(async () => {
    await rm(folder, { recursive: true })
    process.env = { ...ENVIRONMENT }
  })

  test('log lines become workflow commands', () => {
    const { log } = createGitHubHost(new AbortController().signal)
    void log.showProgress('a', async report => report({ activity: 'half' }))
    log.debug('a')
    log.info('b')
    log.warning('two\nlines')
    log.error('100%')
    expect(output).toBe('::debug::a\nb\n::warning::two%0Alines\n::error::100%25\n')
  })

  test('groups end after an error too and do not nest', async () => {
    const { log } = createGitHubHost(new AbortController().signal)
    const inner = (): Promise<void> => log.group('inner', async () => log.info('line'))
    await log.group('outer', inner)
    const failing = log.group('failing', async () => {
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    await inner()
    expect(output).toBe(
      '::group::outer\nline\n::endgroup::\n::group::failing\n::endgroup::\n::group::inner\nline\n::endgroup::\n',
    )
  })

  test('an error is annotated in files of the workspace only', () => {
    process.env.GITHUB_WORKSPACE = '/home/runner/repo'
    const { log } = createGitHubHost(new AbortController().signal)
    log.error('no', { location: { file: '/home/runner/repo/sub/flake.nix', line: 12, column: 5 } })
    log.error('no', { location: { file: '/home/runner/other/flake.nix', line: 12, column: 5 } })
    expect(output).toBe('::error file=sub/flake.nix,line=12,col=5::no\n::error::no\n')
  })

  test('each of several failures is annotated, then their number', () => {
    process.env.GITHUB_WORKSPACE = '/home/runner/repo'
    const location = { file: '/home/runner/repo/flake.nix', line: 1, column: 2 }
    createGitHubHost(new AbortController().signal).log.error('2 of 3 failed:\n- fd: a\n- rg: b', {
      failures: [{ message: 'fd: a', location }, { message: 'rg: b' }],
    })
    expect(output).toBe(
      '::error file=flake.nix,line=1,col=2::fd: a\n::error::rg: b\n::error::2 of 3 failed\n',
    )
  })

  test('folded lines are written together, and commands in them are escaped', () => {
    const { log } = createGitHubHost(new AbortController().signal)
    log.fold('fd: built', ['one', '::endgroup::', '::set-output name=a::b'])
    log.fold('rg: built', [])
    expect(output).toBe(
      '::group::fd: built\none\n:\u200b:endgroup::\n:\u200b:set-output name=a::b\n::endgroup::\nrg: built\n',
    )
  })

  test('folded lines wait for the end of the group', async () => {
    const host = createGitHubHost(new AbortController().signal)
    await host.log.group('upload', async () => {
      host.log.fold('fd: built', ['one'])
      host.log.info('sent')
    })
    const fold = '::group::fd: built\none\n::endgroup::\n'
    expect(output).toBe(`::group::upload\nsent\n::endgroup::\n${fold}`)

    void host.log.group('hangs', () => new Promise(() => {}))
    host.log.fold('fd: built', ['one'])
    output = ''
    host.dispose()
    expect(output).toBe(fold)
  })

  test('summaries of a step are limited to the size that GitHub allows', async () => {
    const file = join(folder, 'summary')
    process.env.GITHUB_STEP_SUMMARY = file
    const { addSummary } = createGitHubHost(new AbortController().signal)
    addSummary('# first')
    addSummary('line\n\n'.repeat(300_000))
    addSummary('# last')
    const text = await readFile(file, 'utf8')
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024 * 1024)
    expect(text).toMatch(/^# first\nline\n\n/)
    expect(text).toMatch(/line\n\n\*The rest was left out: it is too long for this page\.\*\n/)
  })

  test.each([
    '::add-mask::x',
    '  ::set-output name=a::b',
    'text\n::stop-commands::x',
    'text\r::error::x',
    '\u0085::error::x',
    'text ##[error]x',
  ])('commands in the output of a program are escaped: %j', text => {
    createGitHubHost(new AbortController().signal).log.info(text)
    expect(output).not.toMatch(/^[\s\u0085]*::/m)
    expect(output).not.toContain('##[')
    expect(output.replaceAll('\u200b', '')).toBe(`${text}\n`)
  })

  test('other colons are unchanged', () => {
    createGitHubHost(new AbortController().signal).log.info('a::b std::vector: 10:30')
    expect(output).toBe('a::b std::vector: 10:30\n')
  })

  test('a secret is masked as a whole and line by line, without short lines', () => {
    const { maskSecret } = createGitHubHost(new AbortController().signal)
    maskSecret('password\n')
    maskSecret('{\n"key": "first"\n}')
    maskSecret(' \n')
    expect(output).toBe(
      '::add-mask::password\n::add-mask::{%0A"key": "first"%0A}\n::add-mask::"key": "first"\n',
    )
  })

  test('a secret of less than four characters is not masked, and a single warning says so', () => {
    const { maskSecret } = createGitHubHost(new AbortController().signal)
    for (const secret of ['a', 'ok', '1.0', ' x \n', '']) maskSecret(secret)
    maskSecret('pass')
    expect(output).toBe(
      '::warning::A secret has fewer than 4 characters, so it is not masked in the log: it would occur in other words. ' +
        'Use a longer secret.\n::add-mask::pass\n',
    )
  })

  test('the log and summaries contain no encoded secret, no fragment of a long one, and no address with a password', async () => {
    const file = join(folder, 'summary')
    process.env.GITHUB_STEP_SUMMARY = file
    const { log, maskSecret, addSummary } = createGitHubHost(new AbortController().signal)
    const secret = `${'hush-'.repeat(10)}end`
    maskSecret(secret)
    output = ''
    const texts = [secret, secret.slice(0, 30), btoa(`me:${secret}`), 'https://u:hush-@h/x?token=hush-1']
    for (const text of texts) {
      log.debug(text)
      log.info(text)
      log.warning(text)
      log.error(text, { failures: [{ message: text }] })
      log.fold(text, [text])
      await log.group(text, async () => log.info(text))
      addSummary(text)
    }
    expect(output).toContain('::error::***')
    for (const text of [output, await readFile(file, 'utf8')]) expect(text).not.toMatch(/hush|aHVza/)
  })

  test('an escape sequence before a command does not hide the command', () => {
    createGitHubHost(new AbortController().signal).log.info('\u001b[31m::error::x')
    createGitHubHost(new AbortController().signal).log.info('\u202e::error::x')
    expect(output).toBe(':\u200b:error::x\n:\u200b:error::x\n')
  })

  test('outputs are written to the file of the runner', async () => {
    const file = join(folder, 'output')
    await writeFile(file, '')
    process.env.GITHUB_OUTPUT = file
    createGitHubHost(new AbortController().signal).setOutput('digest', 'a\nb')
    expect(await readFile(file, 'utf8')).toMatch(/^digest<<(\S+)\na\nb\n\1\n$/)
  })

  test('the tool cache is RUNNER_TOOL_CACHE, or a folder in RUNNER_TEMP', () => {
    const { signal } = new AbortController()
    delete process.env.RUNNER_TOOL_CACHE
    expect(createGitHubHost(signal).tools).toBe(join(folder, 'nix-multiarch', 'tools'))
    process.env.RUNNER_TOOL_CACHE = '/opt/hostedtoolcache'
    expect(createGitHubHost(signal).tools).toBe('/opt/hostedtoolcache')
  })

  test('the temporary folder is new, private, in RUNNER_TEMP, and removed at the end', async () => {
    const host = createGitHubHost(new AbortController().signal)
    expect(dirname(host.temp)).toBe(folder)
    const { temp } = host
    expect((await stat(temp)).mode & 0o777).toBe(0o700)
    expect(host.temp).toBe(temp)
    host.dispose()
    host.dispose()
    expect(existsSync(temp)).toBe(false)
  })
})
