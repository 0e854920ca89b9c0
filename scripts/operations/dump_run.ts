import { mkdir, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DumpPlan } from '../plan/dump.ts'
import type { Login } from '../postgres/connection.ts'
import { withClientLogin } from '../postgres/passfile.ts'
import type { ImageFacts, Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import { createProgress } from '../terminal/progress.ts'
import { explainDump, isHarmless } from './dump_errors.ts'
import { dumpProgram } from './dump_remains.ts'

export type DumpRun = {
  plan: DumpPlan
  login: Login
  image: ImageFacts
  backupsDir: string
  /** Bytes that it will probably have. */
  estimate: number | undefined
  /** Of the transaction that the rows are counted in. */
  snapshot: string
}

/** @throws ToolkitError space, connection, verification, failed */
export async function runDump(runtime: Runtime, run: DumpRun, context: Context): Promise<void> {
  const { plan, backupsDir, snapshot } = run
  const partial = `${join(backupsDir, plan.file)}.partial`
  if (plan.format === 'directory') await mkdir(partial, { mode: 0o700 })
  else await makeForUsAlone(partial)
  const progress = await createProgress('Dumping', context.progress)
  const look = setInterval(
    () => void bytesOf(partial).then(bytes => progress.update(bytes, run.estimate ?? 0)),
    500,
  )
  try {
    await runProgram(runtime, run, [...plan.argv, `--snapshot=${snapshot}`], context)
  } finally {
    clearInterval(look)
    progress.stop()
  }
}

/** Roles with their password hashes, and tablespaces: of the whole cluster. */
export async function runRoles(
  runtime: Runtime,
  run: Omit<DumpRun, 'snapshot'>,
  context: Context,
): Promise<void> {
  const { rolesFile, rolesArgv } = run.plan
  if (rolesFile === null || rolesArgv === null) return
  await makeForUsAlone(`${join(run.backupsDir, rolesFile)}.partial`)
  await runProgram(runtime, run, rolesArgv, context)
}

/** Before a program fills it, who may make it readable for all. */
const makeForUsAlone = async (path: string): Promise<void> => (await open(path, 'wx', 0o600)).close()

async function runProgram(
  runtime: Runtime,
  { login, image, backupsDir }: Omit<DumpRun, 'snapshot'>,
  argv: readonly string[],
  { signal, log }: Context,
): Promise<void> {
  const output = await withClientLogin(login, ({ env, folders }) =>
    runtime.run(
      {
        name: dumpProgram,
        argv,
        as: 'caller',
        env,
        folders: [{ path: backupsDir, mode: 'rw' }, ...folders],
        network: { reach: login.host, port: login.port, container: login.via?.container },
        image: image.image,
      },
      { signal, onStderr: line => (isHarmless(line) ? log.detail(line) : log.warn(line)) },
    ),
  )
  if (output.code !== 0) throw explainDump(argv[0] ?? '', output.code, output.stderr, backupsDir, login)
}

async function bytesOf(path: string): Promise<number> {
  try {
    const found = await stat(path)
    if (!found.isDirectory()) return found.size
    const sizes = (await readdir(path)).map(async name => (await stat(join(path, name))).size)
    return (await Promise.all(sizes)).reduce((a, b) => a + b, 0)
  } catch {
    return 0
  }
}
