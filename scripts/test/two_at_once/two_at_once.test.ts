import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ended, outcome } from '../helpers/cluster.ts'
import { type Scene, Stage } from '../helpers/kill_scenes.ts'
import { type Verb, verbs } from '../helpers/kill_verbs.ts'
import { beginVerb, leftBehind, setScene, stateOf, wholeBackups } from '../helpers/killing.ts'
import { noEngine, whyNoEngine } from '../helpers/place.ts'
import { eventually } from '../helpers/saving.ts'
import type { Run } from '../helpers/toolkit.ts'

describe.skipIf(noEngine)(`two at once${whyNoEngine}`, () => {
  /**
   * The first run stands still at one of its steps, the second one runs to its end, and then the first goes on: the
   * order of things is the same every time.
   */
  let stage: Stage
  beforeAll(async () => {
    stage = await Stage.create()
  })
  afterAll(() => stage.dispose())

  const remove: Verb = verbs.delete
  const verify: Verb = verbs['verify, deep']
  const save: Verb = verbs.save
  const start: Verb = verbs.start
  const discard: Verb = verbs['discard-former']
  const restore: Verb = verbs['restore over data']
  const overRunning: Verb = verbs['restore over a running database']
  const inPlace: Verb = verbs['restore, IN_PLACE']

  type Pair = { title: string; first: Verb; at: string; during?: true; second: Verb }

  async function both({
    first,
    at,
    during,
    second,
  }: Pair): Promise<{ first: Run; second: Run; scene: Scene }> {
    const scene = await setScene(stage, first)
    const reached = join(stage.temporary, 'tsx-paused')
    const order = { step: at, victim: 'pause', reached, ...(during && { during }) } as const
    const begun = beginVerb(stage, first, scene, order)
    let over: Run | undefined
    void begun.done.then(run => {
      over = run
    })
    await eventually('the first stands still', async () => {
      if (over) throw new Error(`it ended: ${over.stderr}`)
      return existsSync(reached)
    })
    const other = beginVerb(stage, second, scene, {})
    const secondRun = await other.done
    begun.child.kill('SIGCONT')
    const firstRun = await begun.done
    await stage.asRoot(`rm -f '${reached}'`)
    expect(await leftBehind(stage, [begun.child.pid, other.child.pid])).toEqual([])
    return { first: firstRun, second: secondRun, scene }
  }

  const swap = 'rename /mnt/db/postgres.restoring-<moment> → /mnt/db/postgres'
  const naming = 'rename /backups/cluster_backup_<moment>.partial → /backups/cluster_backup_<moment>'

  describe('the second is refused with 6, and the first does not notice', () => {
    test.each<Pair & { rows: string; backups: number }>([
      {
        title: 'save, save',
        first: save,
        at: 'docker run toolkit-save',
        second: save,
        rows: 'now',
        backups: 2,
      },
      { title: 'save, delete', first: save, at: naming, second: remove, rows: 'now', backups: 2 },
      { title: 'restore, restore', first: restore, at: swap, second: restore, rows: 'saved', backups: 1 },
      { title: 'restore, start', first: restore, at: swap, second: start, rows: 'saved', backups: 1 },
      {
        title: 'start, start',
        first: start,
        at: 'docker run <server>',
        second: start,
        rows: 'now',
        backups: 1,
      },
      {
        title: 'start, restore',
        first: start,
        at: 'docker run <server>',
        second: restore,
        rows: 'now',
        backups: 1,
      },
      {
        title: 'discard-former, restore',
        first: discard,
        at: 'docker run toolkit-clear',
        second: restore,
        rows: 'saved',
        backups: 1,
      },
      {
        title: 'restore, discard-former',
        first: { ...restore, scene: 'started' },
        at: swap,
        second: discard,
        rows: 'saved',
        backups: 1,
      },
      {
        title: 'verify, delete',
        first: verify,
        at: 'docker run toolkit-waldump',
        second: remove,
        rows: 'now',
        backups: 1,
      },
      {
        title: 'restore, delete of what is restored',
        first: inPlace,
        at: 'docker run toolkit-finish',
        second: remove,
        rows: 'saved',
        backups: 1,
      },
    ])('$title', async ({ rows, backups, ...pair }) => {
      const { first, second, scene } = await both(pair)
      expect(outcome(second)).toMatch(ended(6))
      expect(outcome(first)).toMatch(ended(0))
      expect(await stateOf(stage, scene)).toBe(rows)
      expect(await wholeBackups(stage)).toHaveLength(backups)
    })
  })

  test('a save goes on while its database is restored from another backup, and both are whole', async () => {
    const pair = { title: '', first: overRunning, at: 'docker run toolkit-unpack', second: save }
    const { first, second, scene } = await both(pair)
    expect(outcome(second)).toMatch(ended(0))
    expect(outcome(first)).toMatch(ended(0))
    expect(await stateOf(stage, scene)).toBe('saved')
    expect(await wholeBackups(stage)).toHaveLength(2)
  })

  test('a restore that stops the database under a save ends it with 1, and nothing of the save stays', async () => {
    const pair = { title: '', first: save, at: 'docker run toolkit-save', second: overRunning }
    const { first, second, scene } = await both(pair)
    expect(outcome(second)).toMatch(ended(0))
    // The restored database runs again by then: the save may just as well have found it.
    expect(outcome(first)).toMatch(/^[01]\n/)
    expect(await stateOf(stage, scene)).toBe('saved')
  })

  test('a lock file that a dead run left says nothing: the next run works', async () => {
    const scene = await setScene(stage, save)
    const words = 'save, process 1 of root@localhost, since 2020-01-01T00:00:00.000Z'
    await stage.asRoot(`cd '${stage.toolkit.home}'; echo '${words}' | tee backups/.lock mnt/db/.lock`)
    const run = await beginVerb(stage, save, scene, {}).done
    expect(outcome(run)).toMatch(ended(0))
    const restored = await beginVerb(stage, overRunning, scene, {}).done
    expect(outcome(restored)).toMatch(ended(0))
  })
})
