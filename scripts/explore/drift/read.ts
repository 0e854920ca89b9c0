import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod/mini'
import { ToolkitError } from '../../errors.ts'
import type { Report } from '../report.ts'

const text = z.nullable(z.string())
const number = z.nullable(z.number())
const names = z.array(z.string())
const list = <T extends z.core.$ZodLooseShape>(shape: T) => z.array(z.looseObject(shape))
const severity = z.enum(['critical', 'warning', 'notice'])

const relation = z.looseObject({
  id: z.string(),
  kind: z.string(),
  options: names,
  inherits: names,
  total_bytes: z.number(),
  rows: number,
  sizes_exact: z.boolean(),
  columns: list({ name: z.string(), type: z.string(), not_null: z.boolean() }),
  constraints: list({ name: z.string(), kind: z.string(), definition: z.string() }),
  indexes: list({
    id: z.string(),
    name: z.string(),
    constraint: text,
    definition: z.string(),
    scans: number,
  }),
  triggers: list({ name: z.string(), definition: z.string() }),
  policies: list({ name: z.string(), roles: names }),
  grants: list({ grantee: z.string(), privileges: names }),
  definition: text,
  hypertable: z.nullable(
    z.looseObject({
      dimensions: list({ column: z.string(), kind: z.string() }),
      segment_by: names,
      order_by: names,
    }),
  ),
  continuous_aggregate: z.nullable(z.looseObject({ source: z.string() })),
})

/** Of report.json what a comparison needs. What a newer toolkit adds to it does no harm. */
const schema = z.looseObject({
  schema_version: z.literal(1),
  generated_at: z.iso.datetime(),
  server: z.looseObject({
    database: z.string(),
    version: z.string(),
    statistics_since: text,
    in_recovery: z.boolean(),
  }),
  health: z.looseObject({ score: number }),
  findings: list({
    check: z.string(),
    title: z.string(),
    severity,
    object: z.string(),
    relation: text,
    reason: z.string(),
  }),
  checks: list({ number: z.string(), outcome: z.string() }),
  not_measured: list({ what: z.string(), why: z.string() }),
  schemas: list({ name: z.string(), grants: names }),
  relations: z.array(relation),
  functions: list({ id: z.string(), kind: z.string(), settings: names }),
  types: list({ id: z.string() }),
  sequences: list({
    id: z.string(),
    owned_by: z.nullable(z.looseObject({ relation: z.string(), column: z.string() })),
  }),
  extensions: list({ name: z.string(), version: z.string() }),
  roles: list({ name: z.string(), member_of: names }),
  timescaledb: z.nullable(
    z.looseObject({ jobs: list({ id: z.number(), application: z.string(), internal: z.boolean() }) }),
  ),
})

const hint = 'Name a report.json, or its folder, that make explore has written: make explore DIFF=reports/….'

/**
 * An older report, to compare a new one with. `path` is a report.json or its folder.
 * @throws ToolkitError usage: there is none, it is damaged, or another version of the toolkit wrote it
 */
export async function readReport(path: string): Promise<Report> {
  const content = await contentOf(path)
  const value = parse(content, path)
  const version =
    typeof value === 'object' && value !== null && 'schema_version' in value && value.schema_version
  if (typeof version === 'number' && version !== 1)
    throw new ToolkitError('usage', {
      what: `The report ${path} has another shape than this toolkit’s: version ${version}.`,
      why: 'This toolkit reads version 1.',
      hint: 'Make the older report anew with this toolkit, or compare with the toolkit that wrote it.',
    })
  const result = schema.safeParse(value)
  if (!result.success)
    throw new ToolkitError('usage', {
      what: `${path} is no report of make explore.`,
      why: firstLines(z.prettifyError(result.error)),
      hint,
    })
  return result.data as unknown as Report
}

async function contentOf(path: string): Promise<string> {
  try {
    const folder = (await stat(path)).isDirectory()
    return await readFile(folder ? join(path, 'report.json') : path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT')
      throw new ToolkitError('usage', { what: `There is no report at ${path}.`, why: message, hint })
    throw error
  }
}

function parse(content: string, path: string): unknown {
  try {
    return JSON.parse(content)
  } catch (error) {
    throw new ToolkitError('usage', {
      what: `The report ${path} is damaged, or cut off: it is not JSON.`,
      why: error instanceof Error ? error.message : undefined,
      hint,
      cause: error,
    })
  }
}

const firstLines = (text: string): string => text.split('\n').slice(0, 4).join('\n')
