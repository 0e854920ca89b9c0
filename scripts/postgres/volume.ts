import { ToolkitError } from '../errors.ts'
import type { Folder, ImageFacts, Runtime } from '../runtime/runtime.ts'
import { dataProgram } from './data_directory.ts'
import { diskTrouble } from './unpack.ts'

/** What only a program in a container can do: the folders of volumes are not ours to look into. */

/** In a data directory from before it is cleared until what was restored into it is whole. */
export const restoring = '.toolkit-restoring'
/** In a copy until it is one. */
const copying = '.toolkit-copying'

async function inside(
  runtime: Runtime,
  image: Pick<ImageFacts, 'image'>,
  folders: Folder[],
  script: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const output = await runtime.run(dataProgram('volume', image, folders, script, ...args), { signal })
  if (output.code === 0) return output.stdout
  throw (
    diskTrouble(args[0] ?? '', output.stderr) ??
    new ToolkitError('failed', { what: 'The volume cannot be worked on.', why: output.stderr })
  )
}

/** The folder of the cluster that a volume holds, which may lie below its top; undefined where it holds none. */
export async function findData(
  runtime: Runtime,
  image: Pick<ImageFacts, 'image'>,
  top: string,
): Promise<string | undefined> {
  const script = 'find "$1" -maxdepth 5 -path "*/global/pg_control"'
  const found = await inside(runtime, image, [{ path: top, mode: 'ro' }], script, [top])
  const control = found.split('\n').find(Boolean)
  return control?.slice(0, -'/global/pg_control'.length)
}

export type Measured = {
  /** Bytes of what is in the data directory; 0 where it is empty, or half restored by a run that was cut off. */
  used: number
  free: number
}

const measure = `
mkdir -p "$1"
echo "free=$(df -Pk "$1" | awk 'NR == 2 { print $4 }')"
if [ -e "$1/${restoring}" ] || [ -z "$(ls -A "$1")" ]; then echo used=0; else echo "used=$(du -sk "$1" | cut -f 1)"; fi
`

export async function measureVolume(
  runtime: Runtime,
  image: Pick<ImageFacts, 'image'>,
  path: string,
): Promise<Measured> {
  const lines = (await inside(runtime, image, [{ path, mode: 'rw' }], measure, [path])).split('\n')
  const kilobytes = (key: string) =>
    Number(lines.find(line => line.startsWith(`${key}=`))?.slice(key.length + 1))
  return { used: kilobytes('used') * 1024, free: kilobytes('free') * 1024 }
}

/** Names, owners, modes, links and sizes: a copy that ended well and yet lacks something is noticed. */
const copy = `
touch "$2/${copying}"
cp -a "$1/." "$2/"
# No -printf: Alpine’s find does not have it.
list() {
  cd "$1"
  find . -mindepth 1 -type d -exec stat -c '%n %f %u %g' {} + > "$3"
  find . -mindepth 1 ! -type d ! -name '.toolkit-*' -exec stat -c '%N %f %u %g %s' {} + >> "$3"
  sort "$3" | sha256sum > "$2"
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(list "$1" "$work/before" "$work/list")
(list "$2" "$work/after" "$work/list")
cmp -s "$work/before" "$work/after" || { echo 'the copy is not what was there' >&2; exit 1; }
sync -f "$2"
rm "$2/${copying}"
sync -f "$2"
`

/** Copies what is in a data directory into another, and sees to it that the copy is on disk. */
export async function copyData(
  runtime: Runtime,
  image: Pick<ImageFacts, 'image'>,
  { from, to }: { from: string; to: string },
  signal?: AbortSignal,
): Promise<void> {
  const folders: Folder[] = [
    { path: from, mode: 'ro' },
    { path: to, mode: 'rw' },
  ]
  await inside(runtime, image, folders, copy, [from, to], signal)
}

/** Whether a volume holds a copy that was cut off. */
export async function isHalfCopied(
  runtime: Runtime,
  image: Pick<ImageFacts, 'image'>,
  top: string,
): Promise<boolean> {
  const script = `[ ! -e "$1/${copying}" ] || echo yes`
  return (await inside(runtime, image, [{ path: top, mode: 'ro' }], script, [top])) !== ''
}

/** Deletes what is in a data directory; the mark that says so comes first and goes last. */
export async function clearData(
  runtime: Runtime,
  image: Pick<ImageFacts, 'image'>,
  path: string,
): Promise<void> {
  const script = `mkdir -p "$1"; touch "$1/${restoring}"; find "$1" -mindepth 1 ! -path "$1/${restoring}" -delete; mkdir -p "$1/pg_wal"`
  await inside(runtime, image, [{ path, mode: 'rw' }], script, [path])
}

/** What was restored is whole. */
export async function unmark(
  runtime: Runtime,
  image: Pick<ImageFacts, 'image'>,
  path: string,
): Promise<void> {
  const script = `rm -f "$1/${restoring}"; sync -f "$1"`
  await inside(runtime, image, [{ path, mode: 'rw' }], script, [path])
}
