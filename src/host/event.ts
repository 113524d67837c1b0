import { readFileSync } from 'node:fs'
import { asObject, type JsonObject } from '../util/json.js'
import type { Host } from './host.js'

/** What started a workflow run, as GitHub tells it; `undefined` when there is nothing that can be read. */
export function readEvent(env: Host['env']): JsonObject | undefined {
  try {
    return asObject(JSON.parse(readFileSync(env.GITHUB_EVENT_PATH ?? '', 'utf8')), 'the event')
  } catch {
    return undefined
  }
}

/** An object within an object; `undefined` where it is something else or missing. */
export function readObject(object: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = object?.[name]
  return typeof value === 'object' && value !== null ? (value as JsonObject) : undefined
}

/** A text within an object; `undefined` where it is something else or missing. */
export function readString(object: JsonObject | undefined, name: string): string | undefined {
  const value = object?.[name]
  return typeof value === 'string' ? value : undefined
}
