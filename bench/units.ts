export function duration(value: number): string {
  if (value >= 0.5) return seconds(value)
  return `${(value * 1000).toFixed(value < 0.1 ? 1 : 0)} ms`
}

const seconds = (value: number): string => `${value.toFixed(2)} s`

/** `undefined` for short runs, because CPU time is measured in hundredths of a second. */
export const cpuTime = (value: number): string | undefined => (value < 0.1 ? undefined : seconds(value))

/** `undefined` for less than 1 kB. */
export function bytes(value: number): string | undefined {
  if (value < 1e3) return undefined
  return value < 1e6 ? `${(value / 1e3).toFixed(0)} kB` : `${(value / 1e6).toFixed(0)} MB`
}

export const times = (value: number): string => `${value.toFixed(2)} ×`
