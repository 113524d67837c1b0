/**
 * peak.mjs FILE command…: runs a command and writes its peak resident memory in bytes to FILE: the largest sum over the command
 * and its descendants at one time, without Nix. Pages that are shared between processes count more than once.
 */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const [file, command, ...args] = process.argv.slice(2)
const child = spawn(command, args, { stdio: 'inherit' })
let peak = 0
const timer = setInterval(() => {
  peak = Math.max(peak, residentNow(child.pid))
}, 20)
child.on('exit', (code, signal) => {
  clearInterval(timer)
  writeFileSync(file, String(peak))
  process.exitCode = signal === null ? code : 1
})

function residentNow(root) {
  const processes = new Map(readdirSync('/proc').flatMap(processOf))
  const sizeOf = pid => {
    const { name, resident, highest } = processes.get(pid) ?? { name: 'nix' }
    if (/^\.?nix/.test(name)) return 0
    // For the first process VmHWM is used, which also has peaks between two samples.
    let sum = pid === root ? highest : resident
    for (const [id, { parent }] of processes) if (parent === pid && !isCopy(id, pid)) sum += sizeOf(id)
    return sum
  }
  return sizeOf(root)
}

/** Between fork and exec, a child has the command line of its parent and shares all of its memory. */
function isCopy(pid, parent) {
  const line = id => {
    try {
      return readFileSync(`/proc/${id}/cmdline`, 'utf8')
    } catch {
      return undefined
    }
  }
  return line(pid) === line(parent)
}

function processOf(name) {
  if (!/^\d+$/.test(name)) return []
  try {
    const text = readFileSync(`/proc/${name}/status`, 'utf8')
    const field = key => new RegExp(`^${key}:\\s*(\\S+)`, 'm').exec(text)?.[1] ?? ''
    const bytes = key => Number(field(key)) * 1024
    const found = { parent: Number(field('PPid')), name: field('Name') }
    return [[Number(name), { ...found, resident: bytes('VmRSS'), highest: bytes('VmHWM') }]]
  } catch {
    return []
  }
}
