/**
 * Every verb that changes something, as it is run under the knife. To add one: an entry here, then
 * `node --import tsx scripts/test/kill_steps.ts`, which writes down its steps. That is all.
 */
export type SceneName = 'nothing' | 'saved' | 'gone' | 'tablespaces' | 'restored' | 'started' | 'local'

/** What is in the data directory: the rows of now, those of the backup, no cluster, or one that cannot start. */
export type State = 'now' | 'saved' | 'none' | 'cut off'

export type Verb = {
  scene: SceneName
  /** Whether the server runs when the verb begins. */
  running?: true
  script: string
  /** `ID` stands for the backup, `DATA` for the data directory. */
  args: readonly string[]
  /** No password is given: the toolkit makes one. */
  generated?: true
  /** What may be in the data directory after a kill. */
  states: readonly State[]
  /** What opens the data when the verb has succeeded, and which rows are there then. */
  opened: { by: 'start' | 'start-restored' | 'nothing'; rows: 'now' | 'saved' | 'none' }
  /** How many backups there are then, at least. */
  backups: 0 | 1 | 2
  /** What it says when there is nothing left to do for it. */
  over?: RegExp
  /** The rows of now have to be in a former data directory then. */
  former?: true
  /** How many kill points of it are part of `make test`: SIGKILL of the script, a signal to it, the death of others. */
  tested: { script: number; signal: number; others: number }
  /** The folder of scripts/test that runs them. */
  subject: 'kill_database' | 'kill_backups' | 'kill_restore'
}

const restore = {
  script: 'restore_docker.ts',
  args: ['ID', '--yes'],
  states: ['now', 'saved'],
  opened: { by: 'start-restored', rows: 'saved' },
  backups: 1,
  former: true,
  subject: 'kill_restore',
} as const

export const verbs = {
  'start, the first time': {
    scene: 'nothing',
    script: 'database.ts',
    args: ['start'],
    generated: true,
    states: ['none', 'cut off'],
    opened: { by: 'nothing', rows: 'none' },
    backups: 0,
    tested: { script: 2, signal: 1, others: 1 },
    subject: 'kill_database',
  },
  start: {
    scene: 'saved',
    script: 'database.ts',
    args: ['start'],
    states: ['now'],
    opened: { by: 'nothing', rows: 'now' },
    backups: 1,
    tested: { script: 1, signal: 1, others: 1 },
    subject: 'kill_database',
  },
  stop: {
    scene: 'saved',
    running: true,
    script: 'database.ts',
    args: ['stop'],
    states: ['now'],
    opened: { by: 'start', rows: 'now' },
    backups: 1,
    tested: { script: 1, signal: 0, others: 1 },
    subject: 'kill_database',
  },
  'start-restored': {
    scene: 'restored',
    script: 'database.ts',
    args: ['start-restored'],
    states: ['saved'],
    opened: { by: 'nothing', rows: 'saved' },
    backups: 1,
    former: true,
    tested: { script: 1, signal: 1, others: 1 },
    subject: 'kill_database',
  },
  'discard-former': {
    scene: 'started',
    script: 'database.ts',
    args: ['discard-former', '--yes'],
    over: /There is no former data/,
    states: ['saved'],
    opened: { by: 'start', rows: 'saved' },
    backups: 1,
    tested: { script: 1, signal: 1, others: 0 },
    subject: 'kill_database',
  },
  save: {
    scene: 'saved',
    running: true,
    script: 'save.ts',
    args: [],
    states: ['now'],
    opened: { by: 'start', rows: 'now' },
    backups: 2,
    tested: { script: 3, signal: 2, others: 2 },
    subject: 'kill_backups',
  },
  'save, unpacked': {
    scene: 'tablespaces',
    running: true,
    script: 'save.ts',
    args: ['--format', 'plain'],
    states: ['now'],
    opened: { by: 'start', rows: 'now' },
    backups: 2,
    tested: { script: 1, signal: 0, others: 0 },
    subject: 'kill_backups',
  },
  dump: {
    scene: 'saved',
    running: true,
    script: 'dump.ts',
    args: ['--globals'],
    states: ['now'],
    opened: { by: 'start', rows: 'now' },
    backups: 2,
    tested: { script: 3, signal: 1, others: 1 },
    subject: 'kill_backups',
  },
  'verify, deep': {
    scene: 'saved',
    script: 'db_backup.ts',
    args: ['verify', 'ID', '--deep'],
    states: ['now'],
    opened: { by: 'nothing', rows: 'now' },
    backups: 1,
    tested: { script: 1, signal: 0, others: 0 },
    subject: 'kill_backups',
  },
  delete: {
    scene: 'saved',
    script: 'db_backup.ts',
    args: ['delete', 'ID', '--yes'],
    over: /There is no backup/,
    states: ['now'],
    opened: { by: 'nothing', rows: 'now' },
    backups: 0,
    tested: { script: 2, signal: 0, others: 0 },
    subject: 'kill_backups',
  },
  'restore over data': { ...restore, scene: 'saved', tested: { script: 1, signal: 1, others: 1 } },
  'restore over a running database': {
    ...restore,
    scene: 'saved',
    running: true,
    tested: { script: 2, signal: 1, others: 1 },
  },
  'restore of a database that is gone': {
    ...restore,
    scene: 'gone',
    states: ['none', 'saved'],
    tested: { script: 1, signal: 0, others: 0 },
  },
  'restore, IN_PLACE': {
    ...restore,
    scene: 'saved',
    args: ['ID', '--yes', '--in-place'],
    states: ['now', 'none', 'cut off', 'saved'],
    tested: { script: 2, signal: 0, others: 0 },
  },
  'restore-locally': {
    ...restore,
    scene: 'local',
    running: true,
    script: 'restore_locally.ts',
    args: ['ID', '--target', 'DATA', '--yes'],
    opened: { by: 'nothing', rows: 'saved' },
    tested: { script: 1, signal: 1, others: 1 },
  },
  'restore with tablespaces': {
    ...restore,
    scene: 'tablespaces',
    tested: { script: 1, signal: 0, others: 0 },
  },
} as const satisfies Record<string, Verb>

export type VerbName = keyof typeof verbs
