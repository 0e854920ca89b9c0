import type { SessionFacts } from '../facts.ts'
import { comment } from './words.ts'

/** `Process 4711 (role app, database shop, application worker)`. */
export const whose = ({ pid, role, database, application }: SessionFacts): string => {
  const parts = [
    role && `role ${role}`,
    database && `database ${database}`,
    application && `application ${application}`,
  ]
  return `Process ${pid} (${parts.filter(Boolean).join(', ')})`
}

export const endSession = ({ pid, query }: SessionFacts): string =>
  `${comment(`Undoes what it has not committed. It did last: ${query}`)}\nSELECT pg_terminate_backend(${pid});`
