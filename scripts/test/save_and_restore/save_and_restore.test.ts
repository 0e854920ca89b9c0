import { afterAll, beforeAll, expect, test } from 'vitest'
import { differences, fingerprint } from '../../operations/fingerprint.ts'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
})
afterAll(() => toolkit.dispose())

const look = async () => {
  const client = await toolkit.client()
  try {
    return await fingerprint(client)
  } finally {
    await client.end()
  }
}

test('what was saved comes back, row for row, on a new timeline', async () => {
  await toolkit.ok('sample.ts', ['--days', '1', '--until', '2026-01-31T00:00:00Z'])
  const before = await look()
  expect(Object.keys(before.tables)).toContain('public.meteo_metrics')
  const id = await toolkit.save()
  await toolkit.sql('DROP TABLE meteo_metrics; DELETE FROM stations WHERE id = 1')
  expect(differences(before, await look())).toContain('table public.meteo_metrics')

  const restored = await toolkit.run('restore_docker.ts', [id], { input: 'y\n' })
  expect(restored.code, restored.stderr).toBe(0)
  expect(restored.stderr).toMatch(/Extracted \d+ files/)
  const started = await toolkit.json('database.ts', ['start-restored'])
  expect(started).toMatchObject({ timeline: 2, backup_label_consumed: true, login_works: true })
  expect(differences(before, await look())).toEqual([])
})
