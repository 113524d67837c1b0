import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { PINNED_TRUST } from '../../src/attestation/pinned-trust.js'
import { readNewestTarget, type UpdateOptions } from '../../src/attestation/trust-updates.js'
import { UpdateServiceStandIn } from '../support/update-service.js'

const TARGET = 'trusted_root.json'
const PINNED = JSON.stringify(PINNED_TRUST.sigstore.targets[TARGET])

let service: UpdateServiceStandIn
let folder: string
let savedTemp: string | undefined
let lines: string[]
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trust-updates-'))
  mkdirSync(join(folder, 'temp'))
  savedTemp = process.env.TMPDIR
  process.env.TMPDIR = join(folder, 'temp')
  lines = []
  service = await UpdateServiceStandIn.start()
  service.publish({ [TARGET]: 'version 1', 'other.json': 'other' })
})
afterEach(async () => {
  expect(readdirSync(join(folder, 'temp'))).toEqual([])
  if (savedTemp === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = savedTemp
  await service.close()
  rmSync(folder, { recursive: true })
})

function read(options: Partial<UpdateOptions> = {}, target = TARGET): Promise<string> {
  return readNewestTarget('sigstore', target, {
    cacheFolder: join(folder, 'cache'),
    env: {},
    log: {
      info: line => lines.push(`info: ${line}`),
      warning: line => lines.push(`warning: ${line}`),
      debug: line => lines.push(`debug: ${line}`),
    },
    signal: new AbortController().signal,
    mirrors: { sigstore: { url: service.url, tufRoot: service.tufRoot } },
    ...options,
  })
}

const savedFile = (): string => join(folder, 'cache', 'trust-sigstore.json')

const today = new Date().toISOString().slice(0, 10)
const OLDER_LAST = new RegExp(`Using the keys of ${today} \\(of today, the last update\\)\\.$`)
const OLDER_PINNED = /Using the keys of \d{4}-\d\d-\d\d \(\d+ days? old, part of this program\)\.$/

describe('the newest keys', () => {
  test('are downloaded, and nothing is logged', async () => {
    expect(await read()).toBe('version 1')
    expect(lines).toEqual([])
  })

  test('are downloaded again only if they have changed', async () => {
    await read()
    service.requests.length = 0
    expect(await read()).toBe('version 1')
    expect(service.requests).toEqual(['2.root.json', 'timestamp.json'])
    service.publish({ [TARGET]: 'version 2' })
    expect(await read()).toBe('version 2')
  })

  test('can be other files', async () => {
    expect(await read({}, 'other.json')).toBe('other')
    expect(await read()).toBe('version 1')
    await service.close()
    expect(await read({}, 'other.json')).toBe('other')
  })

  test('are found with the keys that replaced the pinned ones', async () => {
    service.rotateKeys()
    service.rotateKeys()
    service.publish({ [TARGET]: 'version 2' })
    expect(await read()).toBe('version 2')
    expect(await read()).toBe('version 2')
    expect(lines).toEqual([])
  })

  test('do not need a folder that can be written', async () => {
    writeFileSync(join(folder, 'cache'), '')
    expect(await read()).toBe('version 1')
    expect(lines).toEqual([expect.stringMatching(/^debug: The update of the trusted keys is not saved: /)])
  })
})

describe('if the service cannot be reached', () => {
  test('the keys that are part of this program are used, and one line says how old they are', async () => {
    await service.close()
    expect(await read()).toBe(PINNED)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(
      /^info: The newest keys of Sigstore are not available: the connection to 127\.0\.0\.1:\d+ failed/,
    )
    expect(lines[0]).toMatch(OLDER_PINNED)
  })

  test('the keys of the last update are used', async () => {
    await read()
    await service.close()
    expect(await read()).toBe('version 1')
    expect(lines).toEqual([expect.stringMatching(/^info: /)])
    expect(lines[0]).toMatch(OLDER_LAST)
  })

  test('an answer that does not come is not waited for', async () => {
    service.delayMs = 5000
    const start = Date.now()
    expect(await read({ timeoutMs: 300 })).toBe(PINNED)
    expect(Date.now() - start).toBeLessThan(3000)
    expect(lines[0]).toContain(`${service.url} did not answer within 0.3 s`)
  })

  test('slow answers share one time limit', async () => {
    service.delayMs = 200
    expect(await read({ timeoutMs: 500 })).toBe(PINNED)
    expect(lines[0]).toContain('did not answer within 0.5 s')
  })

  test('an aborted run ends', async () => {
    service.delayMs = 5000
    const controller = new AbortController()
    const reading = read({ signal: controller.signal })
    setTimeout(() => controller.abort(new Error('cancelled')), 50)
    await expect(reading).rejects.toThrow('cancelled')
    expect(lines).toEqual([])
  })
})

describe('if the answers are wrong, the last update is used', () => {
  beforeEach(async () => {
    await read()
  })

  const attacks: Readonly<Record<string, () => void | Promise<void>>> = {
    'the keys have expired': () => service.publish({ [TARGET]: 'evil' }, { expires: Date.now() - 1000 }),
    'the content is another one': () => {
      service.publish({ [TARGET]: 'version 2' })
      service.change(`.${TARGET}`, () => Buffer.from('evil  2  '))
    },
    'the content is longer': () => {
      service.publish({ [TARGET]: 'version 2' })
      service.change(`.${TARGET}`, bytes => Buffer.concat([bytes, Buffer.alloc(10_000)]))
    },
    'the list of files is changed': () => {
      service.publish({ [TARGET]: 'version 2' })
      service.change('.targets.json', bytes =>
        Buffer.from(bytes.toString().replace(/"length":\d+/, '"length":1')),
      )
    },
    'a stranger signed new keys': () => {
      service.publishStrangeRoot()
      service.publish({ [TARGET]: 'evil' })
    },
    'the service is another one': async () => {
      const other = await UpdateServiceStandIn.start()
      other.publish({ [TARGET]: 'evil' })
      other.publish({ [TARGET]: 'evil' })
      service.restore(other.snapshot())
      await other.close()
    },
    'nothing is there': () => service.restore(new Map()),
    'it is no JSON': () => service.change('timestamp.json', () => Buffer.from('<html>')),
    'the file is not listed': () => service.publish({ 'other.json': 'other' }),
  }

  test.each(Object.keys(attacks))('%s', async name => {
    await attacks[name]?.()
    expect(await read()).toBe('version 1')
    expect(lines).toEqual([
      expect.stringMatching(/^warning: The newest keys of Sigstore are not available: /),
    ])
    expect(lines[0]).toMatch(OLDER_LAST)
  })

  test('an older version comes back after a newer one', async () => {
    const older = service.snapshot()
    service.publish({ [TARGET]: 'version 2' })
    expect(await read()).toBe('version 2')
    service.restore(older)
    expect(await read()).toBe('version 2')
    expect(lines).toEqual([expect.stringMatching(/^warning: .* less than current version/)])
  })
})

describe('the file of the last update', () => {
  function changeSaved(edit: (saved: { targets: Record<string, string>; date: string }) => void): void {
    const saved = JSON.parse(readFileSync(savedFile(), 'utf8'))
    edit(saved)
    writeFileSync(savedFile(), JSON.stringify(saved))
  }

  test('is not believed: a changed content is downloaded again', async () => {
    await read()
    changeSaved(saved => {
      saved.targets[TARGET] = 'evil'
    })
    expect(await read()).toBe('version 1')
  })

  test('is not believed if the service cannot be reached', async () => {
    await read()
    changeSaved(saved => {
      saved.targets[TARGET] = 'evil'
    })
    await service.close()
    expect(await read()).toBe(PINNED)
    expect(lines[0]).toMatch(OLDER_PINNED)
  })

  test('is not used if this program is newer', async () => {
    await read()
    changeSaved(saved => {
      saved.date = '2020-01-01T00:00:00.000Z'
    })
    await service.close()
    expect(await read()).toBe(PINNED)
  })

  test.each(['', '[]', '{"date":1}', '{"date":"2030-01-01","metadata":{"timestamp.json":"x"},"targets":{}}'])(
    'is replaced if it is %j',
    async text => {
      await read()
      writeFileSync(savedFile(), text)
      expect(await read()).toBe('version 1')
      expect(JSON.parse(readFileSync(savedFile(), 'utf8')).targets).toEqual({ [TARGET]: 'version 1' })
    },
  )
})

test('two runs at once do not disturb each other', async () => {
  expect(await Promise.all([read(), read(), read({}, 'other.json')])).toEqual([
    'version 1',
    'version 1',
    'other',
  ])
  expect(lines).toEqual([])
})
