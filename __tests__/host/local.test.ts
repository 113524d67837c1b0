import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { print } from '../../src/entry/run.js'
import type { OpenHost, ShowOptions } from '../../src/host/host.js'
import { createLocalHost, type LocalHostOptions } from '../../src/host/local.js'
import { UserError } from '../../src/util/error.js'

const ERASE = '\r\u001b[2K'
/** Erases the line above. */
const UP = '\u001b[1A\u001b[2K'

class Screen {
  text = ''
  isTTY: boolean
  columns: number

  constructor(isTTY: boolean, columns = 80) {
    this.isTTY = isTTY
    this.columns = columns
  }

  write(text: string): void {
    this.text += text
  }
}

const { signal } = new AbortController()

function onTerminal(options: Partial<LocalHostOptions> = {}, columns = 80) {
  const screen = new Screen(true, columns)
  return {
    screen,
    host: createLocalHost({ stderr: screen, env: { TERM: 'xterm' }, color: false, signal, ...options }),
  }
}

function inFile(options: Partial<LocalHostOptions> = {}) {
  const screen = new Screen(false)
  return { screen, host: createLocalHost({ stderr: screen, env: {}, signal, ...options }) }
}

/** Starts a task that reports its progress until it is ended. */
function working({ log }: Pick<OpenHost, 'log'>, title = 'a', options?: ShowOptions) {
  const task = { tell: (_text: string): void => {}, end: (): void => {}, over: Promise.resolve() }
  task.over = log.showProgress(
    title,
    report => {
      task.tell = activity => report({ activity })
      return new Promise<void>(resolve => {
        task.end = resolve
      })
    },
    options,
  )
  return task
}

function tell(host: OpenHost, text: string): void {
  working(host).tell(text)
}

