import { describe, expect, test } from 'vitest'
import { help, parseArguments } from './arguments.ts'
import { metrics } from './metrics/list.ts'

const parse = (line: string) => parseArguments(line.split(' ').filter(Boolean))
const outputOf = (line: string) => parse(line)?.output?.path

describe('what is typed', () => {
  test('a metric is enough', () => {
    expect(parse('--metric power')).toMatchObject({
      metric: { name: 'power' },
      wish: { window: { text: '24h' }, from: undefined, to: undefined },
      output: { path: 'power_24h.svg', format: 'svg' },
      ...{ theme: 'auto', preview: false },
    })
  })

  test.each([
    ['--metric health --window 7d', 'health_7d.svg'],
    ['--metric health --from 2026-01-30T12:00 --to 2026-01-31', 'health_2026-01-30T1200_2026-01-31.svg'],
    ['--metric health --to 2026-01-31', 'health_24h_2026-01-31.svg'],
    ['--metric health --output -', '-'],
    ['--metric health --preview', undefined],
    ['--metric health --preview --output a.csv', 'a.csv'],
  ])('%s is written to %s', (line, path) => expect(outputOf(line)).toBe(path))

  test.each([
    ['a.svg', 'svg'],
    ['a.b.XLSX', 'xlsx'],
    ['/some where/a.csv', 'csv'],
    ['a.Png', 'png'],
  ])('%s is %s', (path, format) => {
    expect(parseArguments(['--metric', 'health', '--output', path])?.output?.format).toBe(format)
  })

  test('--help asks for nothing else', () => expect(parse('--help')).toBeUndefined())

  test('the help names every metric and every flag', () => {
    for (const { name } of metrics) expect(help).toContain(name)
    for (const flag of ['metric', 'window', 'from', 'to', 'output', 'theme', 'preview'])
      expect(help).toContain(`--${flag} `)
  })
})

describe('mistakes', () => {
  test.each([
    ['', 'Which metric?'],
    ['--metric cpu', 'There is no metric “cpu”.'],
    ['--metric power --window 24x', '“24x” is no window of time.'],
    ['--metric power --output chart.pdf', '“.pdf” is not a kind of file that can be written.'],
    ['--metric power --output chart', '“chart” has no ending that says what to write.'],
    ['--metric power --from yesterday', '--from “yesterday” is no moment.'],
    ['--metric power --from 2026-01-31 --to 2026-01-30', '--from is not before --to.'],
    ['--metric power --from 2026-01-31 --window 7d', '--window and --from both say where to begin.'],
    ['--metric power --theme pink', 'There is no theme “pink”.'],
    ['--metric power --preview --output -', '--preview and --output - both want standard output.'],
    ['--metrik power', "Unknown option '--metrik'."],
    ['--metric', "Option '--metric <value>' argument missing."],
    ['power', "Unexpected argument 'power'."],
  ])('%s: %s', (line, message) => {
    expect(() => parse(line)).toThrow(
      expect.objectContaining({ kind: 'usage', message, hint: expect.any(String) }),
    )
  })

  test('the valid metrics are named', () => {
    expect(() => parse('--metric cpu')).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/^--metric temperature, .* or \w+$/) }),
    )
  })

  test('all of them at once', () => {
    expect(() => parse('--metric cpu --window x --output y')).toThrow(/cpu.*\n.*“x”.*\n.*“y”/)
  })
})
