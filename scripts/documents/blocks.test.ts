import { describe, expect, test } from 'vitest'
import { blocksOf } from './blocks.ts'
import { stepsOf } from './steps.ts'

const page = (...lines: string[]) => blocksOf('a.md', lines.join('\n'))

describe('blocks', () => {
  test('are found with their line, language, attributes and text', () => {
    expect(page('Text.', '', '```sh run exit=3', 'make save', 'false', '```', '```', 'x', '```')).toEqual([
      {
        page: 'a.md',
        line: 3,
        language: 'sh',
        text: 'make save\nfalse',
        attributes: { run: true, exit: 3 },
      },
      { page: 'a.md', line: 7, language: '', text: 'x', attributes: {} },
    ])
  })

  test.each([
    ['run', { run: true }],
    ['run edition=community needs=docker', { run: true, edition: 'community', needs: 'docker' }],
    ['run output=timescaledb answer=y', { run: true, output: 'timescaledb', answer: 'y' }],
    ['norun=deletes', { norun: 'deletes' }],
    ['norun="needs root, once"', { norun: 'needs root, once' }],
    ['file=example-app/src/a.ts', { file: 'example-app/src/a.ts' }],
    ['write=example-app/src/a.ts', { write: 'example-app/src/a.ts' }],
  ])('sql %s', (words, attributes) => {
    expect(page(`\`\`\`sql ${words}`, '```')[0]?.attributes).toEqual(attributes)
  })

  test.each([
    ['sh rum', 'what is “rum”?'],
    ['sh run tty', 'what is “tty”?'],
    ['sh run needs=podman', 'what is “needs=podman”?'],
    ['sh run edition=apache', 'what is “edition=apache”?'],
    ['sh run exit=no', 'what is “exit=no”?'],
    ['sh run=yes', 'what is “run=yes”?'],
    ['sh norun', 'what is “norun”?'],
    ['sh norun=""', 'what is “norun=""”?'],
    ['sh norun="not closed', 'what is “closed”?'],
    ['sh =', 'what is “=”?'],
    ['text run', '“text” cannot be run, only sh, console, sql, ts'],
    ['sh run norun=slow', 'only one of run, norun, file and write'],
    ['sql edition=community', 'edition without “run”'],
  ])('“%s” is refused, with page and line', (info, why) => {
    expect(() => page('', `\`\`\`${info}`, '```')).toThrow(`a.md:2: ${why}`)
  })

  test('one that does not end is refused', () => {
    expect(() => page('```sh run', 'make save')).toThrow('a.md:1: this block has no end')
  })

  test('in a list, and with longer fences', () => {
    const [block] = page('1. Then:', '', '   ````sh run', '   cat <<X', '     ```', '   X', '   ````')
    expect(block?.text).toBe('cat <<X\n  ```\nX')
  })

  test('text directly below is what they promise', () => {
    const sql = ['```sql run', 'SELECT 1', '```']
    const text = ['```text', '1', '```']
    expect(page(...sql, '', ...text)[0]?.promise).toBe('1')
    expect(page(...sql, 'Words between.', ...text)[0]?.promise).toBeUndefined()
    expect(page(...sql, ...sql, ...text).map(({ promise }) => promise)).toEqual([undefined, '1', undefined])
  })
})

describe('steps', () => {
  const steps = (...lines: string[]) => page(...lines).flatMap(stepsOf)

  test('a console block has one for each command', () => {
    expect(steps('```console run', '$ make list', 'id', '', '$ true', '$ ls', '> x', '```')).toEqual([
      { line: 2, text: 'make list', promised: ['id', ''] },
      { line: 5, text: 'true', promised: [] },
      { line: 6, text: 'ls\nx', promised: [] },
    ])
  })

  test('a command goes on behind “>”, directly below it', () => {
    expect(steps('```console run', '$ cat <<X', '> a', '>', '> X', 'a', '> b', '```')).toEqual([
      { line: 2, text: 'cat <<X\na\n\nX', promised: ['a', '> b'] },
    ])
  })

  test('a console block without a command is refused', () => {
    expect(() => steps('```console run', 'make list', '```')).toThrow('a.md:2: a console block begins')
  })

  test('every other block is one', () => {
    expect(steps('```sh run', 'cd db', 'make list', '```', '```text', 'id', '```')[0]).toEqual({
      line: 1,
      text: 'cd db\nmake list',
      promised: ['id'],
    })
  })
})
