import { expect, test } from 'vitest'
import { preview } from './preview.ts'
import { chartOf } from './testing.ts'

const rows = (text: string) => text.split('\n')

test('the same series, at their heights, with gaps', () => {
  const text = preview(chartOf('lines', { up: [0, 5, 10, 15, 20], flat: [20, 20, null, 20, 20] }), 60)
  expect(text).toMatchInlineSnapshot(`
    "Air, °C
    31 Jan 2026 12:00 to 12:04 UTC · each point is the mean of 1 minute

        20.0 ⠉⠉⠉⠉⠉⠉⠁           ⠈⠉⠉⠉⠉⡩⠋ up 20.0
                                  ⢀⠔⠁  flat 20.0
                                ⢀⠔⠁
                               ⡠⠊
                             ⡠⠊
                           ⢀⠔⠁
                         ⢀⠔⠁
                       ⢀⠔⠉
                      ⡔⠁
                    ⡠⠊
                  ⢠⠊
                ⢀⠔⠁
               ⡔⠁
         0.0 ⡠⠊
             12:00               12:04"
  `)
})

test('a stack shows sums', () => {
  const lines = rows(preview(chartOf('stacked', { a: [1, 1], b: [2, 2] }), 60))
  expect(lines[3]).toMatch(/^ {4}3\.00 .*⠉.* b 2\.00$/)
})

test('bands have a plot for each series', () => {
  const lines = rows(preview(chartOf('bands', { a: [50, 50], b: [90, 10] }), 60))
  expect(lines.filter(line => line.startsWith('   100.0'))).toHaveLength(2)
})

test('no line is wider than the terminal, nor does a name give orders to it', () => {
  const text = preview(chartOf('lines', { 'x\u001b[2J and a name that is much longer': [1, 2, 3] }), 70)
  for (const line of rows(text).slice(3)) expect(line.length).toBeLessThanOrEqual(70)
  expect(text).not.toContain('\u001b')
})
