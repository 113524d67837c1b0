import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { parseReference } from '../../src/oci/reference.js'
import { type CredentialSources, credentialResolver } from '../../src/registry/credentials.js'
import { failureOf } from './fixture.js'

let home = ''
let secrets: string[] = []

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'credentials-'))
  secrets = []
})
afterEach(() => rm(home, { recursive: true }))

const base64 = (text: string): string => Buffer.from(text).toString('base64')

async function write(path: string, content: unknown): Promise<string> {
  const file = join(home, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

/** A credential helper that writes its standard input to the file `asked`. */
async function helper(name: string, script: string): Promise<void> {
  const file = await write(
    `docker-credential-${name}`,
    `#!/bin/sh\n[ "$*" = get ] || exit 9\ncat > '${home}/asked'\n${script}\n`,
  )
  await chmod(file, 0o755)
}

function find(reference: string, sources: Partial<CredentialSources> = {}) {
  const onSecret = (value: string) => void secrets.push(value)
  // Helpers are in the folder of the test.
  const env = { HOME: home, PATH: `${home}:${process.env.PATH}`, ...sources.env }
  return credentialResolver({ onSecret, ...sources, env })(parseReference(reference))
}

describe('sources', () => {
  const githubToken = { actor: 'octocat', token: 'ghs_1' }
  const explicit = { registry: 'ghcr.io', username: 'me', password: 'given' }

  test('without credentials, access is anonymous', async () => {
    expect(await find('ghcr.io/o/i')).toBeUndefined()
    expect(secrets).toEqual([])
  })

  test('explicit credentials come before files, and files before the workflow token', async () => {
    const file = await write('.docker/config.json', { auths: { 'ghcr.io': { auth: base64('file:secret') } } })
    const all = { explicit, githubToken }
    expect(await find('ghcr.io/o/i', all)).toEqual({
      kind: 'basic',
      username: 'me',
      password: 'given',
      source: 'the given username and password',
    })
    expect(await find('ghcr.io/o/i', { githubToken })).toEqual({
      kind: 'basic',
      username: 'file',
      password: 'secret',
      source: file,
    })
    await rm(file)
    expect(await find('ghcr.io/o/i', { githubToken })).toEqual({
      kind: 'basic',
      username: 'octocat',
      password: 'ghs_1',
      source: 'GITHUB_TOKEN',
    })
    expect(secrets).toEqual([
      ...['given', base64('me:given')],
      ...['secret', base64('file:secret')],
      ...['ghs_1', base64('octocat:ghs_1')],
    ])
  })

  test('explicit credentials are used for their registry only', async () => {
    expect(await find('quay.io/o/i', { explicit })).toBeUndefined()
    const hub = { ...explicit, registry: 'index.docker.io' }
    expect(await find('o/i', { explicit: hub })).toMatchObject({ password: 'given' })
  })

  test.each(['docker.io/o/i', 'localhost:5000/o/i', 'ghcr.io.example/o/i', 'ghcr.io:444/o/i'])(
    'the workflow token never goes to %s',
    async reference => {
      expect(await find(reference, { githubToken })).toBeUndefined()
    },
  )
})

describe('files', () => {
  const auths = (user: string) => ({ auths: { 'quay.io': { auth: base64(`${user}:pw`) } } })

  test('are read in their order', async () => {
    const env = {
      HOME: home,
      DOCKER_CONFIG: join(home, 'docker'),
      REGISTRY_AUTH_FILE: join(home, 'named.json'),
      XDG_RUNTIME_DIR: join(home, 'run'),
    }
    const files = ['run/containers/auth.json', 'docker/config.json', 'named.json']
    for (const file of files) {
      await write(file, auths(file))
      expect(await find('quay.io/o/i', { env })).toMatchObject({ username: file, source: join(home, file) })
    }
  })

  test('DOCKER_CONFIG replaces ~/.docker', async () => {
    await write('.docker/config.json', auths('home'))
    expect(await find('quay.io/o/i', { env: { HOME: home, DOCKER_CONFIG: home } })).toBeUndefined()
  })

  test.each([
    ['ghcr.io', 'ghcr.io/o/i'],
    ['https://ghcr.io', 'ghcr.io/o/i'],
    ['https://ghcr.io/v2/', 'ghcr.io/o/i'],
    ['https://index.docker.io/v1/', 'docker.io/o/i'],
    ['docker.io', 'o/i'],
    ['localhost:5000', 'localhost:5000/i'],
    ['ghcr.io/o', 'ghcr.io/o/i'],
    ['ghcr.io/o/i', 'ghcr.io/o/i'],
  ])('the key %s matches %s', async (key, reference) => {
    await write('.docker/config.json', { auths: { [key]: { auth: base64('a:b') } } })
    expect(await find(reference)).toMatchObject({ username: 'a', password: 'b' })
    expect(await find('registry.example/o/i')).toBeUndefined()
    expect(await find('ghcr.io.example/o/i')).toBeUndefined()
  })

  test('the most specific key wins', async () => {
    const keys = ['ghcr.io', 'ghcr.io/o', 'ghcr.io/o/i']
    const entries = keys.map(key => [key, { username: key, password: 'x' }])
    await write('.docker/config.json', { auths: Object.fromEntries(entries) })
    expect(await find('ghcr.io/o/i')).toMatchObject({ username: 'ghcr.io/o/i' })
    expect(await find('ghcr.io/o/other')).toMatchObject({ username: 'ghcr.io/o' })
    expect(await find('ghcr.io/other/i')).toMatchObject({ username: 'ghcr.io' })
  })

  test.each([
    [{ auth: base64('user:pa:ss') }, { kind: 'basic', username: 'user', password: 'pa:ss' }],
    [{ auth: base64('user:pass\0\0') }, { kind: 'basic', username: 'user', password: 'pass' }],
    [
      { username: 'u', password: 'p' },
      { kind: 'basic', username: 'u', password: 'p' },
    ],
    [
      { auth: base64('<token>:'), identitytoken: 'refresh' },
      { kind: 'identity', token: 'refresh' },
    ],
    [{}, undefined],
  ])('the entry %j is read', async (entry, expected) => {
    const file = await write('.docker/config.json', { auths: { 'ghcr.io': entry } })
    expect(await find('ghcr.io/o/i')).toEqual(expected && { ...expected, source: file })
  })

  test.each([
    ['{"auths": {"ghcr.io": {"auth": "c2VjcmV0', 'it is not JSON'],
    ['["c2VjcmV0"]', 'it is not an object'],
    ['{"auths": "c2VjcmV0"}', 'auths is not an object'],
    ['{"auths": {"ghcr.io": "c2VjcmV0"}}', 'auths["ghcr.io"] is not an object'],
    [
      '{"auths": {"ghcr.io": {"auth": "c2VjcmV0"}}}',
      'auth of auths["ghcr.io"] is not the base64 of user:password',
    ],
    [
      '{"auths": {"ghcr.io": {"auth": "!c2VjcmV0"}}}',
      'auth of auths["ghcr.io"] is not the base64 of user:password',
    ],
    [
      '{"auths": {"ghcr.io": {"identitytoken": ["c2VjcmV0"]}}}',
      'identitytoken of auths["ghcr.io"] is not a string',
    ],
    ['{"credHelpers": {"ghcr.io": 1}}', 'credHelpers["ghcr.io"] is not a string'],
  ])('the error for an invalid file names it and does not quote it: %s', async (content, why) => {
    const file = await write('.docker/config.json', content)
    const failure = await failureOf(find('ghcr.io/o/i'))
    expect(failure).toMatchObject({
      name: 'UserError',
      message: `the credentials file ${file} is invalid: ${why}`,
    })
    expect(JSON.stringify([failure.message, String(failure.cause)])).not.toContain('c2VjcmV0')
  })

  test.each([
    ['a folder in place of a file', /: it is a folder$/, (file: string) => mkdir(file)],
    ['a file that cannot be opened', /: ELOOP/, (file: string) => symlink('config.json', file)],
  ])('%s is reported once, and the next file is read', async (_, reason, create) => {
    const file = join(home, '.docker/config.json')
    await mkdir(dirname(file), { recursive: true })
    await create(file)
    await write('.config/containers/auth.json', { auths: { 'ghcr.io': { auth: base64('me:secret') } } })
    const problems: string[] = []
    const resolve = credentialResolver({
      env: { HOME: home },
      runFolder: home,
      onProblem: message => problems.push(message),
    })
    for (const name of ['ghcr.io/o/i', 'ghcr.io/o/j'])
      expect(await resolve(parseReference(name))).toMatchObject({ username: 'me' })
    expect(problems).toEqual([expect.stringMatching(reason)])
    expect(problems[0]).toContain(
      `The credentials file ${file} cannot be read, so its credentials are not used: `,
    )
  })

  const uid = process.getuid?.()
  const login = { auths: { 'ghcr.io': { auth: base64('me:secret') } } }

  test.each([
    [`containers/${uid}/auth.json`, {}],
    [`user/${uid}/containers/auth.json`, {}],
    ['.config/containers/auth.json', {}],
    ['config/containers/auth.json', { XDG_CONFIG_HOME: 'config' }],
    ['runtime/containers/auth.json', { XDG_RUNTIME_DIR: 'runtime' }],
    ['docker/config.json', { DOCKER_CONFIG: 'docker' }],
    ['any.json', { REGISTRY_AUTH_FILE: 'any.json' }],
  ])('%s is read; variables: %j', async (path, variables) => {
    const source = await write(path, login)
    const env = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [name, join(home, value)]),
    )
    expect(await find('ghcr.io/o/i', { env: { HOME: home, ...env }, runFolder: home })).toMatchObject({
      username: 'me',
      source,
    })
  })

  test('DOCKER_AUTH_CONFIG comes before the files', async () => {
    await write('.docker/config.json', { auths: { 'ghcr.io': { auth: base64('file:secret') } } })
    const env = { HOME: home, DOCKER_AUTH_CONFIG: JSON.stringify(login) }
    expect(await find('ghcr.io/o/i', { env })).toMatchObject({ username: 'me', source: 'DOCKER_AUTH_CONFIG' })
    expect(await failureOf(find('ghcr.io/o/i', { env: { DOCKER_AUTH_CONFIG: '{c2VjcmV0' } }))).toMatchObject({
      message: 'the credentials variable DOCKER_AUTH_CONFIG is invalid: it is not JSON',
      hint: expect.stringContaining('or unset it'),
    })
  })

  test.each(['', '{}', '{"auths": null}'])('%j contains no credentials', async content => {
    await write('.docker/config.json', content)
    expect(await find('ghcr.io/o/i')).toBeUndefined()
  })
})

