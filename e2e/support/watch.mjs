/**
 * Searches the processes of all machines for secret values. Standard input is a line of JSON that maps names to values. When it
 * ends, the result is printed as JSON: `looks`, how many times all processes were inspected; `programs`, the names of the
 * processes; and `found`, the occurrences: `name` of the value, `where` (`cmdline` or `environ`), `program`.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { createInterface } from 'node:readline'

const EVERY_MS = 3

const outside = readlinkSync('/proc/self/ns/pid')
/** The ids of processes outside of machines. */
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
    // The process has executed another program in between. Inspect it the next time.
    if (readFileSync(`/proc/${pid}/cmdline`, 'latin1') !== cmdline) return
    note(cmdline, environ)
  } catch {
    // The process has ended.
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
