import fc from 'fast-check'
import { test } from 'vitest'

/** What properties are tried with. `FUZZ_RUNS=20000` tries each that many times: make soak. */
const wanted = process.env.FUZZ_RUNS

/** Many runs take their time. */
const patience = wanted === undefined ? 20_000 : 6 * 3600 * 1000

/** A test that tries a property. */
export const property = (name: string, work: () => Promise<unknown>): void =>
  test(name, async () => void (await work()), patience)

/** Longer than any input may take. What hangs is a failure like any other. */
const eachMilliseconds = 10_000

/** Tries a property with many values; says which is the smallest that it does not hold for. */
export const holds = <T>(values: fc.Arbitrary<T>, check: (value: T) => unknown, few = 50): Promise<void> =>
  fc.assert(
    fc.asyncProperty(values, async value => void (await check(value))),
    // The same values each time, so that a change is to blame; with FUZZ_RUNS new ones.
    { numRuns: Number(wanted ?? few), timeout: eachMilliseconds, ...(wanted === undefined && { seed: 1 }) },
  )

/** Text of everything that quoting has to do with, and of everything else. */
export const awkward = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.string({ unit: fc.constantFrom(...' \t\n\r\'"`\\$#=,:;%-~*?!&|<>(){}[]@/.abz09üß✓😀') }),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme' }) },
)

/** The same, as a name of a file or on a command line: neither can hold a NUL. */
export const awkwardName = awkward.filter(text => text !== '' && !/[\0/]/.test(text))

/** A few bytes of a buffer changed, cut off, repeated or put elsewhere. */
export const damaged = (whole: Buffer): fc.Arbitrary<Buffer> => {
  const place = fc.nat(Math.max(0, whole.length - 1))
  return fc.oneof(
    fc
      .array(fc.tuple(place, fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 })
      .map(changes => {
        const copy = Buffer.from(whole)
        for (const [at, byte] of changes) copy[at] = byte
        return copy
      }),
    place.map(at => whole.subarray(0, at)),
    fc.tuple(place, place).map(([a, b]) => Buffer.concat([whole.subarray(0, a), whole.subarray(b)])),
    fc
      .tuple(place, fc.uint8Array({ maxLength: 600 }))
      .map(([at, more]) => Buffer.concat([whole.subarray(0, at), more, whole.subarray(at)])),
  )
}
