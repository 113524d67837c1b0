import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { findPlan } from '../../../src/command/shared/find-archives.js'
import { encodePlan, formatPlanReference } from '../../../src/command/shared/plan-document.js'
import { openRunArtifacts } from '../../../src/command/shared/run-artifacts.js'
import { digestOf } from '../../../src/oci/digest.js'
import { rejection } from '../../nix/fakes.js'
import { folderArtifacts, type TestHost, testHost } from '../../support/host.js'

const NAME = 'nix-multiarch-plan-0123456789.json'
const EMPTY = encodePlan({ format: 1, containers: [] })
const FOREIGN = encodePlan({
  format: 1,
  tree: { kind: 'remote' },
  containers: [],
})

let folder: string
let host: TestHost
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plan-'))
})
afterEach(() => {
  host.remove()
  rmSync(folder, { recursive: true })
})

/** A merge job of a workflow run whose plan artifact has this content. */
function runWith(content: string | undefined): TestHost {
  const file = join(folder, NAME)
  if (content !== undefined) writeFileSync(file, content)
  host = testHost({
    kind: 'github',
    artifacts: folderArtifacts(content === undefined ? [] : [file], copyFileSync),
  })
  return host
}

/** Finds the plan of a merge in a run whose plan artifact has this content. */
const planOf = (text: string | undefined, content: string | undefined) => {
  const { log, ...rest } = runWith(content)
  return findPlan(text, { artifacts: openRunArtifacts({ ...rest, log }), log })
}

const DOCUMENT = { format: 1, containers: [] }

const referenceOf = (content: string): string => formatPlanReference(NAME, digestOf(Buffer.from(content)))

describe('the plan of a merge', () => {
  test('is an artifact whose content has the SHA-256 of the plan job', async () => {
    expect(await planOf(referenceOf(EMPTY), EMPTY)).toEqual({
      document: DOCUMENT,
      bound: { name: NAME, digest: digestOf(Buffer.from(EMPTY)) },
    })
  })

  test('is not an artifact that another job has put in its place', async () => {
    const { message } = await rejection(planOf(referenceOf(EMPTY), FOREIGN))
    expect(message).toContain(`has the digest ${digestOf(Buffer.from(FOREIGN))} instead of`)
  })

  test('is not an artifact without a SHA-256, and the hint names the output of the plan job', async () => {
    const { message, hint } = await rejection(planOf(NAME, EMPTY))
    expect(message).toContain('its SHA-256 is missing')
    expect(hint).toContain('needs.plan.outputs.plan')
  })

  test('is a file of this job, without a SHA-256: then it is not bound to the plan job', async () => {
    const file = join(folder, 'plan.json')
    writeFileSync(file, EMPTY)
    expect(await planOf(file, undefined)).toEqual({ document: DOCUMENT })
  })

  test('is not a file with the name of the output of the plan job and other content', async () => {
    const file = join(folder, referenceOf(EMPTY))
    writeFileSync(file, FOREIGN)
    const { message } = await rejection(planOf(file, undefined))
    expect(message).toContain(`has the digest ${digestOf(Buffer.from(FOREIGN))} instead of`)
    writeFileSync(file, EMPTY)
    expect(await planOf(file, undefined)).toMatchObject({ document: DOCUMENT, bound: { name: NAME } })
  })

  test('is never an artifact that the workflow does not name, and a warning says so', async () => {
    expect(await planOf(undefined, FOREIGN)).toBeUndefined()
    expect(host.logged.join()).toMatch(
      /warning: .*nix-multiarch-plan-0123456789.json.*needs\.plan\.outputs\.plan/,
    )
  })

  test('is an error if it does not exist', async () => {
    const { message } = await rejection(planOf(referenceOf(EMPTY), undefined))
    expect(message).toBe(`No plan ${NAME}: it is neither a file nor an artifact of this workflow run`)
  })
})
