import { asArray, asObject, type JsonObject } from '../util/json.js'
import type { Response } from './message.js'
import { type Complaint, connectionFailure, RequestError } from './request-error.js'
import { retryAfter } from './retry.js'

/** In bytes. What is longer costs more than another connection. */
const MOST_DISCARDED = 64 * 1024

/** Drops an answer's body and waits until its connection is free again; where a long one follows, that goes too. */
export async function discard({ request, headers, body }: Response): Promise<void> {
  const size = request.method === 'HEAD' ? 0 : Number(headers['content-length'] ?? 0)
  if (size > MOST_DISCARDED) body.destroy()
  if (body.readableEnded || body.destroyed) return
  let seen = 0
  body.on('data', (chunk: Buffer) => {
    seen += chunk.length
    if (seen > MOST_DISCARDED) body.destroy()
  })
  await new Promise<void>(resolve => body.once('end', resolve).once('close', resolve).resume())
}

/** The whole body. Throws `RequestError` when the connection breaks or the body has more than `max` bytes. */
export async function readBytes(response: Response, max: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      size += chunk.length
      if (size > max) throw failed(response, `the answer has more than ${max} bytes`)
    }
  } catch (error) {
    throw connectionFailure(response.request, error)
  }
  return Buffer.concat(chunks)
}

/** A `RequestError` for an answer that is wrong although its status is not. */
export function failed(response: Response, reason: string): RequestError {
  const { method, url } = response.request
  return new RequestError({ method, url, status: response.status, reason })
}

/** One header as text, where it is there. */
export function header(response: Response, name: string): string | undefined {
  const value = response.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

const ERROR_BODY = 64 * 1024

/** Reads what the server has to say for a status that was not hoped for. */
export async function refusal(response: Response, now: number): Promise<RequestError> {
  const { method, url } = response.request
  const text = await readBytes(response, ERROR_BODY).then(String, () => '')
  response.body.destroy()
  const complaints = complaintsIn(text)
  return new RequestError({
    method,
    url,
    status: response.status,
    complaints,
    reason: complaints.length > 0 ? undefined : plainWords(text),
    retryAfter: retryAfter(header(response, 'retry-after'), now),
  })
}

/** `errors` of the distribution-spec, or the `details` and `message` that token servers give instead. */
function complaintsIn(text: string): Complaint[] {
  try {
    const body = asObject(JSON.parse(text), 'the answer')
    if (body.errors === undefined) return [complaint(body)].filter(({ message }) => message !== '')
    return asArray(body.errors, 'errors').map(each => complaint(asObject(each, 'an error')))
  } catch {
    return []
  }
}

function complaint(of: JsonObject): Complaint {
  const [code, message] = [of.code ?? of.error, of.message ?? of.error_description ?? of.details]
  return {
    code: typeof code === 'string' ? code.slice(0, 100) : '',
    message: typeof message === 'string' ? message.slice(0, 500) : '',
  }
}

/** The start of a plain text, or what a page of markup says about itself. */
function plainWords(text: string): string {
  const markup = /<(title|message)>([^<]*)</i.exec(text)
  if (markup) return (markup[2] ?? '').slice(0, 200)
  return /^\s*[<{]/.test(text) ? '' : text.slice(0, 200)
}
