import { isNothing } from './check.js'
import type { Contestant, Scenario } from './scenario.js'

const FLAKE = 'path:$REPOSITORY/bench/plan'

/** What everybody does who wants to know the derivations of a flake. */
const BARE = [
  `nix --extra-experimental-features "nix-command flakes" eval --json ${FLAKE}#packages \\`,
  "  --apply 'builtins.mapAttrs (_: builtins.mapAttrs (_: container: container.drvPath))'",
].join('\n')

const contestants = (store: string): readonly Contestant[] =>
  [
    ['nix eval', BARE],
    ['nix-multiarch plan', `nix-multiarch plan --flake ${FLAKE}`],
    [
      'nix-multiarch plan, asking a registry for each',
      `nix-multiarch plan --flake ${FLAKE} --image "$REGISTRY/plan/{image}"`,
    ],
  ].map(([name = '', script = '']) => ({
    name,
    script: `export NIX_CONFIG="store = ${store}"\n${script}`,
    check: isNothing,
  }))

const ABOUT =
  'A flake of a hundred containers for two systems, each over twenty derivations; it has no inputs. `nix eval` gives no more than the derivations.'

export const PLAN: readonly Scenario[] = [
  {
    name: 'plan',
    title: 'Plan a hundred containers, with an empty store as on a fresh runner',
    about: `${ABOUT} A plan writes nothing into the store, where \`nix eval\` writes 4,200 derivations.`,
    registry: 'kept',
    contestants: contestants('$PWD/store'),
  },
  {
    name: 'plan-again',
    title: 'The same with a store that has the derivations',
    about: 'What remains is starting up: Nix is called three times more, and Node.js once.',
    registry: 'kept',
    before: `export NIX_CONFIG="store = $KEPT/store"\n${BARE}`,
    contestants: contestants('$KEPT/store'),
  },
]
