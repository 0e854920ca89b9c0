import type { ValueType } from './types.ts'

/** A moment with its time zone (ISO 8601): one without would mean something else on another machine. */
export const isoTime: ValueType<Date> = {
  label: 'ISO 8601 time',
  parse(raw) {
    const text = raw.trim().replace(' ', 'T')
    const time = new Date(text)
    if (!/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/.test(text) || Number.isNaN(time.getTime())) {
      throw new Error('must be a moment with its time zone, like 2026-01-31T12:00:00Z')
    }
    return time
  },
}
