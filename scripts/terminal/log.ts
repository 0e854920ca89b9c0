export type Log = {
  /** A step that the user follows. */
  step(message: string): void
  /** Something that the user should know and perhaps do. */
  warn(message: string): void
  /** What only `--verbose` shows. */
  detail(message: string): void
}

export type Loudness = 'quiet' | 'normal' | 'verbose'

/** Everything that is not a result goes to standard error, so that results can be piped. */
export function createLog(
  loudness: Loudness,
  write = (line: string) => void process.stderr.write(line),
): Log {
  return {
    step: message => loudness !== 'quiet' && write(`${message}\n`),
    warn: message => write(`warning: ${message}\n`),
    detail: message => loudness === 'verbose' && write(`  ${message}\n`),
  }
}
