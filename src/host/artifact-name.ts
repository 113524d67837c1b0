import { UserError } from '../util/error.js'

/** What GitHub does not allow in an artifact's name, with how to show it. */
const FORBIDDEN: ReadonlyMap<string, string> = new Map([
  ...['"', '<', '>', '|', '*', '?', ':', '/', '\\'].map(character => [character, character] as const),
  ['\r', 'a carriage return'],
  ['\n', 'a line feed'],
  ['\0', 'a zero byte'],
])

/** Gives `name` back when it can name an artifact, and so a file in a folder too; throws `UserError` when not. */
export function checkArtifactName(name: string): string {
  const shown = JSON.stringify(name)
  if (['', '.', '..'].includes(name)) throw new UserError(`${shown} cannot be the name of an artifact`)
  const forbidden = [...FORBIDDEN].filter(([character]) => name.includes(character)).map(([, how]) => how)
  if (forbidden.length === 0) return name
  throw new UserError(`${shown} cannot be the name of an artifact: it holds ${forbidden.join(' and ')}`, {
    hint: 'An artifact is named after its file: rename the file.',
  })
}
