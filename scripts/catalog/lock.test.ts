import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { exitCodeOf } from '../errors.ts'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { withLock } from './lock.ts'

const lockModule = pathToFileURL(join(import.meta.dirname, 'lock.ts')).href

type Holder = { child: ChildProcessByStdio<Writable, Readable, null>; printed: string[] }

/** A second toolkit, which holds the lock until its standard input ends. `meanwhile` is code that it runs. */
async function holder(folder: string, meanwhile = ''): Promise<Holder> {
  const code = `
    import { spawn } from 'node:child_process'
    import { withLock } from ${JSON.stringify(lockModule)}
    await withLock(${JSON.stringify(folder)}, 'save', async () => {
      ${meanwhile}
      console.log('held')
      for await (const _ of process.stdin);
    })`
  const argv = ['--import', 'tsx', '--input-type=module', '--eval', code]
  const child = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const printed: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'held') return { child, printed }
    printed.push(line)
  }
  throw new Error('the holder ended without the lock')
}

const hold = (folder: string) => withLock(folder, 'restore', async () => 'done')
const refusalOf = (folder: string) => hold(folder).catch(error => error)

describe('a lock that another process holds', () => {
  test('refuses us with exit code 6 and names the holder, until it ends', async () => {
    const folder = await tempFolder()
    const { child } = await holder(folder)
    const refusal = await refusalOf(folder)
    expect(exitCodeOf(refusal)).toBe(6)
    expect(refusal.message).toBe(`Another run is at work in ${folder}.`)
    expect(refusal.why).toMatch(
      new RegExp(`^save, process ${child.pid} of .+@.+, since \\d{4}-\\d\\d-\\d\\dT.*Z$`),
    )
    child.stdin.end()
    await once(child, 'exit')
    expect(await hold(folder)).toBe('done')
  })

  test('goes with its holder when that is killed, even where a child of the holder lives on', async () => {
    const folder = await tempFolder()
    const startChild = "console.log(spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }).pid)"
    const { child, printed } = await holder(folder, startChild)
    const left = Number(printed[0])
    onTestFinished(() => void process.kill(left))
    expect(exitCodeOf(await refusalOf(folder))).toBe(6)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(process.kill(left, 0)).toBe(true)
    expect(await hold(folder)).toBe('done')
  })
})

describe('our own lock', () => {
  test('gives the result of the work, and is free again', async () => {
    const folder = await tempFolder()
    expect(await hold(folder)).toBe('done')
    expect(await hold(folder)).toBe('done')
  })

  test('is free again after a failure, which is passed on', async () => {
    const folder = await tempFolder()
    const error = new Error('no')
    const failed = withLock(folder, 'save', async () => {
      throw error
    })
    await expect(failed).rejects.toBe(error)
    expect(await hold(folder)).toBe('done')
  })

  test('keeps out a second run of the same process, whose work is not begun', async () => {
    const folder = await tempFolder()
    const begun: string[] = []
    await withLock(folder, 'save', async () => {
      begun.push('first')
      await expect(withLock(folder, 'delete', async () => begun.push('second'))).rejects.toMatchObject({
        kind: 'locked',
        why: expect.stringContaining(`save, process ${process.pid} `),
      })
    })
    expect(begun).toEqual(['first'])
  })

  test('of one folder is none of another', async () => {
    const [one, other] = [await tempFolder(), await tempFolder()]
    expect(await withLock(one, 'save', () => hold(other))).toBe('done')
  })

  test('makes the folder, and says in one line who holds it, after a longer line as well', async () => {
    const folder = join(await tempFolder(), 'backups')
    await withLock(folder, 'a very long word for what is being done', async () => undefined)
    await hold(folder)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    expect((await stat(join(folder, '.lock'))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(folder, '.lock'), 'utf8')).toMatch(/^restore, process \d+ of [^\n]+\n$/)
  })
})
