import type { RawMember, TarOwner } from '../format/tar.js'

/** A file, a folder or a symbolic link of an image. `layer` is the number of the layer that it is from. */
export type TreeNode = TreeFolder | TreeFile | TreeLink

export interface TreeFolder {
  readonly kind: 'folder'
  layer: number
  mode: number
  owner: TarOwner
  readonly entries: Map<string, TreeNode>
}

/** Hard links are entries with the same file. */
export interface TreeFile {
  readonly kind: 'file'
  readonly layer: number
  readonly mode: number
  readonly owner: TarOwner
  /** Where the content is stored: a number that no other file has. */
  readonly content: number
}

export interface TreeLink {
  readonly kind: 'link'
  readonly layer: number
  readonly owner: TarOwner
  readonly target: string
}

/** Far more than real images have. Without limits, a small layer could fill the memory or the disk. */
export const TREE_LIMITS = { members: 1_000_000, names: 256 * 1024 ** 2, path: 4096, name: 255, depth: 1024 }

const MAX_LINKS = 40
const ROOT_OWNER: TarOwner = { uid: 0, gid: 0 }
const WHITEOUT = '.wh.'
const OPAQUE = '.wh..wh..opq'

/**
 * The files of an image, joined from its layers as a container engine joins them. Names are resolved here and not by the system,
 * so a symbolic link or `..` in a layer cannot lead out of the image. Device nodes and pipes are left out.
 */
export class ImageTree {
  readonly root: TreeFolder = makeFolder(0)
  readonly #limits: typeof TREE_LIMITS
  #members = 0
  #names = 0
  #contents = 0

  constructor(limits = TREE_LIMITS) {
    this.#limits = limits
  }

  /**
   * Adds a member of a layer's tar. Layers come in their order, the lowest first. Returns the file whose content has to be
   * stored, if the member is a file with its own content. Throws an `Error` if a name cannot exist in an image.
   */
  add(member: RawMember, layer: number): TreeFile | undefined {
    this.#count(member)
    const path = this.#splitName(member.name)
    const name = path.pop()
    if (name === undefined) {
      if (member.type === '5') Object.assign(this.root, { mode: member.mode, owner: member.owner })
      return undefined
    }
    if (name === OPAQUE) {
      const folder = this.find(path)
      if (folder?.kind === 'folder') removeLower(folder, layer)
      return undefined
    }
    if (name.startsWith(WHITEOUT)) {
      const folder = this.find(path)
      const isOther = name.startsWith(`${WHITEOUT}${WHITEOUT}`)
      if (folder?.kind === 'folder' && !isOther) removeEntry(folder, name.slice(WHITEOUT.length), layer)
      return undefined
    }
    const folder = this.openFolder(path, layer)
    return this.#addEntry(folder, name, member, layer)
  }

  #addEntry(folder: TreeFolder, name: string, member: RawMember, layer: number): TreeFile | undefined {
    const { type, mode, owner } = member
    const existing = folder.entries.get(name)
    if (type === '5' || ('07'.includes(type) && member.name.endsWith('/'))) {
      if (existing?.kind === 'folder') Object.assign(existing, { layer, mode, owner })
      else folder.entries.set(name, makeFolder(layer, mode, owner))
      return undefined
    }
    if (type === '1') {
      folder.entries.set(name, this.#findLinked(member))
      return undefined
    }
    folder.entries.delete(name)
    if (type === '2' && (member.link === '' || member.link.includes('\0')))
      throw new Error(`its member ${quote(member.name)} is a link without a valid target`)
    if (type === '2') folder.entries.set(name, { kind: 'link', layer, owner, target: member.link })
    if (member.isSparse)
      throw new Error(`its member ${quote(member.name)} is a sparse file, which is not supported`)
    if (!'07'.includes(type)) return undefined
    const file: TreeFile = { kind: 'file', layer, mode, owner, content: this.#contents++ }
    folder.entries.set(name, file)
    return file
  }

  #findLinked({ name, link }: RawMember): TreeNode {
    const path = this.#splitName(link)
    const last = path.pop() ?? ''
    const parent = this.find(path)
    const node = parent?.kind === 'folder' ? parent.entries.get(last) : undefined
    if (node !== undefined && node.kind !== 'folder') return node
    throw new Error(
      `its member ${quote(name)} is a hard link to ${quote(link)}, which is not a file in the image`,
    )
  }

