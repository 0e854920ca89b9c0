import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checksumOf, type DumpMetadata, sealMetadata, type Unsigned } from '../../catalog/metadata.ts'
import { dumpId } from '../../plan/dump_name.ts'
import { metadata } from './samples.ts'

export const dumpFiles = (id: string) => ({ dump: `${id}.dump`, metadata: `${id}.metadata.json` })

/** What a dump of that database says of itself. */
export function dumpMetadata(
  database: string,
  startedAt: string,
  files: DumpMetadata['files'],
  changes: Partial<Unsigned<DumpMetadata>> = {},
): Unsigned<DumpMetadata> {
  const { schema_version, parent_id, label, environment, duration_seconds, compression, encryption } =
    metadata
  const id = dumpId(database, environment, new Date(startedAt))
  return {
    ...{ schema_version, parent_id, label, environment, duration_seconds, compression, encryption },
    ...{
      id,
      kind: 'dump',
      type: 'full',
      format: 'custom',
      backup_file: dumpFiles(id).dump,
      roles_file: null,
    },
    ...{ started_at: startedAt, backup_timestamp: startedAt, files, checksum_sha256: checksumOf(files) },
    backup_size_bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    ...{ postgresql_version: '17.11', pg_dump_version: '17.11', tool_versions: { pg_dump: '17.11' } },
    server: metadata.server,
    database_name: database,
    database: {
      ...{ owner: 'postgres', encoding: 'UTF8', provider: 'libc', collate: 'C', ctype: 'C' },
      ...{ locale: null, icu_rules: null },
    },
    ...{ database_size_bytes: 1000, extensions: [], roles: [], tablespaces: [], table_counts: {} },
    selection: { tables: [], exclude_tables: [], schemas: [], only: null, privileges: true },
    contents: { entries: 0, data_tables: 0, rows: 0 },
    inventory: {
      ...{ objects: {}, invalid: { indexes: [], constraints: [] }, unpopulated: [] },
      chunk_objects: { indexes: 0, constraints: 0, triggers: 0 },
      ...{ sequences: {}, large_objects: 0, hypertables: [], continuous_aggregates: [], jobs: [] },
    },
    verified: { at: startedAt, level: 'deep', result: 'ok' },
    ...changes,
  }
}

/** A file that looks like a dump of ours, with its description. */
export async function describedDump(
  folder: string,
  database: string,
  startedAt = '2026-01-31T12:00:00.000Z',
  changes: Partial<Unsigned<DumpMetadata>> = {},
): Promise<{ id: string; file: string; metadata: string }> {
  const content = 'PGDMP and more'
  const id = dumpId(database, metadata.environment, new Date(startedAt))
  const sha256 = createHash('sha256').update(content).digest('hex')
  const files = [{ name: dumpFiles(id).dump, bytes: content.length, sha256 }]
  const paths = { file: join(folder, dumpFiles(id).dump), metadata: join(folder, dumpFiles(id).metadata) }
  await writeFile(paths.file, content)
  await writeFile(paths.metadata, sealMetadata(dumpMetadata(database, startedAt, files, changes)))
  return { id, ...paths }
}
