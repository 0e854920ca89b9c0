/** For text and attribute values of SVG and HTML alike. Control characters, which XML has no place for, become `�`. */
export const escapeXml = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)

/** Chinese, Japanese, Korean and pictures take two places of a fixed-width font; accents on their own take none. */
const widthOf = (character: string): number => {
  if (/\p{Mn}|\p{Cf}/u.test(character)) return 0
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{3fffd}]/u.test(
    character,
  )
    ? 2
    : 1
}
export const cells = (text: string): number =>
  [...text].reduce((sum, character) => sum + widthOf(character), 0)

/** On one line, and of at most `limit` places; what is cut off is shown as `…`. */
export function shorten(text: string, limit: number): string {
  const line = text.replace(/[\s\u2028\u2029]+/gu, ' ')
  if (cells(line) <= limit) return line
  let kept = ''
  for (const character of line) {
    if (cells(kept) + widthOf(character) > limit - 1) break
    kept += character
  }
  return `${kept}…`
}

/** A length in pixels, with one decimal: as short as it can be, and the same on every machine. */
export const px = (length: number): string => {
  const rounded = Math.round(length * 10) / 10
  return String(rounded === 0 ? 0 : rounded)
}
