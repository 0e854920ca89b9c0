import { availableParallelism } from 'node:os'
import { compression, defaultCompression } from './compression.ts'
import { names } from './names.ts'
import { rate } from './rate.ts'
import { isoTime } from './time.ts'
import {
  choice,
  engineName,
  flag,
  folder,
  folderOrVolume,
  integer,
  line,
  maybe,
  nameOrPath,
  type Option,
  path,
  text,
  type ValueOf,
  type ValueType,
} from './types.ts'

type Details<T> = Partial<Pick<Option<T>, 'aliases' | 'flag' | 'defaultText' | 'secret'>> & { group?: string }

const kebab = (env: string): string => env.toLowerCase().replaceAll('_', '-')

const declare =
  (kind: Option['kind'], defaultGroup: string) =>
  <T>(
    env: string,
    type: ValueType<T>,
    fallback: Option<T>['default'],
    summary: string,
    details: Details<T> = {},
  ): Option<T> => ({
    kind,
    env,
    aliases: [],
    flag: kebab(env),
    type,
    default: fallback,
    secret: false,
    group: defaultGroup,
    summary,
    ...details,
  })

const connection = declare('setting', 'Connection')
const cluster = declare('setting', 'Cluster')
const backup = declare('setting', 'Backup')
const answer = declare('answer', 'Answers')

/** A hundred years. */
const retentionDays = integer(1, 36500)
const daysOf = (kind: string, words: string): Option<number | undefined> =>
  backup(`BACKUP_RETENTION_DAYS_${kind}`, maybe(retentionDays), undefined, `The same, for ${words} only.`, {
    defaultText: 'that of BACKUP_RETENTION_DAYS',
  })
const mostKept = 100_000
const keepOfEach = (kind: string, unit: string): Option<number> =>
  backup(
    `BACKUP_KEEP_${kind}`,
    integer(0, mostKept),
    0,
    `make cleanup also keeps the newest good backup of each of the last so many ${unit} that have one, in UTC. 0: it does not.`,
  )

/** Our own database listens here, so that no command meets somebody else's server by accident. */
const ownPort = 8094

