import { asObject, asStringMap, parseJson } from '../util/json.js'
import type { Annotations } from './descriptor.js'

const WHAT = 'the image config'

/** A config with labels added to its own; the very same bytes when there are none to add. */
export function labelled(config: Buffer, labels: Annotations): Buffer {
  if (Object.keys(labels).length === 0) return config
  return withLabels(config, own => ({ ...own, ...labels }))
}

/** A config without some of its labels, for comparing. */
export function withoutLabels(config: Buffer, keys: readonly string[]): Buffer {
  return withLabels(config, own =>
    Object.fromEntries(Object.entries(own).filter(([key]) => !keys.includes(key))),
  )
}

function withLabels(config: Buffer, change: (labels: Annotations) => Annotations): Buffer {
  const it = asObject(parseJson(config, WHAT), WHAT)
  const run = asObject(it.config ?? {}, 'config')
  const labels = change(asStringMap(run.Labels, 'config.Labels') ?? {})
  return Buffer.from(JSON.stringify({ ...it, config: { ...run, Labels: labels } }))
}
