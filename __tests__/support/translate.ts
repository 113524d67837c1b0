import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { transform } from '@swc/core'

/**
 * Translates folders of this project to JavaScript, for tests that run our sources in a separate process. The result is in the
 * same folders of `target`, with package.json and a link to the installed packages.
 */
export async function translateSources(target: string, folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    const names = await readdir(folder, { recursive: true })
    for (const name of names.filter(each => each.endsWith('.ts') && !each.endsWith('.test.ts')))
      await translate(join(folder, name), join(target, folder, name.replace(/\.ts$/, '.js')))
  }
  await writeFile(join(target, 'package.json'), await readFile('package.json'))
  await symlink(join(process.cwd(), 'node_modules'), join(target, 'node_modules'))
}

async function translate(from: string, to: string): Promise<void> {
  const { code } = await transform(await readFile(from, 'utf8'), {
    jsc: {
      parser: { syntax: 'typescript' },
      target: 'es2023',
      experimental: { keepImportAttributes: true },
    },
    module: { type: 'es6' },
  })
  await mkdir(dirname(to), { recursive: true })
  await writeFile(to, code)
}
