const PROXY = /^(https?|all|no)_proxy$/i

/** What a program needs of our environment to download for us. */
export function networkVariables(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const set = Object.entries(env).filter(([name, value]) => PROXY.test(name) && value)
  return Object.fromEntries(set) as Record<string, string>
}
