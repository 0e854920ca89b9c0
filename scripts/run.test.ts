import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tempFolder } from './test/helpers/temp_folder.ts'

const script = join(import.meta.dirname, 'run.sh')

const run = (env: Record<string, string>, ...args: string[]) =>
  spawnSync('bash', [script, ...args], { encoding: 'utf8', env: { PATH: process.env.PATH ?? '', ...env } })

/** A word that is no runner is named in the complaint: so it can be seen what was read. */
const readFrom = (stderr: string) =>
  /^error: RUNNER "(.*)" must be one of auto, host, docker\.$/m.exec(stderr)?.[1]

describe('RUNNER', () => {
  test.each<[string, string]>([
    ['RUNNER=here', 'here'],
    ['  export RUNNER = here  # why', 'here'],
    ['RUNNER="here"', 'here'],
    ["RUNNER='here'", 'here'],
    ['RUNNER=docker\nRUNNER=here', 'here'],
    ['RUNNER=here\r', 'here'],
    ['# RUNNER=there\nMY_RUNNER=there\nRUNNER=here', 'here'],
  ])('stands in .env as %j', async (content, expected) => {
    const TOOLKIT_HOME = await tempFolder()
    await writeFile(join(TOOLKIT_HOME, '.env'), content)
    const { status, stderr } = run({ TOOLKIT_HOME }, 'save.ts')
    expect([status, readFrom(stderr)]).toEqual([4, expected])
  })

  test('counts from the environment before .env, and from a flag before both', async () => {
    const TOOLKIT_HOME = await tempFolder()
    await writeFile(join(TOOLKIT_HOME, '.env'), 'RUNNER=file')
    const env = { TOOLKIT_HOME, RUNNER: 'environment' }
    expect(readFrom(run(env, 'save.ts').stderr)).toBe('environment')
    expect(readFrom(run(env, 'save.ts', '--runner', 'flag').stderr)).toBe('flag')
    expect(readFrom(run(env, 'save.ts', '--runner=flag').stderr)).toBe('flag')
  })

  test('host runs the script here, from every folder, with its exit code', async () => {
    const cwd = await tempFolder()
    const { status, stdout } = spawnSync('bash', [script, 'save.ts', '--help'], { cwd, encoding: 'utf8' })
    expect([status, stdout]).toEqual([0, expect.stringContaining('pg_basebackup')])
    expect(run({ RUNNER: 'host' }, 'save.ts', '--no-such-flag').status).toBe(4)
  })
})

describe('without Node.js', () => {
  /** bash and what it needs, and nothing else. */
  async function bare(): Promise<string> {
    const folder = await tempFolder()
    for (const name of ['id', 'uname', 'dirname', 'sed', 'grep', 'tail'])
      await writeFile(join(folder, name), `#!/bin/sh\nexec /usr/bin/${name} "$@"\n`, { mode: 0o755 })
    return folder
  }
  const here = (PATH: string, ...args: string[]) =>
    spawnSync('/bin/bash', [script, ...args], { encoding: 'utf8', env: { PATH } })

  test('and without an engine it says what to install', async () => {
    const { status, stderr } = here(await bare(), 'save.ts')
    expect(stderr).toMatch(/^error: There is no Node\.js 20\.19 or newer on this machine\.\nHINT: {2}/)
    expect(stderr).toContain('RUNNER=docker')
    expect(status).toBe(5)
  })

  test('what needs it says so', async () => {
    const { status, stderr } = here(await bare(), 'check.ts')
    expect(stderr).toContain('this command cannot do without')
    expect(status).toBe(5)
  })
})
