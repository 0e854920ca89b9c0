import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAst } from 'vitest/node'

/**
 * docs/TROUBLESHOOTING.md against the sources, both ways: each message has a row, and each row a message. What a
 * template puts in is `…`. (Vitest's parser: TypeScript 7 has no stable one.)
 */
const root = join(import.meta.dirname, '..')
type Node = { type: string; start: number; [key: string]: unknown }
type Message = { text: string; hint: string; at: string }

const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === 'string'
const keyOf = (property: Node): unknown => (property.key as Node | undefined)?.name

function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const item of value) yield* nodesOf(item)
  else if (isNode(value)) {
    yield value
    for (const child of Object.values(value)) if (typeof child === 'object') yield* nodesOf(child)
  }
}

/** Every text that an expression may become; `…` stands for what only a run knows. */
function textsOf(node: Node): string[] {
  const both = (a: unknown, b: unknown) => [a, b].flatMap(side => textsOf(side as Node))
  if (node.type === 'Literal' && typeof node.value === 'string') return [node.value]
  if (node.type === 'TemplateLiteral') {
    const quasis = node.quasis as { value: { cooked: string } }[]
    return [quasis.map(q => q.value.cooked).join('…')]
  }
  if (node.type === 'ConditionalExpression') return both(node.consequent, node.alternate)
  if (node.type === 'LogicalExpression') return both(node.left, node.right)
  if (node.type === 'BinaryExpression' && node.operator === '+') return [both(node.left, node.right).join('')]
  return ['…']
}

const hasWords = (text: string): boolean => /\p{L}{2}/u.test(text)
/** What a row quotes: the first line, and of a long one its first sentence. */
const quoted = (text: string): string => {
  const [line = ''] = text.split('\n')
  return line.length > 120 ? line.replace(/(?<=\.) .*/, '') : line
}

/** `what` of errors and misfits, and what is said by `warn` and by a plan's `notes`. */
function messagesOf(source: string, file: string): Message[] {
  const line = (node: Node) => source.slice(0, node.start).split('\n').length
  return [...nodesOf(parseAst(source, { lang: 'ts' }))].flatMap(node => {
    let said: Node | undefined
    let hint = ''
    if (node.type === 'ObjectExpression') {
      const property = (name: string) =>
        (node.properties as Node[]).find(p => keyOf(p) === name)?.value as Node | undefined
      said = property('what')
      const helps = property('hint')
      hint = helps ? textsOf(helps).join(' ').replaceAll('\n', ' ') : ''
    } else if (node.type === 'CallExpression') {
      const { start = 0, end = 0 } = node.callee as { start?: number; end?: number }
      if (/\b(warn|notes\.push)$/.test(source.slice(start, end))) said = (node.arguments as Node[])[0]
    } else if (node.type === 'NewExpression' && (node.callee as { name?: string }).name === 'ChartError') {
      // Of the example app: new ChartError(kind, what, hint)
      const [, what, helps] = node.arguments as Node[]
      said = what
      hint = helps ? textsOf(helps).join(' ') : ''
    }
    const texts = said ? textsOf(said).map(quoted).filter(hasWords) : []
    return texts.map(text => ({ text, hint, at: `${file}:${line(node)}` }))
  })
}

/** `error "…" 5 'hint'` of the shell scripts, which run where there is no Node.js yet. */
function shellMessagesOf(source: string, file: string): Message[] {
  const call = /\berror (?:"((?:\\.|[^"\\])*)"|'([^']*)') \d+(?: '([^']*)')?/g
  return [...source.matchAll(call)].map(({ 1: double, 2: single = '', 3: hint = '', index }) => ({
    text: double?.replace(/\$\{[^}]*\}|\$\w+/g, '…').replaceAll('\\"', '"') ?? single,
    hint,
    at: `${file}:${source.slice(0, index).split('\n').length}`,
  }))
}

const files = readdirSync(join(root, 'scripts'), { recursive: true, encoding: 'utf8' })
const shellSources = files.filter(name => name.endsWith('.sh')).map(name => `scripts/${name}`)
const app = readdirSync(join(root, 'example-app/src'), { recursive: true, encoding: 'utf8' })
const sources = [
  ...files.map(name => `scripts/${name}`),
  ...app.map(name => `example-app/src/${name}`),
].filter(name => name.endsWith('.ts') && !/\.test\.ts$|\.d\.ts$|^scripts\/(test|bench)\//.test(name))
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const shellMessages = shellSources.flatMap(file => shellMessagesOf(read(file), file))
const messages = [...sources.flatMap(file => messagesOf(read(file), file)), ...shellMessages]

/** Everything that stands between quotes in a source, and what the shell scripts say. */
const sayings = [
  ...sources.flatMap(file => [...nodesOf(parseAst(read(file), { lang: 'ts' }))].flatMap(textsOf)),
  ...shellMessages.map(({ text }) => text),
].filter(hasWords)

const page = read('docs/TROUBLESHOOTING.md')
/** What other programs say is not ours to check. */
const ownPart = page.split('\n## Other programs')[0] ?? ''
const rowsOf = (markdown: string): string[] =>
  [...markdown.matchAll(/^\| (`.*?)(?<!\\) \| /gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text.replaceAll('\\|', '|')),
  )
const rows = rowsOf(ownPart)

describe('docs/TROUBLESHOOTING.md', () => {
  test('the messages are found in the sources', () => {
    const example = `
      const a = new ToolkitError('usage', { what: b ? 'One.' : \`Two \${b}.\`, hint: 'Do.' })
      log.warn(\`\${x} is odd.\\nReally.\`)`
    expect(messagesOf(example, 'a.ts').map(m => [m.text, m.hint, m.at])).toEqual([
      ['One.', 'Do.', 'a.ts:2'],
      ['Two ….', 'Do.', 'a.ts:2'],
      ['… is odd.', '', 'a.ts:3'],
    ])
    const shell = `error "RUNNER \\"$runner\\" is \${why:-}odd." 4 'Do.'`
    expect(shellMessagesOf(shell, 'a.sh')).toEqual([
      { text: 'RUNNER "…" is …odd.', hint: 'Do.', at: 'a.sh:1' },
    ])
    expect(messages.length).toBeGreaterThan(100)
    expect(shellMessages.length).toBeGreaterThan(5)
  })

  test('has a row for each message (paste the lines below, and say more)', () => {
    const missing = messages.filter(({ text }) => !rows.includes(text))
    const lines = missing.map(
      ({ text, hint, at }) => `| \`${text.replaceAll('|', '\\|')}\` | ${hint} |  <- ${at}`,
    )
    expect([...new Set(lines)].join('\n')).toBe('')
  })

  test('has no row that no source says any more, and none twice', () => {
    expect(rows.filter(row => !sayings.some(saying => saying.includes(row)))).toEqual([])
    expect(rows.filter((row, at) => rows.indexOf(row) !== at)).toEqual([])
  })
})
