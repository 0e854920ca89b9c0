import { expect, test } from 'vitest'
import { describeUndo, planUndo } from './undo_restore.ts'

const now = new Date('2026-01-31T12:00:00.500Z')
const formers = ['/d/pg.before-restore-20260130_120000', '/d/pg.before-restore-20260131_110000']

test('the newest former data comes back, and the present data is kept under a name that is newer', () => {
  expect(planUndo('/d/pg', formers, true, now)).toEqual({
    target: '/d/pg',
    staging: '/d/pg.before-restore-20260131_110000',
    former: '/d/pg.before-restore-20260131_120000',
    inPlace: false,
  })
})

test('in the very second of the restore the name is still a new one', () => {
  const same = new Date('2026-01-31T11:00:00.900Z')
  expect(planUndo('/d/pg', formers, true, same)?.former).toBe('/d/pg.before-restore-20260131_110001')
})

test('where nothing is there nothing is kept', () => {
  expect(planUndo('/d/pg', formers, false, now)?.former).toBeUndefined()
  expect(planUndo('/d/pg', [], true, now)).toBeUndefined()
})

test('a person reads where everything goes', () => {
  const plan = planUndo('/d/pg', formers, true, now)
  expect(plan && describeUndo(plan, '3MB', 'cluster_backup_20260130_000000', true)).toBe(
    `Put pg.before-restore-20260131_110000 (3MB) back
  into     /d/pg
  what cluster_backup_20260130_000000 gave, with all that was written since, is kept as pg.before-restore-20260131_120000
  the running database is stopped for it and started again afterwards`,
  )
  const empty = planUndo('/d/pg', formers, false, now)
  expect(empty && describeUndo(empty, '3MB', undefined, false)).toBe(
    'Put pg.before-restore-20260131_110000 (3MB) back\n  into     /d/pg\n  nothing is there now',
  )
})
