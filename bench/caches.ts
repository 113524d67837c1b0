import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Check } from './check.js'
import type { Contestant, Scenario } from './scenario.js'

const isBuilt: Check = async ({ folder }) => {
  const archives = readdirSync(join(folder, 'work/out')).filter(name => name.endsWith('.oci.tar'))
  if (archives.length !== 1) throw new Error(`${archives.length} archives`)
  return {}
}

const action = (variant: string): string => `bash $REPOSITORY/bench/action.sh ${variant}`

const FIRST = action('first')

const asRoot: Pick<Contestant, 'place' | 'check'> = { place: 'root', check: isBuilt }

/** What the caches save from one run of a job to the next: see README.md. */
export const CACHES: Scenario = {
  name: 'caches',
  title: 'The build action on a fresh runner: cold, and with its caches',
  about:
    'From a machine without Nix to the archive, including the post step. The image depends on a derivation that takes some seconds to build and has an output of 32 MB. Nix is downloaded from a loopback server. The caches are stored in a stand-in for GitHub’s service, also on the loopback.',
  release: true,
  contestants: [
    { name: 'cold', script: FIRST, service: 'fresh', ...asRoot },
    { name: 'cold, `cache: false`', script: `CACHE=false ${FIRST}`, service: 'fresh', ...asRoot },
    {
      name: 'store cache: the image changed, its build inputs did not',
      before: FIRST,
      script: action('$(date +%s%N)'),
      service: 'kept',
      ...asRoot,
    },
    { name: 'image cache: nothing changed', before: FIRST, script: FIRST, service: 'kept', ...asRoot },
  ],
}
