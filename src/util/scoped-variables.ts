import { AsyncLocalStorage } from 'node:async_hooks'

type Variables = Readonly<Record<string, string | undefined>>

const environments = new AsyncLocalStorage<NodeJS.ProcessEnv>()

let tasks = 0
let originalEnv: NodeJS.ProcessEnv

/**
 * Runs a task that finds other environment variables in `process.env`; `undefined` removes a variable. Other tasks that run
 * meanwhile, and the programs that they start, get the variables of this process. For packages that only read `process.env`.
 */
export async function withVariables<T>(variables: Variables, task: () => Promise<T>): Promise<T> {
  const env = { ...process.env, ...variables }
  for (const [name, value] of Object.entries(variables)) if (value === undefined) delete env[name]
  if (tasks++ === 0) replaceEnv()
  try {
    return await environments.run(env, task)
  } finally {
    if (--tasks === 0) restoreEnv()
  }
}

function replaceEnv(): void {
  originalEnv = process.env
  Object.defineProperty(process, 'env', {
    configurable: true,
    enumerable: true,
    get: () => environments.getStore() ?? originalEnv,
    set: (env: NodeJS.ProcessEnv) => {
      originalEnv = env
    },
  })
}

function restoreEnv(): void {
  Object.defineProperty(process, 'env', {
    configurable: true,
    enumerable: true,
    writable: true,
    value: originalEnv,
  })
}
