import type { SingleBar } from 'cli-progress'
import { formatBytes, formatCount, formatDuration } from './format.ts'

export type Progress = {
  /** `done` of `total` bytes or rows; `note` stands before them. A total of 0 is a total that nobody knows. */
  update(done: number, total: number, note?: string): void
  stop(): void
}

/** Without a terminal a line now and then says that the run is alive. */
const lineEverySeconds = 10
/** Callers report as often as they like; drawing is what costs. */
const redrawMilliseconds = 100

export type Unit = 'bytes' | 'rows'
const formatters: Record<Unit, (amount: number) => string> = {
  bytes: formatBytes,
  rows: amount => `${formatCount(Math.round(amount))} rows`,
}

const rate = (done: number, seconds: number, unit: Unit): string =>
  seconds > 0.2 && done > 0 ? `${formatters[unit](done / seconds)}/s` : '…'

function remaining(done: number, total: number, seconds: number): string {
  if (done <= 0 || total <= done || seconds < 1) return ''
  return `, ${formatDuration(((total - done) / done) * seconds)} left`
}

const percentOf = (done: number, total: number): number =>
  total > 0 ? Math.min(100, Math.floor((100 * done) / total)) : 0

/** `45%  1.2GB of 2.3GB  480MB/s, 2.3 s left`. */
export function progressLine(
  done: number,
  total: number,
  seconds: number,
  { note = '', unit = 'bytes' }: { note?: string | undefined; unit?: Unit } = {},
): string {
  const format = formatters[unit]
  const of = total > 0 ? ` of ${format(total)}` : ''
  const percent = total > 0 ? `${percentOf(done, total)}%  ` : ''
  const speed = `${rate(done, seconds, unit)}${remaining(done, total, seconds)}`
  return `${percent}${note && `${note}  `}${format(done)}${of}  ${speed}`
}

/** A bar at a terminal, a line now and then elsewhere, nothing when not wanted. */
export async function createProgress(title: string, shown: boolean, unit: Unit = 'bytes'): Promise<Progress> {
  if (!shown) return { update() {}, stop() {} }
  return process.stderr.isTTY ? barProgress(title, unit) : lineProgress(title, unit)
}

function lineProgress(title: string, unit: Unit): Progress {
  const started = performance.now()
  let last = started
  return {
    update(done, total, note) {
      const now = performance.now()
      if (now - last < lineEverySeconds * 1000) return
      last = now
      process.stderr.write(`${title}: ${progressLine(done, total, (now - started) / 1000, { note, unit })}\n`)
    },
    stop() {},
  }
}

async function barProgress(title: string, unit: Unit): Promise<Progress> {
  const { SingleBar: Bar, Presets } = (await import('cli-progress')).default
  const started = performance.now()
  const bar: SingleBar = new Bar(
    {
      format: `${title} [{bar}] {line}`,
      stream: process.stderr,
      hideCursor: true,
      barsize: 16,
      clearOnComplete: true,
      // Our own handler stops the children first; the bar only gives the cursor back.
      gracefulExit: false,
    },
    Presets.shades_classic,
  )
  bar.start(100, 0, { line: '' })
  let last = 0
  return {
    update(done, total, note) {
      const now = performance.now()
      if (now - last < redrawMilliseconds && done < total) return
      last = now
      const line = progressLine(done, total, (performance.now() - started) / 1000, { note, unit })
      bar.update(percentOf(done, total), { line })
    },
    stop: () => bar.stop(),
  }
}
