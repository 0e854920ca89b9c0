import { type ErrorKind, explain } from '../../errors.ts'

export type Finding = {
  check: string
  /** missing: the toolkit cannot work without it. note: it can, and somebody should know. */
  state: 'ok' | 'note' | 'missing'
  says: string
  hint?: string
  kind?: ErrorKind
}

export const ok = (check: string, says: string): Finding => ({ check, state: 'ok', says })
export const note = (check: string, says: string, hint?: string): Finding => ({
  ...{ check, state: 'note', says },
  ...(hint && { hint }),
})
export const missing = (check: string, says: string, hint: string): Finding => ({
  ...{ check, state: 'missing', says, hint, kind: 'prerequisite' },
})

/** Nobody waits for the doctor. */
const patienceMilliseconds = 1800

/** A check that cannot be made says so, and stops no other one. */
export async function examined(
  check: string,
  signal: AbortSignal,
  look: (signal: AbortSignal) => Promise<Finding | Finding[]>,
  milliseconds = patienceMilliseconds,
): Promise<Finding[]> {
  const limit = AbortSignal.timeout(milliseconds)
  const late = new Promise<Finding>(resolve =>
    limit.addEventListener('abort', () =>
      resolve(note(check, `could not be looked at within ${milliseconds / 1000} seconds`)),
    ),
  )
  const looked = look(AbortSignal.any([signal, limit])).catch((thrown): Finding => {
    signal.throwIfAborted()
    if (limit.aborted) return note(check, `could not be looked at within ${milliseconds / 1000} seconds`)
    const { message, why, hint } = explain(thrown)
    // An error that nobody expected comes with a stack, which helps no one here.
    const reason = why?.includes('\n    at ') ? undefined : why?.split('\n')[0]
    return note(
      check,
      `could not be looked at: ${[message, reason].filter(Boolean).join(' ')}`,
      reason === why ? hint : undefined,
    )
  })
  return [await Promise.race([looked, late])].flat()
}
