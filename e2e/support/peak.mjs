/**
 * peak.mjs FILE command…: runs a command and writes its peak resident memory in bytes to FILE: the largest sum over the command
 * and its descendants at one time, without Nix. Pages that are shared between processes count more than once. A command that does
 * not end is killed, after its threads have been described on standard error.
 */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** A test ends after 300 s, without a word about the command. */
const TIMEOUT_MS = 200_000

const [file, command, ...args] = process.argv.slice(2)
const child = spawn(command, args, { stdio: 'inherit' })
let peak = 0
const timer = setInterval(() => {
  peak = Math.max(peak, residentNow(child.pid))
}, 20)
const timeout = setTimeout(() => {
  console.error(`${command} did not end. Its threads:\n${describeThreads(child.pid).join('\n')}`)
  child.kill('SIGKILL')
}, TIMEOUT_MS)
child.on('exit', (code, signal) => {
  clearInterval(timer)
  clearTimeout(timeout)
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

/** For each thread: its name, state, processor time in ticks, and where it waits in the kernel. */
function describeThreads(pid) {
  const folder = `/proc/${pid}/task`
  return readdirSync(folder).map(id => {
    const stat = readFileSync(`${folder}/${id}/stat`, 'utf8')
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = Number(fields[10]) + Number(fields[11])
    const name = readFileSync(`${folder}/${id}/comm`, 'utf8').trim()
    return `${id} ${name} ${state} ${ticks} ${readFileSync(`${folder}/${id}/wchan`, 'utf8')}`
  })
}
