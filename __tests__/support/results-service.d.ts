/** A request, recorded before it is answered. */
export interface LoggedRequest {
  /** A method such as `CreateArtifact`, or `PUT block`, `PUT blocklist`, `PUT blob`, `GET blob`, `HEAD blob`. */
  readonly operation: string
  readonly method: string
  /** Without the query, which contains the signature. */
  readonly path: string
  /** The JSON body of a method call. */
  readonly body: unknown
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** A fault for the next `times` requests of an operation. */
export interface Fault {
  readonly operation: string
  /** Default: 1. */
  readonly times?: number
  /** Answers with this status and, for method calls, `message`. */
  readonly status?: number
  readonly message?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sends this many bytes of the blob, then breaks the connection. */
  readonly cutAfter?: number
  /** Sends this many bytes of the blob, then nothing more. */
  readonly stallAfter?: number
  /** Sends the blob with its first byte changed. */
  readonly corrupt?: boolean
  /** Never answers, and keeps the connection open. */
  readonly stall?: boolean
  /** Answers after this time. */
  readonly delayMs?: number
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
  /** Default: 0, a free port. */
  readonly port?: number
  /** Without it, plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

export interface ResultsServiceStandIn {
  readonly origin: string
  /** All requests since the start, in order. */
  readonly requests: readonly LoggedRequest[]
  /** The finished artifacts of all runs, oldest first. */
  artifacts(): StoredArtifact[]
  /** The finished caches, oldest first. */
  caches(): StoredCache[]
  /** Adds a finished artifact without a client; returns its id. */
  add(artifact: {
    name: string
    content: Uint8Array
    run?: string
    job?: string
    mimeType?: string
    /** Default: the correct one. `null`: none. */
    digest?: string | null
    /** The name in the `Content-Disposition` of a download. Default: `name`. */
    fileName?: string
  }): number
  fail(fault: Fault): void
  /** The environment that a runner sets for a job. Default: run `run`, job `job`. */
  environment(ids?: { run?: string; job?: string }): Record<string, string>
  close(): Promise<void>
}

/**
 * A stand-in for GitHub's results service, which stores artifacts and caches of Actions: artifacts of version 4 and newer, the
 * cache's version 2, and the blobs of both. The state is in memory. Listens only on the loopback.
 */
export function startResultsService(options?: ResultsServiceOptions): Promise<ResultsServiceStandIn>
