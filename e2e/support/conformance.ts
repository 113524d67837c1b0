import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exec } from '../../src/util/exec.js'
import { TOOLS } from './machine.js'

/** The result of the conformance suite: the names of the checks, each starting with its workflow. */
export interface Conformance {
  readonly passed: readonly string[]
  readonly failed: readonly string[]
  readonly skipped: readonly string[]
}

/** Run all workflows. Automatic cross-mounting (a mount without `from`) is not expected. */
const SETTINGS = {
  OCI_NAMESPACE: 'conformance/one',
  OCI_CROSSMOUNT_NAMESPACE: 'conformance/two',
  OCI_AUTOMATIC_CROSSMOUNT: '0',
  OCI_TEST_PULL: '1',
  OCI_TEST_PUSH: '1',
  OCI_TEST_CONTENT_DISCOVERY: '1',
  OCI_TEST_CONTENT_MANAGEMENT: '1',
}

/** Runs OCI's own suite against the registry at `address`, `host:port`. */
export async function conformanceOf(
  address: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Conformance> {
  const cwd = mkdtempSync(join(tmpdir(), 'conformance-'))
  try {
    const env = { ...SETTINGS, ...settings, OCI_ROOT_URL: `http://${address}` }
    const { code, stdout } = await exec(join(TOOLS, 'go-tools/conformance'), [], { cwd, env })
    const result = read(readFileSync(join(cwd, 'junit.xml'), 'utf8'))
    // If the suite crashes, the report contains no failure.
    if ((code === 0) !== (result.failed.length === 0)) throw new Error(`exit code ${code}\n${stdout}`)
    return result
  } finally {
    rmSync(cwd, { recursive: true })
  }
}

const CASE = /<testcase name="OCI Distribution Conformance Tests ([^"]*)"[^>]*?>(.*?)<\/testcase>/gs

function read(report: string): Conformance {
  const cases = [...report.matchAll(CASE)].map(([, name = '', content = '']) => ({ name, content }))
  const checksWith = (kind: 'failure' | 'skipped' | undefined): string[] =>
    cases.filter(({ content }) => /<(failure|skipped)/.exec(content)?.[1] === kind).map(({ name }) => name)
  return { passed: checksWith(undefined), failed: checksWith('failure'), skipped: checksWith('skipped') }
}
