/** What goes wrong, and how. */
export type FaultAction =
  | { kind: 'status'; status: number; headers?: Record<string, string>; body?: string }
  /** Breaks the connection after this many bytes of the request's body; the request has no effect. */
  | { kind: 'reset'; after?: number }
  /** Never answers. */
  | { kind: 'stall' }
  /** Breaks the connection in the middle of the answer's body. */
  | { kind: 'cut' }
  /** The request has its effect, and the connection breaks instead of an answer. */
  | { kind: 'lost' }

export interface Fault {
  method?: string
  /** Held against path and query. */
  path?: RegExp
  /** How many matching requests it spoils; 1 if absent. */
  times?: number
  /** How many it lets pass first. */
  after?: number
  action: FaultAction
}

/** The faults of a registry, each with how many requests it has seen. */
export class Faults {
  readonly #faults: { rule: Fault; seen: number }[] = []

  add(rule: Fault): void {
    this.#faults.push({ rule, seen: 0 })
  }

  clear(): void {
    this.#faults.length = 0
  }

  /** What happens to this request. */
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
