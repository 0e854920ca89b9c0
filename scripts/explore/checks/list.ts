import { tableWithoutPrimaryKey } from './0101_table_without_primary_key.ts'
import { foreignKeyTypeMismatch } from './0102_foreign_key_type_mismatch.ts'
import { constraintNotValidated } from './0103_constraint_not_validated.ts'
import { sequenceNearLimit } from './0104_sequence_near_limit.ts'
import { unloggedTable } from './0105_unlogged_table.ts'
import { policiesWithoutRowSecurity } from './0106_policies_without_row_security.ts'
import { securityDefinerWithoutSearchPath } from './0107_security_definer_without_search_path.ts'
import { publicSchemaOpen } from './0108_public_schema_open.ts'
import { outdatedExtension } from './0109_outdated_extension.ts'
import { collationVersionMismatch } from './0110_collation_version_mismatch.ts'
import { timestampWithoutTimeZone } from './0111_timestamp_without_time_zone.ts'
import { rowSecurityWithoutPolicies } from './0112_row_security_without_policies.ts'
import { unusedIndex } from './0201_unused_index.ts'
import { duplicateIndex } from './0202_duplicate_index.ts'
import { indexCoveredByPrefix } from './0203_index_covered_by_prefix.ts'
import { foreignKeyWithoutIndex } from './0204_foreign_key_without_index.ts'
import { invalidIndex } from './0205_invalid_index.ts'
import { tableReadInFullOften } from './0206_table_read_in_full_often.ts'
import { transactionIdWraparound } from './0301_transaction_id_wraparound.ts'
import { multixactWraparound } from './0302_multixact_wraparound.ts'
import { vacuumOverdue } from './0303_vacuum_overdue.ts'
import { analyzeOverdue } from './0304_analyze_overdue.ts'
import { neverAnalyzed } from './0305_never_analyzed.ts'
import { autovacuumDisabled } from './0306_autovacuum_disabled.ts'
import { tableBloat } from './0307_table_bloat.ts'
import { statisticsOff } from './0308_statistics_off.ts'
import { longTransaction } from './0401_long_transaction.ts'
import { idleInTransaction } from './0402_idle_in_transaction.ts'
import { blockedSessions } from './0403_blocked_sessions.ts'
import { preparedTransactionLeft } from './0404_prepared_transaction_left.ts'
import { connectionsNearLimit } from './0405_connections_near_limit.ts'
import { cacheHitRatio } from './0406_cache_hit_ratio.ts'
import { slowStatement } from './0407_slow_statement.ts'
import { temporaryFiles } from './0408_temporary_files.ts'
import { checkpointsRequested } from './0409_checkpoints_requested.ts'
import { archivingFailing } from './0501_archiving_failing.ts'
import { archivingOff } from './0502_archiving_off.ts'
import { inactiveReplicationSlot } from './0503_inactive_replication_slot.ts'
import { slotLosingWal } from './0504_slot_losing_wal.ts'
import { dataChecksumsOff } from './0505_data_checksums_off.ts'
import { durabilityOff } from './0506_durability_off.ts'
import { checksumFailures } from './0507_checksum_failures.ts'
import { standbyLag } from './0508_standby_lag.ts'
import { chunkIndexesExceedMemory } from './0601_chunk_indexes_exceed_memory.ts'
import { tooManySmallChunks } from './0602_too_many_small_chunks.ts'
import { uncompressedOldChunks } from './0603_uncompressed_old_chunks.ts'
import { continuousAggregateLag } from './0604_continuous_aggregate_lag.ts'
import { continuousAggregateWithoutPolicy } from './0605_continuous_aggregate_without_policy.ts'
import { refreshReachesPastRetention } from './0606_refresh_reaches_past_retention.ts'
import { jobFailed } from './0607_job_failed.ts'
import { jobPaused } from './0608_job_paused.ts'
import { schedulerDown } from './0609_scheduler_down.ts'
import { hypertableWithoutRetention } from './0610_hypertable_without_retention.ts'
import { hypertableWithoutCompression } from './0611_hypertable_without_compression.ts'
import { largeTableNotHypertable } from './0612_large_table_not_hypertable.ts'
import type { Check } from './check.ts'

/** Every check, by number. A new one is a file of its own and a line here. */
export const checks: readonly Check[] = [
  tableWithoutPrimaryKey,
  foreignKeyTypeMismatch,
  constraintNotValidated,
  sequenceNearLimit,
  unloggedTable,
  policiesWithoutRowSecurity,
  securityDefinerWithoutSearchPath,
  publicSchemaOpen,
  outdatedExtension,
  collationVersionMismatch,
  timestampWithoutTimeZone,
  rowSecurityWithoutPolicies,
  unusedIndex,
  duplicateIndex,
  indexCoveredByPrefix,
  foreignKeyWithoutIndex,
  invalidIndex,
  tableReadInFullOften,
  transactionIdWraparound,
  multixactWraparound,
  vacuumOverdue,
  analyzeOverdue,
  neverAnalyzed,
  autovacuumDisabled,
  tableBloat,
  statisticsOff,
  longTransaction,
  idleInTransaction,
  blockedSessions,
  preparedTransactionLeft,
  connectionsNearLimit,
  cacheHitRatio,
  slowStatement,
  temporaryFiles,
  checkpointsRequested,
  archivingFailing,
  archivingOff,
  inactiveReplicationSlot,
  slotLosingWal,
  dataChecksumsOff,
  durabilityOff,
  checksumFailures,
  standbyLag,
  chunkIndexesExceedMemory,
  tooManySmallChunks,
  uncompressedOldChunks,
  continuousAggregateLag,
  continuousAggregateWithoutPolicy,
  refreshReachesPastRetention,
  jobFailed,
  jobPaused,
  schedulerDown,
  hypertableWithoutRetention,
  hypertableWithoutCompression,
  largeTableNotHypertable,
]
