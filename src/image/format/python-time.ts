/** A time with an offset from UTC. */
export interface PythonTime {
  /** As Python's `datetime.isoformat` writes it. */
  readonly text: string
  /** Without fractions: rounded towards 1970, as Python's `int` does. */
  readonly seconds: number
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|([-+])(\d\d):(\d\d))$/

/**
 * Parses a time in the form that `date -Iseconds` writes, also with a fraction. Returns `undefined` for other forms. Python
 * accepts some of them: without an offset, the time would depend on the time zone of the machine.
 */
export function parsePythonTime(text: string): PythonTime | undefined {
  const match = TIME.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, fraction = '', zone, sign, hours = '00', minutes = '00'] =
    match
  const local = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  // A date such as 30 February becomes another one.
  if (year === '0000' || Number.isNaN(local.getTime()) || !local.toISOString().startsWith(text.slice(0, 19)))
    return undefined
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined
  const offset = (sign === '-' ? -60 : 60) * (60 * Number(hours) + Number(minutes))
  const micros = fraction.slice(0, 6).padEnd(6, '0')
  const whole = local.getTime() / 1000 - offset
  const seconds = whole < 0 && Number(micros) > 0 ? whole + 1 : whole
  const shown = zone === 'Z' || offset === 0 ? '+00:00' : `${sign}${hours}:${minutes}`
  return { text: `${text.slice(0, 19)}${Number(micros) === 0 ? '' : `.${micros}`}${shown}`, seconds }
}

/** Writes a time as Python's `datetime.now(tz=timezone.utc)` gives it. */
export function toPythonTime(date: Date): PythonTime {
  const milliseconds = date.toISOString().slice(20, 23)
  const fraction = milliseconds === '000' ? '' : `.${milliseconds}000`
  return {
    text: `${date.toISOString().slice(0, 19)}${fraction}+00:00`,
    seconds: Math.trunc(date.getTime() / 1000),
  }
}
