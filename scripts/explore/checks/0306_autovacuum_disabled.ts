import { check, type Found } from './check.ts'
import { isOwnTable } from './tables.ts'
import { plural, quoteLiteral } from './words.ts'

export const autovacuumDisabled = check({
  number: '0306',
  name: 'autovacuum_disabled',
  title: 'Autovacuum is switched off',
  severity: 'warning',
  why: 'Without autovacuum dead rows stay, tables grow, statistics grow old, and in the end transaction ids run out. It is often switched off for a large import, and then forgotten.',
  mend: 'Switch it on again. Where it disturbs, let it work more often and in smaller steps, instead of never: autovacuum_vacuum_scale_factor and autovacuum_vacuum_cost_delay can be set for a single table. TimescaleDB switches it off itself for chunks that are compressed; those are not meant here.',
  source: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM',
  needs: ['relations', 'settings'],
  find({ relations, settings }) {
    const server: Found[] =
      settings.autovacuum?.setting === 'off'
        ? [
            {
              object: '',
              severity: 'critical',
              reason: 'The setting autovacuum is off: nothing is vacuumed or analyzed by itself.',
              sql: 'ALTER SYSTEM SET autovacuum = on;\nSELECT pg_reload_conf();',
            },
          ]
        : []
    const tables = relations
      .filter(isOwnTable)
      .filter(({ autovacuum_off }) => autovacuum_off > 0)
      .map(({ id, kind, parts, autovacuum_off, total_bytes }) => ({
        object: id,
        reason:
          kind === 'table'
            ? `Table ${id} has autovacuum_enabled=false.`
            : `Of ${id} and its ${plural(parts, 'part')}, ${plural(autovacuum_off, 'has', 'have')} autovacuum_enabled=false.`,
        sql:
          kind === 'partitioned table' ? ofPartitions(id) : `ALTER TABLE ${id} RESET (autovacuum_enabled);`,
        worth: total_bytes,
      }))
    return [...server, ...tables]
  },
})

/** A partitioned table has no such setting, and passes none on. */
const ofPartitions = (id: string): string =>
  [
    '-- In psql, \\gexec at the end runs what this shows:',
    "SELECT format('ALTER TABLE %s RESET (autovacuum_enabled);', c.oid::regclass)",
    `  FROM pg_partition_tree(${quoteLiteral(id)}) p JOIN pg_class c ON c.oid = p.relid`,
    "  WHERE EXISTS (SELECT FROM unnest(c.reloptions) o WHERE o LIKE 'autovacuum_enabled=%');",
  ].join('\n')