/** The order is the order of the documents. */
export const options = {
  host: connection(
    'PGHOST',
    text,
    'localhost',
    'The server: a name, an address, or the folder of a Unix socket.',
    {
      flag: 'host',
      aliases: ['POSTGRES_HOST'],
    },
  ),
  port: connection('PGPORT', integer(1, 65535), isSet => (isSet('host') ? 5432 : ownPort), 'Its port.', {
    flag: 'port',
    aliases: ['POSTGRES_PORT'],
    defaultText: `${ownPort} for our own local database, 5432 as soon as PGHOST is set`,
  }),
  user: connection('PGUSER', text, 'postgres', 'The role to connect as.', {
    flag: 'user',
    aliases: ['POSTGRES_USER'],
  }),
  password: connection(
    'PGPASSWORD',
    maybe(text),
    undefined,
    'Its password. Better: PGPASSWORD_FILE, or a .pgpass file; asked for at a terminal where none is set.',
    { flag: 'password', aliases: ['POSTGRES_PASSWORD'], secret: true },
  ),
  passfile: connection('PGPASSFILE', maybe(path), undefined, 'A .pgpass file.', {
    defaultText: '~/.pgpass where it exists',
  }),
  database: connection('PGDATABASE', text, 'postgres', 'The database to connect to.', {
    flag: 'database',
    aliases: ['POSTGRES_DB'],
  }),
  sslMode: connection(
    'PGSSLMODE',
    choice('disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'),
    'prefer',
    'TLS, as libpq understands it. Over a network use verify-full with PGSSLROOTCERT.',
  ),
  sslRootCert: connection(
    'PGSSLROOTCERT',
    maybe(path),
    undefined,
    'The certificate authority to trust (PEM).',
  ),
  sslCert: connection('PGSSLCERT', maybe(path), undefined, 'A client certificate (PEM).'),
  sslKey: connection('PGSSLKEY', maybe(path), undefined, 'The key of the client certificate.'),
  connectTimeout: connection('PGCONNECT_TIMEOUT', integer(1, 3600), 10, 'Seconds to wait for a connection.'),

  image: cluster(
    'IMAGE',
    engineName,
    'timescale/timescaledb:latest-pg17',
    'The image of the server and of its client programs.',
  ),
  container: cluster(
    'CONTAINER',
    engineName,
    'timescaledb-local',
    'The name of the container of `make start`.',
  ),
  network: cluster(
    'NETWORK',
    choice('auto', 'host', 'bridge'),
    'auto',
    'host: the server listens on 127.0.0.1 of this machine. bridge: the port is published to it.',
    { defaultText: 'host on Linux, bridge with Docker Desktop' },
  ),
  runtime: cluster(
    'RUNTIME',
    choice('auto', 'docker', 'local'),
    'auto',
    'Where PostgreSQL and its programs run. docker: in containers (DOCKER=podman uses podman in its place). local: the PostgreSQL of this machine.',
    { defaultText: 'what made the data, else docker where it is installed, else local' },
  ),
  pgBin: cluster(
    'PG_BIN',
    maybe(path),
    undefined,
    'The folder with PostgreSQL’s programs, for RUNTIME=local.',
    { defaultText: 'the newest version that is found' },
  ),
  runner: cluster(
    'RUNNER',
    choice('auto', 'host', 'docker'),
    'auto',
    'Where the scripts themselves run, for make and scripts/run.sh. docker: in the tools image, without Node.js here.',
    { defaultText: 'host where Node.js 20.19 or newer is installed, else docker' },
  ),
  dataDir: cluster('DATA_DIR', folder, './mnt/db/postgres', 'The data directory of our own database.'),
  backupsDir: cluster('BACKUPS_DIR', folder, './backups', 'Where backups are kept.', {
    aliases: ['BACKUP_DIR'],
  }),
  reportsDir: cluster('REPORTS_DIR', folder, './reports', 'Where reports of make explore are kept.'),
  shmSize: cluster(
    'SHM_SIZE',
    text,
    '1g',
    'Shared memory of the container, for parallel queries (/dev/shm).',
  ),
  startTimeout: cluster(
    'START_TIMEOUT',
    integer(1, 86400),
    300,
    'Seconds to wait until a started database answers; recovery of a large backup needs longer.',
  ),
  environment: cluster(
    'ENVIRONMENT',
    line,
    'dev',
    'A word for this environment, kept in each backup’s metadata.',
  ),

  type: answer('TYPE', choice('full', 'incremental', 'differential'), 'full', 'The kind of backup.'),
  format: answer(
    'FORMAT',
    choice('tar', 'plain'),
    'tar',
    'tar archives, or plain files as in a data directory.',
  ),
  dumpFormat: answer(
    'FORMAT',
    choice('custom', 'directory', 'plain'),
    'custom',
    'Of a dump: custom is one file, directory a folder that JOBS write in parallel, plain is SQL for reading.',
  ),
  compress: answer(
    'COMPRESS',
    maybe(compression),
    undefined,
    'Algorithm and level: zstd, zstd:1…22, lz4, gzip:1…9, none.',
    { defaultText: 'BACKUP_COMPRESSION' },
  ),
  compressAt: answer(
    'COMPRESS_AT',
    choice('auto', 'server', 'client'),
    'auto',
    'Where to compress. auto: on the server when it is this machine, else here.',
  ),
  compressWorkers: answer(
    'COMPRESS_WORKERS',
    integer(0, 64),
    () => Math.min(4, availableParallelism()),
    'Threads for zstd.',
    { defaultText: 'one for each core, 4 at the most' },
  ),
  checkpoint: answer(
    'CHECKPOINT',
    choice('fast', 'spread'),
    'fast',
    'fast begins at once and writes harder; spread is gentler and may take minutes to begin.',
  ),
  maxRate: answer(
    'MAX_RATE',
    maybe(rate),
    undefined,
    'The most that the server sends per second, after its compression: 32 to 1048576 kB, or 10M.',
  ),
  label: answer('LABEL', maybe(line), undefined, 'A word of your own for this backup, shown by list.'),

  backupDir: answer('BACKUP_DIR', maybe(nameOrPath), undefined, 'One backup: its id, a folder, or latest.', {
    aliases: ['ID'],
  }),
  target: answer(
    'TARGET',
    maybe(folderOrVolume),
    undefined,
    'Another folder: of restore the one to restore into (or a volume: volume:<name>), of salvage the data directory that does not start.',
    {
      defaultText: 'DATA_DIR',
    },
  ),
  inPlace: answer(
    'IN_PLACE',
    flag,
    false,
    'Clear the data directory first instead of keeping what was there: for small disks and mount points.',
  ),
  tablespaceMap: answer(
    'TABLESPACE_MAP',
    maybe(text),
    undefined,
    'Folders for tablespaces: <oid or old path>=<folder>, comma-separated.',
    { defaultText: '<DATA_DIR>-tablespaces' },
  ),
  db: answer('DB', maybe(text), undefined, 'The database.', { defaultText: 'PGDATABASE' }),
  jobs: answer(
    'JOBS',
    integer(1, 64),
    () => Math.min(4, availableParallelism()),
    'Connections that dump (FORMAT=directory) or restore at the same time.',
    { defaultText: 'one for each core, 4 at the most' },
  ),
  tables: answer(
    'TABLES',
    maybe(names),
    undefined,
    'Only these tables: orders, shop.orders, "Odd name", logs_*; comma-separated.',
  ),
  excludeTables: answer('EXCLUDE_TABLES', maybe(names), undefined, 'All tables but these.'),
  schema: answer('SCHEMA', maybe(names), undefined, 'Only these schemas, comma-separated.'),
  only: answer(
    'ONLY',
    maybe(choice('schema', 'data')),
    undefined,
    'schema: no rows. data: rows alone, into tables that are there and empty.',
  ),
  noOwner: answer('NO_OWNER', flag, false, 'Who restores owns everything, whoever owned it before.'),
  noAcl: answer('NO_ACL', flag, false, 'Without privileges (GRANT).'),
  noTablespaces: answer(
    'NO_TABLESPACES',
    flag,
    false,
    'Everything into the default tablespace, wherever it was before.',
  ),
  globals: answer(
    'GLOBALS',
    flag,
    false,
    'Roles and tablespaces of the whole cluster beside the dump, in a file that only you can read.',
  ),
  lockTimeout: answer(
    'LOCK_TIMEOUT',
    integer(1, 86400),
    30,
    'Seconds to wait for a table that somebody else has locked, before a dump gives up.',
  ),
  file: answer('FILE', maybe(nameOrPath), undefined, 'One dump: its id, its path, or latest.'),
  targetDb: answer('TARGET_DB', maybe(text), undefined, 'The database to restore into.', {
    defaultText: 'the name that it had',
  }),
  ifExists: answer(
    'IF_EXISTS',
    choice('fail', 'new', 'replace'),
    'fail',
    'Where there is a database of that name: refuse, restore beside it under a new name, or put it in its place (asks).',
  ),
  noClean: answer('NO_CLEAN', flag, false, 'Never take the place of a database: IF_EXISTS=new.'),
  source: answer('SOURCE', maybe(text), undefined, 'The database to clone.'),
  cloneTarget: answer('TARGET', maybe(text), undefined, 'The name of the clone, a new database.'),
  targetHost: answer('TARGET_HOST', maybe(text), undefined, 'Another server for the clone.', {
    defaultText: 'the same server',
  }),
  targetPort: answer('TARGET_PORT', integer(1, 65535), 5432, 'Its port.'),
  targetUser: answer('TARGET_USER', maybe(text), undefined, 'The role to connect as there.', {
    defaultText: 'PGUSER',
  }),
  targetPassword: answer(
    'TARGET_PASSWORD',
    maybe(text),
    undefined,
    'Its password there (TARGET_PASSWORD_FILE is better).',
    { secret: true, defaultText: 'of a .pgpass file, else asked for' },
  ),
  method: answer(
    'METHOD',
    choice('physical', 'logical'),
    'physical',
    'physical: the whole cluster (save). logical: one database (dump).',
  ),
  deep: answer('DEEP', flag, false, 'Read every archive through: each file’s SHA-256, and the WAL.'),
  force: answer('FORCE', flag, false, 'Do not ask.', { flag: 'yes', aliases: ['YES'] }),
  dryRun: answer('DRY_RUN', flag, false, 'Print the plan and change nothing.'),
  newPassword: answer(
    'NEW_PASSWORD',
    maybe(text),
    undefined,
    'The new password (NEW_PASSWORD_FILE is better). Generated where none is given.',
    { secret: true },
  ),
  role: answer('ROLE', maybe(text), undefined, 'The role whose password is set.', { defaultText: 'PGUSER' }),
  days: answer('DAYS', integer(1, 3650), 7, 'Days of sample data.'),
  until: answer(
    'UNTIL',
    maybe(isoTime),
    undefined,
    'The last moment of the sample data, with its time zone.',
    {
      defaultText: 'now, rounded to the minute',
    },
  ),
  follow: answer('FOLLOW', flag, false, 'Go on printing new lines.'),
  lines: answer('LINES', integer(1, 100000), 100, 'How many lines to print.'),
  output: answer('OUTPUT', maybe(folder), undefined, 'The folder to write the report into.', {
    defaultText: 'a new one in REPORTS_DIR',
  }),
  config: answer(
    'CONFIG',
    maybe(path),
    undefined,
    'The file that says which checks are made, and with which thresholds (YAML or JSON).',
    { defaultText: 'db/config/explore.yaml' },
  ),
  diff: answer(
    'DIFF',
    maybe(path),
    undefined,
    'An older report, its folder or its report.json: the new one says what is different since.',
  ),
  failOn: answer(
    'FAIL_ON',
    choice('never', 'critical', 'warning', 'notice'),
    'never',
    'Exit code 9 when something of this severity, or worse, is found.',
  ),
  command: answer('COMMAND', maybe(text), undefined, 'SQL to run instead of opening a prompt.'),

  backupCompression: backup(
    'BACKUP_COMPRESSION',
    compression,
    defaultCompression,
    'true, false, or algorithm and level, where COMPRESS does not say otherwise.',
    { defaultText: 'zstd:3' },
  ),
  backupRetentionDays: backup(
    'BACKUP_RETENTION_DAYS',
    retentionDays,
    30,
    'make cleanup keeps every backup that is younger than this many days.',
  ),
  backupRetentionDaysFull: daysOf('FULL', 'full physical backups'),
  backupRetentionDaysIncremental: daysOf('INCREMENTAL', 'incremental backups'),
  backupRetentionDaysDifferential: daysOf('DIFFERENTIAL', 'differential backups'),
  backupRetentionDaysDump: daysOf('DUMP', 'dumps of one database'),
  backupKeepDaily: keepOfEach('DAILY', 'days'),
  backupKeepWeekly: keepOfEach('WEEKLY', 'weeks'),
  backupKeepMonthly: keepOfEach('MONTHLY', 'months'),
  backupKeepYearly: keepOfEach('YEARLY', 'years'),
  backupKeepMin: backup(
    'BACKUP_KEEP_MIN',
    integer(1, mostKept),
    1,
    'make cleanup keeps at least so many of the newest good backups of each cluster and database, whatever their age.',
  ),
} as const

export type OptionName = keyof typeof options
export type Settings = { readonly [K in OptionName]: ValueOf<(typeof options)[K]> }

export const optionNames = Object.keys(options) as OptionName[]
export const optionOf = (name: OptionName): Option => options[name] as Option

/** What every command that talks to a server takes. */
export const connectionOptions = optionNames.filter(name => optionOf(name).group === 'Connection')
/** What every command that starts programs takes. */
export const clusterOptions = optionNames.filter(name => optionOf(name).group === 'Cluster')
/** What decides which old backups go. */
export const retentionOptions = optionNames.filter(name =>
  /^BACKUP_(RETENTION|KEEP)_/.test(optionOf(name).env),
)
