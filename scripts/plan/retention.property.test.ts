import fc from 'fast-check'
import { expect } from 'vitest'
import { holds, property } from '../test/helpers/fuzz.ts'
import { applyRetention, type Kept, type RetentionRules } from './retention.ts'

const now = new Date('2026-11-20T12:00:00Z')
const age = fc.integer({ min: -5 * 86_400, max: 900 * 86_400 })
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000)

/** Backups of a few clusters and databases; parents are any of the others, or one that is not there. */
const backups: fc.Arbitrary<Kept[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom('physical', 'dump'),
      type: fc.constantFrom('full', 'incremental', 'differential'),
      database: fc.constantFrom(null, 'app', 'app_staging'),
      cluster: fc.constantFrom('1', '2'),
      environment: fc.constantFrom('dev', 'dev', 'prod', null),
      at: age,
      order: fc.option(age),
      good: fc.boolean(),
      foreign: fc.constantFrom(false, false, false, true),
      link: fc.constantFrom(false, false, false, true),
      parent: fc.option(fc.nat(12)),
    }),
    { maxLength: 12 },
  )
  .map(list =>
    list.map(({ at, order, parent, ...rest }, i) => ({
      ...rest,
      id: String(i),
      bytes: 1,
      at: before(at),
      order: before(order ?? at),
      parent: parent === null || parent === i ? null : String(parent),
    })),
  )

const maybeDays = fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined })
const few = fc.integer({ min: 0, max: 5 })
const rules: fc.Arbitrary<RetentionRules> = fc.record({
  days: fc.integer({ min: 1, max: 400 }),
  daysOf: fc.record({ full: maybeDays, incremental: maybeDays, differential: maybeDays, dump: maybeDays }),
  daily: few,
  weekly: few,
  monthly: few,
  yearly: few,
  min: fc.integer({ min: 1, max: 4 }),
})
const cases = fc.record({ backups, rules })

const removedOf = (list: readonly Kept[], by: RetentionRules): Set<string> =>
  new Set(
    applyRetention(list, by, now)
      .filter(({ action }) => action === 'remove')
      .map(({ id }) => id),
  )
const groupOf = ({ kind, database, cluster, environment }: Kept) =>
  JSON.stringify([kind, database, cluster, environment])
const many = 500

property('the newest good one of a group is never removed, nor everything of a group', () =>
  holds(
    cases,
    ({ backups, rules }) => {
      const removed = removedOf(backups, rules)
      const ours = backups.filter(one => !one.foreign)
      for (const name of new Set(ours.map(groupOf))) {
        const group = ours.filter(one => groupOf(one) === name)
        expect(group.some(({ id }) => !removed.has(id))).toBe(true)
        const [newest] = group
          .filter(({ good, link }) => good && !link)
          .sort(
            (a, b) =>
              b.order.getTime() - a.order.getTime() ||
              b.at.getTime() - a.at.getTime() ||
              (a.id < b.id ? 1 : -1),
          )
        if (newest) expect(removed).not.toContain(newest.id)
      }
    },
    many,
  ),
)

property('nor is a foreign one, a link, what cannot be judged, or what is in the future', () =>
  holds(
    cases,
    ({ backups, rules }) => {
      const removed = removedOf(backups, rules)
      const untouchable = backups.filter(b => b.foreign || b.link || b.environment === null || b.at > now)
      expect(untouchable.filter(({ id }) => removed.has(id))).toEqual([])
    },
    many,
  ),
)

property('a parent of what is kept is kept; what goes, goes before its parent', () =>
  holds(
    // A chain that bites its tail has no order.
    cases.filter(({ backups }) =>
      backups.every(one => one.parent === null || Number(one.parent) < Number(one.id)),
    ),
    ({ backups, rules }) => {
      const decisions = applyRetention(backups, rules, now)
      const going = decisions.filter(({ action }) => action === 'remove').map(({ id }) => id)
      for (const { id, parent } of backups) {
        if (parent === null || !going.includes(parent)) continue
        expect(going.slice(0, going.indexOf(parent))).toContain(id)
      }
    },
    many,
  ),
)

property('once is enough: a second time removes nothing more', () =>
  holds(
    cases,
    ({ backups, rules }) => {
      const removed = removedOf(backups, rules)
      const left = backups.filter(({ id }) => !removed.has(id))
      expect([...removedOf(left, rules)]).toEqual([])
    },
    many,
  ),
)

property('so it is when it was cut off in the middle: what is left to do is the rest', () =>
  holds(
    fc.record({ backups, rules, done: fc.nat(12) }),
    ({ backups, rules, done }) => {
      const order = [...removedOf(backups, rules)]
      const first = new Set(order.slice(0, done))
      const rest = removedOf(
        backups.filter(({ id }) => !first.has(id)),
        rules,
      )
      expect([...rest].sort()).toEqual(order.slice(done).sort())
    },
    many,
  ),
)

property('more days, or more of anything to keep, never remove more', () =>
  holds(
    fc.record({
      backups,
      rules,
      more: fc.nat(300),
      which: fc.constantFrom('days', 'daily', 'weekly', 'monthly', 'yearly', 'min'),
    }),
    ({ backups, rules, more, which }) => {
      const looser = removedOf(backups, { ...rules, [which]: rules[which] + more })
      const removed = removedOf(backups, rules)
      expect([...looser].filter(id => !removed.has(id))).toEqual([])
    },
    many,
  ),
)

property('everything gets one decision, with reasons', () =>
  holds(cases, ({ backups, rules }) => {
    const decisions = applyRetention(backups, rules, now)
    expect(decisions.map(({ id }) => id).sort()).toEqual(backups.map(({ id }) => id).sort())
    expect(decisions.filter(({ reasons }) => reasons.length === 0 || reasons.includes(''))).toEqual([])
  }),
)
