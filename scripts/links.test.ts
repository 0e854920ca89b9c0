import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pages as names, root } from './documents/pages.ts'

/** What the documents point at is there: files, headings, make targets. */
const read = (path: string): string => readFileSync(path, 'utf8')

const pages = names.map(name => join(root, name))

const fences = /^```[\s\S]*?^```/gm
/** As GitHub makes an anchor of a heading; the second of the same name gets a number. And those that are written out. */
function anchorsOf(page: string): Set<string> {
  const anchors = new Set([...read(page).matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id))
  for (const [, title = ''] of read(page)
    .replace(fences, '')
    .matchAll(/^#+ (.*)$/gm)) {
    const words = title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const anchor = words.replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-')
    let name = anchor
    for (let n = 1; anchors.has(name); n++) name = `${anchor}-${n}`
    anchors.add(name)
  }
  return anchors
}

function brokenLinks(page: string): string[] {
  const prose = read(page)
    .replace(fences, '')
    .replace(/`[^`]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return []
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? page : join(dirname(page), path)
    const found = existsSync(target) && (anchor === undefined || anchorsOf(target).has(anchor))
    return found ? [] : [`${relative(root, page)}: ${link}`]
  })
}

/** Of TROUBLESHOOTING.md the first column is what messages say, and not what to type. */
const typed = (page: string): string =>
  page.endsWith('TROUBLESHOOTING.md') ? read(page).replace(/^\| .*?(?<!\\) \| /gm, '') : read(page)

/** What stands in boxes and between backquotes. */
const codeOf = (page: string): string =>
  [...typed(page).matchAll(/^```[\s\S]*?^```|`[^`\n]+`/gm)].map(([code]) => code).join('\n')

const targets = new Set(
  ['Makefile', 'db/Makefile', 'example-app/Makefile'].flatMap(file =>
    [...read(join(root, file)).matchAll(/^([a-z][a-z -]*):(?!=)/gm)].flatMap(([, names = '']) =>
      names.split(' '),
    ),
  ),
)

/** Made at run time, so not in the project. */
const madeLater = /^db\/(\.env$|mnt\/|backups\/|reports\/)/

describe('the documents', () => {
  test('are found', () => expect(pages.length).toBeGreaterThan(10))

  test.each(pages.map(page => [relative(root, page), page]))('%s: links and anchors', (_, page) => {
    expect(brokenLinks(page)).toEqual([])
  })

  test('name only make targets that there are', () => {
    const named = pages.flatMap(page =>
      [...codeOf(page).matchAll(/(?<![\w-])make ([a-z][a-z-]+)/g)].map(([, target = '']) => ({
        page,
        target,
      })),
    )
    expect(named.length).toBeGreaterThan(100)
    const missing = named.filter(({ target }) => !targets.has(target))
    expect(missing.map(({ page, target }) => `${relative(root, page)}: make ${target}`)).toEqual([])
  })

  test('name only files that there are', () => {
    const named = pages.flatMap(page =>
      [...codeOf(page).matchAll(/(?<![\w./-])((?:scripts|docs|db)\/[\w./@-]+\.\w+)/g)].map(
        ([, path = '']) => ({
          page,
          path,
        }),
      ),
    )
    const missing = named.filter(({ path }) => !madeLater.test(path) && !existsSync(join(root, path)))
    expect(missing.map(({ page, path }) => `${relative(root, page)}: ${path}`)).toEqual([])
  })
})
