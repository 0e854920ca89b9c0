import { expect, test } from 'vitest'
import { clusterFolders } from './cluster_folders.ts'

test.each([
  ['/home/me/db/mnt/db/postgres', '/home/me/db/mnt/db/log', '/home/me/db/mnt/db/run'],
  // Not /var/log, which would change its owner.
  ['/var/postgres', '/var/postgres-log', '/var/postgres-run'],
])('the folders of the cluster in %s stand beside its data', (data, log, run) => {
  expect(clusterFolders(data)).toEqual({ data, log, run, tablespaces: `${data}-tablespaces` })
})
