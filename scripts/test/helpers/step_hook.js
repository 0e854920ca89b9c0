import { spawnSync } from 'node:child_process'
import { createRequire, syncBuiltinESMExports } from 'node:module'

// Loaded into a script by NODE_OPTIONS (see at_step.ts): just before the first step whose words fit STEP_WHEN it
// runs the shell command STEP_DO, and then the step itself. Nothing of the script is replaced.
const require = createRequire(import.meta.url)
const promises = require('node:fs/promises')
const processes = require('node:child_process')
const when = new RegExp(process.env.STEP_WHEN ?? '^$')
let reached = false

function look(...words) {
  if (reached || !when.test(words.join(' '))) return
  reached = true
  spawnSync('sh', ['-euc', process.env.STEP_DO ?? ''], { stdio: ['ignore', 'inherit', 'inherit'] })
  process.stderr.write(`step: ${words.join(' ').slice(0, 200)}\n`)
}

for (const name of ['mkdir', 'mkdtemp', 'open', 'writeFile', 'appendFile', 'rename', 'symlink', 'rm']) {
  const original = promises[name]
  promises[name] = (...args) => {
    look(name, String(args[0]), ...(name === 'rename' ? [String(args[1])] : []))
    return original(...args)
  }
}
const { spawn } = processes
processes.spawn = (program, args, options) => {
  look('spawn', program, ...args)
  return spawn(program, args, options)
}
syncBuiltinESMExports()
