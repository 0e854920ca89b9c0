import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { atStep, stepReached } from '../helpers/at_step.ts'
import { ended, outcome } from '../helpers/cluster.ts'
import { leftOf } from '../helpers/saving.ts'
import { shell } from '../helpers/small_disk.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** The disk has room, and the user's share of it is used up. */
const canLimit =
  process.getuid?.() === 0 &&
  spawnSync('mkfs.btrfs', ['--version']).error === undefined &&
  spawnSync('grep', ['-qw', 'btrfs', '/proc/filesystems']).status === 0
const why = canLimit ? '' : ' (not run: takes root, btrfs-progs and a kernel with btrfs)'

let toolkit: Toolkit
let disk: string
let share: string
/** Asked of the whole disk: a share that is used up does not let its own limit be changed. */
const limit = (size: string): string =>
  `btrfs qgroup limit ${size} 0/$(btrfs inspect-internal rootid '${share}') '${disk}'; btrfs filesystem sync '${disk}'`

beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  if (!canLimit) return
  disk = join(toolkit.home, 'disk')
  share = join(disk, 'share')
  await mkdir(disk)
  const file = `${disk}.img`
  shell(`truncate -s 1G '${file}'; mkfs.btrfs -q '${file}' >/dev/null; mount -o loop '${file}' '${disk}'`)
  shell(`btrfs quota enable '${disk}'; btrfs subvolume create '${share}' >/dev/null`)
})
afterAll(async () => {
  if (canLimit) execFileSync('umount', ['--lazy', disk])
  await toolkit.dispose()
})

test.skipIf(!canLimit).each([
  // pg_basebackup takes a write that came to nothing for a full disk.
  ['by pg_basebackup', /^spawn docker run .*toolkit-save/, /filled up/],
  ['before metadata.json is written', /^open .*metadata\.json\.partial$/, /quota/],
])(`the quota is used up %s: exit 2, nothing left${why}`, async (_, when, words) => {
  const args = ['--backups-dir', share]
  const run = await toolkit.run('save.ts', args, { env: atStep(when, limit('1M')) })
  shell(limit('none'))
  expect(run.stderr).toMatch(stepReached)
  expect(outcome(run)).toMatch(ended(2))
  expect(run.stderr).toMatch(words)
  expect(await leftOf(toolkit, share)).toEqual([])
  await toolkit.ok('save.ts', args)
})
