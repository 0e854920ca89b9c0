/** The settings that archive recovery does not allow to be lower than they were on the server that wrote the WAL. */
export const recoveryMinimums = [
  'max_connections',
  'max_worker_processes',
  'max_wal_senders',
  'max_prepared_xacts',
  'max_locks_per_xact',
] as const

/** What pg_controldata prints about a cluster. https://www.postgresql.org/docs/current/app-pgcontroldata.html */
export type ControlData = {
  systemIdentifier: string
  state: string
  timeline: number
  /** The WAL file that crash recovery begins with. */
  redoWalFile: string
  /** Setting name → lowest value that recovery accepts. */
  minimums: Record<string, number>
  dataChecksums: boolean
}

/** pg_controldata shortens two names. */
const settingNames: Record<string, string> = {
  max_prepared_xacts: 'max_prepared_transactions',
  max_locks_per_xact: 'max_locks_per_transaction',
}

/** 0 where it is none: no setting is lower, so it asks for nothing. */
const wholeNumber = (text = ''): number => (/^\d{1,15}$/.test(text) ? Number(text) : 0)

/** Reads the output of pg_controldata in the C locale; undefined where it is none. */
export function parseControlData(text: string): ControlData | undefined {
  const value = (label: string) => new RegExp(`^${label}:[ \\t]*(.*)$`, 'm').exec(text)?.[1]?.trim()
  const systemIdentifier = value('Database system identifier')
  if (systemIdentifier === undefined) return undefined
  const minimums = Object.fromEntries(
    recoveryMinimums.map(name => [settingNames[name] ?? name, wholeNumber(value(`${name} setting`))]),
  )
  return {
    systemIdentifier,
    state: value('Database cluster state') ?? 'unknown',
    timeline: wholeNumber(value("Latest checkpoint's TimeLineID")),
    redoWalFile: value("Latest checkpoint's REDO WAL file") ?? '',
    minimums,
    dataChecksums: value('Data page checksum version') !== '0',
  }
}
