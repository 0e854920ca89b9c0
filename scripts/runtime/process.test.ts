import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { attach, runProcess } from './process.ts'

const shell = (script: string, ...words: string[]) => ['sh', '-c', script, 'sh', ...words]
const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('a program that ends by itself', () => {
  test('gives its exit code and its output', async () => {
    expect(await runProcess(shell('echo out; echo err >&2; printf last; exit 3'))).toEqual({
      code: 3,
      stdout: 'out\nlast',
      stderr: 'err',
    })
  })

  test('gets its words as they are', async () => {
    const words = ['a b', "it's", '"', '$HOME', '*', '', '\\', 'ü']
    const { stdout } = await runProcess(shell('for w; do echo "<$w>"; done', ...words))
    expect(stdout.split('\n')).toEqual(words.map(word => `<${word}>`))
  })

  test.each([
    ['TERM', 143],
    ['KILL', 137],
    ['INT', 130],
    ['PIPE', 141],
  ])('by the signal %s counts as %d, as a shell has it', async (name, code) => {
    expect(await runProcess(shell(`kill -${name} $$`))).toMatchObject({ code })
  })

  test('gets variables beside those of ours', async () => {
    const { stdout } = await runProcess(shell('[ -n "$PATH" ] && echo "$TOOLKIT_TEST"'), {
      env: { TOOLKIT_TEST: 'a b' },
    })
    expect(stdout).toBe('a b')
  })

  test('is heard line by line', async () => {
    const out: string[] = []
    const err: string[] = []
    await runProcess(shell('echo 1; echo 2; printf "10%%\\r20%%\\r\\n" >&2; printf 3'), {
      onStdout: line => void out.push(line),
      onStderr: line => void err.push(line),
    })
    expect([out, err]).toEqual([
      ['1', '2', '3'],
      ['10%', '20%'],
    ])
  })

  test('that talks a lot is heard to the end, and its last lines are kept', async () => {
    let heard = 0
    const { stdout } = await runProcess(['seq', '1', '50000'], { onStdout: () => void heard++ })
    const lines = stdout.split('\n')
    expect([heard, lines.length, lines[0], lines.at(-1)]).toEqual([50000, 2000, '48001', '50000'])
  })

  test('that is killed takes along what it has started, which holds its output open', async () => {
    expect(await runProcess(shell('sleep 60 & kill -KILL $$'))).toMatchObject({ code: 137 })
  })

  test('that does not exist is an error', async () => {
    await expect(runProcess(['no-such-program-here'])).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('input', () => {
  test('is read', async () => {
    const input = 'two\nlines ü\n'
    expect(await runProcess(['cat'], { input })).toMatchObject({ code: 0, stdout: 'two\nlines ü' })
  })

  test('is at its end where there is none', async () => {
    expect(await runProcess(['cat'])).toMatchObject({ code: 0, stdout: '' })
    expect(await runProcess(['cat'], { input: '' })).toMatchObject({ code: 0, stdout: '' })
  })

  test('that is not read is no fault', async () => {
    expect(await runProcess(['true'], { input: 'x'.repeat(5_000_000) })).toMatchObject({ code: 0 })
  })
})

describe('a program that feeds another', () => {
  test('hands over every byte', async () => {
    const inputFrom = { argv: ['head', '-c', '20000000', '/dev/zero'] }
    expect((await runProcess(['wc', '-c'], { inputFrom })).stdout.trim()).toBe('20000000')
  })

  test('and fails, fails the whole, with its own words first', async () => {
    const inputFrom = { argv: shell('echo half; echo "feeder: broken" >&2; exit 9') }
    expect(await runProcess(shell('cat; echo "reader: too little" >&2'), { inputFrom })).toEqual({
      code: 9,
      stdout: 'half',
      stderr: 'feeder: broken\nreader: too little',
    })
  })

  test('does not outlive the one that it feeds, whose exit code counts', async () => {
    expect(await runProcess(shell('exit 4'), { inputFrom: { argv: ['yes'] } })).toMatchObject({ code: 4 })
  })

  test('and does not exist is an error, and the other is not started', async () => {
    const trace = join(await tempFolder(), 'started')
    const failed = runProcess(['touch', trace], { inputFrom: { argv: ['no-such-program-here'] } })
    await expect(failed).rejects.toMatchObject({ code: 'ENOENT', path: 'no-such-program-here' })
    expect(existsSync(trace)).toBe(false)
  })

  test('is stopped where the other does not exist', async () => {
    const failed = runProcess(['no-such-program-here'], { inputFrom: { argv: ['sleep', '60'] } })
    await expect(failed).rejects.toMatchObject({ code: 'ENOENT', path: 'no-such-program-here' })
  })
})

describe('an abort', () => {
  /** Runs a script that prints its process id, and aborts when it has. */
  async function aborted(script: string, argv?: string[]): Promise<{ pid: number; error: unknown }> {
    const stop = new AbortController()
    let pid = 0
    const onStdout = (line: string) => {
      pid = Number(line)
      stop.abort()
    }
    const error = await runProcess(shell(script), {
      onStdout,
      signal: stop.signal,
      ...(argv && { inputFrom: { argv } }),
    }).catch(reason => reason)
    return { pid, error }
  }

  test('ends the program', async () => {
    const { pid, error } = await aborted('echo $$; exec sleep 60')
    expect(error).toMatchObject({ name: 'AbortError' })
    expect(pid).toBeGreaterThan(1)
    expect(isRunning(pid)).toBe(false)
  })

  test('ends what the program has started as well, which holds its output open', async () => {
    expect(await aborted('sleep 60 & echo $$; wait')).toMatchObject({ error: { name: 'AbortError' } })
  })

  test('ends what feeds it as well', async () => {
    expect(await aborted('echo $$; exec cat >/dev/null', ['sleep', '60'])).toMatchObject({
      error: { name: 'AbortError' },
    })
  })

  test('is one even where the program takes it well', async () => {
    expect(await aborted('trap "exit 0" TERM; echo $$; while :; do sleep 0.05; done')).toMatchObject({
      error: { name: 'AbortError' },
    })
  })

  test('beforehand starts nothing', async () => {
    const trace = join(await tempFolder(), 'started')
    const options = { signal: AbortSignal.abort(), inputFrom: { argv: ['touch', trace] } }
    await expect(runProcess(['touch', trace], options)).rejects.toMatchObject({ name: 'AbortError' })
    expect(existsSync(trace)).toBe(false)
  })

  test('while the feeder is starting ends both', async () => {
    const stop = new AbortController()
    const failed = runProcess(['sleep', '60'], { inputFrom: { argv: ['sleep', '60'] }, signal: stop.signal })
    stop.abort()
    await expect(failed).rejects.toMatchObject({ name: 'AbortError' })
  })

  test('afterwards does nothing', async () => {
    const stop = new AbortController()
    expect(await runProcess(['true'], { signal: stop.signal })).toMatchObject({ code: 0 })
    stop.abort()
  })
})

test('who listens and fails, ends the program', async () => {
  let pid = 0
  const failed = runProcess(shell('echo $$; exec sleep 60'), {
    onStdout: line => {
      pid = Number(line)
      throw new Error('refused')
    },
  })
  await expect(failed).rejects.toThrow('refused')
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false))
})

describe('a program at our own terminal', () => {
  test('gives its exit code', async () => expect(await attach(shell('exit 7'))).toBe(7))

  test('ends with an abort', async () => {
    const stop = new AbortController()
    const running = attach(['sleep', '60'], { signal: stop.signal })
    stop.abort()
    expect(await running).toBe(143)
  })
})
