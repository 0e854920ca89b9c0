import { describe, expect, test } from 'vitest'
import { textWidth } from './text.ts'
import { timeTicks } from './time_axis.ts'

const end = Date.UTC(2026, 0, 31, 12)
const hour = 3_600_000
const shown = (span: number) =>
  timeTicks(end - span, end, 720, 12).map(({ label, context }) =>
    context === undefined ? label : `${label} (${context})`,
  )

test.each([
  [
    'half an hour',
    hour / 2,
    ['11:30 (Sat 31 Jan 2026)', '11:35', '11:40', '11:45', '11:50', '11:55', '12:00'],
  ],
  [
    'a day',
    24 * hour,
    [
      '12:00 (Fri 30 Jan 2026)',
      '15:00',
      '18:00',
      '21:00',
      '00:00 (Sat 31 Jan 2026)',
      '03:00',
      '06:00',
      '09:00',
      '12:00',
    ],
  ],
  ['a week', 168 * hour, ['25 (Jan 2026)', '26', '27', '28', '29', '30', '31']],
  [
    'a year',
    8760 * hour,
    ['Feb (2025)', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec', 'Jan (2026)'],
  ],
  [
    'ten years',
    87_600 * hour,
    ['2017', '2018', '2019', '2020', '2021', '2022', '2023', '2024', '2025', '2026'],
  ],
])('the ticks of %s', (_, span, expected) => expect(shown(span)).toEqual(expected))

describe('no two labels touch', () => {
  test.each([30, 3600, 86_400, 604_800, 31_536_000, 3_153_600_000])('in %d seconds and up', seconds => {
    for (let factor = 1; factor < 60; factor *= 1.17) {
      const span = seconds * factor * 1000
      const ticks = timeTicks(end - span, end, 720, 12)
      const place = (at: number) => ((at - (end - span)) / span) * 720
      for (const part of ['label', 'context'] as const) {
        const boxes = ticks.flatMap(tick => {
          const words = tick[part]
          return words === undefined
            ? []
            : [
                {
                  from: place(tick.at) - textWidth(words, 12) / 2,
                  to: place(tick.at) + textWidth(words, 12) / 2,
                },
              ]
        })
        for (const [at, box] of boxes.entries())
          if (at > 0) expect(box.from).toBeGreaterThan(boxes[at - 1]?.to ?? 0)
      }
    }
  })
})
