/** The tests must not depend on the work tree that they happen to run in. */
process.env.GIT_DIR = '/dev/null/none'
