import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transform } from '@swc/core'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Translates folders of our sources to JavaScript, for tests that run them in a separate process. The result is in `src` of
 * the target folder, next to a link to the installed packages.
 */
export async function translateSources(target: string, folders: readonly string[]): Promise<void> {
  await writeFile(join(target, 'package.json'), '{"type":"module","version":"0.0.0"}')
  await symlink(join(ROOT, 'node_modules'), join(target, 'node_modules'))
  for (const folder of folders) {
    const from = join(ROOT, 'src', folder)
    await mkdir(join(target, 'src', folder), { recursive: true })
    for (const name of (await readdir(from)).filter(each => each.endsWith('.ts'))) {
      const file = join(target, 'src', folder, name.replace(/\.ts$/, '.js'))
      await writeFile(file, await translate(join(from, name)))
    }
  }
}

async function translate(file: string): Promise<string> {
  const { code } = await transform(await readFile(file, 'utf8'), {
    jsc: {
      parser: { syntax: 'typescript' },
      target: 'es2023',
      experimental: { keepImportAttributes: true },
    },
    module: { type: 'es6' },
  })
  return code
}
