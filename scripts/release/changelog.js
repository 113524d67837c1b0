/**
 * The section of a version in a changelog: the text below `## 1.2.3`, `## [1.2.3]` or `## v1.2.3`, with any text after it on that
 * line, up to the next heading of the same level. `undefined` if the section is missing or empty.
 */
export function sectionOf(changelog, version) {
  const lines = changelog.split(/\r?\n/)
  const start = lines.findIndex(line => /^## +\[?v?([^\s\]]+)/.exec(line)?.[1] === version)
  if (start < 0) return undefined
  const rest = lines.slice(start + 1)
  const end = rest.findIndex(line => line.startsWith('## '))
  return (
    rest
      .slice(0, end < 0 ? undefined : end)
      .join('\n')
      .trim() || undefined
  )
}
