/** The tests must not depend on the Git repository in which they run. */
process.env.GIT_DIR = '/dev/null/none'
