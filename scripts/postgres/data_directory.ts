import { existsSync } from 'node:fs'
import { ToolkitError } from '../errors.ts'
import type { ImageFacts, Program, Runtime } from '../runtime/runtime.ts'
import { type ControlData, parseControlData } from './control_data.ts'

export type DataDirectory = {
  state: 'absent' | 'empty' | 'cluster' | 'foreign'
  /** The contents of PG_VERSION. */
  major?: number
  /** An initialisation was cut off; there never was a cluster in it. */
  unfinished: boolean
  hasConfiguration: boolean
  /** The cluster waits for, or is in the middle of, archive recovery. */
  recoverySignal: boolean
  backupLabel: boolean
  control?: ControlData
  /** Links in pg_tblspc. */
  tablespaces: { oid: string; location: string }[]
}

/** A cluster belongs to the postgres user with mode 0700, so only a root helper can look inside. */
const inspect = `
cd "$1"
[ -z "$(ls -A)" ] && { echo state=empty; exit; }
# Our own image marks an initialisation that was cut off, and begins it anew.
[ -e .docker-init-unfinished ] && { echo state=empty; echo unfinished=1; exit; }
[ -f PG_VERSION ] || { echo state=foreign; exit; }
echo state=cluster
echo "major=$(cat PG_VERSION)"
[ -f postgresql.conf ] && echo hasConfiguration=1
[ -f recovery.signal ] && echo recoverySignal=1
[ -f backup_label ] && echo backupLabel=1
# As hexadecimal digits: a path may hold a line end.
for l in pg_tblspc/*; do [ -L "$l" ] && echo "tablespace=\${l##*/} $(readlink -n "$l" | od -An -v -tx1 | tr -d ' \\n')"; done
LC_ALL=C pg_controldata -D . 2>&1
true
`

/** A program that works inside a data directory. */
export const dataProgram = (
  name: string,
  image: Pick<ImageFacts, 'image'>,
  folders: Program['folders'],
  script: string,
  ...args: string[]
): Program => ({
  name,
  // Where its input is a socket, which pipes of ours are, bash would take itself for a remote shell and read ~/.bashrc.
  argv: ['bash', '--norc', '-euo', 'pipefail', '-c', script, name, ...args],
  as: 'root',
  folders: folders ?? [],
  image: image.image,
})

export async function inspectDataDirectory(
  runtime: Runtime,
  image: Pick<ImageFacts, 'image'>,
  path: string,
  signal?: AbortSignal,
): Promise<DataDirectory> {
  const nothing = {
    unfinished: false,
    hasConfiguration: false,
    recoverySignal: false,
    backupLabel: false,
    tablespaces: [],
  }
  if (!existsSync(path)) return { state: 'absent', ...nothing }
  const program = dataProgram('inspect', image, [{ path, mode: 'ro' }], inspect, path)
  // The script answers with empty tests in passing: -e would end it there.
  const argv = ['bash', '--norc', '-c', ...program.argv.slice(5)]
  const output = await runtime.run({ ...program, argv }, { signal })
  if (output.code !== 0) {
    throw new ToolkitError('failed', {
      what: `Cannot look into ${path}.`,
      why: output.stderr || output.stdout,
    })
  }
  return parseInspection(output.stdout)
}

const states = ['empty', 'cluster'] as const

export function parseInspection(stdout: string): DataDirectory {
  const lines = stdout.split('\n')
  const one = (key: string) => lines.find(line => line.startsWith(`${key}=`))?.slice(key.length + 1)
  const control = parseControlData(stdout)
  const major = Number.parseInt(one('major') ?? '', 10)
  return {
    state: states.find(state => state === one('state')) ?? 'foreign',
    ...(Number.isInteger(major) && { major }),
    unfinished: one('unfinished') === '1',
    hasConfiguration: one('hasConfiguration') === '1',
    recoverySignal: one('recoverySignal') === '1',
    backupLabel: one('backupLabel') === '1',
    ...(control && { control }),
    tablespaces: lines
      .filter(line => line.startsWith('tablespace='))
      .map(line => /^tablespace=(\d+) ([0-9a-f]*)$/.exec(line))
      .flatMap(match =>
        match ? [{ oid: match[1] ?? '', location: Buffer.from(match[2] ?? '', 'hex').toString('utf8') }] : [],
      ),
  }
}

/** Bytes that the files of a folder have when they are copied: those of a sparse one as well. */
export async function fileBytes(
  runtime: Runtime,
  image: Pick<ImageFacts, 'image'>,
  folder: string,
  signal?: AbortSignal,
): Promise<number> {
  const script = `find "$1" -type f -exec stat -c %s {} + | awk '{ n += $1 } END { printf "%.0f", n }'`
  const program = dataProgram('size', image, [{ path: folder, mode: 'ro' }], script, folder)
  const output = await runtime.run(program, { signal })
  return Number(output.stdout)
}

/**
 * Bytes on disk below a folder that only the server's user may read.
 * @throws ToolkitError failed
 */
export async function folderBytes(
  runtime: Runtime,
  image: Pick<ImageFacts, 'image'>,
  folder: string,
  signal?: AbortSignal,
): Promise<number> {
  const script = 'du -sk "$1" | cut -f 1'
  const program = dataProgram('size', image, [{ path: folder, mode: 'ro' }], script, folder)
  const output = await runtime.run(program, { signal })
  // A file that goes while du reads is no reason to know nothing.
  const kilobytes = Number.parseInt(output.stdout, 10)
  if (Number.isInteger(kilobytes)) return kilobytes * 1024
  throw new ToolkitError('failed', { what: `The size of ${folder} cannot be measured.`, why: output.stderr })
}
