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
]
