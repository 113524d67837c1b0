import { describe, expect, test } from '@jest/globals'
import { parseAttributeTemplate } from '../../src/nix/attribute-template.js'
import type { FindOptions } from '../../src/nix/check-flake-ref.js'
import { createStepReader } from '../../src/nix/evaluation.js'
import { evaluateOptionalContainers } from '../../src/nix/flake.js'
import { UserError } from '../../src/util/error.js'
import type { ExecResult } from '../../src/util/exec.js'
import { fakeNix, rejection } from './fakes.js'

const options = (more: Partial<FindOptions> = {}): FindOptions => ({
  flake: 'github:a/b',
  cwd: '/',
  system: 'aarch64-linux',
  names: [],
  attribute: parseAttributeTemplate('packages.{system}.{name}'),
  ...more,
})

const FOREIGN =
  "error: Cannot build '/nix/store/1-x.drv'.\n       Reason: platform mismatch\n       Required system: 'aarch64-linux'"
const FOREIGN_OLD =
  "error: a 'aarch64-linux' with features {} is required to build '/nix/store/1-x.drv', but I am a 'x86_64-linux'"

/** A flake whose attributes are images, or fail with an error. Answers like Nix, also in steps. */
function flakeWith(
  attributes: Readonly<Record<string, string>>,
  isPrepared: (args: readonly string[]) => boolean = () => false,
) {
  const errorOf = (name: string, args: readonly string[]) =>
    attributes[name]?.includes('aarch64-linux') && isPrepared(args) ? '' : attributes[name]
  const image = (name: string) => ({
    name,
    builder: 'x86_64-linux',
    derivation: `/nix/store/1-${name}.drv`,
    output: 'out',
    streamed: false,
    imageName: name,
  })
  return fakeNix({
    answer: (args): Partial<ExecResult> => {
      const literal = /\(builtins\.fromJSON "(.*)"\)$/s.exec(args[4] ?? '')?.[1] ?? ''
      const query = JSON.parse(literal.replace(/\\(.)/g, '$1'))
      const names: string[] = query.names ?? Object.keys(attributes)
      const failed = names.find(name => errorOf(name, args))
      if (query.from === undefined) {
        if (failed !== undefined) return { code: 1, stderr: errorOf(failed, args) ?? '' }
        const containers = names.map(image)
        return { stdout: JSON.stringify({ containers, skipped: [], missing: [], others: {} }) }
      }
      const lines: string[] = []
      for (const [index, start] of names.entries()) {
        if (index < query.from) continue
        lines.push(`trace: nix-multiarch: ${JSON.stringify({ start, index, count: names.length })}`)
        const error = errorOf(start, args)
        if (error) return { code: 1, stderr: [...lines, error].join('\n') }
        lines.push(`trace: nix-multiarch: ${JSON.stringify({ containers: [image(start)] })}`)
      }
      return { stdout: '{}', stderr: lines.join('\n') }
    },
  })
}

describe('an evaluation with attributes that fail', () => {
  test('finds the others, and names each failure with the reason of Nix', async () => {
    const nix = flakeWith({
      a: '',
      b: "error: attribute 'missing' missing",
      c: '',
      d: 'error: infinite recursion encountered\n       at «string»:1:1:',
    })
    const found = await evaluateOptionalContainers(nix, options())
    expect(found).toMatchObject({
      kind: 'found',
      containers: [{ name: 'a' }, { name: 'c' }],
      skipped: [
        { name: 'b', reason: "attribute 'missing' missing" },
        { name: 'd', reason: 'infinite recursion encountered' },
      ],
    })
    // One at first, and one more behind each failure; the last failure is the last name.
    expect(nix.asked).toHaveLength(3)
  })

  test('is an error for a container that was selected', async () => {
    const nix = flakeWith({ a: '', b: "error: attribute 'missing' missing" })
    const error = await rejection(evaluateOptionalContainers(nix, options({ names: ['a', 'b'] })))
    expect(error.message).toContain("attribute 'missing' missing")
    expect(nix.asked).toHaveLength(1)
  })

  test('is an error if the cause may be temporary', async () => {
    const nix = flakeWith({ a: '', b: "error: unable to download 'https://x.test/a': HTTP error 503" })
    await expect(evaluateOptionalContainers(nix, options())).rejects.toThrow('HTTP error 503')
    const gone = flakeWith({ a: '', b: "error: unable to download 'https://x.test/a': HTTP error 404" })
    expect(await evaluateOptionalContainers(gone, options())).toMatchObject({ skipped: [{ name: 'b' }] })
  })

  test('gives up after too many failures', async () => {
    const many = Object.fromEntries(Array.from({ length: 90 }, (_, n) => [`c${n}`, 'error: no']))
    const nix = flakeWith({ a: '', ...many })
    const error = await rejection(evaluateOptionalContainers(nix, options()))
    expect(error.message).toContain('error: no')
    expect(error.hint).toContain('`containers`')
    expect(nix.asked).toHaveLength(52)
  })
})

