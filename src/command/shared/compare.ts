import type { Host } from '../../host/host.js'
import type { Container } from '../../nix/container.js'
import { IMAGE_NAME } from '../../oci/annotations.js'
import type { GitRef } from '../../tags/subject.js'
import { versionOf } from '../../tags/version-of.js'
import { archiveAnnotations, imageVersion } from './facts.js'
import type { PlannedContainer, PlannedSystem } from './plan-document.js'

/** A container with all its systems, of which it is not decided yet whether it is built. */
export interface Subject extends Pick<PlannedContainer, 'name' | 'imageName' | 'version' | 'systems'> {
  readonly containers: readonly Container[]
}

export interface SubjectOptions {
  readonly ref: GitRef
  /** Of the inputs. */
  readonly version: string | undefined
}

/** Brings what the systems' evaluations gave together by container, sorted by name. */
export function subjectsOf(containers: readonly Container[], options: SubjectOptions, host: Host): Subject[] {
  const names = [...new Set(containers.map(({ name }) => name))].sort()
  const own = new Map<string, Container[]>(names.map(name => [name, []]))
  for (const container of containers) own.get(container.name)?.push(container)
  return [...own].map(([name, all]) => subjectOf(name, all, options, host))
}

function subjectOf(
  name: string,
  containers: readonly Container[],
  { ref, version }: SubjectOptions,
  host: Host,
): Subject {
  const systems = containers.map(
    (container): PlannedSystem => ({
      system: container.system,
      derivation: container.derivation,
      facts: archiveAnnotations(container, host),
    }),
  )
  const own = versionOf(version, imageVersion({ pieces: systems }), ref)
  const imageName = systems[0]?.facts[IMAGE_NAME] ?? name
  return { name, imageName, systems, containers, ...(own !== undefined && { version: own }) }
}
