import { isNothing } from './check.js'
import type { Contestant, Scenario } from './scenario.js'

const FLAKE = 'path:$REPOSITORY/bench/plan'

/** The usual way to evaluate the derivations of a flake. */
const BARE = [
  `nix --extra-experimental-features "nix-command flakes" eval --json ${FLAKE}#packages \\`,
  "  --apply 'builtins.mapAttrs (_: builtins.mapAttrs (_: container: container.drvPath))'",
].join('\n')

const contestants = (store: string): readonly Contestant[] =>
  [
    ['nix eval', BARE],
    ['nix-multiarch plan', `nix-multiarch plan --flake ${FLAKE}`],
    [
      'nix-multiarch plan, with a registry request for each',
      `nix-multiarch plan --flake ${FLAKE} --image "$REGISTRY/plan/{image}"`,
    ],
  ].map(([name = '', script = '']) => ({
    name,
    script: `export NIX_CONFIG="store = ${store}"\n${script}`,
    check: isNothing,
  }))

const ABOUT =
  'A flake with a hundred containers for two systems, each depending on twenty derivations. The flake has no inputs. `nix eval` prints only the derivations.'

export const PLAN: readonly Scenario[] = [
  {
    name: 'plan',
    title: 'Plan a hundred containers, with an empty store as on a fresh runner',
    about: `${ABOUT} A plan writes nothing to the store; \`nix eval\` writes 4,200 derivations.`,
    registry: 'kept',
    contestants: contestants('$PWD/store'),
  },
  {
    name: 'plan-again',
    title: 'The same with a store that contains the derivations',
    about: 'The difference is start-up time: a plan calls Nix three more times, and Node.js once.',
    registry: 'kept',
    before: `export NIX_CONFIG="store = $KEPT/store"\n${BARE}`,
    contestants: contestants('$KEPT/store'),
  },
]
