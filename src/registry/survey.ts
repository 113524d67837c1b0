import { mapLimit } from '../util/async.js'
import { REQUESTS_AT_ONCE } from './client.js'
import { blobsToAsk, manifestsToAsk, type Question } from './push-plan.js'
import type { PushRun } from './push-session.js'

/** Looks are cheap beside uploads. */

/** Finds out what is not known of what is there, in as few requests as that takes. */
export async function survey(run: PushRun): Promise<void> {
  await ask(run, manifestsToAsk(run.orders, run.census), (repository, digest) =>
    repository.hasManifest(digest),
  )
  await ask(run, blobsToAsk(run.orders, run.census), (repository, digest) => repository.hasBlob(digest))
}

async function ask(
  run: PushRun,
  questions: readonly Question[],
  look: (repository: ReturnType<PushRun['repository']>, digest: Question['digest']) => Promise<boolean>,
): Promise<void> {
  await mapLimit(questions, REQUESTS_AT_ONCE, ({ place, digest }) =>
    run.guarded(async () => {
      run.census.tell(place, digest, await look(run.repository(place), digest))
    }),
  )
}
