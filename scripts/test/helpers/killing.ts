import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { listBackups } from '../../catalog/catalog.ts'
import { sha256File } from '../../catalog/hash.ts'
import type { Order, Victim } from './kill_point.ts'
import { fingerprint, type Scene, type Stage } from './kill_scenes.ts'
import { type State, type Verb, type VerbName, verbs } from './kill_verbs.ts'
import { docker, type Run } from './toolkit.ts'

/** Runs verbs until somebody dies, and looks at what is there then. */

const preload = join(import.meta.dirname, 'kill_point.ts')

/** A step of a run, or the milliseconds `after` its beginning. */
export type Point = { step: string; nth?: number; victim: Victim; during?: boolean; after?: number }
export type Step = { step: string; nth: number }

type VerbRun = Run & { pid: number | undefined; reached: string }

export function beginVerb(stage: Stage, verb: Verb, scene: Scene, order: Partial<Order>) {
  const { toolkit } = stage
  const words: Record<string, string> = { ID: scene.id, DATA: toolkit.dataDir }
  const args = verb.args.map(arg => words[arg] ?? arg)
  const local = verb.scene === 'local'
  const begin: Order = { home: toolkit.home, container: toolkit.container, local, ...order }
  const env: Record<string, string> = { ...stage.env, KILL_POINT: JSON.stringify(begin) }
  // An empty value is none.
  if (verb.generated) env.PGPASSWORD = ''
  return toolkit.start(verb.script, args, { env, preload })
}

export async function runVerb(
  stage: Stage,
  verb: Verb,
  scene: Scene,
  { after, ...order }: Partial<Order> & { after?: number } = {},
): Promise<VerbRun> {
  const reached = join(stage.temporary, 'tsx-reached')
  await rm(reached, { force: true })
  const { child, done } = beginVerb(stage, verb, scene, { ...order, reached })
  if (after !== undefined) {
    await Promise.race([sleep(after), done])
    child.kill(order.victim === 'SIGINT' ? 'SIGINT' : 'SIGKILL')
  }
  const run = await done
  return { ...run, pid: child.pid, reached: await readFile(reached, 'utf8').catch(() => '') }
}

export async function setScene(stage: Stage, verb: Verb): Promise<Scene> {
  const scene = await stage.set(verb.scene)
  if (verb.running) await stage.startServer()
  return scene
}

/** The steps of a run that nobody disturbs. */
export async function recordSteps(stage: Stage, name: VerbName): Promise<Step[]> {
  const verb: Verb = verbs[name]
  const scene = await setScene(stage, verb)
  const record = join(stage.temporary, 'tsx-record')
  await rm(record, { force: true })
  const run = await runVerb(stage, verb, scene, { record })
  expect(run.code, run.stderr).toBe(0)
  const lines = (await readFile(record, 'utf8')).split('\n').filter(Boolean)
  return lines.map(line => JSON.parse(line) as Step)
}

/** The server may be in the middle of its recovery. */
async function rowsOfServer(stage: Stage): Promise<string | undefined> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const rows = await stage.query(fingerprint).catch((error: Error) => error.message)
    if (/^\d/.test(rows)) return rows
    if (/No such container|is not running|No such file or directory|Connection refused/.test(rows))
      return undefined
    if (/relation "t" does not exist/.test(rows)) return 'no table'
    await sleep(100)
  }
  return 'no answer'
}

/** What whoever looks after the kill has. A cut between the two renames of a swap leaves the former data: it counts. */
export async function stateOf(stage: Stage, scene: Scene): Promise<State | string> {
  const named = (rows: string): State | string =>
    ({ [scene.rows.now]: 'now', [scene.rows.saved]: 'saved', 'no table': 'none' })[rows] ?? rows
  const { dataDir } = stage.toolkit
  const running = await rowsOfServer(stage)
  if (running !== undefined) return named(running)
  const folder = existsSync(dataDir) ? dataDir : ((await formersOf(stage)).at(-1) ?? dataDir)
  if (!existsSync(folder)) return 'none'
  const files = await stage.asRoot(
    `cd '${folder}'; ls -A | head -n 2; test ! -f global/pg_control || echo control`,
  )
  if (files === '' || files === '.docker-init-unfinished') return 'none'
  if (!files.includes('control')) return 'cut off'
  if (scene.digest && (await stage.digest(folder)) === scene.digest) return folderState(stage, scene)
  const rows = await stage.rowsOf(folder).catch((error: Error) => error.message)
  // A program that outlived the script may be deleting it at this very moment.
  const isWhole =
    /^\d+ /.test(rows) || (await stage.asRoot(`ls '${folder}/global/pg_control' || true`)) !== ''
  return isWhole ? named(rows) : 'cut off'
}

