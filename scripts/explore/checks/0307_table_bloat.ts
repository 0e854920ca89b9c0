import { formatBytes } from '../../terminal/format.ts'
import { check } from './check.ts'
import { byOid, isOwnTable } from './tables.ts'
import { comment, plural } from './words.ts'

export const tableBloat = check({
  number: '0307',
  name: 'table_bloat',
  title: 'Table that is mostly empty space, by an estimate',
  severity: 'notice',
  why: 'VACUUM makes the place of dead rows free for new ones, and does not give it back to the disk. After a large DELETE, or a long time without VACUUM, a table may be several times as large as its rows: every full read and every backup pays for it.',
  mend: 'First see why it grew, or it grows again. New rows will fill the space. If none are to come, rewrite the table: VACUUM FULL locks it for everybody meanwhile, and needs room for a second copy; the extension pg_repack does it without the long lock. The figure is an estimate from column statistics; the extension pgstattuple measures it.',
  source: 'https://wiki.postgresql.org/wiki/Show_database_bloat',
  needs: ['relations', 'bloat'],
  thresholds: {
    percent: { default: 50, unit: '%', meaning: 'estimated share of a table that is empty' },
    bytes: { default: 100 * 1024 ** 2, unit: 'bytes', meaning: 'less is not worth the lock' },
  },
  find({ relations, bloat }, limits) {
    const relation = byOid(relations)
    const large = relations.filter(table => isOwnTable(table) && table.table_bytes >= limits.bytes)
    if (bloat.length === 0 && large.length > 0)
      return {
        not_assessed: `There is no estimate of any table: of the columns of ${plural(large.length, 'large one')} there are no statistics, or none that this role may see. ANALYZE makes them, and who may read the tables sees them.`,
      }
    return bloat.flatMap(({ relation: oid, table_bytes, bloat_bytes }) => {
      const table = relation.get(oid)
      const percent = (100 * bloat_bytes) / table_bytes
      if (!table || !isOwnTable(table) || percent < limits.percent || bloat_bytes < limits.bytes) return []
      return [
        {
          object: table.id,
          reason: `By an estimate ${formatBytes(bloat_bytes)} of its ${formatBytes(table_bytes)} are empty, ${percent.toFixed(0)} %.`,
          sql: [
            comment('Nobody can read or write it meanwhile, and it needs room for a second copy.'),
            `VACUUM (FULL, ANALYZE, VERBOSE) ${table.id};`,
          ].join('\n'),
          worth: bloat_bytes,
        },
      ]
    })
  },
})
