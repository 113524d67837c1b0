import { ApiError, type GitHubApi } from '../../src/github/api.js'
import { type Account, answerAboutPackages } from './github-packages.js'
import { Refused } from './github-state.js'

/** GitHub's API without a server, for tests with many requests. */
export function createMemoryApi(
  accounts: ReadonlyMap<string, Account>,
  { now, onRequest }: { readonly now: () => number; readonly onRequest: (line: string) => void },
): GitHubApi {
  const requestWithHeaders: GitHubApi['requestWithHeaders'] = async (method, path) => {
    const line = `${method} ${path}`
    try {
      onRequest(line)
      const reply = answerAboutPackages(accounts, { method, url: new URL(path, 'https://api.github.com') })
      if (!reply) throw new Refused(404, 'Not Found')
      const headers: Readonly<Record<string, string>> = {
        date: new Date(now()).toUTCString(),
        ...reply.headers,
      }
      return { json: reply.body, header: name => headers[name] }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const { status, message } = error
      throw new ApiError({ request: line, status, message, codes: [], withToken: true })
    }
  }
  return {
    requestWithHeaders,
    upload: () => Promise.reject(new Error('not in this test')),
    request: async (method, path) => (await requestWithHeaders(method, path)).json,
  }
}
