import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { githubHost } from '../../src/host/github.js'

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

test('lines become what the runner understands', () => {
  const { log } = githubHost()
  log.debug('a')
  log.info('b')
  log.warning('two\nlines')
  log.error('100%')
  log.progress('half')
  expect(output).toBe('::debug::a\nb\n::warning::two%0Alines\n::error::100%25\n')
})

test('groups fold, end after a failure too, and do not nest', async () => {
  const { log } = githubHost()
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

test.each([
  '::add-mask::x',
  '  ::set-output name=a::b',
  'text\n::stop-commands::x',
  'text\r::error::x',
  '\u0085::error::x',
  'text ##[error]x',
])('what a program prints commands nothing: %j', text => {
  githubHost().log.info(text)
  expect(output).not.toMatch(/^[\s\u0085]*::/m)
  expect(output).not.toContain('##[')
  expect(output.replaceAll('\u200b', '')).toBe(`${text}\n`)
})

test('colons elsewhere stay', () => {
  githubHost().log.info('a::b std::vector: 10:30')
  expect(output).toBe('a::b std::vector: 10:30\n')
})

test('a secret is masked whole and by its lines, but not by short ones', () => {
  const { secret } = githubHost()
  secret('password')
  secret('{\n"key": "first"\n}')
  secret(' \n')
  expect(output).toBe(
    '::add-mask::password\n::add-mask::{%0A"key": "first"%0A}\n::add-mask::"key": "first"\n',
  )
})

test('outputs go to the file that the runner names', async () => {
  const file = join(folder, 'output')
  await writeFile(file, '')
  process.env.GITHUB_OUTPUT = file
  githubHost().output('digest', 'a\nb')
  expect(await readFile(file, 'utf8')).toMatch(/^digest<<(\S+)\na\nb\n\1\n$/)
})

test('the temporary folder is fresh, private, in RUNNER_TEMP, and goes away', async () => {
  const host = githubHost()
  expect(dirname(host.temp)).toBe(folder)
  const { temp } = host
  expect((await stat(temp)).mode & 0o777).toBe(0o700)
  expect(host.temp).toBe(temp)
  host.dispose()
  host.dispose()
  expect(existsSync(temp)).toBe(false)
})
