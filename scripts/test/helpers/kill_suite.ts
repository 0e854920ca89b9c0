import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stepsOf, testedPoints, titleOf } from './kill_choice.ts'
import { whyNotLocal } from './kill_local.ts'
import { Stage } from './kill_scenes.ts'
import { type VerbName, verbs } from './kill_verbs.ts'
import { killAt, recordSteps } from './killing.ts'
import { noEngine, whyNoEngine } from './place.ts'
import { soak, whyNotNow } from './soak.ts'

/** Between them they have nearly every step that there is. */
const recorded: readonly VerbName[] = ['start', 'save', 'dump', 'restore over a running database']

/** The kill points of one folder: every verb of it is recorded, and killed where the choice says. */
export function killVerbs(subject: string): void {
  describe.skipIf(noEngine)(`kill points${whyNoEngine}`, () => killEach(subject))
}

function killEach(subject: string): void {
  let stage: Stage
  beforeAll(async () => {
    stage = await Stage.create()
  })
  afterAll(() => stage.dispose())

  const names = (Object.keys(verbs) as VerbName[]).filter(name => verbs[name].subject === subject)
  const isPossible = (name: VerbName) => verbs[name].scene !== 'local' || whyNotLocal === ''
  test.skip.each(names.filter(name => !isPossible(name)))(`%s${whyNotLocal}`, () => {})
  describe.each(names.filter(isPossible))('%s', name => {
    // A new step has no kill point before it is written down. With SOAK=1 of each verb.
    const isRecorded = soak || recorded.includes(name)
    test.skipIf(!isRecorded)(
      `has the steps that are written down${isRecorded ? '' : whyNotNow}`,
      async () => {
        const steps = await recordSteps(stage, name)
        expect(
          [...new Set(steps.map(({ step }) => step))].sort(),
          'write them down: node --import tsx scripts/test/kill_steps.ts',
        ).toEqual([...stepsOf(name)].sort())
      },
    )
    const points = testedPoints(name).map(point => [titleOf(point), point] as const)
    test.each(points)('%s', (_, point) => killAt(stage, name, point))
  })
}
