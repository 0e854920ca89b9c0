import { dirname } from 'node:path'
import { ToolkitError } from '../errors.ts'
import type { CounterFiles } from '../plan/reset_wal.ts'
import type { SalvagePlan } from '../plan/salvage.ts'
import { type ControlData, parseControlData } from '../postgres/control_data.ts'
import { dataProgram } from '../postgres/data_directory.ts'
import { diskTrouble } from '../postgres/unpack.ts'
import type { Folder, ImageFacts, Runtime } from '../runtime/runtime.ts'
import { clusterFolders } from '../settings/cluster_folders.ts'
import type { Context } from '../settings/command.ts'
import { formatCount } from '../terminal/format.ts'
import { createProgress } from '../terminal/progress.ts'

/** What salvage does inside data directories: it looks into the original and copies it, and never writes there. */

export const programName = 'salvage'

const lookScript = `
cd "$1"
[ -f postmaster.pid ] && echo pid=1
[ -f backup_label ] && echo label=1
[ -f global/pg_control ] || echo nocontrol=1
kilobytes() { du -sk "$1" 2>/dev/null | cut -f 1; }
all=$(kilobytes .); wal=$(kilobytes pg_wal/.)
[ -L pg_wal ] && wal=0
echo "kilobytes=$((\${all:-0} - \${wal:-0}))"
echo "files=$(find . -type f ! -path './pg_wal/*' | wc -l)"
names() { ls "$2" 2>/dev/null | while IFS= read -r f; do echo "$1=$f"; done; }
names wal pg_wal
names xact pg_xact
names offsets pg_multixact/offsets
names members pg_multixact/members
find . -type l ! -path ./pg_wal ! -path './pg_tblspc/*' | while IFS= read -r l; do
  # A configuration file may lie elsewhere; data may not. In a container nobody can see where a link leads.
  case "\${l#./}" in */*) echo "odd=$l";; *.*) ;; *) echo "odd=$l";; esac
done
shift
for t in "$@"; do
  if [ -d "$t" ]; then echo "kilobytes=$(kilobytes "$t/.")"; else echo "absent=$t"; fi
done
cd - >/dev/null; true
`

export type Look = {
  bytes: number
  files: number
  /** A lock file: the server was killed, or runs where we do not see it. */
  pidFile: boolean
  backupLabel: boolean
  hasControl: boolean
  counters: CounterFiles
  /** Links out of the data directory to data. */
  links: string[]
  /** Folders of tablespaces that are not there. */
  absent: string[]
}

const readOnly = (path: string): Folder => ({ path, mode: 'ro' })

/** Sizes and names; changes nothing. */
export async function lookInto(
  runtime: Runtime,
  image: ImageFacts,
  target: string,
  tablespaces: SalvagePlan['tablespaces'],
  signal: AbortSignal,
): Promise<Look> {
  const folders = unique([target, ...tablespaces.map(t => t.within)]).map(readOnly)
  const program = dataProgram(
    programName,
    image,
    folders,
    lookScript,
    target,
    ...tablespaces.map(t => t.from),
  )
  const argv = ['bash', '--norc', '-c', ...program.argv.slice(5)]
  const output = await runtime.run({ ...program, argv }, { signal })
  if (output.code !== 0) {
    throw new ToolkitError('failed', { what: `Cannot look into ${target}.`, why: output.stderr })
  }
  return parseLook(output.stdout)
}

const unique = (paths: readonly string[]): string[] => [...new Set(paths)]

export function parseLook(stdout: string): Look {
  const lines = stdout.split('\n')
  const many = (key: string) =>
    lines.filter(line => line.startsWith(`${key}=`)).map(line => line.slice(key.length + 1))
  return {
    bytes: many('kilobytes').reduce((sum, kilobytes) => sum + Number(kilobytes) * 1024, 0),
    files: Number(many('files')[0] ?? 0),
    pidFile: many('pid').length > 0,
    backupLabel: many('label').length > 0,
    hasControl: many('nocontrol').length === 0,
    counters: { wal: many('wal'), xact: many('xact'), offsets: many('offsets'), members: many('members') },
    links: many('odd'),
    absent: many('absent'),
  }
}

