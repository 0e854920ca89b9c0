import { check } from './check.ts'
import { comment, quoteIdent } from './words.ts'

export const securityDefinerWithoutSearchPath = check({
  number: '0107',
  name: 'security_definer_without_search_path',
  title: 'Function that runs with the rights of its owner, and the search path of its caller',
  severity: 'warning',
  why: 'A SECURITY DEFINER function may do what its owner may. If its search path is not fixed, its caller says in which schema a name is looked for first, can put a function or table of that name there, and have it run with rights that he does not have.',
  mend: 'Fix the search path: the schemas that the function needs, which only trusted roles can create in, and pg_temp at the end.',
  source: 'https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY',
  needs: ['functions'],
  find({ functions }) {
    return functions
      .filter(({ security_definer, settings, language }) => {
        // Compiled code looks nothing up by such names.
        if (!security_definer || language === 'c' || language === 'internal') return false
        return !settings.some(setting => setting.startsWith('search_path='))
      })
      .map(({ id, kind, schema, owner }) => ({
        object: id,
        reason: `${kind === 'procedure' ? 'Procedure' : 'Function'} ${id} is SECURITY DEFINER, runs as ${quoteIdent(owner)}, and has no search_path of its own.`,
        sql: [
          comment('Name the schemas that it needs; pg_temp stays the last.'),
          `ALTER ${kind === 'procedure' ? 'PROCEDURE' : 'FUNCTION'} ${id} SET search_path = ${quoteIdent(schema)}, pg_temp;`,
        ].join('\n'),
      }))
  },
})
