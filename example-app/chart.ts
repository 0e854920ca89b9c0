#!/usr/bin/env -S npx tsx
import { help, parseArguments } from './src/arguments.ts'
import { draw } from './src/draw.ts'
import { ChartError, exitCodes, explain } from './src/errors.ts'

/** `npx tsx chart.ts --metric temperature --window 24h --output chart.svg`: reads what was typed, draws, and says what came of it. */
const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort())
process.stdout.on('error', error => {
  // Whoever reads our output may have seen enough.
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit()
  fail(error)
})

try {
  const request = parseArguments(process.argv.slice(2))
  if (request) await draw(request, interrupt.signal)
  else process.stdout.write(help)
} catch (thrown) {
  fail(interrupt.signal.aborted ? new ChartError('interrupted', 'Interrupted: nothing was written.') : thrown)
}

function fail(thrown: unknown): void {
  const error = explain(thrown)
  process.stderr.write(`error: ${error.message}\n${error.hint ? `HINT:  ${error.hint}\n` : ''}`)
  process.exitCode = exitCodes[error.kind]
}
