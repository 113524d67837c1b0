/** HTTP statuses that tell of a trouble which may be gone on the next try. */
export const PASSING_STATUS: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])
