import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { app } from '../helpers/charts.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** The example app is what people copy: a copy elsewhere works, with nothing of the toolkit near it. */
let toolkit: Toolkit
let folder: string
beforeAll(async () => {
  toolkit = await Toolkit.create()
  folder = join(await mkdtemp(join(tmpdir(), 'copied ')), 'my charts')
  await toolkit.startDatabase()
  await toolkit.ok('sample.ts', ['--days', '2', '--until', '2026-01-31T12:00:00Z'])
  await cp(app, folder, { recursive: true, filter: path => !/node_modules/.test(path.slice(app.length)) })
  await writeFile(join(folder, '.env'), `PGPORT=${toolkit.port}\nPGPASSWORD=\`${toolkit.password}\`\n`, {
    mode: 0o600,
  })
})
afterAll(async () => {
  await toolkit.dispose()
  await rm(join(folder, '..'), { recursive: true, force: true })
})

// Without a terminal: bash takes what node gives as standard input for a login from elsewhere, and reads /etc/bash.bashrc.
const quiet = 'exec make --no-print-directory "$@" </dev/null'

/** With an environment that knows nothing of the database: it stands in .env. */
async function make(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { PATH = '', HOME = '' } = process.env
  const env = {
    PATH,
    HOME,
    METRIC: 'health',
    OUTPUT: 'of somebody’s shell.svg',
    npm_config_prefer_offline: 'true',
  }
  return promisify(execFile)('sh', ['-c', quiet, 'sh', ...args], { cwd: folder, env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    error => ({ code: Number(error.code), stdout: error.stdout, stderr: error.stderr }),
  )
}
const made = async () => (await readdir(folder)).filter(name => /\.(svg|xlsx|csv)$/.test(name)).sort()

test('make run installs what it needs, and draws everything', async () => {
  expect(await make('run')).toMatchObject({ code: 0, stderr: '' })
  expect(await made()).toEqual(['health_24h.svg', 'power_24h.svg', 'temperature.xlsx', 'temperature_24h.svg'])
  expect(await readFile(join(folder, 'power_24h.svg'), 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s)
})

test('what one types arrives as it was typed, and nothing else does', async () => {
  const output = `it's a "chart" & more.csv`
  expect(
    await make('chart', 'METRIC=power', 'FROM=2026-01-30', 'TO=2026-01-31T06:00Z', `OUTPUT=${output}`),
  ).toMatchObject({ code: 0 })
  expect((await readFile(join(folder, output), 'utf8')).split('\r\n')[1]).toMatch(
    /^2026-01-30T00:00:00.000Z,/,
  )
  expect(await make('chart', 'WINDOW=90m')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('temperature_90m.svg: '),
  })
})

test('a mistake is told once, and make says that it failed', async () => {
  const run = await make('chart', 'METRIC=cpu')
  expect(run).toMatchObject({ code: 2, stdout: '' })
  expect(run.stderr).toMatch(
    /^error: There is no metric “cpu”\.\nHINT: {2}--metric temperature, health or power\nmake: \*\*\*/,
  )
})

test('make help names every target, and its types and tests pass there', async () => {
  const { stdout } = await make('help')
  for (const target of ['run', 'chart', 'setup', 'test', 'check']) expect(stdout).toContain(`make ${target} `)
  expect(await make('check')).toMatchObject({ code: 0 })
  expect(await make('test')).toMatchObject({ code: 0, stdout: expect.stringMatching(/Tests .*\d+ passed/) })
})
