import type { Inventory } from '../../catalog/inventory.ts'
import { ToolkitError } from '../../errors.ts'
import type { Session } from '../text_settings.ts'
import { relations } from './relations.ts'

/**
 * What sequences have given out. Neither that nor privileges are in a snapshot: of a sequence that was dropped since
 * then there is no value. Until the end of the transaction each is locked as if rows were written: reading goes on.
 * @throws ToolkitError connection where the role may not read one: not seen is not “never used”. Of a part of a
 * database those that may not be read are left out: pg_dump will say where one is of that part.
 */
export async function readSequences(
  session: Session,
  timescale: boolean,
  whole: boolean,
): Promise<Inventory['sequences']> {
  const { rows } = await session.query(`WITH ${relations(timescale)}
    SELECT r.name, s.seqincrement::text AS increment, s.seqcycle AS cycle, p.readable,
      CASE WHEN p.readable THEN pg_sequence_last_value(r.oid)::text END AS last_value
    FROM relation r JOIN pg_sequence s ON s.seqrelid = r.oid
      CROSS JOIN LATERAL (SELECT has_sequence_privilege(r.oid, 'SELECT, USAGE') AS readable) p
    WHERE r.own ORDER BY r.name COLLATE "C"`)
  const hidden = rows.filter(({ readable }) => readable === false)
  if (whole && hidden.length > 0) {
    throw new ToolkitError('connection', {
      what: `This role may not read ${hidden.length} of the ${rows.length} sequences, ${hidden[0].name} among them.`,
      why: 'What a sequence has given out is part of a dump.',
      hint: 'Take a role that may: GRANT pg_read_all_data lets it read everything, and a superuser may anyway.',
    })
  }
  return Object.fromEntries(
    rows
      .filter(({ readable }) => readable)
      .map(({ name, last_value, increment, cycle }) => [name, { last_value, increment, cycle }]),
  )
}
