/**
 * Whether a text is safe as the name of a file, on any system and inside an artifact: ASCII letters, digits, `_`, `-`, `.`
 * and `+`, not beginning with `.` or `-`, at most 128 characters.
 */
export function isFileName(text: string): boolean {
  return /^[A-Za-z0-9_+][A-Za-z0-9_.+-]{0,127}$/.test(text)
}
