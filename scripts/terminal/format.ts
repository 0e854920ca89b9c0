const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** Bytes as people say them, by steps of 1024 as in PostgreSQL's own settings: `10.2GB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(value >= 100 ? 0 : 1)}${units[unit]}`
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h`. */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const s = Math.round(seconds)
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`
}

export const formatCount = (count: number): string => count.toLocaleString('en-US')

/** `1 table`, `2,000 tables`. */
export const countOf = (count: number, thing: string): string =>
  `${formatCount(count)} ${thing}${count === 1 ? '' : 's'}`

/** Text of somebody else's in one line: what would move the cursor or change colours is shown, not done. */
const inOneLine = (text: string): string => text.replace(/\p{Cc}/gu, '\u{fffd}')

/** Rows under their headings, as wide as their longest cell. Numbers belong to the right: name those columns. */
export function formatTable(
  headings: readonly string[],
  texts: readonly (readonly string[])[],
  right: readonly string[] = [],
): string {
  const rows = texts.map(row => row.map(inOneLine))
  const widths = headings.map((h, i) => Math.max(h.length, ...rows.map(row => (row[i] ?? '').length)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) =>
        right.includes(headings[i] ?? '') ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd()
  return [line(headings), line(widths.map(w => '─'.repeat(w))), ...rows.map(line)].join('\n')
}
