/** The effect of a fault. */
export type FaultAction =
  | { kind: 'status'; status: number; headers?: Record<string, string>; body?: string }
  /** Breaks the connection after this many bytes of the request body. The request has no effect. */
  | { kind: 'reset'; after?: number }
  /** Never answers. */
  | { kind: 'stall' }
  /** Breaks the connection in the middle of the response body. */
  | { kind: 'cut' }
  /** The request takes effect, but the connection breaks instead of an answer. */
  | { kind: 'lost' }

export interface Fault {
  method?: string
  /** Matched against path and query. */
  path?: RegExp
  /** The number of matching requests to affect. Default: 1. */
  times?: number
  /** The number of matching requests to skip first. */
  after?: number
  action: FaultAction
}

/** The faults of a registry, and the number of requests that each has matched. */
export class Faults {
  readonly #faults: { rule: Fault; seen: number }[] = []

  add(rule: Fault): void {
    this.#faults.push({ rule, seen: 0 })
  }

  clear(): void {
    this.#faults.length = 0
  }

  /** The fault for this request. */
  next(method: string, path: string): FaultAction | undefined {
    for (const fault of this.#faults) {
      const { rule } = fault
      if (rule.method !== undefined && rule.method !== method) continue
      if (rule.path && !rule.path.test(path)) continue
      fault.seen++
      const after = rule.after ?? 0
      if (fault.seen > after && fault.seen <= after + (rule.times ?? 1)) return rule.action
    }
    return undefined
  }
}
