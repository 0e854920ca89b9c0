import type { Settings } from '../facts.ts'
import type { Query } from './query.ts'

/** Commands and connection strings often hold a password: of these only whether they are set. */
const maybeSecret = `('primary_conninfo', 'archive_command', 'restore_command', 'archive_cleanup_command',
  'recovery_end_command', 'ssl_passphrase_command', 'promote_trigger_file')`

/** What holds for sessions of this role in this database; what our own session set for itself is undone. */
export const settingsQuery: Query<'settings'> = {
  name: 'settings',
  subject: 'the server’s settings',
  async read(ask) {
    const rows = await ask<{ name: string; setting: string; unit: string | null; source: string }>(`
      SELECT name, unit,
        CASE WHEN name IN ${maybeSecret} THEN CASE WHEN setting IN ('', '(disabled)') THEN '' ELSE '(set)' END
          WHEN source = 'session' THEN reset_val ELSE setting END AS setting,
        CASE WHEN source <> 'session' THEN source
          WHEN reset_val IS NOT DISTINCT FROM boot_val THEN 'default' ELSE 'configuration file' END AS source
      FROM pg_settings
      WHERE source <> 'client' AND setting IS NOT NULL
      ORDER BY name COLLATE "C"`)
    const settings: Settings = {}
    for (const { name, ...rest } of rows) settings[name] = rest
    return settings
  },
}
