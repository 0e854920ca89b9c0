import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ChartError } from './errors.ts'

type Size = { width: number; height: number }
type Files = { folder: string; svg: string; png: string }

/** Programs that draw SVG, the quickest first, and what they are told. Twice the pixels, for sharp texts. */
const renderers: readonly { programs: readonly string[]; argv(files: Files, size: Size): string[] }[] = [
  {
    programs: ['rsvg-convert'],
    argv: ({ svg, png }) => ['--zoom=2', '--format=png', `--output=${png}`, svg],
  },
  { programs: ['resvg'], argv: ({ svg, png }) => ['--zoom', '2', svg, png] },
  {
    programs: ['inkscape'],
    argv: ({ svg, png }, { width }) => [
      '--export-type=png',
      `--export-width=${2 * width}`,
      `--export-filename=${png}`,
      svg,
    ],
  },
  {
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
    argv: ({ folder, svg, png }, { width, height }) => [
      ...[
        '--headless',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--hide-scrollbars',
      ],
      // Chromium refuses to be root within its sandbox. The page is our own picture, without scripts.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...[`--user-data-dir=${join(folder, 'profile')}`, '--force-device-scale-factor=2'],
      ...[`--window-size=${width},${height}`, `--screenshot=${png}`, pathToFileURL(svg).href],
    ],
  },
]

/**
 * Has the picture drawn by the first renderer that this machine has.
 * @throws ChartError prerequisite where there is none, failed with the renderer's words.
 */
export async function png(svg: string, signal: AbortSignal): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'chart-'))
  try {
    const files = { folder, svg: join(folder, 'chart.svg'), png: join(folder, 'chart.png') }
    await writeFile(files.svg, svg)
    for (const { programs, argv } of renderers) {
      for (const program of programs) {
        const outcome = await run(program, argv(files, sizeOf(svg)), signal)
        if (outcome === 'missing') continue
        if (outcome.code !== 0)
          throw new ChartError('failed', `${program} could not draw the picture: ${outcome.words}`)
        return await readFile(files.png)
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  throw new ChartError(
    'prerequisite',
    'There is no program on this machine that makes PNG of SVG.',
    'On Debian and Ubuntu: sudo apt-get install librsvg2-bin. Or write .svg: browsers and word processors show it.',
  )
}

function sizeOf(svg: string): Size {
  const [, width = '960', height = '480'] = /<svg[^>]* width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? []
  return { width: Math.ceil(Number(width)), height: Math.ceil(Number(height)) }
}

type Outcome = 'missing' | { code: number | null; words: string }

function run(program: string, argv: readonly string[], signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, { stdio: ['ignore', 'ignore', 'pipe'], signal })
    let words = ''
    child.stderr.on('data', chunk => {
      words = `${words}${chunk}`.slice(-500)
    })
    child.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? resolve('missing') : reject(error),
    )
    child.on('close', code => resolve({ code, words: words.trim() }))
  })
}
