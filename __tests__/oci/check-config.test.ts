import { describe, expect, test } from '@jest/globals'
import { checkConfigTypes, InvalidConfig } from '../../src/oci/check-config.js'

function findProblem(document: object): InvalidConfig | undefined {
  try {
    checkConfigTypes(Buffer.from(JSON.stringify(document)))
    return undefined
  } catch (error) {
    if (error instanceof InvalidConfig) return error
    throw error
  }
}

const image = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [] } }

test.each([
  ['nothing', {}],
  ['null in each field', { config: null, history: null, created: null, author: null, rootfs: null }],
  [
    'null in each field of config',
    { config: { Env: null, Cmd: null, Labels: null, ExposedPorts: null, User: null, Healthcheck: null } },
  ],
  [
    'all fields with their types',
    {
      created: '2024-02-03T04:05:06.789+02:00',
      config: {
        User: '1000:100',
        Env: ['A=b'],
        Entrypoint: [],
        Cmd: ['/bin/sh'],
        ExposedPorts: { '80/tcp': {}, '81/udp': null },
        Volumes: { '/data': {} },
        WorkingDir: '/',
        Labels: { a: '' },
        StopSignal: 'SIGINT',
        Healthcheck: { Test: ['NONE'], Interval: 30e9, Retries: 3 },
        Tty: true,
      },
      history: [{ created: '1970-01-01T00:00:01Z', comment: 'x', empty_layer: true }],
    },
  ],
  ['fields that nobody reads', { config: { 'X-Mine': 7 }, mine: [] }],
])('a config with %s is accepted', (_, fields) => {
  expect(findProblem({ ...image, ...fields })).toBeUndefined()
})

describe('a field of config with another type is named, with what to write', () => {
  test.each([
    [{ Labels: { build: 7 } }, 'Labels.build is 7, but must be a string', 'Labels = { build = "7"; };'],
    [
      { Labels: { 'a.b': true } },
      'Labels.a.b is true, but must be a string',
      'Labels = { "a.b" = "true"; };',
    ],
    [
      { Labels: ['a=b=c'] },
      'Labels is ["a=b=c"], but must be an attribute set of strings',
      'Labels = { a = "b=c"; };',
    ],
    [
      { ExposedPorts: ['8080/tcp'] },
      'ExposedPorts is ["8080/tcp"], but must be an attribute set of empty sets',
      'ExposedPorts = { "8080/tcp" = { }; };',
    ],
    [
      { ExposedPorts: [80, '53/udp'] },
      'ExposedPorts is [80,"53/udp"], but must be an attribute set of empty sets',
      'ExposedPorts = { "80/tcp" = { }; "53/udp" = { }; };',
    ],
    [
      { ExposedPorts: { '80/tcp': true } },
      'ExposedPorts.80/tcp is true, but must be an empty set',
      'ExposedPorts = { "80/tcp" = { }; };',
    ],
    [
      { ExposedPorts: 80 },
      'ExposedPorts is 80, but must be an attribute set of empty sets',
      'ExposedPorts = { "80/tcp" = { }; };',
    ],
    [
      { Volumes: ['/data'] },
      'Volumes is ["/data"], but must be an attribute set of empty sets',
      'Volumes = { "/data" = { }; };',
    ],
    [
      { Volumes: { '/data': [] } },
      'Volumes./data is [], but must be an empty set',
      'Volumes = { "/data" = { }; };',
    ],
    [
      { Env: { PORT: 80, LANG: 'C' } },
      'Env is {"PORT":80,"LANG":"C"}, but must be a list of strings',
      'Env = [ "PORT=80" "LANG=C" ];',
    ],
    [{ Env: 'A=b' }, 'Env is "A=b", but must be a list of strings', 'Env = [ "A=b" ];'],
    [{ Env: ['A=b', null] }, 'Env[1] is null, but must be a string', undefined],
    [{ User: 1000 }, 'User is 1000, but must be a string', 'User = "1000";'],
    [{ User: ['a'] }, 'User is ["a"], but must be a string', undefined],
    [{ Cmd: '/bin/sh' }, 'Cmd is "/bin/sh", but must be a list of strings', 'Cmd = [ "/bin/sh" ];'],
    [{ Cmd: ['-p', 80] }, 'Cmd[1] is 80, but must be a string', 'Cmd = [ "-p" "80" ];'],
    [{ Entrypoint: {} }, 'Entrypoint is {}, but must be a list of strings', 'Entrypoint = [ ];'],
    [
      { Entrypoint: '${x}' },
      'Entrypoint is "${x}", but must be a list of strings',
      'Entrypoint = [ "\\${x}" ];',
    ],
    [{ WorkingDir: 1 }, 'WorkingDir is 1, but must be a string', 'WorkingDir = "1";'],
    [{ WorkingDir: false }, 'WorkingDir is false, but must be a string', 'WorkingDir = "false";'],
    [{ StopSignal: 15 }, 'StopSignal is 15, but must be a string', 'StopSignal = "15";'],
    [{ Tty: 'true' }, 'Tty is "true", but must be true or false', 'Tty = true;'],
    [{ user: 1000 }, 'user is 1000, but must be a string', 'user = "1000";'],
    [
      { Healthcheck: 'curl localhost' },
      'Healthcheck is "curl localhost", but must be an attribute set',
      'Healthcheck = { Test = [ "CMD-SHELL" "curl localhost" ]; };',
    ],
    [
      { Healthcheck: { Interval: '30s' } },
      'Healthcheck.Interval is "30s", but must be a number of nanoseconds',
      'Healthcheck = { Interval = 30000000000; };',
    ],
    [
      { Healthcheck: { Test: 'x' } },
      'Healthcheck.Test is "x", but must be a list of strings',
      'Healthcheck = { Test = [ "x" ]; };',
    ],
    [{ Healthcheck: { Retries: 1.5 } }, 'Healthcheck.Retries is 1.5, but must be a whole number', undefined],
  ])('%j', (config, message, nix) => {
    const problem = findProblem({ ...image, config })
    expect(problem?.message).toBe(`config.${message}`)
    expect(problem?.suggestion).toBe(nix && `\`${nix}\``)
  })
})

test.each([
  [{ created: 'yesterday' }, 'created is "yesterday", but must be a time such as 1970-01-01T00:00:01Z'],
  [{ created: '' }, 'created is "", but must be a time such as 1970-01-01T00:00:01Z'],
  [{ created: 0 }, 'created is 0, but must be a time such as 1970-01-01T00:00:01Z'],
  [{ config: [] }, 'config is [], but must be an attribute set'],
  [{ author: {} }, 'author is {}, but must be a string'],
  [{ history: {} }, 'history is {}, but must be a list'],
  [{ history: [{ comment: 7 }] }, 'history[0].comment is 7, but must be a string'],
  [{ history: [{}, 'x'] }, 'history[1] is "x", but must be an object'],
])('%j is rejected', (fields, message) => {
  expect(findProblem({ ...image, ...fields })?.message).toBe(message)
})

test('all wrong fields are listed, and control characters are escaped', () => {
  const problem = findProblem({ ...image, config: { User: 1, Labels: { '\u001b[2J': 2 } } })
  expect(problem?.message).toBe(
    'config.User is 1, but must be a string; "config.Labels.\\u001b[2J" is 2, but must be a string',
  )
  expect(problem?.fields).toHaveLength(2)
})