/** Of a scene that is as it was made. */
const folderState = async (stage: Stage, scene: Scene): Promise<State> =>
  (await readFile(`${stage.toolkit.dataDir}.cluster.json`, 'utf8').catch(() => '')).includes(scene.id)
    ? 'saved'
    : 'now'

async function formersOf({ toolkit: { dataDir } }: Stage): Promise<string[]> {
  const names = await readdir(dirname(dataDir)).catch(() => [] as string[])
  return names
    .filter(name => name.startsWith(`${basename(dataDir)}.before-restore-`) && !name.endsWith('.json'))
    .sort()
    .map(name => join(dirname(dataDir), name))
}

/** Every backup that has its name is what its metadata.json says; gives their ids. */
export async function wholeBackups({ toolkit }: Stage): Promise<string[]> {
  const backups = await listBackups(toolkit.backupsDir)
  const whole = backups.filter(backup => backup.damage === undefined)
  for (const { id, metadata, kind, path } of whole) {
    for (const file of metadata?.files ?? []) {
      const sum = await sha256File(join(kind === 'physical' ? path : dirname(path), file.name))
      expect(sum, `${file.name} of ${id}`).toBe(file.sha256)
    }
  }
  return whole.map(backup => backup.id)
}

/** Everything of ours that must not be there when a verb has ended well: files, folders, containers, secrets. */
export async function leftBehind(stage: Stage, pids: readonly (number | undefined)[]): Promise<string[]> {
  const { toolkit, temporary } = stage
  const names: string[] = []
  for (const folder of ['', 'backups', 'mnt/db']) {
    const inside = await readdir(join(toolkit.home, folder)).catch(() => [] as string[])
    names.push(...inside.filter(name => /\.partial$|\.restoring-|^\.toolkit-/.test(name)))
  }
  for (const { path } of (await listBackups(toolkit.backupsDir)).filter(b => b.kind === 'physical')) {
    names.push(...(await readdir(path)).filter(name => name.endsWith('.partial')))
  }
  names.push(...(await readdir(temporary)).filter(name => !name.startsWith('tsx-')))
  names.push(...(await containersOf(pids)))
  return [...names, ...(await strayTablespaces(stage))]
}

/** Containers of programs that runs have left. One that has ended may take a moment to go. */
async function containersOf(pids: readonly (number | undefined)[]): Promise<string[]> {
  const ours = new RegExp(`^toolkit-\\w+-(${pids.join('|')})-`)
  const role = 'label=com.timescaledb-toolkit.role=program'
  let left: string[] = []
  for (let attempt = 0; attempt < 15; attempt += 1) {
    const names = await docker('ps', '--all', '--filter', role, '--format', '{{.Names}}')
    left = names.split('\n').filter(name => ours.test(name))
    if (left.length === 0) break
    await sleep(200)
  }
  return left
}

/** Folders in the cluster's own folder of tablespaces that no data directory here has a link to. */
async function strayTablespaces(stage: Stage): Promise<string[]> {
  const { dataDir } = stage.toolkit
  if (!existsSync(dataDir)) return []
  const list = await stage.asRoot(
    `shopt -s nullglob; ls -A '${dataDir}-tablespaces' 2>/dev/null || true; echo; for l in '${dataDir}'/pg_tblspc/* '${dataDir}'.before-restore-*/pg_tblspc/*; do basename "$(readlink "$l")"; done`,
  )
  const [there = '', used = ''] = `\n${list}\n`.split('\n\n')
  const linked = new Set(used.split('\n'))
  return there.split('\n').filter(name => name !== '' && !linked.has(name))
}

/** The commands that an error's hint says to type. */
export const typedCommands = (stderr: string): string[] =>
  stderr.split('\n').flatMap(line => (atTheEnd.exec(line) ?? inASentence.exec(line))?.[1] ?? [])

