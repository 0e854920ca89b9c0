/** Nobody measures text where there is no browser. This is a little too wide for every common font, never too narrow. */
export function textWidth(value: string, size: number): number {
  let width = 0
  for (const character of value)
    width += size * (/[\u1100-\uffff\u{10000}-\u{3ffff}]/u.test(character) ? 1.05 : 0.62)
  return width
}

/** Cut so that it fits, with … at its end. */
export function shortened(value: string, size: number, room: number): string {
  if (textWidth(value, size) <= room) return value
  const characters = [...value]
  while (characters.length > 0 && textWidth(`${characters.join('')}…`, size) > room) characters.pop()
  return `${characters.join('').trimEnd()}…`
}

/** Words in lines that fit. */
export function wrapped(value: string, size: number, room: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of value.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && textWidth(longer, size) > room) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line].map(one => shortened(one, size, room))
}

/**
 * Where labels go that want to be at these heights and must not touch: moved as little as it takes, in the same order,
 * between `top` and `bottom`. Where there is no room for all, they overlap at the bottom.
 */
export function spread(wanted: readonly number[], height: number, top: number, bottom: number): number[] {
  const order = wanted.map((_, at) => at).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0))
  const places: number[] = []
  let free = top
  for (const at of order) {
    const place = Math.max(wanted[at] ?? 0, free)
    places[at] = place
    free = place + height
  }
  let limit = bottom
  for (const at of order.reverse()) {
    places[at] = Math.min(places[at] ?? 0, limit)
    limit = (places[at] ?? 0) - height
  }
  return places
}
