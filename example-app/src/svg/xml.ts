type Attributes = Readonly<Record<string, string | number | undefined>>

/** One element of XML. Its children are XML already; texts go through `text`. */
export function element(name: string, attributes: Attributes = {}, ...children: string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? number(value) : text(value ?? '')}"`)
    .join('')
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join('')}</${name}>`
}

/** A line of text; its classes say how it looks, and which of its ends is at x. */
export const words = (classes: string, x: number, y: number, value: string): string =>
  element('text', { class: classes, x, y }, text(value))

type Point = readonly [x: number, y: number]

/** A straight line. */
export const rule = (classes: string, [x1, y1]: Point, [x2, y2]: Point): string =>
  element('line', { class: classes, x1, x2, y1, y2 })

/** A hundredth of a pixel is more than anybody sees. */
const number = (value: number): string => String(Math.round(value * 100) / 100 || 0)

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/**
 * A stranger's text within XML. Characters that XML 1.0 does not have at all become U+FFFD.
 * https://www.w3.org/TR/xml/#charsets
 */
export const text = (value: string): string =>
  value
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
    .replace(/[&<>"]/g, character => entities[character] ?? '')
