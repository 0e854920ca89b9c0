import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { escapeAttribute, escapeJson, escapeText, html, raw } from './escape.ts'

const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '<',
        '>',
        '"',
        "'",
        '&',
        '/',
        '!',
        '-',
        '\n',
        '\r',
        '\u202e',
        '\0',
        'script',
        ' ',
        '=',
        'x',
      ),
    )
    .map(parts => parts.join('')),
)
/** The one element that escaping makes. */
const own = /<bdi class="control" title="U\+[0-9A-F]{4,6}">[^<]*<\/bdi>/gu

describe('escaping', () => {
  test.each([
    ['<img src=x>', '&lt;img src=x&gt;'],
    [`a"b'c&d`, 'a&quot;b&#39;c&amp;d'],
    ['a\nb\tc', 'a\nb\tc'],
    ['a\u202eb', 'a<bdi class="control" title="U+202E">\u202e</bdi>b'],
    ['a\rb', 'a<bdi class="control" title="U+000D">&#13;</bdi>b'],
  ])('of text: %j', (text, markup) => expect(escapeText(text)).toBe(markup))

  test('no text makes an element, whatever it is', () => {
    fc.assert(
      fc.property(anything, text => {
        expect(escapeText(text).replace(own, '')).not.toMatch(/[<>"']/)
        expect(escapeAttribute(text)).not.toMatch(/[<>"'\0\r\u202a-\u202e]/)
      }),
    )
  })

  test('text says the same afterwards', () => {
    fc.assert(
      fc.property(anything, text => {
        const read = escapeText(text)
          .replace(/<\/?bdi[^>]*>/g, '')
          .replace(/&#13;/g, '\r')
          .replace(/&lt;/g, '<')
          .replace(/&gt;/g, '>')
          .replace(/&quot;/g, '"')
          .replace(/&#39;/g, "'")
          .replace(/&amp;/g, '&')
        expect(read).toBe(text.replaceAll('\0', ''))
      }),
    )
  })

  test('JSON in a script element cannot end it', () => {
    fc.assert(
      fc.property(fc.array(anything), texts => {
        const json = escapeJson(texts)
        expect(json).not.toContain('<')
        expect(JSON.parse(json)).toEqual(texts)
      }),
    )
  })
})

describe('the template', () => {
  test('escapes text as text and attributes as attributes', () => {
    const evil = '"><b>\u202e'
    expect(html`<a href="#${evil}">${evil}</a>`.html).toBe(
      '<a href="#&quot;&gt;&lt;b&gt;\ufffd">&quot;&gt;&lt;b&gt;<bdi class="control" title="U+202E">\u202e</bdi></a>',
    )
  })
  test('keeps markup, joins lists, leaves out what is not there', () => {
    expect(html`<p>${[raw('<b>1</b>'), 2, null, false, 'three']}</p>`.html).toBe('<p><b>1</b>2three</p>')
  })
  test('refuses a value without quotes', () => {
    expect(() => html`<a href=${'x'}>`).toThrow('needs quotes')
  })
})
