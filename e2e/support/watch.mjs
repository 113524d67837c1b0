/**
 * Watches the processes of all machines for values that nobody may see. Standard input has them as a line of JSON, names to
 * values; when it ends, what was found is printed as JSON: `looks`, how often all were looked at; `programs`, the names of
 * those seen; and `found`, where a value stood: its `name`, in `cmdline` or `environ` of which `program`.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { createInterface } from 'node:readline'

const EVERY_MS = 3

const outside = readlinkSync('/proc/self/ns/pid')
/** Processes that belong to no machine, by number. */
const others = new Set()
const programs = new Set()
const found = new Map()
let planted
let looks = 0
let timer

const lines = createInterface({ input: process.stdin })
lines.once('line', line => {
  planted = Object.entries(JSON.parse(line))
  timer = setInterval(look, EVERY_MS)
})
lines.once('close', () => {
  clearInterval(timer)
  process.stdout.write(JSON.stringify({ looks, programs: [...programs], found: [...found.values()] }))
})

function look() {
  looks++
  const all = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  const now = new Set(all)
  for (const pid of others) if (!now.has(pid)) others.delete(pid)
  for (const pid of all) if (!others.has(pid)) lookAt(pid)
}

function lookAt(pid) {
  try {
    if (readlinkSync(`/proc/${pid}/ns/pid`) === outside) return void others.add(pid)
    const cmdline = readFileSync(`/proc/${pid}/cmdline`, 'latin1')
    const environ = readFileSync(`/proc/${pid}/environ`, 'latin1')
    // One that has become another program meanwhile is looked at the next time.
    if (readFileSync(`/proc/${pid}/cmdline`, 'latin1') !== cmdline) return
    note(cmdline, environ)
  } catch {
    // It has ended.
  }
}

function note(cmdline, environ) {
  const words = cmdline.split('\0')
  const program = basename(words[0] ?? '') === 'node' ? (words[1] ?? '') : basename(words[0] ?? '')
  programs.add(program)
  for (const [name, value] of planted) {
    for (const [where, text] of Object.entries({ cmdline, environ }))
      if (text.includes(value)) found.set(`${name} ${where} ${program}`, { name, where, program })
  }
}
