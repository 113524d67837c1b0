import { join, resolve } from 'node:path'

/** The tests must not depend on the Git repository in which they run. */
process.env.GIT_DIR = '/dev/null/none'
const tools = process.env.E2E_DIR ?? resolve('.e2e')
process.env.GIT_CEILING_DIRECTORIES = [resolve('.'), join(tools, 'machines')].join(':')
