import type { Severity } from './check.ts'
import { check } from './check.ts'

const risks: { name: string; severity: Severity; effect: string }[] = [
  {
    name: 'fsync',
    severity: 'critical',
    effect:
      'the server does not wait until the disk has what was written. After a power cut or a crash of the machine the whole cluster may be lost',
  },
  {
    name: 'full_page_writes',
    severity: 'critical',
    effect: 'pages that were half written when the machine went down cannot be repaired',
  },
  {
    name: 'synchronous_commit',
    severity: 'notice',
    effect: 'what was committed in the last moments before a crash may be missing. Nothing is damaged by it',
  },
]

export const durabilityOff = check({
  number: '0506',
  name: 'durability_off',
  title: 'What is committed may be lost in a crash',
  severity: 'critical',
  why: 'PostgreSQL promises that what was committed stays. These settings give the promise up, to be faster.',
  mend: 'Set them back. synchronous_commit = off may be meant, for data that can be had again: then switch this check off, or set it only for the role that loads such data.',
  source: 'https://www.postgresql.org/docs/current/runtime-config-wal.html',
  needs: ['settings'],
  find: ({ settings }) =>
    risks
      .filter(({ name }) => settings[name]?.setting === 'off')
      .map(({ name, severity, effect }) => ({
        object: '',
        reason: `${name} is off: ${effect}.`,
        sql: `ALTER SYSTEM SET ${name} = 'on';\nSELECT pg_reload_conf();`,
        severity,
      })),
})
