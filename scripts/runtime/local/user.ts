import { chmod, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ToolkitError } from '../../errors.ts'
import { shellWord } from '../../terminal/shell_words.ts'
import { runProcess, type User } from '../process.ts'

const isRoot = (): boolean => process.getuid?.() === 0

/**
 * Who the server runs as: PostgreSQL refuses to run as root, so for root it is the user postgres.
 * Undefined: we ourselves.
 * @throws ToolkitError prerequisite where root has no such user.
 */
export async function serverUser(): Promise<User | undefined> {
  if (!isRoot()) return undefined
  const [uid, gid] = await Promise.all([idOf('-u'), idOf('-g')])
  if (Number.isInteger(uid) && Number.isInteger(gid)) return { uid, gid }
  throw new ToolkitError('prerequisite', {
    what: 'PostgreSQL does not run as root, and this machine has no user “postgres”.',
    hint: 'Run the command as an ordinary user, or make that one: sudo useradd --system --create-home postgres',
  })
}

async function idOf(option: '-u' | '-g'): Promise<number> {
  const output = await runProcess(['id', option, 'postgres']).catch(() => undefined)
  return output?.code === 0 ? Number(output.stdout) : Number.NaN
}

/** The folders on the way to a place that a user may not pass through, from the outermost. */
async function closedFolders(place: string, user: User): Promise<string[]> {
  const script =
    'p=; IFS=/; set -f; for n in $1; do p="$p$n/"; [ -x "$p" ] || [ ! -e "$p" ] || printf "%s\\0" "$p"; done'
  const output = await runProcess(['sh', '-c', script, 'sh', place], { user, cwd: '/' })
  return output.stdout.split('\0').filter(Boolean)
}

/**
 * Lets the server's user reach a folder. What the toolkit has made below its `own` folder is opened for passing
 * through, and for nothing else.
 * @throws ToolkitError prerequisite
 */
export async function provideAccess(folder: string, own: string): Promise<void> {
  const user = await serverUser()
  if (user === undefined) return
  for (let closed = await next(); closed !== undefined; closed = await next()) {
    const { mode } = await stat(closed)
    const opened = mode & 0o001
    if (closed.startsWith(`${own}/`) && !opened) {
      await chmod(closed, (mode & 0o7777) | 0o001)
      continue
    }
    throw new ToolkitError('prerequisite', {
      what: `The user postgres, as whom the server runs, may not pass through ${closed}.`,
      why: `Its data would be in ${folder}.`,
      hint: `Choose a DATA_DIR that it can reach, such as /var/lib/postgresql/toolkit, or let it pass: chmod o+x ${shellWord(closed)}`,
    })
  }

  // A folder behind a closed one cannot be seen, so each is opened before the next is looked for.
  async function next(): Promise<string | undefined> {
    return (await closedFolders(dirname(folder), user as User))[0]
  }
}
