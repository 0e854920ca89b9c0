import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  emptyReport,
  hostileReport,
  largeReport,
  sampleReport,
  table,
} from '../../test/helpers/synthetic_report.ts'
import type { Diagrams } from '../diagram/diagrams.ts'
import type { Report } from '../report.ts'
import { htmlPieces, renderHtml } from './html.ts'

const none: Diagrams = { overview: null, schemas: {}, neighbourhoods: {}, notes: [] }
const render = (report: Report, diagrams = none) => renderHtml(report, diagrams)
const visible = (page: string) =>
  page.replace(/<script[^>]*>.*?<\/script>|<style>.*?<\/style>|<search.*?<\/search>/gs, '')
const tags = (page: string) =>
  visible(page)
    .replace(/<bdi class="control" title="U\+[0-9A-F]+">[^<]*<\/bdi>/gu, '')
    .match(/<\/?[a-z][^\s>]*/gi)
const sections = (page: string) => [...page.matchAll(/<section id="([\w-]+)"/g)].map(([, id]) => id)

describe('the HTML of a report', () => {
  test('has its sections in order', () => {
    const overview = { svg: '<svg><title>all</title></svg>', note: 'Two are left out.' }
    const page = render(sampleReport(), { ...none, overview })
    expect(sections(page)).toEqual([
      'summary',
      'findings',
      'not-measured',
      'changes',
      'timescaledb',
      'performance',
      'diagram',
      'schema',
      'functions',
      'types',
      'sequences',
      'extensions',
      'roles',
      'checks',
    ])
    expect(page).toContain(overview.svg)
    expect(page).toContain('3 of 4 checks assessed')
    expect(page).toContain('<span class="points">−25</span>')
    expect(page).toContain('title="There is no comment: this is a guess by its name and its keys">inferred')
  })

  test('is the same bytes for the same report', () => {
    expect(render(sampleReport())).toBe(render(sampleReport()))
    expect([...htmlPieces(sampleReport(), none)].join('')).toBe(render(sampleReport()))
  })

  test('of an empty database says so, and has no empty section', () => {
    const page = visible(render(emptyReport()))
    expect(sections(page)).toEqual(['summary'])
    expect(page).toContain('Health: n/a (0 tables)')
    expect(page).toMatch(/<b>0<\/b> tables/)
    expect(page).not.toMatch(/<(ul|ol|dl|tbody|table|section)[^>]*><\/\1>/)
  })

  test('says of what is null that it is not known, and never 0', () => {
    const page = render({
      ...emptyReport(),
      relations: [table('new', { rows: null, columns: [], indexes: [], usage: null, total_bytes: 0 })],
    })
    expect(page).toContain('unknown')
    expect(visible(page)).not.toMatch(/NaN|undefined|>null<|\b0 rows/)
    const sample = sampleReport()
    const [first] = sample.relations
    if (first?.indexes[0]) first.indexes[0].scans = null
    sample.performance.cache_hit_ratio = null
    const withNulls = render(sample)
    expect(withNulls).toContain('not measured, or no traffic')
    expect(withNulls).toContain('<td data-v=""><span class="none">not measured</span></td>')
    expect(visible(withNulls)).not.toMatch(/NaN|undefined/)
  })

  test('numbers, bytes and moments are for people', () => {
    const page = render(sampleReport())
    expect(page).toContain('184,012,345')
    expect(page).toContain('26.1GB → 1.3GB')
    expect(page).toContain('<time datetime="2026-02-20T03:04:05.000Z">2026-02-20 03:04 UTC</time>')
  })

  test('what is sensitive is withheld, and the page says so', () => {
    expect(render(sampleReport())).toContain('withheld: looks sensitive')
  })

  test('no text of the database makes an element', { timeout: 60_000 }, () => {
    const usual = tags(render(hostileReport('harmless')))
    const evil = fc
      .array(
        fc.constantFrom(
          '<',
          '>',
          '"',
          "'",
          '&',
          '/',
          '!--',
          '-->',
          '\n',
          '\r',
          '\u202e',
          '</script>',
          '</noscript>',
          '<svg onload=x>',
          '|',
          'x',
        ),
        { minLength: 1, maxLength: 6 },
      )
      .map(parts => parts.join(''))
    fc.assert(
      fc.property(evil, text => {
        expect(tags(render(hostileReport(text)))).toEqual(usual)
      }),
      { numRuns: 40 },
    )
  })

  test('loads nothing and sends nothing', () => {
    const page = render(hostileReport('<b>'))
    expect(page).toMatch(/default-src &#39;none&#39;; script-src &#39;sha256-[\w+/]+=&#39;/)
    expect(page.replace(/<script[^>]*>.*?<\/script>/gs, '')).not.toMatch(
      /<(link|img|iframe|object|form)\b|\ssrc=/,
    )
  })

  test('of a large database keeps its details as text until they are opened', () => {
    const page = render(largeReport(500))
    expect(page.match(/<noscript>/g)?.length).toBeGreaterThan(500)
    expect(page.length / 500).toBeLessThan(12_000)
    expect(render(largeReport(20))).not.toContain('<noscript>')
  })

  test('every link within the page has its place', () => {
    const page = render(sampleReport())
    const ids = new Set([...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id))
    const links = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
    expect(links.filter(id => !ids.has(id))).toEqual([])
    expect(links.length).toBeGreaterThan(20)
  })
})