  /** Adds or replaces a file that is not from a layer. */
  addFile(path: string, mode: number): TreeFile {
    const parts = this.#splitName(path)
    const name = parts.pop() ?? ''
    const file: TreeFile = { kind: 'file', layer: 0, mode, owner: ROOT_OWNER, content: this.#contents++ }
    this.openFolder(parts, 0).entries.set(name, file)
    return file
  }

  /** Returns a folder of the root, which replaces anything else of its name. */
  replaceByFolder(name: string): TreeFolder {
    const existing = this.root.entries.get(name)
    if (existing?.kind === 'folder') return existing
    const folder = makeFolder(0)
    this.root.entries.set(name, folder)
    return folder
  }

  /** Finds a file or a folder. Symbolic links are followed inside of the image. */
  find(path: string | readonly string[]): TreeNode | undefined {
    return this.#walk(typeof path === 'string' ? path.split('/') : path, () => undefined)
  }

  /** Returns a folder, and creates the folders of its path that do not exist. Throws an `Error` if a file is in the way. */
  openFolder(path: string | readonly string[], layer = 0): TreeFolder {
    const parts = typeof path === 'string' ? path.split('/') : path
    const folder = this.#walk(parts, () => makeFolder(layer))
    if (folder?.kind === 'folder') return folder
    throw new Error(`it has a member in ${quote(parts.join('/'))}, which is not a folder`)
  }

  /** @param create returns a folder for an entry that does not exist */
  #walk(path: readonly string[], create: () => TreeFolder | undefined): TreeNode | undefined {
    const todo = [...path].reverse()
    const folders: TreeFolder[] = [this.root]
    let links = 0
    for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
      const folder = folders.at(-1) as TreeFolder
      if (part === '' || part === '.') continue
      if (part === '..') {
        if (folders.length > 1) folders.pop()
        continue
      }
      const node = folder.entries.get(part) ?? addTo(folder, part, create())
      if (node?.kind === 'link') {
        if (++links > MAX_LINKS) throw new Error(`the link ${quote(part)} points to itself`)
        if (node.target.startsWith('/')) folders.length = 1
        todo.push(...node.target.split('/').reverse())
      } else if (node?.kind === 'folder') {
        folders.push(node)
        if (folders.length > this.#limits.depth)
          throw new Error(`it has more than ${this.#limits.depth} folders in each other`)
      } else return todo.every(rest => rest === '' || rest === '.') ? node : undefined
    }
    return folders.at(-1)
  }

  #count({ name, link }: RawMember): void {
    const { members, names } = this.#limits
    this.#members += 1
    this.#names += name.length + link.length
    if (link.length > this.#limits.path)
      throw new Error(`it contains a link that is too long: ${quote(name)}`)
    if (this.#members > members) throw new Error(`its layers have more than ${members} members`)
    if (this.#names > names) throw new Error(`the names of its members have more than ${names} characters`)
  }

  #splitName(name: string): string[] {
    const parts = name.split('/').filter(part => part !== '' && part !== '.')
    if (parts.includes('..') || name.includes('\0'))
      throw new Error(`it contains a member with an unsafe path: ${quote(name)}`)
    const isTooLong =
      name.length > this.#limits.path || parts.some(part => Buffer.byteLength(part) > this.#limits.name)
    if (isTooLong) throw new Error(`it contains a member with a name that is too long: ${quote(name)}`)
    return parts
  }
}

function makeFolder(layer: number, mode = 0o755, owner = ROOT_OWNER): TreeFolder {
  return { kind: 'folder', layer, mode, owner, entries: new Map() }
}

function addTo(folder: TreeFolder, name: string, node: TreeFolder | undefined): TreeFolder | undefined {
  if (node !== undefined) folder.entries.set(name, node)
  return node
}

/** Removes what is from lower layers. What the same layer has stays. */
function removeLower(folder: TreeFolder, layer: number): void {
  for (const name of [...folder.entries.keys()]) removeEntry(folder, name, layer)
}

function removeEntry(folder: TreeFolder, name: string, layer: number): void {
  const node = folder.entries.get(name)
  if (node === undefined) return
  if (node.kind === 'folder') removeLower(node, layer)
  const isKept = node.layer >= layer || (node.kind === 'folder' && node.entries.size > 0)
  if (!isKept) folder.entries.delete(name)
}

const MAX_QUOTED = 200

function quote(name: string): string {
  return JSON.stringify(name.length > MAX_QUOTED ? `${name.slice(0, MAX_QUOTED)}…` : name)
}
