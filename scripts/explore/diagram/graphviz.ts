import { Worker } from 'node:worker_threads'
import type { Box } from './box.ts'
import type { Link } from './graph.ts'
import type { Placed, Point } from './place.ts'

/** What Graphviz draws takes less than a second each; one that takes as long as this would take for ever. */
const timeLimit = 10_000
/** Pixels of an inch, which is Graphviz's unit. */
const inch = 72

export type LaidOut = { plain: string } | { failed: string }

/**
 * Lays out each graph in a thread of its own; what fails, or is not ready in time, says why.
 * @throws the signal's reason
 */
export async function layOut(
  graphs: readonly string[],
  signal?: AbortSignal,
  limit = timeLimit,
): Promise<LaidOut[]> {
  signal?.throwIfAborted()
  const results: LaidOut[] = graphs.map(() => ({
    failed: `It was not ready within ${limit / 1000} seconds.`,
  }))
  if (graphs.length === 0) return results
  const worker = new Worker(new URL('./layout_worker.js', import.meta.url), {
    workerData: graphs,
    execArgv: [],
    // Not what a library prints, but what it is asked for.
    stdout: true,
    stderr: true,
  })
  let timer: NodeJS.Timeout | undefined
  let stop = (): void => {}
  const ended = new Promise<void>(resolve => {
    stop = resolve
    timer = setTimeout(stop, limit)
  })
  signal?.addEventListener('abort', stop)
  worker.on('message', ({ at, ...result }: { at: number } & LaidOut) => {
    results[at] = result
  })
  worker.on('error', error => {
    for (const [at, result] of results.entries())
      if (!('plain' in result)) results[at] = { failed: error.message }
    stop()
  })
  worker.on('exit', stop)
  try {
    await ended
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
    await worker.terminate()
  }
  signal?.throwIfAborted()
  return results
}

/**
 * Boxes and lines in Graphviz's language. They are numbered: no name of the database ever gets there. Not `strict`,
 * for links are one for each pair already; nslimit keeps tangled graphs from taking minutes.
 */
export function dotOf(boxes: readonly Box[], links: readonly Link[]): string {
  const numbers = new Map(boxes.map(({ relation }, at) => [relation.id, at]))
  return [
    'digraph { graph [rankdir=LR nodesep=0.25 ranksep=0.7 nslimit=2 nslimit1=2]',
    'node [shape=box fixedsize=true label=""] edge [dir=none tailport=e headport=w]',
    ...boxes.map(({ width, height }, at) => `${at} [width=${width / inch} height=${height / inch}]`),
    ...links.map(({ from, to }) => `${numbers.get(from)} -> ${numbers.get(to)}`),
    '}',
  ].join('\n')
}

/** Graphviz's “plain” format: https://graphviz.org/docs/outputs/plain/. Its zero is at the bottom. */
export function readPlain(plain: string, boxes: readonly Box[], links: readonly Link[]): Placed {
  const placed: Placed = { boxes: [], lines: [], width: 0, height: 0 }
  const byEnds = new Map(links.map(link => [`${link.from}\0${link.to}`, link]))
  const y = (value: string | undefined): number => placed.height - Number(value) * inch
  const x = (value: string | undefined): number => Number(value) * inch
  for (const text of plain.split('\n')) {
    const [what, ...words] = text.split(' ')
    if (what === 'graph') {
      placed.width = x(words[1])
      placed.height = Number(words[2]) * inch
    } else if (what === 'node') {
      const box = boxes[Number(words[0])]
      if (box) placed.boxes.push({ box, x: x(words[1]) - box.width / 2, y: y(words[2]) - box.height / 2 })
    } else if (what === 'edge') {
      const [from, to] = [boxes[Number(words[0])], boxes[Number(words[1])]]
      const link = byEnds.get(`${from?.relation.id}\0${to?.relation.id}`)
      const points = Array.from(
        { length: Number(words[2]) },
        (_, at): Point => [x(words[3 + 2 * at]), y(words[4 + 2 * at])],
      )
      if (link) placed.lines.push({ link, points })
    }
  }
  return placed
}
