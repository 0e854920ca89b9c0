import { basename } from 'node:path'
import { stampOf } from './stamp.ts'

/** What a restore put in place goes aside, and what it had put aside comes back: renames only. */
export type UndoPlan = {
  target: string
  /** The former data that comes back. */
  staging: string
  /** The name under which the present data is kept; undefined where there is none. */
  former: string | undefined
  inPlace: false
}

/** `formers` are oldest first. The newest comes back: to undo the undo is the same command. */
export function planUndo(
  target: string,
  formers: readonly string[],
  targetHoldsData: boolean,
  now: Date,
): UndoPlan | undefined {
  const newest = formers.at(-1)
  if (newest === undefined) return undefined
  // Names sort by their time, and the present data becomes the newest of them, however quick the hand was.
  const nameAt = (moment: number) => `${target}.before-restore-${stampOf(new Date(moment))}`
  let moment = now.getTime()
  while (nameAt(moment) <= newest) moment += 1000
  const former = targetHoldsData ? nameAt(moment) : undefined
  return { target, staging: newest, former, inPlace: false }
}

/** The plan as a person reads it. */
export function describeUndo(
  plan: UndoPlan,
  size: string,
  restoredFrom: string | undefined,
  running: boolean,
): string {
  const { target, staging, former } = plan
  const now = restoredFrom === undefined ? 'what is there now' : `what ${restoredFrom} gave`
  return [
    `Put ${basename(staging)} (${size}) back`,
    `  into     ${target}`,
    ...(former
      ? [`  ${now}, with all that was written since, is kept as ${basename(former)}`]
      : ['  nothing is there now']),
    ...(running ? ['  the running database is stopped for it and started again afterwards'] : []),
  ].join('\n')
}
