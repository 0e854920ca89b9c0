import { readdir, readFile } from 'node:fs/promises'
import { delimiter } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Environment, type Output, runProcess, start, type User } from '../process.ts'
import type { Program, RunOptions, Runtime } from '../runtime.ts'
import { isAlive } from './postmaster.ts'
import { serverUser } from './user.ts'

/** By these a program that outlived its toolkit is found again. */
const nameMark = 'TOOLKIT_PROGRAM'
const foldersMark = 'TOOLKIT_FOLDERS'

/** A program gets what its caller says, and nothing of the PG… variables that happen to be set here. */
export const programEnvironment = (bin: string, env: Environment = {}): Environment => ({
  ...Object.fromEntries(
    Object.keys(process.env)
      .filter(name => name.startsWith('PG'))
      .map(name => [name, undefined]),
  ),
  // English words: what a program complains about is looked at.
  LC_ALL: undefined,
  LC_MESSAGES: 'C',
  PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
  ...env,
})

async function placeOf(program: Program) {
  const marks = {
    [nameMark]: program.name,
    [foldersMark]: (program.folders ?? []).map(folder => folder.path).join('\n'),
  }
  const user = await userOf(program.as)
  return { user, cwd: '/', env: programEnvironment(program.image, { ...program.env, ...marks }) }
}

/** Only root can be somebody else, and where he is nobody else everything is done by who we are. */
async function userOf(as: Program['as']): Promise<User | undefined> {
  if (as === 'caller' || as === 'root' || process.getuid?.() !== 0) return undefined
  return as === 'postgres' ? serverUser() : as
}

async function run(program: Program, options: RunOptions = {}): Promise<Output> {
  const { inputFrom, inputProgram, ...rest } = options
  const feeder = inputProgram
    ? { argv: inputProgram.argv, ...(await placeOf(inputProgram)) }
    : inputFrom && { argv: inputFrom }
  return runProcess(program.argv, { ...rest, inputFrom: feeder, ...(await placeOf(program)) })
}

function stream(program: Program, signal?: AbortSignal): ReturnType<Runtime['stream']> {
  const child = start(program.argv, ['pipe', 'pipe', 'pipe'], {
    env: programEnvironment(program.image),
    cwd: '/',
  })
  const stop = async () => {
    signal?.removeEventListener('abort', stop)
    child.kill('SIGTERM')
  }
  signal?.addEventListener('abort', stop, { once: true })
  return { child, stop }
}

/** Reads what /proc tells of each process; where there is no /proc nobody is found, and PostgreSQL's locks remain. */
async function stopOrphans(name: string, folder: string): Promise<number> {
  const pids = (await readdir('/proc').catch(() => [] as string[])).filter(entry => /^\d+$/.test(entry))
  const orphans = await Promise.all(
    pids.map(async pid => {
      const environment = (await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')).split('\0')
      const folders = environment
        .find(line => line.startsWith(`${foldersMark}=`))
        ?.slice(foldersMark.length + 1)
      return environment.includes(`${nameMark}=${name}`) && (folders ?? '').split('\n').includes(folder)
    }),
  )
  const found = pids.filter((_, i) => orphans[i]).map(Number)
  for (const pid of found) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended meanwhile.
    }
    // Until then it may still write where the caller wants to clear up.
    while (isAlive(pid)) await sleep(20)
  }
  return found.length
}

export const localPrograms: Pick<Runtime, 'run' | 'stream' | 'stopOrphans'> = { run, stream, stopOrphans }
