import { describe, expect, test } from 'vitest'
import { timeline } from './timeline.ts'
import { bytes, duration, momentText, percent, severityCount, shorten, since } from './values.ts'

describe('values for people', () => {
  test.each([
    [0, '0 %'],
    [0.0001, '< 0.1 %'],
    [0.125, '12.5 %'],
    [0.99999, '> 99.9 %'],
    [1, '100 %'],
  ])('a share of %f is %s', (value, text) => expect(percent(value)).toBe(text))

  test.each([
    ['2026-03-01T12:34:56.789Z', '2026-03-01 12:34 UTC'],
    ['2026-03-01 12:34:56+02:00', '2026-03-01 10:34 UTC'],
    ['infinity', 'infinity'],
    ['604800', '604800'],
    ['2026-99-99T00:00:00Z', '2026-99-99T00:00:00Z'],
  ])('the moment %s is %s', (value, text) => expect(momentText(value)).toBe(text))

  test.each([
    [0, '0 s'],
    [604_800, '7 days'],
    [3600, '1 hour'],
    [5400, '90 minutes'],
    [4271, '1 h 11 min'],
  ])('%i seconds are %s', (value, text) => expect(duration(value).html).toBe(text))

  test('what is null is said', () => {
    expect(bytes(null).html).toBe('<span class="none">not measured</span>')
    expect(duration(null, 'unknown').html).toBe('<span class="none">unknown</span>')
    expect(since(null).html).toContain('an unknown moment')
  })

  test('counts of severities', () => {
    expect([severityCount(1, 'critical'), severityCount(1, 'warning'), severityCount(2, 'notice')]).toEqual([
      '1 critical',
      '1 warning',
      '2 notices',
    ])
  })

  test('a long text is cut between characters', () => {
    expect(shorten('🙂🙂🙂🙂', 5)).toBe('🙂🙂…')
    expect(shorten('short', 5)).toBe('short')
  })
})

describe('the timeline of chunks', () => {
  const span = (day: number, chunks: number, compressed: number, bytes: number) => ({
    start: `2026-01-0${day}T00:00:00Z`,
    end: `2026-01-0${day + 1}T00:00:00Z`,
    chunks,
    compressed,
    bytes,
  })

  test('has a bar for each span, in two colours, and a gap where there is no chunk', () => {
    const picture = timeline('public.m"', [span(1, 2, 1, 100), span(2, 0, 0, 0), span(3, 1, 0, 50)]).html
    expect(
      picture.match(/<rect class="(\w+)" x="[\d.]+" y="[\d.]+" width="[\d.]+" height="[\d.]+"/g),
    ).toEqual([
      '<rect class="loose" x="0" y="0" width="199" height="36"',
      '<rect class="packed" x="0" y="36" width="199" height="36"',
      '<rect class="loose" x="400" y="36" width="199" height="36"',
    ])
    expect(picture).toContain('<title>Chunks of public.m&quot; over time</title>')
    expect(picture).toContain('1 of them without chunks')
  })

  test('is nothing without chunks', () => expect(timeline('public.m', []).html).toBe(''))
})
