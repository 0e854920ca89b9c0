import type { ValueType } from './types.ts'

const kilobytes = { '': 1, k: 1, M: 1024 }
const [least, most] = [32, 1024 * 1024]

/** kB a second, or with k or M behind it, as pg_basebackup reads it: 32 kB to 1024 MB. */
export const rate: ValueType<string> = {
  label: '32k–1024M',
  parse(raw) {
    const [, number, unit = ''] = /^(\d+)\s*([kM]?)$/.exec(raw.trim()) ?? []
    const value = Number(number) * kilobytes[unit as keyof typeof kilobytes]
    if (value >= least && value <= most) return `${number}${unit}`
    throw new Error(`must be from ${least} to ${most} (kB a second), or with a unit: 10M`)
  },
}
