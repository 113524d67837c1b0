// Parts of a JSON text as they are written in it. `JSON.parse` and `JSON.stringify` would write other escapes, and other orders
// of keys. All functions expect that `JSON.parse` accepts the text.

/** Removes the white space between the parts of a JSON text. */
export function compactJson(json: string): string {
  const parts: string[] = []
  let start = 0
  for (let at = 0; at < json.length; ) {
    if (SPACES.includes(json.charCodeAt(at))) {
      if (at > start) parts.push(json.slice(start, at))
      start = ++at
    } else at = json[at] === '"' ? endOfString(json, at) : at + 1
  }
  return parts.join('') + json.slice(start)
}

/** Space, tab, line feed and carriage return. */
const SPACES = [0x20, 0x09, 0x0a, 0x0d]

/** Returns the text of each value of a compact object. For a key that is there twice, it is the last value. */
export function splitJsonObject(compact: string): Map<string, string> {
  const members = new Map<string, string>()
  for (let at = 1; at < compact.length - 1; ) {
    const keyEnd = endOfString(compact, at)
    const valueEnd = endOfValue(compact, keyEnd + 1)
    members.set(JSON.parse(compact.slice(at, keyEnd)) as string, compact.slice(keyEnd + 1, valueEnd))
    at = valueEnd + 1
  }
  return members
}

/** Returns the text of each item of a compact list. */
export function splitJsonList(compact: string): string[] {
  const items: string[] = []
  for (let at = 1; at < compact.length - 1; ) {
    const end = endOfValue(compact, at)
    items.push(compact.slice(at, end))
    at = end + 1
  }
  return items
}

/** The position of the comma or the bracket after a value. */
function endOfValue(compact: string, start: number): number {
  let depth = 0
  let at = start
  for (; at < compact.length; at++) {
    const character = compact[at] ?? ''
    if (depth === 0 && ',]}'.includes(character)) return at
    if (character === '"') at = endOfString(compact, at) - 1
    else if (character === '[' || character === '{') depth++
    else if (character === ']' || character === '}') depth--
  }
  return at
}

/** The position after the quote that ends a string. */
function endOfString(json: string, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at + 1
}
