import type { ValueType } from './types.ts'

const pattern = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}(?::?\d{2})?)$/

/** A moment with its time zone (ISO 8601): one without would mean something else on another machine. */
export const isoTime: ValueType<Date> = {
  label: 'ISO 8601 time',
  parse(raw) {
    const [, day = '', clock, zone = ''] = pattern.exec(raw.trim()) ?? []
    // PostgreSQL prints +00 where Date wants +00:00.
    const time = new Date(`${day}T${clock}${zone.length === 3 ? `${zone}:00` : zone}`)
    // Date takes the 30th of February for the 2nd of March.
    const isDay = new Date(`${day}T00:00Z`).toJSON()?.startsWith(day)
    if (!isDay || Number.isNaN(time.getTime())) {
      throw new Error('must be a moment with its time zone, like 2026-01-31T12:00:00Z')
    }
    return time
  },
}
