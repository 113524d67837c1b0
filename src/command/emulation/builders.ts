import { readFile } from 'node:fs/promises'

/**
 * The systems that remote builders offer, from the `builders` setting: machine lines divided by newlines or `;`, whose
 * second field lists systems with commas (`-` stands for `ownSystem`), or `@file` for a file of such lines. A file
 * that cannot be read offers nothing: the setting names one that need not exist.
 */
export async function builderSystems(builders: string, ownSystem: string): Promise<ReadonlySet<string>> {
  const lines = await linesOf(builders)
  return new Set(lines.flatMap(line => systemsOf(line, ownSystem)))
}

async function linesOf(setting: string): Promise<string[]> {
  const lines = split(setting).map(async line => (line.startsWith('@') ? read(line.slice(1).trim()) : [line]))
  return (await Promise.all(lines)).flat()
}

function split(text: string): string[] {
  const lines = text.split(/[\n;]/).map(line => line.replace(/#.*$/, '').trim())
  return lines.filter(Boolean)
}

async function read(path: string): Promise<string[]> {
  return split(await readFile(path, 'utf8').catch(() => ''))
}

function systemsOf(line: string, ownSystem: string): string[] {
  const [, systems = '-'] = line.split(/\s+/)
  return systems === '-' ? [ownSystem] : systems.split(',').filter(Boolean)
}
