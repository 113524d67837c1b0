import { expect, test } from '@jest/globals'
import { type Progress, UploadProgress } from '../../src/registry/push-session.js'

function rig() {
  const clock = { time: 1_000_000, now: () => clock.time }
  const seen: Progress[] = []
  const tally = new UploadProgress(clock, progress => seen.push(progress))
  const send = (bytes: number, ms: number): void => {
    clock.time += ms
    tally.add(bytes)
  }
  return { tally, seen, send }
}

test('the remaining time follows from a steady rate', () => {
  const { tally, seen, send } = rig()
  tally.expect(100_000)
  send(0, 0)
  for (let n = 0; n < 50; n++) send(1000, 200)
  expect(seen.at(-1)).toEqual({ sent: 50_000, total: 100_000, rate: 5000, remaining: 10 })
})

test('the rate covers the last seconds and is never negative', () => {
  const { tally, seen, send } = rig()
  tally.expect(1_000_000)
  for (let n = 0; n < 50; n++) send(1000, 200)
  for (let n = 0; n < 50; n++) send(4000, 200)
  expect(seen.at(-1)?.rate).toBeCloseTo(20_000, -3)
  send(-200_000, 200)
  expect(seen.at(-1)).toMatchObject({ sent: 50_000, rate: 0, remaining: undefined })
})

test('without samples, the rate is 0 and the remaining time is unknown', () => {
  const { tally, seen } = rig()
  tally.expect(10)
  tally.add(5)
  expect(seen).toEqual([{ sent: 5, total: 10, rate: 0, remaining: undefined }])
})

test('bytes of an existing blob are no longer expected', () => {
  const { tally, seen } = rig()
  tally.expect(10)
  tally.expect(90)
  tally.add(10)
  tally.add(90)
  tally.withdraw(90)
  expect(seen.at(-1)).toMatchObject({ sent: 10, total: 10, remaining: 0 })
})
