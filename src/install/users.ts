export const BUILD_GROUP = 'nixbld'

const FIRST_ID = 30_000

/** What `/etc/passwd` and `/etc/group` need, so that root's builds can run as users of their own. */
export interface BuildUsers {
  /** Appended to the file of users. */
  readonly passwd: string
  /** A whole line, in the place of the group's own where there is one. */
  readonly group: string
}

/**
 * The users that `count` builds at once need, nixbld1 and so on; those that are there already are kept, and numbers
 * that are taken passed over. `undefined` where the group has members already.
 */
export function buildUsers(group: string, passwd: string, count: number): BuildUsers | undefined {
  const [, , gid = String(freeId(ids(group))), members = ''] =
    fieldsOf(group).find(([name]) => name === BUILD_GROUP) ?? []
  if (members.trim() !== '') return undefined
  const known = new Set(fieldsOf(passwd).map(([name]) => name))
  const names = Array.from({ length: count }, (_, n) => `${BUILD_GROUP}${n + 1}`)
  const taken = ids(passwd)
  const lines = names
    .filter(name => !known.has(name))
    .map(name => {
      const uid = freeId(taken)
      taken.add(uid)
      return `${name}:x:${uid}:${gid}:Nix builds as this user:/var/empty:/usr/sbin/nologin\n`
    })
  const gap = passwd === '' || passwd.endsWith('\n') ? '' : '\n'
  return { passwd: gap + lines.join(''), group: `${BUILD_GROUP}:x:${gid}:${names.join(',')}` }
}

function fieldsOf(file: string): string[][] {
  return file.split('\n').map(line => line.split(':'))
}

function ids(file: string): Set<number> {
  return new Set(fieldsOf(file).map(([, , id]) => Number(id)))
}

function freeId(taken: ReadonlySet<number>): number {
  let id = FIRST_ID
  while (taken.has(id)) id++
  return id
}
