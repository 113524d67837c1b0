import { setTimeout as wait } from 'node:timers/promises'

const { env } = process
const TRIES = 4

/** The JSON of the answer. `undefined` if a GET finds nothing, or if a POST would create something that already exists. */
export async function github(method, path, body) {
  for (let tried = 1; ; tried++) {
    const { status, text } = await ask(method, path, body)
    if (status >= 200 && status < 300) return JSON.parse(text)
    if (method === 'GET' && status === 404) return undefined
    if (method === 'POST' && status === 422 && text.includes('already_exists')) return undefined
    const mayPass = status === undefined || status === 429 || status >= 500
    if (!mayPass || tried === TRIES)
      throw new Error(`GitHub, ${method} ${path}: ${status ?? ''} ${text.slice(0, 300)}`)
    await wait(500 * 2 ** tried)
  }
}

async function ask(method, path, body) {
  const url = `${env.GITHUB_API_URL || 'https://api.github.com'}/repos/${env.GITHUB_REPOSITORY}${path}`
  const headers = {
    accept: 'application/vnd.github+json',
    authorization: `Bearer ${env.GITHUB_TOKEN}`,
    'user-agent': 'nix-multiarch-release',
    'x-github-api-version': '2022-11-28',
  }
  try {
    const signal = AbortSignal.timeout(30_000)
    const response = await fetch(url, {
      method,
      headers,
      body: body && JSON.stringify(body),
      redirect: 'error',
      signal,
    })
    return { status: response.status, text: await response.text() }
  } catch (error) {
    return { status: undefined, text: String(error.cause?.message ?? error.message) }
  }
}
