import type { Host } from '../../host/host.js'
import { type Container, chooseVariant, type Need, variantsOf } from '../../nix/container.js'
import { parseDryRun, runDryRun } from '../../nix/dry-run.js'
import type { Nix } from '../../nix/nix.js'
import { lastErrorOf } from '../../nix/parse-log-lines.js'
import { extraCacheOptions } from './nix-build.js'

interface ChooserOptions {
  readonly nix: Nix
  readonly host: Pick<Host, 'log' | 'signal'>
  /** True if this machine can make the image from a variant that is not the image itself. */
  readonly canUse: (variant: Container) => Promise<boolean>
  /** Command line options of Nix for every build. */
  readonly nixOptions: readonly string[]
  /** Store URIs of binary caches that are used in addition to Nix's settings. */
  readonly extraCaches: readonly string[]
}

/**
 * Makes a function that returns the variant of a container to build. Its first call asks Nix once, for all containers that have
 * several variants. If Nix cannot answer, the preferred variant is built.
 */
export function createVariantChooser(
  containers: readonly Container[],
  options: ChooserOptions,
): (container: Container) => Promise<Container> {
  let chosen: Promise<ReadonlyMap<Container, Container>> | undefined
  return async container => {
    chosen ??= chooseVariants(containers, options)
    return (await chosen).get(container) ?? container
  }
}

async function chooseVariants(
  containers: readonly Container[],
  options: ChooserOptions,
): Promise<ReadonlyMap<Container, Container>> {
  const usable: Variants[] = []
  for (const container of containers) usable.push(await listUsableVariants(container, options))
  const needOf = await readNeeds(
    usable.filter(variants => variants.length > 1),
    options,
  )
  return new Map(containers.map((container, n) => [container, chooseVariant(usable[n] as Variants, needOf)]))
}

type Variants = ReturnType<typeof variantsOf>

async function listUsableVariants(container: Container, { canUse }: ChooserOptions): Promise<Variants> {
  const usable: Container[] = []
  for (const variant of variantsOf(container))
    if (variant === container || (await canUse(variant))) usable.push(variant)
  const [first = container, ...others] = usable
  return [first, ...others]
}

async function readNeeds(
  choices: readonly Variants[],
  { nix, host, nixOptions, extraCaches }: ChooserOptions,
): Promise<(variant: Container) => Need> {
  const unknown = (): Need => 'build'
  if (choices.length === 0) return unknown
  const options = [...nixOptions, ...extraCacheOptions(extraCaches)]
  const result = await runDryRun(nix, choices.flat(), { options, signal: host.signal })
  if (result.code === 0) return parseDryRun(result).needOf
  host.log.debug(`Nix cannot say what is cached: ${lastErrorOf(result)}`)
  return unknown
}
