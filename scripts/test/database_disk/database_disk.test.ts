import { rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { canMount, whyNoDisk, withSmallDisk } from '../helpers/small_disk.ts'
import { withToolkit } from '../helpers/toolkit.ts'

test.skipIf(!canMount)(
  `a disk that is full at the first start is exit 2; with room it starts${whyNoDisk}`,
  () =>
    withSmallDisk(300, folder =>
      withToolkit(async toolkit => {
        const filler = join(folder, 'filler')
        await writeFile(filler, Buffer.alloc(285 << 20))
        const run = await toolkit.run('database.ts', ['start'])
        expect(run.code, run.stderr).toBe(2)
        expect(run.stderr).toContain('disk is full')
        await rm(filler)
        await toolkit.startDatabase()
        expect(await toolkit.sql('SELECT 1 AS n')).toEqual([{ n: 1 }])

        // A running one that fills its disk comes back as well, with what was committed.
        await toolkit.sql('CREATE TABLE kept AS SELECT 1 AS n')
        await toolkit.ok('database.ts', ['stop'])
        const { bavail, bsize } = await statfs(folder)
        await writeFile(filler, Buffer.alloc(bavail * bsize))
        const full = await toolkit.run('database.ts', ['start'])
        expect(full.code, full.stderr).toBe(2)
        await rm(filler)
        await toolkit.startDatabase()
        expect(await toolkit.sql('SELECT * FROM kept')).toEqual([{ n: 1 }])
      }, folder),
    ),
)
