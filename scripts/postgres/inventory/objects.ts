import type { Session } from '../text_settings.ts'
import { isSystemSchema, type ObjectRow } from './relations.ts'

type Source = { kind: string; catalog: string; name: string; schema?: string; where?: string }

/** `o` is the row of the catalog, `n` its schema. */
const inSchemas: readonly Source[] = [
  {
    kind: 'functions',
    catalog: 'pg_proc',
    schema: 'pronamespace',
    name: `format('%I.%I(%s)', n.nspname, o.proname, pg_get_function_identity_arguments(o.oid))`,
  },
  {
    kind: 'types',
    catalog: 'pg_type',
    schema: 'typnamespace',
    name: `format('%I.%I', n.nspname, o.typname)`,
    // The types of rows, arrays and multiranges come with what they are made of.
    where: `(o.typtype IN ('e', 'd', 'r') OR o.typtype = 'b' AND o.typsubscript <> 'array_subscript_handler'::regproc
      OR o.typtype = 'c' AND EXISTS (SELECT FROM pg_class c WHERE c.oid = o.typrelid AND c.relkind = 'c'))`,
  },
  {
    kind: 'domain_constraints',
    catalog: 'pg_constraint',
    schema: 'connamespace',
    name: `format('%s: %I', format_type(o.contypid, NULL), o.conname)`,
    where: `o.contypid <> 0 AND o.contype = 'c'`,
  },
  {
    kind: 'operators',
    catalog: 'pg_operator',
    schema: 'oprnamespace',
    name: `format('%I.%s(%s, %s)', n.nspname, o.oprname, format_type(nullif(o.oprleft, 0), NULL),
      format_type(nullif(o.oprright, 0), NULL))`,
  },
  {
    kind: 'operator_classes',
    catalog: 'pg_opclass',
    schema: 'opcnamespace',
    name: `format('%I.%I using %I', n.nspname, o.opcname, (SELECT amname FROM pg_am WHERE oid = o.opcmethod))`,
  },
  {
    kind: 'operator_families',
    catalog: 'pg_opfamily',
    schema: 'opfnamespace',
    name: `format('%I.%I using %I', n.nspname, o.opfname, (SELECT amname FROM pg_am WHERE oid = o.opfmethod))`,
  },
  named('collations', 'pg_collation', 'coll'),
  named('conversions', 'pg_conversion', 'con'),
  named('statistics', 'pg_statistic_ext', 'stx'),
  named('text_search_configurations', 'pg_ts_config', 'cfg'),
  named('text_search_dictionaries', 'pg_ts_dict', 'dict'),
  named('text_search_parsers', 'pg_ts_parser', 'prs'),
  named('text_search_templates', 'pg_ts_template', 'tmpl'),
]

function named(kind: string, catalog: string, prefix: string): Source {
  const name = `format('%I.%I', n.nspname, o.${prefix}name)`
  return { kind, catalog, schema: `${prefix}namespace`, name }
}

/** Oids below are those of initdb. */
const isUsers = 'o.oid >= 16384'

const inDatabase: readonly Source[] = [
  {
    kind: 'schemas',
    catalog: 'pg_namespace',
    name: `format('%I', o.nspname)`,
    where: `NOT ${isSystemSchema('o.nspname')}`,
  },
  { kind: 'extensions', catalog: 'pg_extension', name: `format('%I %s', o.extname, o.extversion)` },
  ...Object.entries({
    access_methods: ['pg_am', `format('%I', o.amname)`],
    casts: [
      'pg_cast',
      `format('%s as %s', format_type(o.castsource, NULL), format_type(o.casttarget, NULL))`,
    ],
    event_triggers: ['pg_event_trigger', `format('%I', o.evtname)`],
    foreign_data_wrappers: ['pg_foreign_data_wrapper', `format('%I', o.fdwname)`],
    foreign_servers: ['pg_foreign_server', `format('%I', o.srvname)`],
    languages: ['pg_language', `format('%I', o.lanname)`],
    publications: ['pg_publication', `format('%I', o.pubname)`],
    transforms: [
      'pg_transform',
      `format('%s for %I', format_type(o.trftype, NULL), (SELECT lanname FROM pg_language WHERE oid = o.trflang))`,
    ],
    // The table itself is closed, for passwords.
    user_mappings: [
      '(SELECT umid AS oid, * FROM pg_user_mappings)',
      `format('%I on %I', o.usename, o.srvname)`,
    ],
  }).map(([kind, [catalog = '', name = '']]) => ({ kind, catalog, name, where: isUsers })),
]

/** What belongs to an extension, or, as the constructors of a range, to something that brings it along. */
const member = `(SELECT objid FROM pg_depend WHERE deptype IN ('e', 'i') AND classid = `

const select = ({ kind, catalog, name, schema, where }: Source): string => {
  const owned = catalog.startsWith('(') ? 'true' : `o.oid NOT IN ${member}'${catalog}'::regclass)`
  const join = schema === undefined ? '' : `JOIN pg_namespace n ON n.oid = o.${schema}`
  const users = schema === undefined ? 'true' : `NOT ${isSystemSchema('n.nspname')}`
  return `SELECT '${kind}' AS kind, ${name} AS name, false AS unfinished FROM ${catalog} o ${join}
    WHERE ${users} AND ${where ?? 'true'} AND ${owned}`
}

/** What is in a schema, or in none, and hangs on no relation. */
export async function readObjects(session: Session): Promise<ObjectRow[]> {
  const { rows } = await session.query([...inSchemas, ...inDatabase].map(select).join('\nUNION ALL\n'))
  return rows
}

export const objectKinds: readonly string[] = [...inSchemas, ...inDatabase].map(({ kind }) => kind)
