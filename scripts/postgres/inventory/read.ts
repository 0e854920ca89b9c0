import type { Inventory } from '../../catalog/inventory.ts'
import { type Session, withTextSettings } from '../text_settings.ts'
import { objectKinds, readObjects } from './objects.ts'
import { countChunkObjects, type ObjectRow, readRelations } from './relations.ts'
import { readSequences } from './sequences.ts'
import { readTimescale } from './timescale.ts'

const relationKinds = [
  ...[
    'tables',
    'partitioned_tables',
    'views',
    'materialized_views',
    'foreign_tables',
    'sequences',
    'indexes',
  ],
  ...['constraints', 'triggers', 'defaults', 'children', 'policies', 'row_security', 'rules'],
  'publication_tables',
  'foreign_keys_to_chunks',
]

/**
 * What is in the database of this session. It reads the catalogs and changes nothing, so it can be the first thing
 * in the transaction whose snapshot pg_dump takes: REPEATABLE READ, READ ONLY. The number of statements is the same
 * for every database. Everybody may read the catalogs; sequences need SELECT or USAGE, as for pg_dump.
 *
 * What sequences have given out is not in the snapshot: pg_dump, which comes later, may see a later value.
 * @throws ToolkitError connection where the role may not read a sequence, and everything (`whole`) is asked for.
 */
export const readInventory = (session: Session, { whole = true } = {}): Promise<Inventory> =>
  withTextSettings(session, async () => {
    const { rows } =
      await session.query(`SELECT (SELECT count(*)::int FROM pg_largeobject_metadata) AS large_objects,
      to_regclass('_timescaledb_catalog.hypertable') IS NOT NULL AS timescale`)
    const { large_objects, timescale } = rows[0]
    const found = [...(await readRelations(session, timescale)), ...(await readObjects(session))]
    const unfinished = (kind: string) => names(found.filter(row => row.kind === kind && row.unfinished))
    return {
      objects: byKind(found),
      invalid: { indexes: unfinished('indexes'), constraints: unfinished('constraints') },
      unpopulated: unfinished('materialized_views'),
      chunk_objects: await countChunkObjects(session, timescale),
      sequences: await readSequences(session, timescale, whole),
      large_objects,
      ...(timescale
        ? await readTimescale(session)
        : { hypertables: [], continuous_aggregates: [], jobs: [] }),
    }
  })

/** In the order of code units: that of the server’s own language may differ between two servers. */
const names = (rows: readonly ObjectRow[]): string[] => rows.map(({ name }) => name).sort()

/** A kind of which there is nothing is there as well: it was looked for. */
function byKind(rows: readonly ObjectRow[]): Record<string, string[]> {
  const found = new Map<string, ObjectRow[]>([...relationKinds, ...objectKinds].map(kind => [kind, []]))
  for (const row of rows) found.get(row.kind)?.push(row)
  return Object.fromEntries([...found].map(([kind, some]) => [kind, names(some)]))
}
