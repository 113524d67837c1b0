import { arePushed } from './pushed.js'
import type { Contestant, Scenario } from './scenario.js'
import { BOTH, CRANE, fullScript, lines, podman, type Source, skopeo, type Way } from './ways.js'

const NAMES = Array.from({ length: 50 }, (_, at) => `c${String(at + 1).padStart(2, '0')}`)
const LAYERS = 13

const NAME = '$name'
const ONE: Source = {
  flake: '$FIFTY_FLAKE',
  container: NAME,
  archives: [`$FIFTY/${NAME}-amd64.tar`, `$FIFTY/${NAME}-arm64.tar`],
}

const indent = (text: string): string => text.replace(/^/gm, '  ')

const check = arePushed(NAMES, LAYERS)

/** Pushes one container after another, as scripts do. */
const oneByOne = (way: Way): Contestant => ({
  name: `${way.name}, for each`,
  script: fullScript(
    way,
    lines('for name in $(seq -f c%02.0f 50); do', indent(way.script(ONE, `$REGISTRY/fifty/${NAME}`)), 'done'),
  ),
  check,
  ...(way.peer && { peer: way.peer }),
})

export const FIFTY: Scenario = {
  name: 'push-fifty',
  title: 'Push fifty containers that share all layers but one',
  about:
    'Two systems, each image with 13 layers and about 45 MB, uncompressed. All containers of a system share twelve layers. Pushed to an empty registry, each container to a separate repository.',
  registry: 'fresh',
  contestants: [
    {
      name: 'nix-multiarch publish',
      script: `nix-multiarch publish --flake $FIFTY_FLAKE ${BOTH} --image "$REGISTRY/fifty/{name}"`,
      check,
    },
    ...[skopeo(), CRANE, podman('', NAME)].map(oneByOne),
  ],
}
