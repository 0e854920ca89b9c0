import { anchorOf } from '../anchor.ts'
import type { Column, Relation, Report } from '../report.ts'
import { bytes, count, plural, share } from '../words.ts'
import { block, code, join, link, plain, table } from './text.ts'

/** Every schema with its tables and views, then what belongs to no table. */
export function* schemaParts(report: Report): Generator<string> {
  for (const schema of report.schemas) {
    const relations = report.relations.filter(one => one.schema === schema.name && one.extension === null)
    if (relations.length === 0) continue
    yield join(
      `## Schema ${plain(schema.name)}`,
      schema.comment && plain(schema.comment),
      contents(relations),
    )
    for (const one of relations) yield relation(one)
  }
  yield others(report)
}

const contents = (relations: readonly Relation[]): string =>
  table(
    ['', 'kind', 'rows', 'size', 'purpose'],
    relations.map(r => [
      link(r.id),
      r.kind,
      r.usage === null ? '' : r.rows === null ? 'never analysed' : `≈ ${count(r.rows)}`,
      r.usage === null ? '' : bytes(r.total_bytes),
      purpose(r),
    ]),
    ['rows', 'size'],
  )

const purpose = ({ purpose: p }: Relation): string =>
  p === null ? '' : p.inferred ? `*${plain(p.text)}* (inferred)` : plain(p.text)

function relation(r: Relation): string {
  const size =
    r.usage === null
      ? ''
      : ` · ${r.rows === null ? 'never analysed' : `about ${plural(r.rows, 'row')}`} · ${bytes(r.total_bytes)} (table ${bytes(r.table_bytes)}, indexes ${bytes(r.index_bytes)}, TOAST ${bytes(r.toast_bytes)})${r.sizes_exact ? '' : ', partly as of the last VACUUM'}`
  const facts = [
    r.partition_key && `partitioned by ${code(r.partition_key)} into ${plural(r.parts, 'partition')}`,
    r.persistence === 'unlogged' && '**unlogged**: empty after a crash or a restore',
    r.row_security && 'row security is on',
    r.inherits.length > 0 && `inherits from ${r.inherits.map(plain).join(', ')}`,
    r.options.length > 0 && `with ${r.options.map(code).join(', ')}`,
  ].filter(fact => typeof fact === 'string')
  return join(
    `<a id="${anchorOf(r.id)}"></a>\n\n### ${plain(r.id)}`,
    `${r.kind}, owned by ${plain(r.owner)}${size}`,
    purpose(r),
    facts.length > 0 && facts.map(fact => `- ${fact}`).join('\n'),
    columns(r.columns),
    keys(r),
    indexes(r),
    triggers(r),
    policies(r),
    r.referenced_by.length > 0 &&
      `Referenced by ${r.referenced_by.map(by => `${link(by.id)} (${by.columns.map(plain).join(', ')})`).join(', ')}.`,
    r.uses.length > 0 && `Made from ${r.uses.map(link).join(', ')}.`,
    r.grants.length > 0 &&
      `Granted: ${r.grants.map(g => `${plain(g.grantee)} may ${g.privileges.join(', ')}`).join('; ')}.`,
    r.definition && r.continuous_aggregate === null && block(r.definition, 'sql'),
  )
}

const columns = (all: readonly Column[]): string =>
  table(
    ['column', 'type', 'null', 'default', 'NULLs', 'distinct', 'often', 'comment'],
    all.map(c => [
      code(c.name),
      plain(c.type),
      c.not_null ? 'no' : 'yes',
      c.generated ? `generated ${c.generated}` : code(c.default ?? ''),
      c.statistics === null ? '' : share(c.statistics.null_share),
      c.statistics === null ? '' : count(c.statistics.distinct),
      often(c),
      plain(c.comment ?? ''),
    ]),
    ['NULLs', 'distinct'],
  )

function often({ statistics }: Column): string {
  if (statistics === null) return ''
  if (statistics.withheld) return '*withheld*'
  return (statistics.common_values ?? [])
    .slice(0, 3)
    .map(({ value, share: part }) => `${code(value)} ${share(part)}`)
    .join(', ')
}

const keys = ({ constraints }: Relation): string =>
  table(
    ['key or check', 'kind', ''],
    constraints.map(k => [
      plain(k.name),
      `${k.kind}${k.validated ? '' : ' (not validated)'}`,
      k.references === null
        ? code(k.definition)
        : `${k.columns.map(plain).join(', ')} → ${link(k.references.id)} (${k.references.columns.map(plain).join(', ')})`,
    ]),
  )

const indexes = ({ indexes: all }: Relation): string =>
  table(
    ['index', '', 'size', 'scans'],
    all.map(i => [
      plain(i.name) + (i.valid ? '' : ' **(invalid)**'),
      code(i.definition.replace(/^CREATE (UNIQUE )?INDEX .*? USING /s, (_, unique) => `${unique ?? ''}`)),
      bytes(i.bytes),
      count(i.scans),
    ]),
    ['size', 'scans'],
  )

const triggers = ({ triggers: all }: Relation): string =>
  table(
    ['trigger', ''],
    all.map(t => [plain(t.name) + (t.enabled ? '' : ' (off)'), code(t.definition)]),
  )

const policies = ({ policies: all }: Relation): string =>
  table(
    ['policy', 'for', 'to', 'rows', 'new rows'],
    all.map(p => [
      plain(p.name),
      `${p.command}${p.permissive ? '' : ', restrictive'}`,
      p.roles.map(plain).join(', '),
      code(p.using ?? ''),
      code(p.check ?? ''),
    ]),
  )

function others({ functions, types, sequences, extensions, roles }: Report): string {
  const section = (title: string, body: string) => body !== '' && join(`## ${title}`, body)
  return join(
    section(
      'Functions',
      table(
        ['function', 'gives', 'language', 'comment'],
        functions.map(f => [
          code(`${f.id}`),
          plain(f.result ?? f.kind),
          `${plain(f.language)}, ${f.volatility}${f.security_definer ? ', SECURITY DEFINER' : ''}`,
          plain(f.comment ?? ''),
        ]),
      ),
    ),
    section(
      'Types',
      table(
        ['type', 'kind', '', 'comment'],
        types.map(t => [code(t.id), t.kind, code(t.definition ?? ''), plain(t.comment ?? '')]),
      ),
    ),
    section(
      'Sequences',
      table(
        ['sequence', 'of', 'last', 'limit', 'used'],
        sequences.map(s => [
          code(s.id),
          s.owned_by === null ? '' : `${link(s.owned_by.relation)} ${plain(s.owned_by.column)}`,
          s.last_value ?? 'unknown, or never used',
          s.limit,
          s.used === null ? '' : share(s.used),
        ]),
        ['last', 'limit', 'used'],
      ),
    ),
    section(
      'Extensions',
      table(
        ['extension', 'schema', 'version', 'available', ''],
        extensions.map(e => [
          plain(e.name),
          plain(e.schema),
          plain(e.version),
          plain(e.available ?? ''),
          plain(e.comment ?? ''),
        ]),
      ),
    ),
    section(
      'Roles',
      table(
        ['role', 'may', 'member of', 'comment'],
        roles.map(r => [
          plain(r.name),
          [
            r.superuser && 'everything (superuser)',
            r.login && 'log in',
            r.createdb && 'create databases',
            r.createrole && 'create roles',
            r.replication && 'replicate',
            r.bypass_rls && 'bypass row security',
          ]
            .filter(Boolean)
            .join(', '),
          r.member_of.map(plain).join(', '),
          plain(r.comment ?? ''),
        ]),
      ),
    ),
  )
}
