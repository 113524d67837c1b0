import { readdirSync, readFileSync } from 'node:fs'

const CLOSE_ON_EXEC = 0o2000000

/**
 * Returns the numbers of the open files that a program would get from this process, from 3 on. Node.js 20 to 24 close files that
 * they inherited for programs that they start, but stop at the first unused number after 15. On systems without `/proc`, returns
 * an empty list.
 */
export function findInheritedFiles(): number[] {
  try {
    return readdirSync('/proc/self/fd').map(Number).filter(isInherited)
  } catch {
    return []
  }
}

function isInherited(file: number): boolean {
  if (file < 3) return false
  try {
    const info = readFileSync(`/proc/self/fdinfo/${file}`, 'utf8')
    const flags = /^flags:\s*([0-7]+)$/m.exec(info)?.[1]
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0
  } catch {
    // It was the folder /proc/self/fd, which is closed now.
    return false
  }
}
