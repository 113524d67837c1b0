/** Text that others wrote, on one line: quoted where it would break the line or speak to the terminal. */
export function onOneLine(text: string): string {
  return /[\x00-\x1f\x7f-\x9f]/.test(text) ? JSON.stringify(text).replace(/[\x7f-\x9f]/g, '?') : text
}
