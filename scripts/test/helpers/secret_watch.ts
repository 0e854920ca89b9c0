import { type ChildProcess, spawn } from 'node:child_process'
import { docker } from './toolkit.ts'

/**
 * Looks at every process and every container of ours, again and again, while something else runs: at processes as an
 * ordinary user, who may read every command line, and the environment of none but his own.
 */
const nobody = '65534'
const canStepDown = process.getuid?.() === 0

/** Text, because who is nobody may not be able to read the project's folder. */
const look = `
const fs = require('node:fs')
const words = JSON.parse(fs.readFileSync(0, 'utf8'))
const said = new Set()
function say(what) {
  const line = JSON.stringify(what)
  if (!said.has(line)) process.stdout.write(line + '\\n')
  said.add(line)
}
function readable(path) {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
function round() {
  for (const pid of fs.readdirSync('/proc').filter(name => /^[0-9]+$/.test(name))) {
    for (const file of ['cmdline', 'environ']) {
      const text = readable('/proc/' + pid + '/' + file)
      if (words.some(word => text.includes(word))) say({ leak: file + ' of ' + pid + ': ' + text })
      const name = file === 'cmdline' && text.split('\\0').find(word => /^(pg_|psql|docker|postgres)/.test(word))
      if (name) say({ program: name.split(' ')[0] })
    }
  }
  setTimeout(round, 3)
}
round()
`

export type Watch = {
  /** What was seen, and where: `cmdline of 4711: …`. */
  leaks: string[]
  /** Programs that were seen at all: a watch that saw none proves nothing. */
  programs: Set<string>
  /** Who each program of ours runs as: `save` → `0:0`. */
  users: Map<string, string>
}

/** `home` is the toolkit’s own folder: other tests have programs of their own at work. */
export async function watched(
  words: readonly string[],
  home: string,
  work: () => Promise<void>,
): Promise<Watch> {
  const watch: Watch = { leaks: [], programs: new Set(), users: new Map() }
  const looking = lookAtProcesses(words, watch)
  let over = false
  const containers = (async () => {
    while (!over) await lookAtContainers(words, home, watch)
  })()
  try {
    await work()
  } finally {
    over = true
    looking.kill()
    await containers
  }
  return watch
}

/** The words come by standard input: in its argv they would be found. */
function lookAtProcesses(words: readonly string[], watch: Watch): ChildProcess {
  const stepDown = ['setpriv', '--reuid', nobody, '--regid', nobody, '--clear-groups']
  const [program = '', ...args] = [...(canStepDown ? stepDown : []), process.execPath, '-e', look]
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH ?? '' },
  })
  child.stdin.end(JSON.stringify(words))
  let rest = ''
  child.stdout.on('data', chunk => {
    const lines = `${rest}${chunk}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const { leak, program: name } = JSON.parse(line)
      if (leak) watch.leaks.push(leak)
      if (name) watch.programs.add(name)
    }
  })
  return child
}

async function lookAtContainers(words: readonly string[], home: string, watch: Watch): Promise<void> {
  const ids = await docker('ps', '--all', '--quiet', '--filter', 'label=com.timescaledb-toolkit.role').catch(
    () => '',
  )
  if (ids === '') return
  for (const id of ids.split('\n')) {
    const text = await docker('inspect', id).catch(() => '')
    if (text === '') continue
    if (words.some(word => text.includes(word))) watch.leaks.push(`docker inspect: ${text}`)
    const [{ Name: name, Config: config }] = JSON.parse(text)
    const program = /^\/toolkit-(\w+)-\d+-[0-9a-f]{6}$/.exec(name)?.[1]
    if (program && text.includes(home)) watch.users.set(program, config.User)
  }
}
