/** One request as it came, before it is answered. */
export interface LoggedRequest {
  /** `CreateArtifact` and the like, or `PUT block`, `PUT blocklist`, `PUT blob`, `GET blob`, `HEAD blob`. */
  readonly operation: string
  readonly method: string
  /** Without its query, which holds the signature. */
  readonly path: string
  /** The JSON of a call. */
  readonly body: unknown
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** What goes wrong, for the next `times` requests of one operation. */
export interface Fault {
  readonly operation: string
  /** 1 when not given. */
  readonly times?: number
  /** Answers with this status and, for calls, `message`. */
  readonly status?: number
  readonly message?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sends so many bytes of the blob and then breaks the connection. */
  readonly cutAfter?: number
  /** Sends the blob with its first byte changed. */
  readonly corrupt?: boolean
  /** Never answers, and keeps the connection. */
  readonly stall?: boolean
}

export interface StoredArtifact {
  readonly id: number
  readonly run: string
  readonly job: string
  readonly name: string
  readonly mimeType: string
  readonly size: number
  readonly digest: string | undefined
  readonly content: Buffer
}

export interface StoredCache {
  readonly key: string
  readonly version: string
  readonly content: Buffer
}

export interface ResultsServiceOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number
}

export interface ResultsServiceStandIn {
  readonly origin: string
  /** All requests since the start, in order. */
  readonly requests: readonly LoggedRequest[]
  /** The finished artifacts of all runs, oldest first. */
  artifacts(): StoredArtifact[]
  /** The finished caches, oldest first. */
  caches(): StoredCache[]
  /** Puts a finished artifact there without a client; tells its id. */
  add(artifact: {
    name: string
    content: Uint8Array
    run?: string
    job?: string
    mimeType?: string
    /** `null` tells none; when not given, the right one. */
    digest?: string | null
  }): number
  fail(fault: Fault): void
  /** What a runner sets for a job: by default of the run `run` and the job `job`. */
  environment(ids?: { run?: string; job?: string }): Record<string, string>
  close(): Promise<void>
}

/**
 * Stands in for the service that keeps GitHub Actions' artifacts and caches: artifacts of version 4 and newer, the
 * cache's version 2, and the blobs of both, with state in memory. On loopback only.
 */
export function startResultsService(options?: ResultsServiceOptions): Promise<ResultsServiceStandIn>
