import type { ExecResult } from '../util/exec.js'
import type { FoundAnswer, Query, Step } from './evaluation.js'

/** A failed evaluation: of one name, or of the whole flake if `name` is missing. */
export interface FailedStep {
  readonly name?: string
  readonly result: ExecResult
}

/** An attribute that does not evaluate. */
export interface EvaluationFailure {
  readonly name: string
  readonly result: ExecResult
}

export interface StepwiseAnswer {
  readonly answer: FoundAnswer
  readonly failures: readonly EvaluationFailure[]
}

/** Runs one evaluation, and calls `onStep` with each step. */
export type EvaluateQuery = (query: Query, onStep: (step: Step) => void) => Promise<ExecResult>

/** Each failure costs one more evaluation. */
const MAX_FAILURES = 50

/**
 * Evaluates the names of a query one after the other in one process, and starts another process behind each name that fails. So
 * a name that fails in a way that Nix cannot catch does not affect the others. Returns the failed evaluation if no name is to
 * blame, or if too many names fail.
 */
export async function evaluateInSteps(
  query: Query,
  evaluate: EvaluateQuery,
): Promise<StepwiseAnswer | FailedStep> {
  const answers: FoundAnswer[] = []
  const failures: EvaluationFailure[] = []
  let from = 0
  for (;;) {
    let current: { name: string; index: number; count: number } | undefined
    const result = await evaluate({ ...query, from }, step => {
      if (step.kind === 'start') current = step
      else answers.push(step.answer)
    })
    if (result.code === 0) break
    if (current === undefined) return { result }
    if (failures.length === MAX_FAILURES) return { result, name: current.name }
    failures.push({ name: current.name, result })
    from = current.index + 1
    if (from >= current.count) break
  }
  return { answer: joinAnswers(answers), failures }
}

function joinAnswers(answers: readonly FoundAnswer[]): FoundAnswer {
  return {
    kind: 'found',
    containers: answers.flatMap(({ containers }) => containers),
    skipped: answers.flatMap(({ skipped }) => skipped),
    missing: answers.flatMap(({ missing }) => missing),
    others: Object.assign({}, ...answers.map(({ others }) => others)),
    sets: answers.flatMap(({ sets }) => sets),
  }
}
