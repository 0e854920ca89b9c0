import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { columnOf, foreignKeyTo, primaryKeyOf, relationOf, reportOf } from '../../test/helpers/report.ts'
import type { RelationKind } from '../facts.ts'
import { type Diagrams, drawDiagrams } from './diagrams.ts'
import { graphOf } from './graph.ts'
import { dotOf, layOut } from './graphviz.ts'
import { caps, overviewOf } from './select.ts'

const station = relationOf('public', 'station', {
  columns: [columnOf('id')],
  constraints: [primaryKeyOf('id')],
})
const referring = (name: string, to = 'public.station', nullable = false) =>
  relationOf('public', name, {
    columns: [columnOf('station_id', 'integer', { not_null: !nullable })],
    constraints: [foreignKeyTo(to, 'station_id')],
  })
const allOf = ({ overview, schemas, neighbourhoods }: Diagrams): string[] => [
  ...(overview ? [overview.svg] : []),
  ...Object.values(schemas).map(({ svg }) => svg),
  ...Object.values(neighbourhoods),
]

describe('links', () => {
  test('are foreign keys, what views and continuous aggregates read, and inheritance', () => {
    const graph = graphOf(
      reportOf([
        station,
        referring('meteo'),
        referring('maybe', 'public.station', true),
        relationOf('public', 'one', {
          columns: [columnOf('station_id')],
          constraints: [primaryKeyOf('station_id'), foreignKeyTo('public.station', 'station_id')],
        }),
        relationOf('public', 'daily', {
          kind: 'continuous aggregate',
          uses: ['public.meteo'],
          continuous_aggregate: { source: 'public.meteo' } as never,
        }),
        relationOf('public', 'latest', { kind: 'view', uses: ['public.meteo', 'gone.away'] }),
        relationOf('public', 'old', { inherits: ['public.meteo'] }),
        relationOf('public', 'theirs', { extension: 'postgis', uses: ['public.meteo'] }),
      ]),
    )
    const shown = graph.links.map(({ from, to, kind, many, optional }) =>
      [from.slice(7), kind, to.slice(7), many && 'many', optional && 'optional'].filter(Boolean).join(' '),
    )
    expect(shown).toEqual([
      'daily aggregates meteo',
      'latest reads meteo',
      'maybe foreign key station many optional',
      'meteo foreign key station many',
      'old inherits meteo',
      'one foreign key station',
    ])
  })

  test('of several foreign keys between two tables are one', () => {
    const match = relationOf('public', 'match', {
      columns: [columnOf('home'), columnOf('guest', 'integer', { not_null: false })],
      constraints: [foreignKeyTo('public.team', 'home'), foreignKeyTo('public.team', 'guest')],
    })
    const { links } = graphOf(reportOf([match, relationOf('public', 'team')]))
    expect(links).toMatchObject([{ labels: ['home → id', 'guest → id'], many: true, optional: true }])
  })
})

