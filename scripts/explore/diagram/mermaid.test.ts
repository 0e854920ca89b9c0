import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { columnOf, foreignKeyTo, primaryKeyOf, relationOf, reportOf } from '../../test/helpers/report.ts'
import { graphOf } from './graph.ts'
import { diagramPart } from './markdown.ts'
import { mermaidNeighbourhood, mermaidOverview, mermaidSchema } from './mermaid.ts'

const station = relationOf('public', 'station', {
  columns: [columnOf('id'), columnOf('name', 'text')],
  constraints: [primaryKeyOf('id')],
})
const meteo = relationOf('public', 'meteo', {
  kind: 'hypertable',
  columns: [columnOf('station_id', 'integer', { not_null: false })],
  constraints: [foreignKeyTo('public.station', 'station_id')],
})
const latest = relationOf('views', 'latest', { kind: 'view', uses: ['public.meteo'] })

describe('mermaid', () => {
  test('draws tables with their keys, foreign keys, and what views read', () => {
    expect(mermaidOverview(reportOf([station, meteo, latest]))).toEqual({
      text: `erDiagram
  r0["public.meteo (hypertable)"] {
    integer station_id FK
  }
  r1["public.station"] {
    integer id PK
  }
  r2["views.latest (view)"]
  r0 }o--o| r1 : "station_id"
  r2 }o..o| r0 : "reads"
`,
      note: null,
    })
  })

  test('draws one schema, and one relation with its neighbours', () => {
    const graph = graphOf(reportOf([station, meteo, latest]))
    expect(mermaidSchema(graph, 'views')?.text).toMatch(/"public\.meteo.*\n[\s\S]*"views\.latest/)
    expect(mermaidSchema(graph, 'views')?.text).not.toContain('public.station')
    expect(mermaidNeighbourhood(graph, 'public.station')?.text).not.toContain('views.latest')
  })

  test('stands in Markdown as a block, with its note', () => {
    const alone = Array.from({ length: 40 }, (_, at) => relationOf('public', `alone${at}`))
    expect(diagramPart(reportOf([station, meteo, ...alone]))).toMatch(
      /^```mermaid\nerDiagram\n[\s\S]*\n```\n\n40 relations without relationships are not shown\.$/,
    )
    expect(diagramPart(reportOf([station]))).toBeUndefined()
  })

  test('there is no diagram where nothing is related', () => {
    expect(mermaidOverview(reportOf([station]))).toBeNull()
  })

  test('no name breaks out of its quotes, of the code block, or makes a directive', () => {
    const names = fc.string({
      unit: fc.constantFrom(...'ab"\'`|%#&;<>{}[]\\\n\r\u2028*$~ü温 '),
      minLength: 1,
    })
    fc.assert(
      fc.property(names, names, (table, column) => {
        const odd = relationOf('public', `x${table}`, {
          columns: [columnOf(column, `"${table}"[]`)],
          constraints: [foreignKeyTo('public.station', column)],
        })
        const { text } = mermaidOverview(reportOf([station, odd])) ?? { text: '' }
        for (const line of text.trimEnd().split('\n')) expect(line).toMatch(grammar)
        expect(text).not.toMatch(/```|%%|[\r\u2028]/)
      }),
    )
  })

  test.each([
    ['very many tables', 2000, 'table'],
    ['names that are long and made of quotes', 150, '"'.repeat(63)],
  ])('stays below what mermaid takes: %s', (_, count, name) => {
    const tables = Array.from({ length: count }, (_, at) =>
      relationOf('public', `${at}${name}`, {
        columns: [columnOf('station_id')],
        constraints: [foreignKeyTo('public.station', 'station_id')],
      }),
    )
    const { text, note } = mermaidOverview(reportOf([station, ...tables])) ?? { text: '', note: null }
    expect(text.length).toBeLessThan(50_000)
    expect(text.length).toBeGreaterThan(1000)
    expect(text.split('\n').filter(line => line.includes('--')).length).toBeLessThan(500)
    expect(text).toContain('"public.station"')
    expect(note).toMatch(/^Shown|shown/)
  })
})

const string = '"[^"%\\\\<>`]*"'
const grammar = new RegExp(
  `^(erDiagram|  r\\d+\\[${string}\\]( \\{)?|    [A-Za-z_]\\w* [A-Za-z_]\\w* (PK|FK|PK, FK)( ${string})?|  \\}|  r\\d+ [}|]o(--|\\.\\.)(\\|\\||o\\|) r\\d+ : ${string})$`,
)
