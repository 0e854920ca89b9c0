import { check } from './check.ts'
import { needs, oldRows, thresholds } from './wraparound.ts'

export const transactionIdWraparound = check({
  number: '0301',
  name: 'transaction_id_wraparound',
  title: 'Transaction ids will run out',
  severity: 'critical',
  why: 'Every row keeps the number of the transaction that wrote it, and there are about two billion numbers before they begin anew. VACUUM sets rows free of them. Where it does not get through in time, the server stops to accept writes, to protect the data.',
  mend: 'Let VACUUM get through: end transactions that have been open for days, roll back prepared transactions that were forgotten, drop replication slots that nobody uses, and then run it on the tables named here. Find out why autovacuum did not.',
  source: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND',
  needs,
  thresholds: thresholds('autovacuum_freeze_max_age'),
  find: (facts, limits) =>
    oldRows(facts, limits, {
      unit: 'transactions',
      setting: 'autovacuum_freeze_max_age',
      relation: 'xid_age',
      freezeAt: facts.wraparound.autovacuum_freeze_max_age,
    }),
})
