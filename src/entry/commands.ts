import type { Built } from '../command/built.js'
import type { Merged } from '../command/merged.js'
import type { Host } from '../host/host.js'
import type { Request } from '../input/args.js'
import { type InputSource, readInputs } from '../input/input.js'
import { BUILD_INPUTS, INSPECT_INPUTS, MERGE_INPUTS, PUBLISH_INPUTS } from '../input/inputs.js'

export interface Surroundings {
  readonly host: Host
  readonly signal: AbortSignal
  readonly readPassword: () => Promise<string>
}

/** Runs one command of the command line and gives what goes to standard output. Each command is loaded only when it is run. */
export async function runCommand(
  { command, source, operands }: Extract<Request, { kind: 'run' }>,
  { host, signal, readPassword }: Surroundings,
): Promise<string> {
  switch (command) {
    case 'build': {
      const inputs = readInputs(BUILD_INPUTS, source)
      const { build } = await import('../command/build.js')
      return shown(await build(inputs, host, signal), inputs.json, builtLines)
    }
    case 'merge': {
      const inputs = readInputs(MERGE_INPUTS, await withPassword(source, host, readPassword))
      const { merge } = await import('../command/merge.js')
      return shown(await merge(inputs, host, signal), inputs.json, mergedLines)
    }
    case 'publish': {
      const inputs = readInputs(PUBLISH_INPUTS, await withPassword(source, host, readPassword))
      const { publish } = await import('../command/publish.js')
      const { built, merged } = await publish(inputs, host, signal)
      return inputs.json ? toJson({ built, merged }) : mergedLines(merged)
    }
    case 'inspect': {
      const inputs = readInputs(INSPECT_INPUTS, await withPassword(source, host, readPassword))
      const [{ inspect }, { renderTree }] = await Promise.all([
        import('../command/inspect.js'),
        import('../command/tree-text.js'),
      ])
      const trees = await inspect(operands[0] ?? '', inputs, host)
      return shown(trees, inputs.json, all => all.map(renderTree).join('\n'))
    }
  }
}

/** Standard input stands in for the input that has no flag: an argument list can be seen by every user of a machine. */
async function withPassword(
  source: InputSource,
  host: Host,
  read: () => Promise<string>,
): Promise<InputSource> {
  if (source('password-stdin') === undefined) return source
  const password = (await read()).replace(/\r?\n$/, '')
  host.secret(password)
  return name => (name === 'password' ? password : source(name))
}

function shown<T>(result: T, json: boolean, lines: (result: T) => string): string {
  return json ? toJson(result) : lines(result)
}

function toJson(result: unknown): string {
  return JSON.stringify(result, undefined, 2)
}

function builtLines(built: readonly Built[]): string {
  return built.map(({ file }) => file).join('\n')
}

function mergedLines(merged: readonly Merged[]): string {
  return merged
    .flatMap(({ archive, digest, pushed }) => [
      ...(archive === undefined ? [] : [`${archive} ${digest}`]),
      ...pushed.map(({ image }) => image),
    ])
    .join('\n')
}