describe.each([FOREIGN, FOREIGN_OLD])('an evaluation that has to build for another system: %j', message => {
  test('is repeated after this machine is prepared, with the same options', async () => {
    const prepared: string[] = []
    const prepare = async (system: string) => {
      prepared.push(system)
      return ['--option', 'extra-platforms', system]
    }
    const nix = flakeWith({ a: '', b: message }, args => args.includes('extra-platforms'))
    const found = await evaluateOptionalContainers(nix, options({ prepare }))
    expect(found).toMatchObject({ containers: [{ name: 'a' }, { name: 'b' }], skipped: [], deferred: [] })
    expect(prepared).toEqual(['aarch64-linux'])
    expect(nix.asked.map(args => args.slice(5))).toEqual([
      [],
      ['--option', 'extra-platforms', 'aarch64-linux'],
    ])
  })

  test('is left out if this machine cannot be prepared, and is an error if it was selected', async () => {
    const nix = flakeWith({ a: '', b: message })
    const prepare = () => Promise.reject(new UserError('no QEMU', { hint: 'Install it.' }))
    const why = 'no QEMU. The evaluation of the flake has to build for it (import from derivation)'
    expect(await evaluateOptionalContainers(nix, options({ prepare }))).toMatchObject({
      containers: [{ name: 'a' }],
      skipped: [{ name: 'b', reason: why }],
    })
    const error = await rejection(evaluateOptionalContainers(nix, options({ prepare, names: ['a', 'b'] })))
    expect(error).toMatchObject({ message: why, hint: 'Install it.' })
  })

  test.each([[[]], [['a', 'b']]])('is left to another machine by a plan of the names %j', async names => {
    const nix = flakeWith({ a: '', b: message })
    const found = await evaluateOptionalContainers(nix, options({ readOnly: true, names }))
    expect(found).toMatchObject({
      containers: [{ name: 'a' }],
      skipped: [],
      deferred: [{ name: 'b', machine: 'aarch64-linux' }],
    })
  })

  test('may hide even the names', async () => {
    const nix = fakeNix({ answer: () => ({ code: 1, stderr: message }) })
    const found = await evaluateOptionalContainers(nix, options({ readOnly: true }))
    expect(found).toMatchObject({ kind: 'deferred', machine: 'aarch64-linux' })
  })
})

test('a step with long metadata is read from several lines, and other lines are passed on', () => {
  const steps: unknown[] = []
  const lines: string[] = []
  const read = createStepReader(
    step => steps.push(step),
    line => lines.push(line),
  )
  const description = '{"a": "}"} '.repeat(20_000)
  const result = `trace: nix-multiarch: ${JSON.stringify({ containers: [{ name: 'a', description }] })}`
  read('warning: dirty')
  read('trace: nix-multiarch: {"start":"a","index":0,"count":1}')
  for (let n = 0; n < result.length; n += 65_536) read(result.slice(n, n + 65_536))
  read('trace: own')
  expect(lines).toEqual(['warning: dirty', 'trace: own'])
  expect(steps).toMatchObject([
    { kind: 'start', name: 'a', index: 0, count: 1 },
    { kind: 'result', answer: { containers: [{ name: 'a', description }] } },
  ])
})
