import { describe, expect, test } from '@jest/globals'
import {
  attributeOf,
  checkSystems,
  DEFAULT_ATTRIBUTE,
  formatAttribute,
  parseAttributeTemplate,
  resolveTemplate,
  splitAttribute,
} from '../../src/nix/attribute-template.js'
import { encodeNixString } from '../../src/nix/value-functions.js'
import type { System } from '../../src/oci/platform.js'
import { UsageError } from '../../src/util/error.js'

describe('an attribute template', () => {
  test.each([
    [DEFAULT_ATTRIBUTE, 'packages.aarch64-linux.hello'],
    ['packages.x86_64-linux.{name}-aarch64', 'packages.x86_64-linux.hello-aarch64'],
    ['packages.x86_64-linux.{name}-{system}', 'packages.x86_64-linux.hello-aarch64-linux'],
    ['containers.{name}.{system}', 'containers.hello.aarch64-linux'],
    ['legacyPackages.{system}."my.containers".{name}', 'legacyPackages.aarch64-linux."my.containers".hello'],
    ['a.{system}.b.pre-{name}.c.d', 'a.aarch64-linux.b.pre-hello.c.d'],
  ])('%s resolves to %s', (template, attribute) => {
    const path = resolveTemplate(parseAttributeTemplate(template), 'aarch64-linux')
    expect(attributeOf(path, 'hello')).toBe(attribute)
  })

  test('needs {system} if there is more than one system', () => {
    const template = parseAttributeTemplate('containers.{name}')
    checkSystems(template, ['x86_64-linux'])
    checkSystems(parseAttributeTemplate(DEFAULT_ATTRIBUTE), ['x86_64-linux', 'aarch64-linux'])
    expect(() => checkSystems(template, ['x86_64-linux', 'aarch64-linux'])).toThrow(
      new UsageError('The attribute containers.{name} is the same for x86_64-linux and aarch64-linux'),
    )
  })

  test('is split at the part with {name}', () => {
    const template = parseAttributeTemplate('a.{system}.x-{name}-y.image')
    expect(resolveTemplate(template, 's390x-linux')).toEqual({
      before: ['a', 's390x-linux'],
      prefix: 'x-',
      suffix: '-y',
      after: ['image'],
    })
  })

  test.each([
    ['packages.{system}', 'must contain {name} once'],
    ['a.{name}.{name}', 'must contain {name} once'],
    ['a.{name}{name}', 'must contain {name} once'],
    ['{name}.{system}', 'cannot be in the first part'],
    ['a.{arch}.{name}', '{arch} is neither {name} nor {system}'],
    ['a..{name}', 'names separated by dots'],
    ['a.{name}.', 'names separated by dots'],
    ['a."b.{name}', 'names separated by dots'],
    ['a b.{name}', 'names separated by dots'],
    ['', 'names separated by dots'],
  ])('%j is rejected', (template, why) => {
    expect(() => parseAttributeTemplate(template)).toThrow(why)
  })
})

describe('attribute paths', () => {
  test('are split at dots outside quotes', () => {
    expect(splitAttribute('a."b.c"."".d-e')).toEqual(['a', 'b.c', '', 'd-e'])
  })

  test('are formatted with quotes if needed', () => {
    expect(formatAttribute(['a', 'b.c', '1x', "d'", 'e f'])).toBe(`a."b.c"."1x".d'."e f"`)
  })
})

test.each([
  ['plain', '"plain"'],
  ['"', '"\\""'],
  ['${builtins.abort "x"}', '"\\${builtins.abort \\"x\\"}"'],
  ['\\', '"\\\\"'],
  ["''${x}", '"\'\'\\${x}"'],
  ['a\nb\r\tc', '"a\\nb\\r\\tc"'],
])('encodes %j as the Nix string %s', (text, literal) => {
  expect(encodeNixString(text)).toBe(literal)
})

describe('an attribute template for several platforms', () => {
  const resolve = (template: string, system: System, name = 'fd') =>
    attributeOf(resolveTemplate(parseAttributeTemplate(template), system), name)

  test.each([
    ['packages.x86_64-linux.{name}-{cpu}', 'x86_64-linux', 'packages.x86_64-linux.fd-x86_64'],
    ['packages.x86_64-linux.{name}-{cpu}', 'aarch64-linux', 'packages.x86_64-linux.fd-aarch64'],
    ['packages.{system}.{name}.{architecture}', 'aarch64-linux', 'packages.aarch64-linux.fd.arm64'],
    ['packages.{system}.{name}.{architecture}', 'i686-linux', 'packages.i686-linux.fd."386"'],
    [
      'aarch64-linux=packages.x86_64-linux.{name}-{cpu}\npackages.{system}.{name}',
      'aarch64-linux',
      'packages.x86_64-linux.fd-aarch64',
    ],
    [
      'packages.{system}.{name}\naarch64-linux = packages.x86_64-linux.{name}-{cpu}',
      'x86_64-linux',
      'packages.x86_64-linux.fd',
    ],
    ['packages.x86_64-linux.{architecture}', 'aarch64-linux', 'packages.x86_64-linux.arm64'],
    ['aarch64-linux=packages.x86_64-linux.cross', 'aarch64-linux', 'packages.x86_64-linux.cross'],
  ] as const)('%j is for %s %s', (template, system, attribute) => {
    expect(resolve(template, system)).toBe(attribute)
  })

  test.each([
    ['x86_64-darwin=packages.{system}.{name}', 'x86_64-darwin is not a system'],
    ['packages.a.{name}\npackages.b.{name}', 'two lines without a system'],
    ['aarch64-linux=a.{name}\naarch64-linux=b.{name}', 'two lines for aarch64-linux'],
    ['a.{name}\nb.{name}.{processor}', '{processor} is neither'],
    ['aarch64-linux=', 'names separated by dots'],
    ['{architecture}', 'must contain {name} once'],
  ])('%j is rejected', (template, why) => {
    expect(() => parseAttributeTemplate(template)).toThrow(why)
  })

  test('needs a line for each system, and a different attribute for each', () => {
    const both = ['x86_64-linux', 'aarch64-linux'] as const
    checkSystems(parseAttributeTemplate('packages.x86_64-linux.{name}-{cpu}'), both)
    checkSystems(parseAttributeTemplate('packages.x86_64-linux.{architecture}'), both)
    const one = parseAttributeTemplate('aarch64-linux=packages.x86_64-linux.{name}-{cpu}')
    expect(() => checkSystems(one, both)).toThrow('`attribute` has no line for x86_64-linux')
    // Both are `arm`.
    const arm = parseAttributeTemplate('packages.x86_64-linux.{name}-{architecture}')
    expect(() => checkSystems(arm, ['armv7l-linux', 'armv6l-linux'])).toThrow(
      'is the same for armv7l-linux and armv6l-linux',
    )
  })
})
