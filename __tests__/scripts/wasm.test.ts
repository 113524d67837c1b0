import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type ExecResult, exec } from '../../src/util/exec.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wasm-'))
  mkdirSync(join(folder, 'scripts'))
  mkdirSync(at('native'), { recursive: true })
  mkdirSync(join(folder, 'bin'))
  symlinkSync('/bin/sh', join(folder, 'bin/sh'))
  copyFileSync('scripts/wasm.js', join(folder, 'scripts/wasm.js'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  for (const name of ['inflate', 'deflate']) writeFileSync(at(`native/${name}.c`), `int ${name};\n`)
})
afterEach(() => rmSync(folder, { recursive: true }))

function at(name: string): string {
  return join(folder, 'src/image/format', name)
}

/** A stand-in for clang, whose output depends on `code` alone. The last two arguments are the output and the source. */
function installClang(version: string, code: string): void {
  const program = join(folder, 'bin/clang')
  const script = `#!/bin/sh
if [ "$1" = --version ]; then echo 'Debian clang version ${version}'; exit; fi
while [ $# -gt 2 ]; do shift; done
echo '${code}' >"$1"
`
  writeFileSync(program, script)
  chmodSync(program, 0o755)
}

function run(...args: string[]): Promise<ExecResult> {
  return exec(process.execPath, [join(folder, 'scripts/wasm.js'), ...args], {
    env: { NODE_OPTIONS: undefined, PATH: join(folder, 'bin') },
  })
}

test('--check accepts the files that it wrote', async () => {
  installClang('14.0.6', 'code')
  expect(await run()).toMatchObject({ code: 0, stderr: '' })
  expect(readFileSync(at('inflate-wasm.ts'), 'utf8')).toContain(Buffer.from('code\n').toString('base64'))
  expect(await run('--check')).toMatchObject({
    code: 0,
    stdout: 'The WebAssembly matches the C sources\n',
    stderr: '',
  })
})

test('--check names each file that the compiler would write in another way, and writes nothing', async () => {
  installClang('14.0.6', 'code')
  await run()
  // The C source and its hash stay the same.
  const changed = readFileSync(at('deflate-wasm.ts'), 'utf8').replace(/'\w/, "'A")
  writeFileSync(at('deflate-wasm.ts'), changed)
  expect(await run('--check')).toMatchObject({
    code: 1,
    stdout: '',
    stderr:
      'src/image/format/deflate-wasm.ts differs from what its C source gives\n' +
      'Run `node scripts/wasm.js` and commit src/image/format.\n',
  })
  expect(readFileSync(at('deflate-wasm.ts'), 'utf8')).toBe(changed)
})

test('--check fails if a C source was changed and not compiled', async () => {
  installClang('14.0.6', 'code')
  await run()
  writeFileSync(at('native/inflate.c'), 'int other;\n')
  const { code, stderr } = await run('--check')
  expect(code).toBe(1)
  expect(stderr).toMatch(/^src\/image\/format\/inflate-wasm\.ts differs/)
})

test.each([
  ['another version of clang', '19.1.7', 'the installed clang is 19.1.7'],
  ['a missing clang', undefined, 'clang is not installed'],
])('%s is an error that names the version', async (_, version, found) => {
  if (version !== undefined) installClang(version, 'code')
  for (const args of [[], ['--check']])
    expect(await run(...args)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `${found}. The WebAssembly needs clang and lld 14.0.6: see src/image/format/native/README.md\n`,
    })
})
