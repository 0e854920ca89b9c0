import type { ControlData } from '../postgres/control_data.ts'

/**
 * How pg_resetwal is called. https://www.postgresql.org/docs/current/app-pgresetwal.html
 */

/** Names of files from which the manual tells how to find safe values. */
export type CounterFiles = {
  wal: readonly string[]
  xact: readonly string[]
  offsets: readonly string[]
  members: readonly string[]
}

const isSegment = (name: string): boolean => /^[0-9A-F]{24}(\.partial)?$/.test(name)
const hex = (digits: number, value: bigint): string => value.toString(16).toUpperCase().padStart(digits, '0')

/** The numbers of a counter's files, in order. */
const numbers = (names: readonly string[]): number[] =>
  names
    .filter(name => /^[0-9A-F]{4,15}$/.test(name))
    .map(name => Number.parseInt(name, 16))
    .sort((a, b) => a - b)

/**
 * A place in the WAL that nothing was ever written at: 1 TB behind the last that is known of. Pages remember how far
 * the WAL was when they changed, and a server whose WAL ends before that can write none of them.
 */
function farBehind(segment: string): string {
  const [timeline, log, rest] = [segment.slice(0, 8), segment.slice(8, 16), segment.slice(16, 24)]
  return `${timeline}${hex(8, BigInt(`0x${log}`) + 0x100n)}${rest}`
}

/**
 * Whether the WAL that recovery would begin with is gone. pg_resetwal looks at the names in pg_wal for a place that
 * is free; where they are lost it has to be told.
 */
export const isWalLost = (control: ControlData | undefined, { wal }: Pick<CounterFiles, 'wal'>): boolean =>
  control === undefined ? !wal.some(isSegment) : !wal.includes(control.redoWalFile)

const firstSegment = '000000010000000000000001'

/** Where the new WAL begins, where that has to be said. */
function walOption(control: ControlData | undefined, files: CounterFiles): string[] {
  if (control !== undefined && !isWalLost(control, files)) return []
  const known = [...files.wal.filter(isSegment), control?.redoWalFile ?? firstSegment].sort().at(-1)
  return [`--next-wal-file=${farBehind(known ?? firstSegment)}`]
}

/**
 * What the counters must be at least, by the names of the files that they have filled; for a control file that is
 * lost or damaged, whose values pg_resetwal would guess to be those of a new cluster: it would then overwrite rows.
 */
function counterOptions({ xact, offsets, members }: CounterFiles): string[] {
  const [transactions, multi, shared] = [numbers(xact), numbers(offsets), numbers(members)]
  // Counters have 32 bits, and begin anew behind the last.
  const next = (all: number[], step: number) => (((all.at(-1) ?? 0) + 1) * step) % 2 ** 32 || 3
  const oldest = (all: number[], step: number, lowest: number) => Math.max(lowest, (all[0] ?? 0) * step)
  return [
    `--next-transaction-id=${next(transactions, 0x100000)}`,
    `--oldest-transaction-id=${oldest(transactions, 0x100000, 3)}`,
    `--multixact-ids=${next(multi, 0x10000)},${oldest(multi, 0x10000, 1)}`,
    `--multixact-offset=${next(shared, 52352)}`,
  ]
}

/** Options that the state of the files asks for. `control` is undefined where pg_resetwal has to guess it. */
export const resetOptions = (control: ControlData | undefined, files: CounterFiles): string[] => [
  ...(control === undefined ? counterOptions(files) : []),
  ...walOption(control, files),
]

export type ResetMode = 'dry-run' | 'careful' | 'force'

export const resetArgv = (folder: string, options: readonly string[], mode: ResetMode): string[] => [
  'pg_resetwal',
  ...(mode === 'dry-run' ? ['--dry-run'] : mode === 'force' ? ['--force'] : []),
  ...options,
  `--pgdata=${folder}`,
]

/** What pg_resetwal wants to be forced for; undefined where it complains about something else. */
export function wantsForce(output: string): 'unclean' | 'guessed' | undefined {
  if (!/(^|\s)-f\b/.test(output)) return undefined
  if (/not shut down cleanly/i.test(output)) return 'unclean'
  return 'guessed'
}

/** pg_resetwal could not use the control file. */
export const isGuessed = (output: string): boolean => /^Guessed pg_control values/m.test(output)
