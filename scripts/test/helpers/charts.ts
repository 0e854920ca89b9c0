import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Run, RunOptions, Toolkit } from './toolkit.ts'

/** The example app of this checkout, beside a toolkit of a test. */
export const app = join(import.meta.dirname, '../../../example-app')

/** Its program, in a folder of the test's own. Arguments in one line, as they are typed. */
export const chart = (
  toolkit: Toolkit,
  folder: string,
  line: string | readonly string[],
  options: RunOptions = {},
): Promise<Run> => {
  const args = typeof line === 'string' ? line.split(' ').filter(Boolean) : line
  return toolkit.run('../example-app/chart.ts', args, { cwd: folder, ...options })
}

/** The same, where it has to succeed; gives what it wrote to a file. */
export async function drawn(
  toolkit: Toolkit,
  folder: string,
  line: string,
  file: string,
  options: RunOptions = {},
): Promise<{ content: Buffer; stdout: string }> {
  const run = await chart(toolkit, folder, `${line} --output ${file}`, options)
  if (run.code !== 0) throw new Error(`${line} ended with ${run.code}:\n${run.stderr}`)
  return { content: await readFile(join(folder, file)), stdout: run.stdout }
}

/** What is in a workbook, by the library of the app itself. */
export const zip = createRequire(join(app, 'package.json'))('fflate') as {
  unzipSync(data: Uint8Array): Record<string, Uint8Array>
  zipSync(files: Record<string, Uint8Array>): Uint8Array
}

/** Pixels of a picture: three bytes for each. */
export type Pixels = { width: number; height: number; rgb: Buffer }

/** Programs that a test needs and this machine may not have. */
export async function whyNotHere(...programs: string[]): Promise<string> {
  const missing: string[] = []
  for (const program of programs) {
    const found = await promisify(execFile)('which', [program]).catch(() => undefined)
    if (!found) missing.push(program)
  }
  return missing.length === 0 ? '' : ` (not run: this machine has no ${missing.join(', no ')})`
}

/** The last page of a workbook, as LibreOffice prints it. */
export async function printed(workbook: string): Promise<Pixels> {
  const folder = await mkdtemp(join(tmpdir(), 'printed-'))
  try {
    const run = promisify(execFile)
    const profile = `-env:UserInstallation=file://${folder}/profile`
    await run('soffice', [profile, '--headless', '--convert-to', 'pdf', '--outdir', folder, workbook])
    const [pdf = ''] = (await readdir(folder)).filter(name => name.endsWith('.pdf'))
    const { stdout } = await run('pdfinfo', [join(folder, pdf)])
    const [, pages = '1'] = /Pages:\s+(\d+)/.exec(stdout) ?? []
    await run('pdftoppm', ['-r', '80', '-singlefile', '-f', pages, join(folder, pdf), join(folder, 'page')])
    return pixelsOf(await readFile(join(folder, 'page.ppm')))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Portable pixmap, P6: https://netpbm.sourceforge.net/doc/ppm.html */
export function pixelsOf(ppm: Buffer): Pixels {
  const [header = '', width = '', height = ''] =
    /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(ppm.toString('latin1', 0, 60)) ?? []
  return { width: Number(width), height: Number(height), rgb: ppm.subarray(header.length) }
}

/** The rows of a picture in which a colour (#rrggbb, or nearly that) is, one for each of its pixels. */
export function rowsOfColour({ width, rgb }: Pixels, colour: string): number[] {
  const wanted = [1, 3, 5].map(at => Number.parseInt(colour.slice(at, at + 2), 16))
  const rows: number[] = []
  for (let at = 0; at < rgb.length; at += 3) {
    if (wanted.every((value, part) => Math.abs(value - (rgb[at + part] ?? 0)) < 24))
      rows.push(Math.floor(at / 3 / width))
  }
  return rows
}

const tables = `
  CREATE TABLE meteo_metrics (time timestamptz NOT NULL, station text, temperature float);
  CREATE TABLE power_metrics (time timestamptz NOT NULL, service_name text, channel text, power float);
  CREATE TABLE health_metrics_1min_cagg (time timestamptz NOT NULL, service text, avg_health float, min_percentage float, max_percentage float);`

/** A database of its own with the tables of the sample, and these rows in them. */
export async function databaseWith(toolkit: Toolkit, name: string, rows: string): Promise<void> {
  await toolkit.sql(`CREATE DATABASE ${name} TEMPLATE template0`)
  await toolkit.sql(`${tables} ${rows}`, name)
}

/** So many times of one day, as SQL. */
export const hours = (count: number) =>
  `generate_series('2026-01-30 00:30Z'::timestamptz, '2026-01-30 23:30Z', interval '1 day' / ${count}) AS time`
