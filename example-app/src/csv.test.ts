import { expect, test } from 'vitest'
import { csv } from './csv.ts'
import { chartOf } from './testing.ts'

test('times, gaps, numbers without noise, names as RFC 4180 quotes them', () => {
  const chart = chartOf('lines', { 'a "b", c': [0.1 + 0.2, null], '-5 °C': [1, 2] })
  expect(csv(chart)).toBe(
    'time (UTC),"a ""b"", c (°C)",-5 °C (°C)\r\n2026-01-31T12:00:00.000Z,0.3,1\r\n2026-01-31T12:01:00.000Z,,2\r\n',
  )
})

test.each(['=1+1', '+1', '@SUM(A1)', '-cmd', '\tx'])(
  'a name that a spreadsheet would run is a text: %j',
  name => {
    expect(csv(chartOf('lines', { [name]: [1] })).split('\r\n')[0]).toContain(`,'${name}`)
  },
)
