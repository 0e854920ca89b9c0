import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Stage } from './helpers/kill_scenes.ts'
import { type VerbName, verbs } from './helpers/kill_verbs.ts'
import { recordSteps } from './helpers/killing.ts'

/** Runs every verb once and writes down its steps: `node --import tsx scripts/test/kill_steps.ts`. */
const stage = await Stage.create()
try {
  const steps: Record<string, string[]> = {}
  for (const name of Object.keys(verbs) as VerbName[]) {
    const recorded = await recordSteps(stage, name)
    steps[name] = [...new Set(recorded.map(({ step }) => step))]
    process.stdout.write(`${name}: ${steps[name].length}\n`)
  }
  await writeFile(join(import.meta.dirname, 'helpers/kill_steps.json'), `${JSON.stringify(steps, null, 2)}\n`)
} finally {
  await stage.dispose()
}
