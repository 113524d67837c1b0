/** Variables for Git in tests: not the configuration of this machine, no other repository, and an author. */
export const GIT_VARIABLES = {
  GIT_DIR: undefined,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A person',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'A person',
  GIT_COMMITTER_EMAIL: 'a@example.org',
}
