import { expect, test } from '@jest/globals'
import { repositoryKey } from '../../src/registry/push-plan.js'
import type { MountResult } from '../../src/registry/repository.js'
import { MountPolicy } from '../../src/registry/send-blobs.js'

const [A, B, C] = ['a', 'b', 'c'].map(repository => repositoryKey({ registry: 'ghcr.io', repository })) as [
  ReturnType<typeof repositoryKey>,
  ReturnType<typeof repositoryKey>,
  ReturnType<typeof repositoryKey>,
]

/** Tries mounts with the results of `answers`, and records the sources and the number of parallel requests. */
function rig(answers: (from: string) => MountResult) {
  const mounting = new MountPolicy()
  const asked: string[] = []
  let now = 0
  const most: number[] = []
  const ask = (from: typeof A): Promise<MountResult> =>
    mounting.try(from, async () => {
      asked.push(from)
      most.push(++now)
      await new Promise(resolve => setImmediate(resolve))
      now--
      return answers(from)
    })
  return { ask, asked, most }
}

test('mounts run one at a time until one succeeds, then in parallel', async () => {
  const { ask, most } = rig(() => 'mounted')
  await Promise.all(Array.from({ length: 30 }, () => ask(A)))
  expect(most[0]).toBe(1)
  expect(Math.max(...most)).toBe(8)
})

test('after three refusals a source is not tried again, but another one is', async () => {
  const { ask, asked } = rig(from => (from === A ? 'refused' : 'mounted'))
  const answers = await Promise.all([A, A, A, A, A, B, B, C].map(ask))
  expect(answers).toEqual([...Array(5).fill('refused'), 'mounted', 'mounted', 'mounted'])
  expect(asked.filter(from => from === A)).toHaveLength(3)
})

test('after two refusing sources the registry is not tried again; an offered session counts as a refusal', async () => {
  const session = new URL('https://ghcr.io/v2/b/blobs/uploads/1')
  const { ask, asked } = rig(() => session)
  const answers = []
  for (const from of [A, A, A, A, B, B, B, C, C]) answers.push(await ask(from))
  expect(asked).toEqual([A, A, A, B, B, B])
  expect(answers.filter(answer => answer === session)).toHaveLength(6)
})

test('a successful mount resets the refusals', async () => {
  let n = 0
  const { ask, asked } = rig(() => (n++ % 3 === 1 ? 'refused' : 'mounted'))
  for (let n = 0; n < 20; n++) await ask(A)
  expect(asked).toHaveLength(20)
})

test('a failure is thrown and does not block others', async () => {
  const mounting = new MountPolicy()
  const failing = mounting.try(A, () => Promise.reject(new Error('no')))
  const next = mounting.try(A, async () => 'mounted')
  await expect(failing).rejects.toThrow('no')
  expect(await next).toBe('mounted')
})