/** The control file, where it is whole: pg_controldata prints a damaged one as well, after a warning. */
export async function readControl(
  runtime: Runtime,
  image: ImageFacts,
  target: string,
  signal: AbortSignal,
): Promise<{ control: ControlData | undefined; text: string }> {
  const program = dataProgram(
    programName,
    image,
    [readOnly(target)],
    'LC_ALL=C pg_controldata -D "$1" 2>&1 || true',
    target,
  )
  const { stdout } = await runtime.run(program, { signal })
  const control = /CRC checksum does not match/i.test(stdout) ? undefined : parseControlData(stdout)
  return { control, text: stdout }
}

/**
 * Takes the original, the copy, the owner's user and group, the major version, the folder of the copy's tablespaces, and
 * for each tablespace its oid, where it is, where its copy goes and how the server will see that. Of the WAL the names
 * are kept, which pg_resetwal looks at; it deletes the files.
 */
const copyScript = `
data=$1 copy=$2 owner=$3:$4 major=$5 own=$6; shift 6
control() { cksum < "$data/global/pg_control" 2>/dev/null || echo none; }
before=$(control)
cd "$data"
for entry in * .[!.]*; do
  case "$entry" in
    pg_wal|pg_tblspc|postmaster.pid|postmaster.opts|recovery.signal|standby.signal) continue;;
  esac
  if [ -e "$entry" ] || [ -L "$entry" ]; then cp -av "./$entry" "$copy/"; fi
done
mkdir -m 0700 "$copy/pg_tblspc" "$copy/pg_wal" "$copy/pg_wal/archive_status"
[ "$major" -lt 17 ] || mkdir -m 0700 "$copy/pg_wal/summaries"
for segment in pg_wal/*; do
  case "$segment" in pg_wal/[0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F]*) : > "$copy/$segment";; esac
done
for entry in pg_tblspc/*; do
  # A tablespace in its place is a folder.
  if [ -d "$entry" ] && [ ! -L "$entry" ]; then cp -av "./$entry" "$copy/pg_tblspc/"; fi
done
while [ $# -gt 0 ]; do
  mkdir -m 0700 "$3"
  cp -av "$2/." "$3/"
  chown -hR "$owner" "$3"
  ln -s "$4" "$copy/pg_tblspc/$1"
  shift 4
done
if [ ! -f "$copy/global/pg_control" ]; then
  mkdir -p "$copy/global"
  : > "$copy/global/pg_control"
  chmod 0600 "$copy/global/pg_control"
fi
chmod 0700 "$copy"
[ -z "$(find "$data/." -prune -perm -040)" ] || chmod 0750 "$copy"
chown -hR "$owner" "$copy"
[ ! -d "$own" ] || chown "$owner" "$own"
[ "$before" = "$(control)" ] || { echo 'global/pg_control has changed' >&2; exit 33; }
sync -f "$copy" 2>/dev/null || sync
`

/** @throws ToolkitError space, prerequisite where something writes into the original, failed */
export async function copyCluster(
  runtime: Runtime,
  plan: SalvagePlan,
  image: ImageFacts,
  files: number,
  { signal, progress: shown }: Context,
): Promise<void> {
  const own = clusterFolders(plan.copy).tablespaces
  const places = plan.tablespaces.flatMap(t => [t.oid, t.from, t.to, t.seenAs])
  const folders: Folder[] = [
    ...unique([plan.target, ...plan.tablespaces.map(t => t.within)]).map(readOnly),
    { path: plan.partial, mode: 'rw' },
    ...(plan.tablespaces.length > 0 ? [{ path: own, mode: 'rw' as const }] : []),
  ]
  const program = dataProgram(
    ...([programName, image, folders, copyScript, plan.target, plan.partial] as const),
    ...[String(image.uid), String(image.gid), String(image.major), own, ...places],
  )
  const progress = await createProgress('Copying', shown, 'rows')
  let copied = 0
  const onStdout = () => {
    copied += 1
    progress.update(copied, Math.max(copied, files), `Copied ${formatCount(copied)} files…`)
  }
  try {
    const output = await runtime.run(program, { signal, onStdout })
    if (output.code === 0) return
    if (output.code === 33) {
      throw new ToolkitError('prerequisite', {
        what: `Something is writing into ${plan.target}: its control file changed while it was copied.`,
        why: 'A server is at work there, in a place that could not be seen from here.',
        hint: 'Stop it first. Nothing was kept of the copy.',
      })
    }
    const why = output.stderr.split('\n').slice(-4).join('\n')
    throw (
      diskTrouble(dirname(plan.copy), output.stderr) ??
      new ToolkitError('failed', { what: `${plan.target} could not be copied.`, why })
    )
  } finally {
    progress.stop()
  }
}
