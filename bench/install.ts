import { type Check, isNothing } from './check.js'
import { REPOSITORY } from './machine.js'
import { HAS_OFFICIAL } from './release.js'
import type { Contestant, Scenario } from './scenario.js'

const lines = (...parts: readonly string[]): string => parts.join('\n')

const FIND_NIX = 'PATH=$(echo /nix/store/*-nix-[0-9]*)/bin:$PATH'

/** Nix starts, and its store path is valid. */
const STARTS = lines(FIND_NIX, 'nix --version', 'nix-store --check-validity /nix/store/*-nix-[0-9]*')

/** The daemon builds as a build user in a sandbox that hides the system's files. */
const BUILDS_IN_SANDBOX = lines(
  STARTS,
  'for _ in $(seq 100); do [ ! -S /nix/var/nix/daemon-socket/socket ] || break; sleep 0.05; done',
  `NIX_REMOTE=daemon nix-build --no-out-link --option substituters '' ${REPOSITORY}/bench/sandboxed.nix \\
    --argstr busybox /nix/store/*-busybox-static | xargs cat | grep -x sandboxed`,
)

const check =
  (script: string): Check =>
  async ({ place }) => {
    place?.run(script)
    return {}
  }

const SETUP = 'nix-multiarch setup --nix-url $RELEASE_URL --nix-sha256 $RELEASE_SHA256'

const download = lines(
  'curl -fsSL $RELEASE_URL -o nix.tar.xz',
  'echo "$RELEASE_SHA256  nix.tar.xz" | sha256sum --check --quiet',
  'mkdir unpack',
  'tar -xJf nix.tar.xz -C unpack',
)

/** The steps of nix-quick-install: unpack, write the configuration, load the database, install a profile. */
const quickInstall = (unpack: string): string =>
  lines(
    unpack,
    'mkdir -p ~/.config/nix /nix/var/nix',
    'echo "experimental-features = nix-command flakes" > ~/.config/nix/nix.conf',
    'nix=$(echo /nix/store/*-nix-[0-9]*)',
    '$nix/bin/nix-store --load-db < /nix/.reginfo',
    'MANPATH= . $nix/etc/profile.d/nix.sh',
    '$nix/bin/nix-env -i $nix',
  )

const OFFICIAL: readonly Contestant[] = [
  {
    name: 'official script, --daemon, as root',
    place: 'root',
    script: lines(download, 'unpack/*/install --daemon --yes --no-channel-add'),
    check: check(BUILDS_IN_SANDBOX),
  },
  {
    name: 'official script, --no-daemon',
    place: 'owner',
    script: lines(download, 'unpack/*/install --no-daemon --yes --no-channel-add'),
    check: check(STARTS),
  },
]

export const INSTALL: Scenario = {
  name: 'install',
  title: 'Install Nix on a machine without Nix',
  about:
    'All use the same release tarball from a loopback server and an empty /nix. After ours and the official script with `--daemon`, a build in the sandbox through the daemon checks the result, untimed; the others have no daemon and no sandbox. A stand-in for systemd starts the daemon of the official script. CPU time and memory do not include daemons. nix-quick-install downloads its own archive, compressed with zstd; its steps are shown with both archives. The row that only downloads and unpacks is a lower limit, because the release tarball can only be unpacked on one processor.',
  release: true,
  contestants: [
    { name: 'nix-multiarch setup, as root', place: 'root', script: SETUP, check: check(BUILDS_IN_SANDBOX) },
    { name: 'nix-multiarch setup, with sudo', place: 'sudo', script: SETUP, check: check(BUILDS_IN_SANDBOX) },
    ...(HAS_OFFICIAL ? OFFICIAL : []),
    {
      name: 'steps of nix-quick-install, from the tarball',
      place: 'owner',
      script: quickInstall(
        'curl -sL --retry 3 $RELEASE_URL | tar --skip-old-files --strip-components 1 -xJ -C /nix',
      ),
      check: check(STARTS),
    },
    {
      name: 'only download and unpack',
      place: 'root',
      script: 'curl -fsSL $RELEASE_URL | tar -xJ -C /nix',
      check: isNothing,
    },
    {
      name: 'steps of nix-quick-install, from its own archive',
      place: 'owner',
      script: quickInstall(
        'curl -sL --retry 3 $ZSTD_URL | tar --skip-old-files --strip-components 1 -x -I unzstd -C /nix',
      ),
      check: check(STARTS),
    },
  ],
}