describe('helpers', () => {
  const asked = (): Promise<string> => readFile(join(home, 'asked'), 'utf8')

  test('a registry-specific helper is used', async () => {
    await helper('ours', `echo '{"ServerURL":"ghcr.io","Username":"u","Secret":"s"}'`)
    await write('.docker/config.json', { credHelpers: { 'ghcr.io': 'ours' }, credsStore: 'absent' })
    expect(await find('ghcr.io/o/i')).toEqual({
      kind: 'basic',
      username: 'u',
      password: 's',
      source: 'docker-credential-ours',
    })
    expect(await asked()).toBe('ghcr.io')
    expect(secrets).toEqual(['s', base64('u:s')])
  })

  test('the general helper is used; Docker Hub has its old name there', async () => {
    await helper('store', `echo '{"Username":"<token>","Secret":"refresh"}'`)
    await write('.docker/config.json', { credsStore: 'store', auths: { 'https://index.docker.io/v1/': {} } })
    expect(await find('o/i')).toMatchObject({ kind: 'identity', token: 'refresh' })
    expect(await asked()).toBe('https://index.docker.io/v1/')
  })

  test("if a helper has no credentials, the file's entries are used, then the next source", async () => {
    await helper('store', 'echo "credentials not found in native keychain"; exit 1')
    await write('.docker/config.json', {
      credsStore: 'store',
      auths: { 'quay.io': { auth: base64('in:file') } },
    })
    expect(await find('quay.io/o/i')).toMatchObject({ username: 'in' })
    expect(await find('ghcr.io/o/i', { githubToken: { actor: 'a', token: 't' } })).toMatchObject({
      username: 'a',
    })
  })

  test.each([
    ['echo "the keychain is locked" >&2; exit 1', 'exit code 1: the keychain is locked'],
    ['echo \'{"Secret":"hush"}\'', 'its output does not contain Username and Secret'],
    ['echo hush', 'its output does not contain Username and Secret'],
  ])('a failing helper is an error: %s', async (script, why) => {
    await helper('store', script)
    await write('.docker/config.json', { credsStore: 'store' })
    const failure = await failureOf(find('ghcr.io/o/i'))
    expect(failure.message).toBe(`docker-credential-store failed to get the credentials for ghcr.io: ${why}`)
  })

  test('a missing registry-specific helper is an error', async () => {
    await write('.docker/config.json', { credHelpers: { 'ghcr.io': 'absent' } })
    expect((await failureOf(find('ghcr.io/o/i'))).message).toMatch(/docker-credential-absent was not found$/)
  })

  test('a missing general helper has no credentials', async () => {
    await write('.docker/config.json', {
      credsStore: 'absent',
      auths: { 'quay.io': { auth: base64('in:file') } },
    })
    expect(await find('quay.io/o/i')).toMatchObject({ username: 'in' })
    expect(await find('localhost:5000/i')).toBeUndefined()
  })

  test.each(['../store', 'a b', 'a\0b', ''.padEnd(300, 'x')])('the helper name %j is refused', async name => {
    const file = await write('.docker/config.json', { credsStore: name })
    const failure = await failureOf(find('ghcr.io/o/i'))
    expect(failure).toMatchObject({ name: 'UserError' })
    expect(failure.message).toBe(
      `the credentials file ${file} is invalid: credsStore is not the name of a credential helper`,
    )
  })

  test('a helper gets the variables that helpers need, and no token of the job', async () => {
    await helper('env', `env > '${home}/variables'; echo '{"Username":"u","Secret":"s"}'`)
    await write('.docker/config.json', { credsStore: 'env' })
    const needed = {
      AWS_SESSION_TOKEN: 'aws-session',
      GOOGLE_APPLICATION_CREDENTIALS: '/adc.json',
      CLOUDSDK_CONFIG: '/gcloud',
      AZURE_CLIENT_SECRET: 'azure-secret',
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/bus',
      WAYLAND_DISPLAY: 'wayland-0',
      PASSWORD_STORE_DIR: '/pass',
      GNUPGHOME: '/gnupg',
      XDG_RUNTIME_DIR: '/run/user/1',
      https_proxy: 'http://proxy:3128',
      NO_PROXY: 'localhost',
      SSL_CERT_FILE: '/ca.pem',
    }
    const secret = {
      GITHUB_TOKEN: 'x',
      GH_TOKEN: 'x',
      GITHUB_ENV: 'x',
      GITHUB_OUTPUT: 'x',
      ACTIONS_RUNTIME_TOKEN: 'x',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x',
      CACHIX_AUTH_TOKEN: 'x',
      CACHIX_SIGNING_KEY: 'x',
      NIX_MULTIARCH_PASSWORD: 'x',
      INPUT_PASSWORD: 'x',
      NPM_TOKEN: 'x',
      NIX_CONFIG: 'x',
      MY_AWS_TOKEN: 'x',
    }
    await find('ghcr.io/o/i', { env: { ...needed, ...secret } })
    const lines = (await readFile(join(home, 'variables'), 'utf8')).split('\n')
    expect(lines).toEqual(
      expect.arrayContaining(Object.entries(needed).map(([name, value]) => `${name}=${value}`)),
    )
    expect(lines).toContain(`HOME=${home}`)
    for (const name of Object.keys(secret)) expect(lines).not.toContain(`${name}=x`)
  })

  test('secrets in the variables of a helper are masked before it runs', async () => {
    await helper('store', 'echo "wrong key $AWS_SECRET_ACCESS_KEY" >&2; exit 1')
    await write('.docker/config.json', { credsStore: 'store' })
    await failureOf(find('ghcr.io/o/i', { env: { AWS_SECRET_ACCESS_KEY: 'aws-key', AWS_REGION: 'eu-1' } }))
    expect(secrets).toEqual(['aws-key'])
  })

  test.each([
    ['a failure after the credential', `echo '{"Username":"u","Secret":"hush"}'; exit 1`],
    ['a credential as a message', `echo '{"secret" : "hush"}' >&2; exit 1`],
    ['an address with a password', 'echo "GET https://me:hush@host/x: 401" >&2; exit 1'],
    ['an address with a token', 'echo "GET https://host/x?token=hush failed" >&2; exit 1'],
  ])('an error does not contain %s', async (_what, script) => {
    await helper('store', script)
    await write('.docker/config.json', { credsStore: 'store' })
    const failure = await failureOf(find('ghcr.io/o/i'))
    expect(failure.message).toContain('exit code 1: ')
    expect(`${failure.message} ${failure.stack}`).not.toContain('hush')
  })

  test('an error has one line without control characters, and at most 300 characters of output', async () => {
    await helper('store', "printf '\\033[31mred\\nline' >&2; printf '%1000s' | tr ' ' x >&2; exit 1")
    await write('.docker/config.json', { credsStore: 'store' })
    const failure = await failureOf(find('ghcr.io/o/i'))
    expect(failure.message).toMatch(/ghcr\.io: exit code 1: red linex{292}…$/)
  })

  test.each([
    ['waits for ever', 'sleep 600'],
    ['ignores signals', "trap '' TERM INT HUP; sleep 600; sleep 600"],
  ])('a helper that %s is ended, with all its processes', async (_what, script) => {
    await helper('store', `sleep 601 & echo $! > '${home}/pid'\n${script}`)
    await write('.docker/config.json', { credsStore: 'store' })
    const failure = await failureOf(find('ghcr.io/o/i', { timeoutMs: 500 }))
    expect(failure.message).toMatch(
      /failed to get the credentials for ghcr\.io: it did not end within 0\.5 s$/,
    )
    await expectEnd(Number(await readFile(join(home, 'pid'), 'utf8')))
  })

  test('a process that a helper leaves behind does not hold its output open, and is ended', async () => {
    const answer = `echo '{"Username":"u","Secret":"s"}'`
    await helper('store', `sleep 602 & echo $! > '${home}/pid'\n${answer}`)
    await write('.docker/config.json', { credsStore: 'store' })
    expect(await find('ghcr.io/o/i')).toMatchObject({ username: 'u', password: 's' })
    await expectEnd(Number(await readFile(join(home, 'pid'), 'utf8')))
  })

  test.each([
    ['standard output', 'exec cat /dev/zero', /wrote more than 64 MiB to standard output$/],
    ['standard error', 'head -c 3000000 /dev/zero | tr "\\0" x >&2; exit 2', /exit code 2: x{300}…$/],
  ])('an endless %s is bounded', async (_what, script, expected) => {
    await helper('store', script)
    await write('.docker/config.json', { credsStore: 'store' })
    expect((await failureOf(find('ghcr.io/o/i'))).message).toMatch(expected)
  })

  test('an abort ends a helper', async () => {
    const abort = new AbortController()
    await helper('store', 'sleep 603')
    await write('.docker/config.json', { credsStore: 'store' })
    const failure = failureOf(find('ghcr.io/o/i', { signal: abort.signal }))
    setTimeout(() => abort.abort(new Error('Stopped by SIGINT')), 200)
    expect((await failure).message).toBe('Stopped by SIGINT')
  })

  /** Waits for the end of a process. A process that nobody waited for is a zombie (state Z). */
  async function expectEnd(pid: number): Promise<void> {
    const state = async (): Promise<string> => {
      const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')
      return text.slice(text.lastIndexOf(')') + 2)[0] ?? ''
    }
    for (let n = 0; n < 50 && (await state()) !== 'Z'; n++) await new Promise(end => setTimeout(end, 20))
    expect(await state()).toBe('Z')
  }
})
