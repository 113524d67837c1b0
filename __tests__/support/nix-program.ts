import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Container } from '../../src/nix/container.js'
import { detectSystem } from '../../src/nix/detect-system.js'
import { dockerFile } from './archives.js'
import type { TestHost } from './host.js'

/** A word of the shell: the value as JSON. */
export function quoteJson(value: unknown): string {
  return `'${JSON.stringify(value).replaceAll("'", "'\\''")}'`
}

/**
 * Installs a program `nix` on PATH. It has evaluated a flake with these containers for the system of this machine.
 *
 * @param commands what else it does: shell commands by a part of the arguments. The first match is used.
 * @param first lines that run on each call
 */
export function installNix(
  host: TestHost,
  containers: readonly Container[],
  commands: Readonly<Record<string, string>>,
  first: readonly string[] = [],
): TestHost {
  const found = { containers, skipped: [], missing: [], others: {} }
  const settings = { system: { value: detectSystem() }, store: { value: 'daemon' } }
  const script = [
    '#!/bin/sh',
    ...first,
    'case "$*" in',
    '*--version) echo "nix (Nix) 2.34.8" ;;',
    `*" config show "*) echo ${quoteJson(settings)} ;;`,
    `*" eval "*) echo ${quoteJson(found)} ;;`,
    ...Object.entries(commands).map(([part, command]) => `*" ${part} "*) ${command} ;;`),
    'esac',
  ]
  writeFileSync(join(host.temp, 'nix'), `${script.join('\n')}\n`, { mode: 0o755 })
  return { ...host, env: { ...host.env, PATH: `${host.temp}:/usr/bin:/bin` } }
}

/** A command of `installNix` that prints the result of a build: a new docker-archive. */
export function printBuilt(host: TestHost, container: Container): string {
  const outputs = { out: dockerFile(host.temp, container) }
  return `echo ${quoteJson([{ drvPath: container.derivation, outputs }])}`
}
