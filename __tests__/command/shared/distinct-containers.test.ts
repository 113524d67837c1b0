import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { selectDistinct } from '../../../src/command/shared/distinct-containers.js'
import { DEFAULT_ATTRIBUTE, parseAttributeTemplate } from '../../../src/nix/attribute-template.js'
import type { Container } from '../../../src/nix/container.js'
import type { System } from '../../../src/oci/platform.js'
import { containerOf } from '../../support/archives.js'
import { type TestHost, testHost } from '../../support/host.js'

let host: TestHost
beforeEach(() => {
  host = testHost()
})
afterEach(() => host.remove())

const ATTRIBUTE = parseAttributeTemplate(DEFAULT_ATTRIBUTE)
const BOTH: readonly System[] = ['x86_64-linux', 'aarch64-linux']

/** Returns the containers of some names with one derivation for each system. */
function sameImage(names: readonly string[], imageName: string, systems = BOTH): Container[] {
  return systems.flatMap(system =>
    names.map(name => ({
      ...containerOf(name, system, { imageName }),
      derivation: `/nix/store/${imageName}-${system}.drv`,
    })),
  )
}

function select(...containers: Container[]): string[] {
  return [...new Set(selectDistinct(containers, ATTRIBUTE, host).map(({ name }) => name))]
}

test.each([
  [['default', 'hello'], 'other', 'hello'],
  [['image', 'docker', 'container'], 'app', 'container'],
  [['image', 'app', 'default'], 'app', 'app'],
  [['image', 'app'], 'ghcr.io/me/app', 'app'],
])('the names %j of one image %s are published as %s, and this is logged', (names, imageName, expected) => {
  expect(select(...sameImage(names, imageName))).toEqual([expected])
  expect(host.logged).toHaveLength(1)
  expect(host.logged[0]).toMatch(new RegExp(`^info: .*: left out, because ${expected} is the same image$`))
  for (const name of names) expect(host.logged[0]).toContain(name)
})

test('each system of the image is kept', () => {
  const selected = selectDistinct(sameImage(['default', 'hello'], 'hello'), ATTRIBUTE, host)
  expect(selected.map(({ system }) => system)).toEqual(BOTH)
})

test('two names are not one image if they differ for a system, or if one system lacks a name', () => {
  const [, ...others] = sameImage(['a'], 'x')
  const different = [...sameImage(['b'], 'x', ['x86_64-linux']), ...sameImage(['b'], 'y', ['aarch64-linux'])]
  expect(select(...sameImage(['a'], 'x'), ...different)).toEqual(['a', 'b'])
  expect(select(...sameImage(['b'], 'x'), ...others)).toEqual(['b', 'a'])
  expect(host.logged).toEqual([])
})

test('an image of dockerTools.pullImage is left out, and this is logged', () => {
  const pulled = BOTH.map(system => ({ ...containerOf('base', system), pulled: true as const }))
  expect(select(...sameImage(['a'], 'x'), ...pulled)).toEqual(['a'])
  expect(host.logged.join()).toMatch(/^info: base: left out, because dockerTools.pullImage/)
})
