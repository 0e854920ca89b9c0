import { check } from './check.ts'
import { needs, oldRows, thresholds } from './wraparound.ts'

export const multixactWraparound = check({
  number: '0302',
  name: 'multixact_wraparound',
  title: 'Multixact ids will run out',
  severity: 'critical',
  why: 'When several transactions lock the same row, as foreign keys make them do, the row keeps one number for all of them. There are about two billion of these as well, and where VACUUM does not free rows of them in time, the server stops to accept writes that need one.',
  mend: 'As with transaction ids: end what holds VACUUM back, and run it on the tables named here. Many transactions that lock the same few rows use up these numbers quickly.',
  source: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-MULTIXACT-WRAPAROUND',
  needs,
  thresholds: thresholds('autovacuum_multixact_freeze_max_age'),
  find: (facts, limits) =>
    oldRows(facts, limits, {
      unit: 'multixacts',
      setting: 'autovacuum_multixact_freeze_max_age',
      relation: 'mxid_age',
      freezeAt: facts.wraparound.autovacuum_multixact_freeze_max_age,
    }),
})
