/** How many of a file's first bytes tell whether it is an ELF file (System V ABI, chapter 4), and for which machine. */
export const ELF_HEAD = 20

/** OCI's names of the machines, by `e_machine`. */
const ARCHITECTURES = new Map([
  [3, '386'],
  [21, 'ppc64le'],
  [22, 's390x'],
  [40, 'arm'],
  [62, 'amd64'],
  [183, 'arm64'],
  [243, 'riscv64'],
])

/** Executables and shared objects; other ELF files are data to a machine. */
const RUNNABLE = new Set([2, 3])

export function isElf(head: Buffer): boolean {
  return head.toString('latin1', 0, 4) === '\x7fELF'
}

export function isRunnableElf(head: Buffer): boolean {
  return isElf(head) && head.length >= ELF_HEAD && RUNNABLE.has(numberAt(head, 16))
}

/** OCI's name of the machine that an ELF file is for; `undefined` for one that no image is made for. */
export function architectureOf(head: Buffer): string | undefined {
  return ARCHITECTURES.get(numberAt(head, 18))
}

function numberAt(head: Buffer, at: number): number {
  const isBig = head[5] === 2
  return isBig ? head.readUInt16BE(at) : head.readUInt16LE(at)
}
