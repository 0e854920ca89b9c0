import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { socketFolder } from '../../runtime/local/sockets.ts'
import { shellWord } from '../../terminal/shell_words.ts'
import { copyProject } from './document_project.ts'
import { openShell, type Shell } from './document_shell.ts'
import { docker, image, noEngine } from './place.ts'
import { serversAt } from './server.ts'
import { Toolkit } from './toolkit.ts'

/** Somebody who types what a page says: a project of his own, one shell, one database. */

/** As the pages call them. */
const names = { container: 'timescaledb-local', port: '8094', image: 'timescaledb-toolkit/postgres:17' }

export type Typed = { code: number; output: string }
export type Ways = { exit?: number | undefined; answer?: string | undefined }

export class DocumentSession {
  private readonly toolkit: Toolkit
  private readonly project: string
  private shell: Shell
  private steps = 0
  private community: boolean | undefined
  private constructor(toolkit: Toolkit, project: string) {
    this.toolkit = toolkit
    this.project = project
    this.shell = this.newShell()
  }

  static async open(): Promise<DocumentSession> {
    const toolkit = await Toolkit.create()
    try {
      // A folder for temporary things is closed; where people keep their projects, the server's user may pass through.
      await chmod(toolkit.home, 0o711)
      const project = join(toolkit.home, 'my project')
      await copyProject(project)
      return new DocumentSession(toolkit, project)
    } catch (error) {
      await toolkit.dispose()
      throw error
    }
  }

  /** Types something and gives what was to be seen, in the words of the page. */
  async type(
    script: string,
    { exit = 0, answer }: Ways = {},
    input = answer ? `${answer}\n` : '',
  ): Promise<Typed> {
    const step = join(this.toolkit.home, 'steps', String(++this.steps))
    await mkdir(step, { recursive: true })
    const ours = this.inOurNames(script)
    await writeFile(join(step, 'script'), exit === 0 ? ours : expecting(exit, ours))
    await writeFile(join(step, 'input'), this.inOurNames(input))
    if (this.shell.hasEnded()) this.shell = this.newShell()
    const code = await this.shell.run(step)
    const output = this.inTheirNames(await readFile(join(step, 'output'), 'utf8'))
    // At a terminal the answer stands behind the question.
    return { code, output: answer ? output.replace('[y/N] ', `[y/N] ${answer}\n`) : output }
  }

  /**
   * As if typed at the prompt of make psql, where nothing names the place of a mistake. psql itself is started as that
   * does it: a page may have many blocks, and the way through make takes longer than most statements.
   */
  async typeSql(sql: string, ways: Ways = {}): Promise<Typed> {
    const { container, port } = this.toolkit
    const sockets = shellWord(socketFolder(join(this.project, 'db/mnt/db/postgres')))
    const program = noEngine
      ? `PGHOST=${sockets} ${shellWord(join(image, 'psql'))}`
      : `"\${DOCKER:-docker}" exec --interactive --user postgres ${container} psql`
    const psql = `${program} -p ${port} -U postgres -d "\${PGDATABASE:-postgres}"`
    const { code, output } = await this.type(psql, ways, `\\set ON_ERROR_STOP 1\n${sql}\n`)
    return { code, output: output.replace(/^psql:<stdin>:\d+: /gm, '') }
  }

  /** Runs a module of TypeScript in the folder of the example. */
  async typeScript(text: string, ways: Ways = {}): Promise<Typed> {
    const folder = join(this.project, 'example-app')
    const file = `of_a_page_${this.steps + 1}.ts`
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, file), this.inOurNames(text))
    return this.type(`(cd ${shellWord(folder)}; node --import tsx ./${file})`, ways)
  }

  /** Makes a file of the project, or writes it anew. */
  async write(path: string, text: string): Promise<void> {
    await writeFile(join(this.project, path), `${text}\n`)
  }

  /** Asks the server, once. */
  async isCommunityEdition(): Promise<boolean> {
    if (this.community === undefined) {
      const { code, output } = await this.typeSql(`SELECT current_setting('timescaledb.license', true);`)
      if (code !== 0) throw new Error(`The server did not say its edition:\n${output}`)
      this.community = /^ *timescale$/m.test(output)
    }
    return this.community
  }

  async close(): Promise<void> {
    await this.shell.close()
    if (!noEngine) await removeContainers(join(this.project, 'db/mnt/demo/postgres'))
    await this.toolkit.dispose()
  }

  private newShell(): Shell {
    // What a user has not: his folder is db/, and his password what make start writes there.
    const { TOOLKIT_HOME: _, PGPASSWORD: __, ...env } = this.toolkit.env
    return openShell(this.project, env)
  }

  private inOurNames(text: string): string {
    const { container, port } = this.toolkit
    return text
      .replaceAll(names.container, container)
      .replace(new RegExp(`\\b${names.port}\\b`, 'g'), String(port))
  }

  private inTheirNames(output: string): string {
    const named = output.replaceAll(this.toolkit.container, names.container)
    return noEngine ? named : named.replaceAll(image, names.image)
  }
}

/** It must not end the shell: what it sets stays in a shell of its own. */
const expecting = (exit: number, script: string): string => `set +e
( set -e
${script}
)
code=$?
set -e
[ "$code" = ${exit} ] || { echo "It ended with $code and not with ${exit}."; exit 1; }
`

async function removeContainers(dataDir: string): Promise<void> {
  const left = await serversAt(dataDir)
  if (left.length > 0) await docker('rm', '--force', '--volumes', ...left)
}
