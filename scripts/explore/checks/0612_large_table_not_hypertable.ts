import { formatBytes } from '../../terminal/format.ts'
import { check } from './check.ts'
import { withTimescale } from './timescale.ts'
import { comment, quoteLiteral } from './words.ts'

export const largeTableNotHypertable = check({
  number: '0612',
  name: 'large_table_not_hypertable',
  title: 'Large table of a time series that is no hypertable',
  severity: 'notice',
  why: 'It is large, has a column of time, and rows are added and hardly ever changed: what TimescaleDB is made for. As a hypertable, old rows can be dropped in a moment, and queries for a span of time read only that.',
  mend: 'Try it on a restored copy first. A primary key or unique constraint has to contain the column of time. create_hypertable with migrate_data locks the table while it moves the rows.',
  source: 'https://www.tigerdata.com/docs/reference/timescaledb/hypertables/create_hypertable',
  needs: ['relations', 'columns', 'timescale'],
  thresholds: { bytes: { default: 10 * 1024 ** 3, unit: 'bytes', meaning: 'the table is larger' } },
  find: ({ relations, columns, timescale }, { bytes }) =>
    withTimescale(timescale, () => {
      const time = new Map(
        columns
          .filter(({ type, not_null }) => not_null && type.startsWith('timestamp'))
          .map(({ oid, name }) => [oid, name]),
      )
      return relations.flatMap(table => {
        const column = time.get(table.oid)
        if (table.kind !== 'table' || table.extension !== null || table.inherits.length > 0) return []
        if (column === undefined || table.total_bytes < bytes) return []
        const { inserted = 0, updated = 0, deleted = 0 } = table.usage ?? {}
        // Orders and users have a time as well, and are changed: they are no time series.
        if (updated + deleted > inserted / 10) return []
        return [
          {
            object: table.id,
            reason: `${formatBytes(table.total_bytes)}, with the column of time ${column}; rows are added and hardly changed.`,
            sql: comment(
              `SELECT create_hypertable(${quoteLiteral(table.id)}, by_range(${quoteLiteral(column)}), migrate_data => true);`,
            ),
            worth: table.total_bytes,
          },
        ]
      })
    }),
})
