import type { Runtime, ServerName } from '../runtime/runtime.ts'
import { dataProgram } from './data_directory.ts'

/** The server's log belongs to the postgres user; the newest file is the one that counts. */
const tail = 'cd "$1"; f=$(ls -t | head -n 1); [ -z "$f" ] || tail -n "$2" "$f"'

export async function readServerLog(
  runtime: Runtime,
  image: string,
  logFolder: string,
  lines: number,
): Promise<string> {
  const program = dataProgram(
    'log',
    { image },
    [{ path: logFolder, mode: 'ro' }],
    tail,
    logFolder,
    String(lines),
  )
  const output = await runtime.run(program)
  return output.stdout
}

/** What a server that did not come up last said: to its log file, or before it opened one. */
export async function readLastLog(
  runtime: Runtime,
  server: ServerName,
  logFolder: string,
  lines: number,
): Promise<string> {
  const { image, startedAt } = await runtime.server.status(server)
  const console = await runtime.server.lastLogLines(server, lines)
  const file = image && startedAt ? await readServerLog(runtime, image, logFolder, lines) : ''
  return [console, file].filter(Boolean).join('\n')
}

/** Prints new lines until the signal says stop. */
export async function followServerLog(
  runtime: Runtime,
  image: string,
  logFolder: string,
  lines: number,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const script = 'cd "$1"; exec tail -n "$2" -F "$(ls -t | head -n 1)"'
  const program = dataProgram(
    'log',
    { image },
    [{ path: logFolder, mode: 'ro' }],
    script,
    logFolder,
    String(lines),
  )
  await runtime.run(program, { signal, onStdout: onLine })
}
