import type { Inventory } from '../catalog/inventory.ts'
import type { DumpMetadata, Unsigned } from '../catalog/metadata.ts'
import type { DatabaseFacts } from '../postgres/database_facts.ts'
import type { DumpServer } from '../postgres/server_facts.ts'
import type { ImageFacts } from '../runtime/runtime.ts'
import type { Settings } from '../settings/options.ts'
import type { DumpPlan } from './dump.ts'
import type { Selection } from './dump_selection.ts'

export type DumpedFacts = {
  plan: DumpPlan
  settings: Pick<Settings, 'label' | 'environment' | 'only' | 'noAcl'>
  server: DumpServer
  database: DatabaseFacts
  selection: Selection
  image: ImageFacts
  origin: Pick<ImageFacts, 'image' | 'id' | 'digest'> | undefined
  inventory: Inventory
  tableCounts: Record<string, number>
  contents: DumpMetadata['contents']
  files: DumpMetadata['files']
  checksum: string
  startedAt: Date
  orderedAt: Date
  now: Date
  seconds: number
}

/** What `<id>.metadata.json` says of a dump that was made and read through. */
export function describeDump(facts: DumpedFacts): Unsigned<DumpMetadata> {
  const { plan, settings, server, database, selection, image, origin, files } = facts
  const { startedAt, orderedAt, now } = facts
  return {
    schema_version: 1,
    id: plan.id,
    kind: 'dump',
    type: 'full',
    parent_id: null,
    label: settings.label ?? null,
    environment: settings.environment,
    started_at: startedAt.toISOString(),
    ...(orderedAt.getTime() !== startedAt.getTime() && { ordered_at: orderedAt.toISOString() }),
    backup_timestamp: now.toISOString(),
    duration_seconds: Number(facts.seconds.toFixed(3)),
    format: plan.format,
    backup_file: plan.file,
    roles_file: plan.rolesFile,
    files,
    backup_size_bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    checksum_sha256: facts.checksum,
    compression: plan.compression,
    encryption: null,
    postgresql_version: server.version,
    pg_dump_version: image.version,
    tool_versions: { pg_dump: image.version },
    server: {
      system_identifier: server.systemIdentifier,
      version_text: server.versionText,
      architecture: server.architecture,
      data_checksums: server.dataChecksums,
      encoding: database.encoding,
      collation: {
        provider: database.provider,
        name: database.locale ?? database.collate,
        ...(server.collation.version && { version: server.collation.version }),
      },
      libc: server.libc,
      timescaledb: database.timescaledb
        ? [
            {
              database: database.name,
              version: database.timescaledb.version,
              edition: database.timescaledb.edition,
            },
          ]
        : [],
      ...(origin && {
        image: origin.image,
        image_id: origin.id,
        ...(origin.digest && { image_digest: origin.digest }),
      }),
    },
    database_name: database.name,
    database: {
      owner: database.owner,
      encoding: database.encoding,
      provider: database.provider,
      collate: database.collate,
      ctype: database.ctype,
      locale: database.locale,
      icu_rules: database.icuRules,
    },
    database_size_bytes: database.bytes ?? 0,
    extensions: database.extensions,
    roles: database.roles,
    tablespaces: database.tablespaces,
    selection: {
      tables: selection.tables,
      exclude_tables: selection.excludeTables,
      schemas: selection.schemas,
      only: settings.only ?? null,
      privileges: !settings.noAcl,
    },
    table_counts: facts.tableCounts,
    contents: facts.contents,
    inventory: facts.inventory,
    verified: { at: now.toISOString(), level: 'deep', result: 'ok' },
  }
}
