import type { Host } from '../../host/host.js'
import type { NixContext } from '../../nix/nix.js'
import { exec } from '../../util/exec.js'
import { runShortProgram } from '../../util/run-short-program.js'

export function nixContextOf({ env, isFlakeUntrusted = false }: Host): NixContext {
  return { exec, execShort: runShortProgram, env, uid: process.getuid?.(), isFlakeUntrusted }
}
