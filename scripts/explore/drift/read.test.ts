import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { ToolkitError } from '../../errors.ts'
import { reportOf } from '../../test/helpers/report.ts'
import { arbitraryReport } from '../../test/helpers/report_arbitrary.ts'
import { drift } from './drift.ts'
import { readReport } from './read.ts'

const folder = mkdtempSync(join(tmpdir(), 'report-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'report.json')

describe('reading an older report', () => {
  test('gives back what was written, from its file or its folder', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryReport, async report => {
        writeFileSync(file, JSON.stringify(report))
        expect(await readReport(file)).toEqual(report)
        expect(drift(await readReport(folder), report)).toEqual(drift(report, report))
      }),
      { numRuns: 20 },
    )
  })

  test('does not mind what a newer toolkit adds', async () => {
    const report = { ...reportOf([]), more: { than: 'we know' } }
    writeFileSync(file, JSON.stringify(report))
    expect(await readReport(file)).toEqual(report)
  })

  const whole = JSON.stringify(reportOf([]))
  test.each([
    ['nothing', '', /damaged, or cut off/],
    ['half a report', whole.slice(0, whole.length / 2), /damaged, or cut off/],
    ['another document', '{"id": "backup"}', /is no report of make explore/],
    ['a list', '[]', /is no report of make explore/],
    ['null', 'null', /is no report of make explore/],
    ['a newer report', whole.replace('"schema_version":1', '"schema_version":2'), /another shape.*version 2/],
    ['a part of another type', whole.replace('"relations":[]', '"relations":[{"id":5}]'), /is no report/],
    ['no moment', whole.replace('2026-11-20T10:00:00.000Z', 'yesterday'), /is no report/],
  ])('refuses %s', async (_, content, what) => {
    writeFileSync(file, content)
    const error = await readReport(file).catch(e => e)
    expect(error).toBeInstanceOf(ToolkitError)
    expect(error.kind).toBe('usage')
    expect(error.message).toMatch(what)
    expect(error.why).toBeTruthy()
    expect(error.hint).toBeTruthy()
  })

  test.each([join(folder, 'none.json'), tmpdir()])('refuses %s, where there is none', async path => {
    await expect(readReport(path)).rejects.toMatchObject({
      kind: 'usage',
      message: `There is no report at ${path}.`,
    })
  })
})
