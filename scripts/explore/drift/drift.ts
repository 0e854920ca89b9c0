import type { FactName } from '../facts.ts'
import type { Finding, Relation, Report } from '../report.ts'
import { compare } from '../words.ts'
import { type Item, itemsOf } from './items.ts'
import { unusedSince } from './unused.ts'

/** What is different between two reports. A thing that was renamed is one that is gone and one that is new. */
export type Drift = {
  /** When the older report was made, and the newer; ISO 8601, UTC. */
  since: string
  until: string
  health: { from: number | null; to: number | null }
  added: Thing[]
  removed: Thing[]
  changed: Change[]
  /** By how much, the most first. */
  grew: Growth[]
  unused: Unused[]
  findings: { new: DriftFinding[]; gone: DriftFinding[] }
  /** What one of the two reports does not have. */
  not_compared: { what: string; why: string }[]
}
export type Thing = { what: string; name: string; relation: string | null }
export type Change = Thing & { aspect: string; from: string | null; to: string | null }
type Figures = { from: number; to: number }
/** Null where one of the reports does not know it, or knows it from another source. */
export type Growth = { relation: string; bytes: Figures | null; rows: Figures | null }
/** An index that was used before the older report, and not once since. */
export type Unused = { index: string; relation: string; bytes: number; scans: number; days: number }
export type DriftFinding = Pick<Finding, 'check' | 'title' | 'severity' | 'object' | 'relation' | 'reason'>

/** A table that is a tenth larger, and by so much, is worth a line. */
const growth = { share: 0.1, bytes: 1024 ** 2, rows: 10_000 } as const

/** Pure. Only what both reports measured is compared: what nobody could see is not gone. */
export function drift(older: Report, newer: Report): Drift {
  const missing = notCompared(older, newer)
  const relations = pairsOf(older.relations, newer.relations)
  const unused = unusedSince(older, newer, relations)
  return {
    since: older.generated_at,
    until: newer.generated_at,
    health: { from: older.health.score, to: newer.health.score },
    ...compareItems(older, newer, fact => !missing.some(({ what }) => what === wordsOf(fact))),
    grew: relations.flatMap(grewBetween).sort(byGrowth),
    unused: 'why' in unused ? [] : unused.indexes,
    findings: compareFindings(older, newer),
    not_compared: [...missing, ...('why' in unused ? [missed('unused indexes', unused.why)] : [])],
  }
}

const missed = (what: string, why: string): Drift['not_compared'][number] => ({ what, why })
const wordsOf = (fact: FactName): string => fact.replaceAll('_', ' ')

const compared: readonly FactName[] = [
  ...([
    'relations',
    'columns',
    'constraints',
    'indexes',
    'triggers',
    'policies',
    'grants',
    'schemas',
  ] as const),
  ...(['functions', 'types', 'sequences', 'extensions', 'roles', 'timescale'] as const),
]

function notCompared(older: Report, newer: Report): Drift['not_compared'] {
  return compared.flatMap(fact => {
    const what = wordsOf(fact)
    const before = older.not_measured.find(one => one.what === what)
    const now = newer.not_measured.find(one => one.what === what)
    const missing = before ?? now
    if (missing === undefined) return []
    return [{ what, why: `Not measured ${before ? 'in the older report' : 'now'}: ${missing.why}` }]
  })
}

function compareItems(
  older: Report,
  newer: Report,
  measured: (fact: FactName) => boolean,
): Pick<Drift, 'added' | 'removed' | 'changed'> {
  const index = (report: Report): Map<string, Item> =>
    new Map([...itemsOf(report)].filter(({ fact }) => measured(fact)).map(one => [one.key, one]))
  const [before, now] = [index(older), index(newer)]
  // What a table consists of comes and goes with it.
  const itself = ({ key, relation }: Item, other: ReadonlyMap<string, Item>): boolean =>
    relation === null ||
    key === `relation ${relation}` ||
    key.startsWith('job ') ||
    other.has(`relation ${relation}`)
  return {
    added: [...now.values()]
      .filter(one => !before.has(one.key) && itself(one, before))
      .map(thing)
      .sort(byName),
    removed: [...before.values()]
      .filter(one => !now.has(one.key) && itself(one, now))
      .map(thing)
      .sort(byName),
    changed: [...now.values()]
      .flatMap(one => {
        const was = before.get(one.key)
        return was ? changesOf(was, one) : []
      })
      .sort((a, b) => byName(a, b) || compare(a.aspect, b.aspect)),
  }
}

const thing = ({ what, name, relation }: Item): Thing => ({ what, name, relation })
const byName = (a: Thing, b: Thing): number =>
  compare(a.relation ?? '', b.relation ?? '') || compare(a.what, b.what) || compare(a.name, b.name)

const changesOf = (was: Item, is: Item): Change[] =>
  Object.entries(is.aspects).flatMap(([aspect, to]) => {
    const from = Object.hasOwn(was.aspects, aspect) ? was.aspects[aspect] : undefined
    return from === undefined || to === undefined || from === to ? [] : [{ ...thing(is), aspect, from, to }]
  })

function pairsOf(older: readonly Relation[], newer: readonly Relation[]): [Relation, Relation][] {
  const before = new Map(older.map(one => [one.id, one]))
  return newer.flatMap(now => {
    const was = before.get(now.id)
    return was ? [[was, now] as [Relation, Relation]] : []
  })
}

function grewBetween([was, now]: [Relation, Relation]): Growth[] {
  // An estimate and an exact size differ without anything having grown.
  const bytes = was.sizes_exact === now.sizes_exact ? { from: was.total_bytes, to: now.total_bytes } : null
  const rows = was.rows === null || now.rows === null ? null : { from: was.rows, to: now.rows }
  const isMore = (figures: Figures | null, least: number): boolean =>
    figures !== null && increase(figures) >= Math.max(least, figures.from * growth.share)
  if (!isMore(bytes, growth.bytes) && !isMore(rows, growth.rows)) return []
  return [{ relation: now.id, bytes, rows }]
}
const increase = (figures: Figures | null): number => (figures === null ? 0 : figures.to - figures.from)
const byGrowth = (a: Growth, b: Growth): number =>
  increase(b.bytes) - increase(a.bytes) ||
  increase(b.rows) - increase(a.rows) ||
  compare(a.relation, b.relation)

/** Of checks that both reports could make: what was not looked for is neither new nor gone. */
function compareFindings(older: Report, newer: Report): Drift['findings'] {
  const made = (report: Report): Set<string> =>
    new Set(
      report.checks
        .filter(({ outcome }) => outcome !== 'not assessed' && outcome !== 'off')
        .map(({ number }) => number),
    )
  const [before, now] = [made(older), made(newer)]
  const both = (one: Finding): boolean => before.has(one.check) && now.has(one.check)
  const key = ({ check, object, relation }: Finding): string => JSON.stringify([check, object, relation])
  const only = (report: Report, other: Report): DriftFinding[] => {
    const known = new Set(other.findings.map(key))
    return report.findings
      .filter(one => both(one) && !known.has(key(one)))
      .map(({ check, title, severity, object, relation, reason }) => ({
        check,
        title,
        severity,
        object,
        relation,
        reason,
      }))
  }
  return { new: only(newer, older), gone: only(older, newer) }
}
