import { check } from './check.ts'
import { groupBy, isOwnTable } from './tables.ts'
import { comment, enumerate, quoteIdent } from './words.ts'

/** Names of columns that mean a moment, and not an hour that a clock on a wall shows, as opening hours do. */
const moment = /(^|_)(at|ts|timestamp|created|updated|modified|deleted|inserted|logged|recorded)$/i

export const timestampWithoutTimeZone = check({
  number: '0111',
  name: 'timestamp_without_time_zone',
  title: 'Moment in time without its time zone',
  severity: 'notice',
  why: 'A column of type timestamp keeps what a clock showed, and not where that clock was. Who reads it from another time zone, or after the clocks have changed, gets another moment.',
  mend: 'Change the type to timestamp with time zone (timestamptz), and name the zone that the values were written in. The table is rewritten under a lock.',
  source: 'https://wiki.postgresql.org/wiki/Don%27t_Do_This',
  needs: ['relations', 'columns', 'timescale'],
  find({ relations, columns, timescale }) {
    const time = new Set(
      timescale?.hypertables.flatMap(({ relation, dimensions }) =>
        dimensions.filter(({ kind }) => kind === 'time').map(({ column }) => `${relation} ${column}`),
      ),
    )
    const naive = groupBy(
      columns.filter(
        ({ oid, name, type }) =>
          /^timestamp(\(\d\))? without time zone$/.test(type) &&
          (moment.test(name) || time.has(`${oid} ${name}`)),
      ),
      ({ oid }) => oid,
    )
    return relations.filter(isOwnTable).flatMap(({ oid, id, partition_key, total_bytes }) => {
      const names = (naive.get(oid) ?? []).map(({ name }) => quoteIdent(name))
      if (names.length === 0) return []
      const alter = names.map(
        name => `ALTER COLUMN ${name} TYPE timestamptz USING ${name} AT TIME ZONE 'UTC'`,
      )
      return [
        {
          object: id,
          reason: `${enumerate(names)} of ${id} ${names.length === 1 ? 'is' : 'are'} of type timestamp without time zone.`,
          sql: names.some(name => partition_key?.includes(name))
            ? comment(
                `The table is partitioned by ${partition_key}, and the type of such a column cannot be changed:\nmake a new table, and copy the rows.`,
              )
            : [
                comment(
                  'Put the zone that the values were written in in the place of UTC. Rewrites the table.',
                ),
                `ALTER TABLE ${id}\n  ${alter.join(',\n  ')};`,
              ].join('\n'),
          worth: total_bytes,
        },
      ]
    })
  },
})