const atTheEnd = /(?:^|[\s:])((?:mv|rm) '[^']+'(?: '[^']+')?|make [a-z-]+(?: [A-Z_]+=\S+)*)\s*$/
const inASentence = /^HINT: .*\b(make start(?:-restored)?) starts\b/

/** The same verb again: it succeeds, or says what to type, and succeeds when that was typed. */
export async function again(stage: Stage, verb: Verb, scene: Scene): Promise<VerbRun> {
  const run = await runVerb(stage, verb, scene)
  if (run.code === 0 || verb.over?.test(run.stderr)) return run
  const commands = typedCommands(run.stderr)
  expect(commands, `nothing to type:\n${run.stderr}`).not.toEqual([])
  for (const command of commands.filter(c => !c.startsWith('make '))) await stage.asRoot(command)
  for (const command of commands.filter(c => c.startsWith('make '))) await type(stage, command)
  const last = await runVerb(stage, verb, scene)
  expect(last.code, `after ${commands.join('; ')}:\n${run.stderr}\n${last.stderr}`).toBe(0)
  return last
}

async function type(stage: Stage, command: string): Promise<void> {
  const root = join(import.meta.dirname, '..', '..', '..')
  const { execFile } = await import('node:child_process')
  const env = { ...stage.toolkit.env, ...stage.env }
  await new Promise<void>((resolve, reject) =>
    execFile('bash', ['-c', command], { cwd: root, env }, error => (error ? reject(error) : resolve())),
  )
}

/** One kill, from the scene to the proof that all is well again. */
export async function killAt(stage: Stage, name: VerbName, point: Point): Promise<void> {
  const verb: Verb = verbs[name]
  const scene = await setScene(stage, verb)
  await mkdir(join(stage.toolkit.home, 'backups'), { recursive: true })
  const killed = await runVerb(stage, verb, scene, point)
  if (point.after === undefined)
    expect(killed.reached, `this step does not come any more: ${point.step}\n${killed.stderr}`).not.toBe('')
  const pids = [killed.pid]
  const said = `${killed.code}\n${killed.stderr}`
  // A signal that comes before the script has begun ends it like any other program.
  const died = killed.code === -1 && (point.victim === 'script' || point.after !== undefined)
  if (!died) await expectTidyEnd(stage, verb, point, killed)
  expect(verb.states, said).toContain(await stateOf(stage, scene))
  const before = await wholeBackups(stage)
  if (!(name === 'delete')) expect(before.length).toBeGreaterThanOrEqual(Math.min(verb.backups, 1))

  const next = await again(stage, verb, scene)
  pids.push(next.pid)
  await expectDone(stage, verb, scene, pids)
}

/** Whoever could still clean up has done so, and has said how it ended. */
async function expectTidyEnd(stage: Stage, verb: Verb, { victim }: Point, run: VerbRun): Promise<void> {
  const said = `${run.code}\n${run.stderr}`
  expect(said).not.toMatch(/^(70|-1)\n/)
  expect(await leftBehind(stage, [run.pid]), said).toEqual([])
  if (!victim.startsWith('SIG') || run.code === 0) return
  // IN_PLACE=1 may have deleted the data already; then it says so instead.
  if (verb.args.includes('--in-place') && /had deleted the former data/.test(said)) return
  expect(said).toMatch(/^130\n/)
  if (verb.running) expect(await rowsOfServer(stage), said).toBeDefined()
}

/** What the verb promises, and nothing left of any run. */
async function expectDone(
  stage: Stage,
  verb: Verb,
  scene: Scene,
  pids: (number | undefined)[],
): Promise<void> {
  const { opened } = verb
  if (opened.by !== 'nothing') await stage.toolkit.ok('database.ts', [opened.by], { env: stage.env })
  expect(await leftBehind(stage, pids)).toEqual([])
  expect(await stateOf(stage, scene)).toBe(opened.rows)
  const backups = await wholeBackups(stage)
  expect(backups.length).toBeGreaterThanOrEqual(verb.backups)
  if (verb.script === 'db_backup.ts' && verb.backups === 0) expect(backups).toEqual([])
  if (!verb.former) return
  const [oldest] = await formersOf(stage)
  if (verb.scene === 'gone' || verb.args.includes('--in-place')) return expect(oldest).toBeUndefined()
  expect(await stage.rowsOf(oldest ?? 'no former data')).toBe(scene.rows.now)
}