describe('lines', () => {
  test('have no style without a terminal', async () => {
    const { screen, host } = inFile()
    host.log.info('one')
    host.log.debug('not seen')
    host.log.warning('two\nlines')
    await host.log.group('title', async () => host.log.error('three\nlines'))
    host.log.info('four')
    await host.log.showProgress('a', async report => report({ activity: '50 %' }))
    host.dispose()
    expect(screen.text).toBe('one\nwarning: two\nlines\ntitle\n  error: three\n  lines\nfour\n')
  })

  test('fold logs only the title', () => {
    const { screen, host } = inFile()
    host.log.fold('fd: built', ['one', 'two'])
    host.log.error('no', { location: { file: '/x', line: 1, column: 1 }, failures: [{ message: 'a' }] })
    expect(screen.text).toBe('fd: built\nerror: no\n')
  })

  test('show debug messages with verbose', () => {
    const { screen, host } = inFile({ verbosity: 'verbose' })
    host.log.debug('seen')
    expect(screen.text).toBe('debug: seen\n')
  })

  test('show only errors with quiet, and the lines that belong to an error', async () => {
    const { screen, host } = inFile({ verbosity: 'quiet' })
    host.log.debug('debug')
    host.log.info('info')
    host.log.warning('careful')
    host.log.fold('fd: built', ['one'])
    expect(await host.log.group('title', async () => 'done')).toBe('done')
    expect(await host.log.showProgress('a', async report => report({ activity: 'half' }))).toBeUndefined()
    expect(screen.text).toBe('')
    host.log.error('This is a bug')
    host.log.info('at main (main.js:1:2)')
    expect(screen.text).toBe('error: This is a bug\nat main (main.js:1:2)\n')
  })

  test('draw no progress on a terminal with quiet', async () => {
    const { screen, host } = onTerminal({ verbosity: 'quiet' })
    await host.log.showProgress('a', async report => report({ activity: 'half' }))
    expect(screen.text).toBe('')
  })

  test('lose their indent after an error in a group', async () => {
    const { screen, host } = inFile()
    const failing = host.log.group('title', async () => {
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    host.log.info('after')
    expect(screen.text).toBe('title\nafter\n')
  })

  test('outputs are ignored, and there are no artifacts', () => {
    const { screen, host } = inFile()
    host.setOutput('digest', 'x')
    expect(host.artifacts).toBeUndefined()
    expect(screen.text).toBe('')
  })
})

describe('text from elsewhere', () => {
  test('cannot control the terminal', async () => {
    const { screen, host } = onTerminal({ color: true })
    const text = 'a\u001b[2J\u001b]0;title\u0007b\u0008\u009b31mc\u202ed\re\u0000'
    host.log.info(text)
    await host.log.group(text, async () => {})
    expect(screen.text).toBe('abcd\ne\n\u001b[1mabcd\u001b[22m\n\u001b[1me\u001b[22m\n')
  })
})

describe('colour', () => {
  const colored = '\u001b[33mwarning: \u001b[39mx\n'
  const plain = 'warning: x\n'

  test.each<[string, boolean, LocalHostOptions['env'], boolean | undefined, string]>([
    ['a terminal', true, { TERM: 'xterm' }, undefined, colored],
    ['a file', false, { TERM: 'xterm' }, undefined, plain],
    ['NO_COLOR', true, { NO_COLOR: '1' }, undefined, plain],
    ['an empty NO_COLOR', true, { NO_COLOR: '' }, undefined, colored],
    ['FORCE_COLOR in a file', false, { FORCE_COLOR: '1' }, undefined, colored],
    ['FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, undefined, plain],
    ['NO_COLOR and FORCE_COLOR', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, undefined, plain],
    ['a dumb terminal', true, { TERM: 'dumb' }, undefined, plain],
    ['the option over NO_COLOR', false, { NO_COLOR: '1' }, true, colored],
    ['the option over FORCE_COLOR', true, { FORCE_COLOR: '1' }, false, plain],
  ])('%s', (_what, isTTY, env, color, expected) => {
    const stderr = new Screen(isTTY)
    createLocalHost({ stderr, env, signal, ...(color === undefined ? {} : { color }) }).log.warning('x')
    expect(stderr.text).toBe(expected)
  })
})

describe('the live line', () => {
  beforeEach(() => {
    jest.useFakeTimers()
  })

  afterEach(() => {
    jest.useRealTimers()
  })

  test('is drawn at once, then at most 10 times a second, with the latest report', () => {
    const { screen, host } = onTerminal()
    const task = working(host)
    for (const percent of [1, 2, 3]) task.tell(`${percent} %`)
    expect(screen.text).toBe(`${ERASE}a: 1 %`)
    jest.advanceTimersByTime(99)
    expect(screen.text).toBe(`${ERASE}a: 1 %`)
    jest.advanceTimersByTime(1)
    expect(screen.text).toBe(`${ERASE}a: 1 %${ERASE}a: 3 %`)
    jest.advanceTimersByTime(700)
    expect(screen.text).toBe(`${ERASE}a: 1 %${ERASE}a: 3 %`)
  })

  test('is redrawn below new lines', () => {
    const { screen, host } = onTerminal()
    tell(host, 'half')
    host.log.info('line')
    host.log.info('line')
    expect(screen.text).toBe(`${ERASE}a: half${ERASE}line\nline\n`)
    jest.advanceTimersByTime(100)
    expect(screen.text).toBe(`${ERASE}a: half${ERASE}line\nline\n${ERASE}a: half`)
  })

  test('is removed at the end of its task, and later reports are ignored', async () => {
    const { screen, host } = onTerminal()
    const task = working(host)
    task.tell('half')
    task.tell('never drawn')
    task.end()
    await task.over
    task.tell('late')
    host.log.info('line')
    jest.advanceTimersByTime(1000)
    expect(screen.text).toBe(`${ERASE}a: half${ERASE}line\n`)
  })

  test('is not drawn for a task that ends within its delay', async () => {
    const { screen, host } = onTerminal()
    const [fast, slow] = [working(host, 'fast', { delayMs: 2000 }), working(host, 'slow', { delayMs: 2000 })]
    fast.tell('half')
    slow.tell('half')
    jest.advanceTimersByTime(1900)
    fast.end()
    await fast.over
    expect(screen.text).toBe('')
    jest.advanceTimersByTime(100)
    expect(screen.text).toBe(`${ERASE}slow: half 2 s`)
    slow.end()
    await slow.over
    expect(screen.text).toBe(`${ERASE}slow: half 2 s${ERASE}`)
  })

  test('is removed after an error of its task', async () => {
    const { screen, host } = onTerminal()
    const failing = host.log.showProgress('a', async report => {
      report({ activity: 'half' })
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(screen.text).toBe(`${ERASE}a: half${ERASE}`)
  })

  test('is redrawn each second with the time of its activity', () => {
    const { screen, host } = onTerminal()
    const task = working(host)
    task.tell('building')
    jest.advanceTimersByTime(65_000)
    expect(screen.text.split(ERASE).slice(-2)).toEqual(['a: building 1 min 04 s', 'a: building 1 min 05 s'])
    task.tell('packing')
    jest.advanceTimersByTime(100)
    expect(screen.text.split(ERASE).at(-1)).toBe('a: packing')
  })

  test('is one line for each task that still runs', async () => {
    const { screen, host } = onTerminal()
    const [one, two] = [working(host, 'one'), working(host, 'two')]
    one.tell('x')
    two.tell('y')
    jest.advanceTimersByTime(100)
    one.end()
    await one.over
    jest.advanceTimersByTime(100)
    two.end()
    await two.over
    expect(screen.text).toBe(`${ERASE}one: x${ERASE}one: x\ntwo: y${ERASE}${UP}two: y${ERASE}`)
  })

  test('counts the tasks for which there is no room', () => {
    const { screen, host } = onTerminal()
    Object.assign(screen, { rows: 5 })
    for (const title of ['a', 'b', 'c', 'd']) working(host, title).tell('x')
    jest.advanceTimersByTime(100)
    expect(screen.text.split(ERASE).at(-1)).toBe('a: x\nb: x\n… and 2 more')
  })

  test('is removed with all its rows if the terminal became narrower and wrapped it', () => {
    const { screen, host } = onTerminal()
    let resize = (): void => {}
    const stream = Object.assign(screen, { on: (_: string, listener: () => void) => (resize = listener) })
    const on = createLocalHost({ stderr: stream, env: { TERM: 'xterm' }, color: false, signal })
    working(on).tell('x'.repeat(50))
    screen.columns = 20
    resize()
    const wrapped = `a: ${'x'.repeat(50)}`
    expect(screen.text).toBe(`${ERASE}${wrapped}${ERASE}${UP}${UP}a: ${'x'.repeat(15)}…`)
    host.dispose()
    on.dispose()
  })

  test.each(['endProgress', 'dispose'] as const)('never comes back after %s', method => {
    const { screen, host } = onTerminal()
    const task = working(host)
    task.tell('half')
    task.tell('never drawn')
    host[method]()
    task.tell('late')
    host.log.info('line')
    jest.advanceTimersByTime(1000)
    expect(screen.text).toBe(`${ERASE}a: half${ERASE}line\n`)
  })

  test('is removed before a result is written, also for a task that still runs', async () => {
    const { screen, host } = onTerminal()
    const task = working(host)
    task.tell('half')
    const stdout = {
      once: () => stdout,
      write(text: string, done: () => void) {
        screen.write(text)
        done()
        return true
      },
    }
    await print('result', host, stdout as unknown as NodeJS.WriteStream)
    task.tell('late')
    jest.advanceTimersByTime(1000)
    expect(screen.text).toBe(`${ERASE}a: half${ERASE}result\n`)
  })

  test.each([
    ['abcdefghij', 'abcdefghij'],
    ['abcdefghijk', 'abcdefghi…'],
    ['日本語日本語', '日本語日…'],
    ['👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', '👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧'],
    ['e\u0301'.repeat(10), 'e\u0301'.repeat(10)],
    ['\u001b[31mred\u001b[0m\nand\tmore', 'red and m…'],
  ])('%j fits into fourteen columns, the last of them free', (text, drawn) => {
    const { screen, host } = onTerminal({}, 14)
    tell(host, text)
    expect(screen.text).toBe(`${ERASE}a: ${drawn}`)
  })

  test.each([0, undefined])('has 80 columns if the terminal reports %s', columns => {
    const { screen, host } = onTerminal()
    Object.assign(screen, { columns })
    tell(host, 'x'.repeat(100))
    expect(screen.text).toBe(`${ERASE}a: ${'x'.repeat(75)}…`)
  })

  test('is not drawn on a narrow terminal, and removed if the terminal becomes narrow', () => {
    const { screen, host } = onTerminal({}, 5)
    const task = working(host)
    task.tell('half')
    jest.advanceTimersByTime(100)
    expect(screen.text).toBe('')
    screen.columns = 80
    task.tell('more')
    jest.advanceTimersByTime(100)
    screen.columns = 1
    task.tell('all')
    jest.advanceTimersByTime(1000)
    // The terminal has wrapped the line to seven rows.
    expect(screen.text).toBe(`${ERASE}a: more${ERASE}${UP.repeat(6)}`)
  })

  test.each([{ TERM: 'dumb' }, { TERM: 'xterm', CI: 'true' }])(
    'is not drawn with %j, but logged every 20 seconds',
    async env => {
      const { screen, host } = onTerminal({ env })
      const task = working(host, 'fd')
      task.tell('building')
      jest.advanceTimersByTime(19_999)
      expect(screen.text).toBe('')
      jest.advanceTimersByTime(1)
      jest.advanceTimersByTime(60_000)
      task.end()
      await task.over
      jest.advanceTimersByTime(60_000)
      host.dispose()
      expect(screen.text).toBe(
        'fd: building 20 s\nfd: building 40 s\nfd: building 1 min 00 s\nfd: building 1 min 20 s\n',
      )
    },
  )

  test.each([{ CI: 'false' }, { CI: '' }])('is drawn with %j', env => {
    const { screen, host } = onTerminal({ env })
    tell(host, 'half')
    expect(screen.text).toBe(`${ERASE}a: half`)
  })

  test('is drawn for any stream with isTTY', () => {
    const { screen, host } = inFile({ isTTY: true })
    tell(host, 'half')
    expect(screen.text).toBe(`${ERASE}a: half`)
  })
})

describe('secrets', () => {
  const secret = 'hunter2/+ä&='

  test.each([
    ['plain', secret, '***'],
    ['URL-encoded', encodeURIComponent(secret), '***'],
    ['in a form', new URLSearchParams({ a: `x${secret}` }).toString(), 'a=x***'],
    ['base64', Buffer.from(secret).toString('base64'), /^\*\*\*.?=*$/],
    ['base64url', Buffer.from(secret).toString('base64url'), /^\*\*\*.?$/],
    ['base64 behind one byte', Buffer.from(`:${secret}`).toString('base64'), /^..\*\*\*.?=*$/],
    ['base64 behind two bytes', Buffer.from(`u:${secret}!`).toString('base64'), /^...\*\*\*.?.?=*$/],
    ['base64 behind three bytes', Buffer.from(`me:${secret}`).toString('base64'), /^....\*\*\*.?=*$/],
  ])('are masked: %s', (_what, text, expected) => {
    const { screen, host } = onTerminal()
    host.maskSecret(secret)
    host.log.error(`a ${text} b`)
    const shown = screen.text.replace('error: a ', '').replace(' b\n', '')
    expect(shown).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected))
  })

  test('are masked in titles and in the live line, and line by line', async () => {
    const { screen, host } = onTerminal()
    host.maskSecret('-----BEGIN\nabcdefgh\n}\n')
    tell(host, 'x abcdefgh y')
    await host.log.group('abcdefgh', async () => host.log.info('{} -----BEGIN'))
    expect(screen.text).toBe(`${ERASE}a: x *** y${ERASE}***\n  {} ***\n`)
  })

  test('are both masked if one contains the other', () => {
    const { screen, host } = inFile()
    host.maskSecret('abcd')
    host.maskSecret('abcdefg')
    host.maskSecret('  ')
    host.log.info('abcdefg abcd a b')
    expect(screen.text).toBe('*** *** a b\n')
  })

  test('of less than four characters are not masked, and a single warning says so', () => {
    const { screen, host } = inFile()
    for (const secret of ['a', 'ok', '1.0', ' x \n', '']) host.maskSecret(secret)
    host.log.info('a cat is ok: 1.0')
    expect(screen.text).toBe(
      'warning: A secret has fewer than 4 characters, so it is not masked in the log: it would occur in other words. ' +
        'Use a longer secret.\na cat is ok: 1.0\n',
    )
  })

  test('in addresses are left out', () => {
    const { screen, host } = inFile()
    host.log.error('https://u:a@b:hush@h/x and git+https://h/x?access_token=hush')
    expect(screen.text).toBe('error: https://h/x and git+https://h/x?access_token=…\n')
  })
})

describe('the temporary folder', () => {
  let parent: string

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'local-'))
  })

  afterEach(() => rm(parent, { recursive: true }))

  test('is private and removed with its content', async () => {
    const { host } = inFile({ env: { TMPDIR: parent } })
    const { temp } = host
    expect(dirname(temp)).toBe(parent)
    expect((await stat(temp)).mode & 0o777).toBe(0o700)
    await mkdir(join(temp, 'a'))
    await writeFile(join(temp, 'a', 'b'), 'c')
    host.dispose()
    host.dispose()
    expect(existsSync(temp)).toBe(false)
  })

  test('is an error if it cannot be created', () => {
    const { host } = inFile({ env: { TMPDIR: join(parent, 'none') } })
    expect(() => host.temp).toThrow(UserError)
    expect(() => host.temp).toThrow(/A temporary folder cannot be created in .*none: .*ENOENT/)
    host.dispose()
  })
})

test.each([
  [{ RUNNER_TOOL_CACHE: '/opt/tools', XDG_CACHE_HOME: '/cache' }, '/opt/tools'],
  [{ RUNNER_TOOL_CACHE: '', XDG_CACHE_HOME: '/cache' }, '/cache/nix-multiarch'],
  [{ HOME: '/home/user' }, '/home/user/.cache/nix-multiarch'],
])('with %j the tool cache is %s', (env, folder) => {
  const { host } = inFile({ env })
  expect(host.tools).toBe(folder)
  host.dispose()
})