describe('diagrams', () => {
  test('are an overview, one for each schema where there are several, and one for each relation', async () => {
    const alone = relationOf('public', 'alone')
    const one = await drawDiagrams(reportOf([station, referring('meteo'), alone]))
    expect(one.overview?.svg).toMatch(/^<svg [^>]*role="img"[^>]*><title>[^<]+<\/title><desc>[^<]+<\/desc>/)
    expect(one.overview?.svg).toContain('href="#relation-public.meteo"')
    expect(one.overview?.svg).toContain('href="#relation-public.alone"')
    expect(one.overview?.note).toBeNull()
    expect(one.schemas).toEqual({})
    expect(Object.keys(one.neighbourhoods).sort()).toEqual(['public.meteo', 'public.station'])
    const view = relationOf('views', 'latest', { kind: 'view', uses: ['public.station'] })
    const two = await drawDiagrams(reportOf([station, referring('meteo'), view]))
    expect(Object.keys(two.schemas).sort()).toEqual(['public', 'views'])
    expect(two.schemas.views?.svg).not.toContain('meteo')
  })

  test('of a large database leave out what stands alone', async () => {
    const alone = Array.from({ length: 40 }, (_, at) => relationOf('public', `alone${at}`))
    const { overview } = await drawDiagrams(reportOf([station, referring('meteo'), ...alone]))
    expect(overview?.svg.match(/<a /g)).toHaveLength(2)
    expect(overview?.note).toBe('40 relations without relationships are not shown.')
  })

  test('there are none where nothing is related', async () => {
    expect(await drawDiagrams(reportOf([station]))).toEqual({
      overview: null,
      schemas: {},
      neighbourhoods: {},
      notes: [],
    })
  })

  test('are the same bytes every time', async () => {
    const report = reportOf([station, ...Array.from({ length: 40 }, (_, at) => referring(`t${at}`))])
    expect(await drawDiagrams(report)).toEqual(await drawDiagrams(report))
  })

  test('no name breaks out, and nothing has an id or a style that another diagram could meet', async () => {
    const odd = [
      '<b>"x"</b>',
      'a|b',
      'line\nbreak\u2028\u0007',
      "']]>-->",
      '</title></svg><script>',
      '温度 größe 🙂',
    ]
    const report = reportOf([station, ...odd.map(name => referring(name))])
    for (const svg of allOf(await drawDiagrams(report))) {
      const tags = [...svg.matchAll(/<\/?(\w+)/g)].map(([, tag]) => tag)
      expect([...new Set(tags)].sort()).toEqual(
        expect.arrayContaining(['a', 'desc', 'g', 'path', 'rect', 'svg', 'text', 'title']),
      )
      expect(tags.filter(tag => tag === 'script' || tag === 'b' || tag === 'x')).toEqual([])
      expect(svg.match(/<svg/g)).toHaveLength(1)
      expect(svg).not.toMatch(/ (id|style|class|on\w+)=/)
      expect(svg).not.toMatch(/NaN|undefined|Infinity|null/)
      expect(svg).not.toContain('\u0007')
    }
  })

  test('the kinds differ by more than a colour', async () => {
    const kinds: RelationKind[] = [
      'table',
      'partitioned table',
      'hypertable',
      'view',
      'materialized view',
      'continuous aggregate',
      'foreign table',
    ]
    const relations = kinds.map((kind, at) =>
      relationOf('public', `r${at}`, { kind, uses: ['public.station'] }),
    )
    const { overview } = await drawDiagrams(reportOf([station, ...relations]))
    const looks = kinds.map((kind, at) => {
      const [, box = ''] = overview?.svg.match(`<title>public.r${at}: ${kind}</title>(.*?)<text`) ?? []
      return box.replace(/ (x|y|width|height)="[^"]*"/g, '')
    })
    expect(new Set(looks).size).toBe(kinds.length)
  })

  test('are drawn in rows where Graphviz is not ready in time', async () => {
    const tables = [
      station,
      ...Array.from({ length: 8 }, (_, at) => referring(`t${at}`)),
      referring('x', 'public.x'),
    ]
    const { overview } = await drawDiagrams(reportOf(tables), { timeLimit: 0 })
    expect(overview?.note).toMatch(/^Drawn in rows.*not ready within 0 seconds\.$/)
    expect(overview?.svg.match(/<a /g)).toHaveLength(10)
    expect(overview?.svg.match(/ refers to /g)).toHaveLength(9)
    expect(overview?.svg).not.toMatch(/NaN|undefined/)
  })

  test('are capped, and say what is left out', async () => {
    const tables = Array.from({ length: 400 }, (_, at) => referring(`t${at}`))
    const { overview, neighbourhoods, notes } = await drawDiagrams(reportOf([station, ...tables]))
    expect(overview?.svg.match(/<a /g)).toHaveLength(caps.nodes)
    expect(overview?.note).toBe(
      'Shown are the 150 relations with the most relationships; 251 others with relationships are not.',
    )
    expect(Object.keys(neighbourhoods)).toHaveLength(300)
    expect(notes).toEqual([expect.stringMatching(/^The 300 largest.*; 101 others have none/)])
    const hub = neighbourhoods['public.station'] ?? ''
    expect(hub.match(/<a /g)).toHaveLength(caps.neighbours + 1)
    expect(hub).toContain('370 more relations are related to it')
  })

  test('a tangled graph draws only so many lines', () => {
    const ids = Array.from({ length: 60 }, (_, at) => at)
    const tables = ids.map(at =>
      relationOf('public', `t${at}`, { uses: ids.filter(to => to > at).map(to => `public.t${to}`) }),
    )
    const selection = overviewOf(graphOf(reportOf(tables)))
    expect(selection?.links).toHaveLength(caps.links)
    expect(selection?.note).toBe('Only 300 of 1,770 relationships between them are drawn.')
  })
})

describe('Graphviz', () => {
  const graph = 'digraph { a -> b }'

  test('that fails costs only its own picture', async () => {
    const [bad, good] = await layOut(['graph {', graph])
    expect(bad).toEqual({ failed: expect.stringContaining('syntax error') })
    expect(good).toEqual({ plain: expect.stringContaining('edge a b') })
  })

  test('that takes too long is ended', async () => {
    const edges = Array.from({ length: 3000 }, (_, at) => `${(at * 7919) % 401} -> ${(at * 104729) % 397}`)
    const started = performance.now()
    const [slow] = await layOut([`digraph { ${edges.join('\n')} }`], undefined, 500)
    expect(slow).toEqual({ failed: 'It was not ready within 0.5 seconds.' })
    expect(performance.now() - started).toBeLessThan(5000)
  })

  test('ends with the signal', async () => {
    const controller = new AbortController()
    const drawn = layOut([graph], controller.signal)
    controller.abort()
    await expect(drawn).rejects.toThrow(/abort/i)
    await expect(layOut([graph], controller.signal)).rejects.toThrow(/abort/i)
  })

  test('never hears a name', () => {
    fc.assert(
      fc.property(fc.string(), name => {
        const box = { relation: relationOf('s', name), rows: [], marksWidth: 0, width: 72, height: 36 }
        expect(dotOf([box], [])).toMatch(/^[\s\S]*\n0 \[width=1 height=0.5\]\n}$/)
      }),
    )
  })
})
