/**
 * Everything of a report comes from somebody's database: names and comments may hold any character but NUL. `html` is
 * the only way to make markup here, and it escapes whatever is put into it.
 */
export type Html = { readonly html: string }
export type Piece = Html | string | number | null | undefined | false | readonly Piece[]

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const special = /[&<>"']/g
/** Control characters, and those that change the direction of what follows: text could look like other text. */
const invisible = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu
const suspicious = /[\p{Cc}&<>"'\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

/**
 * The character itself stays in the text, so that SQL is copied as it is; an element of its own keeps it from turning
 * what follows, and shows that it is there. A carriage return would be read as a line end if it stood there as such.
 */
function shown(character: string): string {
  if (character === '\n' || character === '\t') return character
  const itself = character === '\r' ? '&#13;' : character === '\0' ? '' : character
  return `<bdi class="control" title="${codePoint(character)}">${itself}</bdi>`
}

/** Text between tags. */
export function escapeText(value: string): string {
  if (!suspicious.test(value)) return value
  return value.replace(special, c => entities[c] ?? '').replace(invisible, shown)
}

/** The value of an attribute in double quotes. */
export function escapeAttribute(value: string): string {
  if (!suspicious.test(value)) return value
  return value
    .replace(special, c => entities[c] ?? '')
    .replace(invisible, c => (c === '\n' || c === '\t' ? c : '\u{fffd}'))
}

/** JSON that can stand in a script element: nothing in it can end the element or open a comment. */
export const escapeJson = (value: unknown): string => JSON.stringify(value).replace(/</g, '\\u003c')

/** What is known to be markup: of our own, or made by the diagrams. */
export const raw = (markup: string): Html => ({ html: markup })

/** For each gap of a template: is it in an attribute's value? Known by the quotes before it. */
const gaps = new WeakMap<TemplateStringsArray, boolean[]>()

function gapsOf(strings: TemplateStringsArray): boolean[] {
  const known = gaps.get(strings)
  if (known) return known
  let inTag = false
  let inQuotes = false
  const all = strings.slice(0, -1).map(part => {
    for (const character of part) {
      if (inQuotes) inQuotes = character !== '"'
      else if (character === '"' && inTag) inQuotes = true
      else if (character === '<') inTag = true
      else if (character === '>') inTag = false
    }
    if (inTag && !inQuotes) throw new Error(`A value needs quotes: ${part}`)
    return inQuotes
  })
  gaps.set(strings, all)
  return all
}

function put(piece: Piece, inAttribute: boolean): string {
  if (typeof piece === 'string') return inAttribute ? escapeAttribute(piece) : escapeText(piece)
  if (typeof piece === 'number') return String(piece)
  if (piece === null || piece === undefined || piece === false) return ''
  if ('html' in piece) return piece.html
  let joined = ''
  for (const one of piece) joined += put(one, inAttribute)
  return joined
}

export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  const inAttribute = gapsOf(strings)
  let markup = strings[0] ?? ''
  for (let i = 0; i < pieces.length; i += 1)
    markup += put(pieces[i], inAttribute[i] ?? false) + (strings[i + 1] ?? '')
  return { html: markup }
}
