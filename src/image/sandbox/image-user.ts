/** The user that the programs of an image run as. */
export interface ImageUser {
  readonly uid: number
  readonly gid: number
  /** Supplementary groups. */
  readonly groups: readonly number[]
  /** The home folder in `/etc/passwd`. */
  readonly home: string | undefined
}

/** The files of an image that name users and groups, empty if they are missing. */
export interface UserFiles {
  readonly passwd: string
  readonly group: string
}

/**
 * Resolves the `User` of an image config as container engines do: `name`, `uid`, `name:group`, `uid:gid`. Names are looked up in
 * the files of the image. Throws an `Error` if a name is not there.
 */
export function resolveUser(user: string, files: UserFiles): ImageUser {
  const [name = '', groupName] = user.split(':')
  const users = parseLines(files.passwd)
  const groups = parseLines(files.group)
  const wanted = name === '' ? '0' : name
  const entry = users.find(([each]) => each === wanted) ?? users.find(([, , id]) => id === wanted)
  const uid = parseId(entry?.[2] ?? wanted)
  if (uid === undefined) throw new Error(`its user ${JSON.stringify(name)} is not in its /etc/passwd`)
  const home = entry?.[5]
  if (groupName !== undefined && groupName !== '') {
    const group = groups.find(([each]) => each === groupName) ?? [groupName, '', groupName]
    const gid = parseId(group[2] ?? '')
    if (gid === undefined) throw new Error(`its group ${JSON.stringify(groupName)} is not in its /etc/group`)
    return { uid, gid, groups: [], home }
  }
  const memberOf = groups.filter(
    ([, , , members = '']) => entry !== undefined && members.split(',').includes(entry[0] ?? ''),
  )
  return {
    uid,
    gid: parseId(entry?.[3] ?? '0') ?? 0,
    groups: memberOf.flatMap(([, , id = '']) => parseId(id) ?? []),
    home,
  }
}

function parseLines(text: string): string[][] {
  return text
    .split('\n')
    .filter(line => line.includes(':'))
    .map(line => line.trim().split(':'))
}

/** As large as Docker accepts. */
const MAX_ID = 2 ** 31 - 1

function parseId(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) && Number(text) <= MAX_ID ? Number(text) : undefined
}
