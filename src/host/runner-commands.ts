import { randomUUID } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { delimiter } from 'node:path'

/**
 * What a step tells the runner: lines on standard output that it obeys, and files that it reads afterwards. A runner that names no
 * file gets a line. GitHub's own package does the same, and brings an HTTP client with it that takes longer to load than all else.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */

/** Where the run's page shows a message. */
export interface Annotation {
  readonly file?: string
  readonly startLine?: number
  readonly startColumn?: number
}

export function debug(message: string): void {
  command('debug', {}, message)
}

export function info(message: string): void {
  process.stdout.write(`${message}\n`)
}

export function warning(message: string): void {
  command('warning', {}, message)
}

export function error(message: string, { file, startLine, startColumn }: Annotation = {}): void {
  command('error', { file, line: startLine, col: startColumn }, message)
}

export function startGroup(title: string): void {
  command('group', {}, title)
}

export function endGroup(): void {
  command('endgroup', {}, '')
}

export function setSecret(value: string): void {
  command('add-mask', {}, value)
}

export function exportVariable(name: string, value: string): void {
  process.env[name] = value
  assign('GITHUB_ENV', 'set-env', name, value)
}

export function setOutput(name: string, value: string): void {
  assign('GITHUB_OUTPUT', 'set-output', name, value)
}

/** For the step's part after the job. */
export function saveState(name: string, value: string): void {
  assign('GITHUB_STATE', 'save-state', name, value)
}

export function getState(name: string): string {
  return process.env[`STATE_${name}`] ?? ''
}

export function addPath(folder: string): void {
  if (process.env.GITHUB_PATH) appendFileSync(process.env.GITHUB_PATH, `${folder}\n`)
  else command('add-path', {}, folder)
  process.env.PATH = `${folder}${delimiter}${process.env.PATH}`
}

function assign(variable: string, fallback: string, name: string, value: string): void {
  const file = process.env[variable]
  // Nobody can guess it, so that no value ends before its end.
  const end = `ghadelimiter_${randomUUID()}`
  if (file) appendFileSync(file, `${name}<<${end}\n${value}\n${end}\n`)
  else command(fallback, { name }, value)
}

type Properties = Readonly<Record<string, string | number | undefined>>

function command(name: string, properties: Properties, message: string): void {
  const given = Object.entries(properties).filter(([, value]) => value)
  const list = given.map(([key, value]) => `${key}=${escapeProperty(String(value))}`).join(',')
  process.stdout.write(`::${name}${list && ` ${list}`}::${escapeData(message)}\n`)
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
