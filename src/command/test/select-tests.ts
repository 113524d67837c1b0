import type { SmokeTest } from '../../input/parse-tests.js'
import { UserError } from '../../util/error.js'
import { askIfMeant, findSimilar } from '../../util/find-similar.js'
import { nameInput } from '../../util/input-name.js'
import { limitList } from '../../util/text.js'

/** The commands for a container, in the order of the input. */
export function selectCommands(tests: readonly SmokeTest[], container: string): (readonly string[])[] {
  return tests.filter(test => test.container === container).map(({ command }) => command)
}

/** Throws a `UserError` if a test is for a container that does not exist. Called before anything is built. */
export function checkTestNames(
  tests: readonly SmokeTest[],
  containers: readonly { readonly name: string }[],
): void {
  const names = [...new Set(containers.map(({ name }) => name))]
  const unknown = namesOf(tests).find(name => !names.includes(name))
  if (unknown === undefined) return
  throw new UserError(
    `${nameInput('test')} names the container ${unknown}, but the containers are ${limitList(names)}`,
    { hint: askIfMeant(findSimilar(unknown, names)) },
  )
}

/** The containers that have tests, without duplicates. */
export function namesOf(tests: readonly SmokeTest[]): string[] {
  return [...new Set(tests.map(({ container }) => container))]
}
