import type { FactName, Facts } from '../facts.ts'
import type { Found } from './check.ts'
import { comment, quoteIdent } from './words.ts'

/** What the checks of transaction ids and of multixact ids share: the same counter of 32 bits twice. */

export const needs = ['server', 'relations', 'wraparound'] as const satisfies readonly FactName[]

export const thresholds = (setting: string) => ({
  times: {
    default: 2,
    unit: `times ${setting}`,
    meaning: 'autovacuum begins at once; an age of this shows that it does not get through: a warning',
  },
  critical_percent: { default: 75, unit: '%', meaning: 'share of what can be counted to: critical' },
})

/** How far apart two of them may be: half of what 32 bits can count. */
const most = 2 ** 31

type Counter = {
  unit: string
  setting: string
  relation: 'xid_age' | 'mxid_age'
  freezeAt: number
}

export function oldRows(
  { server, relations, wraparound }: Pick<Facts, (typeof needs)[number]>,
  limits: { times: number; critical_percent: number },
  { unit, setting, relation: field, freezeAt }: Counter,
): Found[] {
  const critical = (most * limits.critical_percent) / 100
  const isOld = (age: number | null): age is number =>
    age !== null && (age >= critical || age > limits.times * freezeAt)
  const found = (what: string, age: number) => ({
    reason: `The oldest row of ${what} is ${age.toLocaleString('en-US')} ${unit} old, ${((100 * age) / most).toFixed(1)} % of what the server can count to; autovacuum begins at ${setting} = ${freezeAt.toLocaleString('en-US')}.`,
    severity: age >= critical ? ('critical' as const) : ('warning' as const),
    worth: age,
  })
  const tables = relations.flatMap(({ id, [field]: age }) =>
    isOld(age) ? [{ object: id, ...found(id, age), sql: `VACUUM (FREEZE, VERBOSE) ${id};` }] : [],
  )
  const databases = wraparound.databases.flatMap(({ name, [field]: age, allows_connections }) => {
    // The tables of this database say it better; where none of them is old, one of the server's own is.
    if (!isOld(age) || (name === server.database && tables.length > 0)) return []
    const sql = allows_connections
      ? `${name === server.database ? '' : `${comment(`In database ${quoteIdent(name)}:`)}\n`}VACUUM (FREEZE);`
      : comment('Nobody can connect to it: autovacuum alone mends it. See that autovacuum is on.')
    return [{ object: '', ...found(`database ${quoteIdent(name)}`, age), sql }]
  })
  return [...tables, ...databases]
}
