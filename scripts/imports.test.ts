import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

/** The direction in which data flows, read from the imports themselves. docs/ARCHITECTURE.md says why. */
const root = import.meta.dirname
type Import = { from: string; to: string; typeOnly: boolean }

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  name =>
    name.endsWith('.ts') &&
    !name.endsWith('.test.ts') &&
    !name.startsWith('test/') &&
    !name.startsWith('bench/'),
)

const importsOf = (file: string): Import[] => {
  const text = readFileSync(join(root, file), 'utf8')
  const found = [
    ...text.matchAll(/^(?:import|export)\s(type\s)?([^'"]*?)from '(\.[^']+)'/gms),
    ...text.matchAll(/import\(()()'(\.[^']+)'\)/g),
  ]
  return found.map(([, type, names = '', path = '']) => ({
    from: file,
    to: relative(root, resolve(root, dirname(file), path)),
    typeOnly:
      Boolean(type) ||
      (/^\{[^}]*\}\s*$/.test(names) &&
        names
          .replace(/[{}\s]/g, '')
          .split(',')
          .filter(Boolean)
          .every(n => n.startsWith('type'))),
  }))
}
const imports = files.flatMap(importsOf)
const isEntry = (file: string) => !file.includes('/') && !['errors.ts', 'index.ts'].includes(file)
const folder = (file: string) => file.split('/')[0] ?? ''
const shown = (broken: Import[]) => broken.map(({ from, to }) => `${from} → ${to}`)

describe('imports', () => {
  test('there are some', () => expect(imports.length).toBeGreaterThan(100))

  test('plan/ imports pure things only', () => {
    const pure = (to: string) =>
      folder(to) === 'plan' ||
      /^settings\/(cluster_folders|compression|names|time|value)\.ts$/.test(to) ||
      ['errors.ts', 'terminal/shell_words.ts'].includes(to)
    expect(shown(imports.filter(i => folder(i.from) === 'plan' && !i.typeOnly && !pure(i.to)))).toEqual([])
  })

  test('the adapters know neither plans nor operations', () => {
    const adapters = ['postgres', 'runtime', 'storage', 'catalog', 'terminal']
    expect(
      shown(
        imports.filter(
          i => adapters.includes(folder(i.from)) && ['plan', 'operations'].includes(folder(i.to)),
        ),
      ),
    ).toEqual([])
  })

  test('what is judged and shown of a database is pure: only its queries talk to a server', () => {
    const pure = (to: string) =>
      to.startsWith('explore/') || /^(errors|terminal\/format|settings\/(arguments|value))\.ts$/.test(to)
    const own = imports.filter(i => folder(i.from) === 'explore' && i.from.includes('/') && !i.typeOnly)
    expect(shown(own.filter(i => !pure(i.to)))).toEqual([])
    const asking = (to: string) => to.startsWith('explore/queries/') || to === 'explore/gather.ts'
    expect(shown(own.filter(i => asking(i.to) && !asking(i.from)))).toEqual([])
  })

  test('nothing imports an entry script', () => {
    expect(shown(imports.filter(i => isEntry(i.to)))).toEqual([])
  })

  test('the example app is on its own: it can be copied elsewhere', () => {
    const app = join(root, '../example-app')
    const own = readdirSync(app, { recursive: true, encoding: 'utf8' }).filter(
      name => name.endsWith('.ts') && !name.startsWith('node_modules/'),
    )
    const strange = own.flatMap(name =>
      [...readFileSync(join(app, name), 'utf8').matchAll(/(?:from|import\() ?'(\.[^']+)'/g)]
        .filter(([, path = '']) => relative(app, resolve(app, dirname(name), path)).startsWith('..'))
        .map(([, path]) => `${name} → ${path}`),
    )
    expect(own.length).toBeGreaterThan(20)
    expect(strange).toEqual([])
  })

  test('only the runtime knows docker', () => {
    expect(
      shown(imports.filter(i => i.to.startsWith('runtime/docker/') && folder(i.from) !== 'runtime')),
    ).toEqual([])
  })
})
