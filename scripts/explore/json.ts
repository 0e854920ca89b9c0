import type { Report } from './report.ts'

/**
 * report.json in pieces: as one text a large one would need its size in memory several times over. Each relation and
 * each finding is a line, so that two reports can be compared with any tool that compares lines.
 */
export function* renderJson(report: Report): Generator<string> {
  const keys = Object.keys(report) as (keyof Report)[]
  for (const [i, key] of keys.entries()) {
    yield `${i === 0 ? '{' : ','}\n"${key}": `
    const value = report[key]
    if (!Array.isArray(value) || value.length === 0) yield JSON.stringify(value ?? null, null, 1)
    else yield* lines(value)
  }
  yield '\n}\n'
}

function* lines(values: readonly unknown[]): Generator<string> {
  for (const [i, value] of values.entries()) yield `${i === 0 ? '[' : ','}\n${JSON.stringify(value)}`
  yield '\n]'
}
