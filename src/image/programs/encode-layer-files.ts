import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { asArray, asString, asStrings, parseJson } from '../../util/json.js'
import type { ElfDynamic, ElfFile } from './elf-dynamic.js'
import type { LayerContents, LayerFile, LayerFiles } from './layer-contents.js'

/** Changes if a layer gets another table. */
const VERSION = 1

/** The table of one layer, encoded. */
export type LayerFilesText = string

/** An index is read often, and it has such a text for each platform. */
const MAX_TEXT_CHARACTERS = 32 * 1024

/** Larger tables do not fit, even if they compress well. */
const MAX_TABLE_CHARACTERS = 1 << 20

/** Far more than `MAX_TEXT_CHARACTERS` can contain. */
const MAX_DECODED_BYTES = 16 << 20

/**
 * Encodes the files of all layers as one short text, for an annotation. Leaves out the largest tables if it is too long. Returns
 * `undefined` if nothing is left.
 */
export function encodeLayerFiles(layers: readonly LayerContents[]): string | undefined {
  const tables = layers.map(({ files }) => {
    const text = files && encodeTable(files)
    return text === undefined || text.length > MAX_TABLE_CHARACTERS ? '' : text
  })
  while (tables.some(Boolean)) {
    const bytes = deflateRawSync(JSON.stringify([VERSION, ...tables]), { level: 9 })
    const text = bytes.toString('base64')
    if (text.length <= MAX_TEXT_CHARACTERS) return text
    const lengths = tables.map(table => table.length)
    tables[lengths.indexOf(Math.max(...lengths))] = ''
  }
  return undefined
}

/** Returns the table of each layer, `undefined` if it was left out. Returns `[]` if the text is damaged or of another version. */
export function splitLayerFiles(text: string): readonly (LayerFilesText | undefined)[] {
  try {
    if (text.length > MAX_TEXT_CHARACTERS) return []
    const bytes = inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength: MAX_DECODED_BYTES })
    const [version, ...tables] = asArray(parseJson(bytes, 'the files of layers'), 'the files of layers')
    return version === VERSION
      ? asStrings(tables, 'the files of layers').map(table => table || undefined)
      : []
  } catch {
    return []
  }
}

function encodeTable({ entries, removed, emptied }: LayerFiles): LayerFilesText {
  return JSON.stringify([
    [...entries].map(([path, file]) => [path, ...encodeFile(file)]),
    [...removed],
    [...emptied],
  ])
}

function encodeFile(file: LayerFile): unknown[] {
  switch (file.kind) {
    case 'folder':
      return [file.isImplicit ? 'i' : 'f']
    case 'link':
      return ['l', file.target]
    case 'script':
      return [file.isExecutable ? 'S' : 's', file.line]
    case 'other':
      return [file.isExecutable ? 'O' : 'o']
    case 'unknown':
      return ['u']
    case 'elf':
      return [file.isExecutable ? 'E' : 'e', ...encodeElf(file.elf)]
  }
}

function encodeElf({ machine, interpreter = '', dynamic }: ElfFile): unknown[] {
  if (typeof dynamic === 'string') return [machine, interpreter, dynamic]
  const { needed, soname, rpath, runpath } = dynamic
  return [machine, interpreter, needed, soname ?? 0, rpath ?? 0, runpath ?? 0]
}

/** Returns `undefined` if the text is damaged. */
export function decodeLayerFiles(text: LayerFilesText): LayerFiles | undefined {
  try {
    const [entries, removed, emptied] = asArray(JSON.parse(text), 'files')
    return {
      entries: new Map(asArray(entries, 'files').map(entry => decodeEntry(asArray(entry, 'a file')))),
      removed: new Set(asStrings(removed, 'removed files')),
      emptied: new Set(asStrings(emptied, 'emptied folders')),
    }
  } catch {
    return undefined
  }
}

function decodeEntry([path, kind, ...fields]: readonly unknown[]): [path: string, file: LayerFile] {
  return [asString(path, 'a path'), decodeFile(asString(kind, 'a kind'), fields)]
}

function decodeFile(kind: string, fields: readonly unknown[]): LayerFile {
  const isExecutable = kind === kind.toUpperCase()
  switch (kind.toLowerCase()) {
    case 'i':
    case 'f':
      return { kind: 'folder', isImplicit: kind === 'i' }
    case 'l':
      return { kind: 'link', target: asString(fields[0], 'a target') }
    case 's':
      return { kind: 'script', isExecutable, line: asString(fields[0], 'a line') }
    case 'o':
      return { kind: 'other', isExecutable }
    case 'e':
      return { kind: 'elf', isExecutable, elf: decodeElf(fields) }
    default:
      return { kind: 'unknown' }
  }
}

function decodeElf([machine, interpreter, ...dynamic]: readonly unknown[]): ElfFile {
  return {
    machine: asString(machine, 'a machine'),
    ...(interpreter !== '' && { interpreter: asString(interpreter, 'a loader') }),
    dynamic: decodeDynamic(dynamic),
  }
}

function decodeDynamic([needed, soname, rpath, runpath]: readonly unknown[]): ElfFile['dynamic'] {
  if (needed === 'none' || needed === 'unknown') return needed
  const dynamic: ElfDynamic = {
    needed: asStrings(needed, 'libraries'),
    ...(soname !== 0 && { soname: asString(soname, 'a name') }),
    ...(rpath !== 0 && { rpath: asStrings(rpath, 'folders') }),
    ...(runpath !== 0 && { runpath: asStrings(runpath, 'folders') }),
  }
  return dynamic
}
