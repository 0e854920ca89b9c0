import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anchorOf } from '../../explore/anchor.ts'
import type { Diagrams } from '../../explore/diagram/diagrams.ts'
import { htmlPieces } from '../../explore/html/html.ts'
import type { Report } from '../../explore/report.ts'
import { noBrowser, openFile, startBrowser, whyNoBrowser } from '../helpers/browser.ts'
import { emptyReport, hostileReport, largeReport, sampleReport } from '../helpers/synthetic_report.ts'

const diagrams = {
  overview: {
    svg: `<svg viewBox="0 0 90 30" width="90" role="img"><title>Relations</title><a href="#${anchorOf('public.meteo')}"><text x="5" y="20">meteo</text></a></svg>`,
    note: null,
  },
  schemas: {},
  neighbourhoods: {},
  notes: [],
}
const evil = `</script></noscript><img src=x onerror=alert(1)><script>alert(2)</script>"'|\n\u202e`
const sql = 'DROP INDEX CONCURRENTLY public.meteo_city_idx;'

describe.skipIf(noBrowser)(`the HTML of a report in Chromium${whyNoBrowser}`, () => {
  let browser: Browser
  let folder: string
  const file = (name: string) => join(folder, `${name} "report"#1.html`)
  const write = (name: string, report: Report, its: Diagrams = diagrams) =>
    writeFile(file(name), [...htmlPieces(report, its)].join(''))
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'toolkit-html-'))
    await write('sample', sampleReport())
    await write('empty', emptyReport(), { ...diagrams, overview: null })
    await write('hostile', hostileReport(evil))
    await write('many', largeReport(500))
    await write('large', largeReport(5000))
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const meteo = (page: Page) => page.locator(`[id="${anchorOf('public.meteo')}"]`)
  const background = (page: Page) => page.evaluate('getComputedStyle(document.body).backgroundColor')

  test('search finds tables and columns, by keys alone', async () => {
    const page = await openFile(browser, file('sample'))
    await page.keyboard.press('/')
    await page.keyboard.type('METEO.temp')
    const options = page.getByRole('option')
    expect(await options.allTextContents()).toEqual(['public.meteo.temperaturecolumn'])
    expect(await page.locator('#query').getAttribute('aria-expanded')).toBe('true')
    await page.keyboard.press('Enter')
    await expect.poll(() => meteo(page).isVisible()).toBe(true)
    expect(await page.locator('tr.hit code').first().textContent()).toBe('temperature')
    expect(page.url()).toContain('#relation-public.meteo')
    expect(await options.count()).toBe(0)

    await page.fill('#query', 'public city')
    expect((await options.allTextContents())[0]).toBe('public.citytable')
    await page.keyboard.press('ArrowDown')
    expect(await options.nth(1).getAttribute('aria-selected')).toBe('true')
    expect(await page.locator('#query').getAttribute('aria-activedescendant')).toBe('result-1')
    await page.keyboard.press('Escape')
    expect(await page.inputValue('#query')).toBe('')
    await page.fill('#query', 'no such thing')
    expect(await page.locator('#status').textContent()).toBe('Nothing found')
  })

  test('tables are sorted by a heading, what is not known last', async () => {
    const page = await openFile(browser, file('sample'))
    await page.click('summary:has-text("in a table")')
    const table = page.locator('.overview table').first()
    const names = () => table.locator('tbody tr td:first-child').allTextContents()
    const heading = table.locator('th', { hasText: 'Rows' })
    await heading.getByRole('button').click()
    expect(await heading.getAttribute('aria-sort')).toBe('descending')
    expect((await names()).slice(0, 2)).toEqual(['public.meteo', 'public.city'])
    await heading.getByRole('button').press('Enter')
    expect(await heading.getAttribute('aria-sort')).toBe('ascending')
    expect(await names()).toEqual(['public.city', 'public.meteo', 'public.meteo_daily', 'public.warm'])
    await table.locator('th', { hasText: 'Name' }).getByRole('button').click()
    expect(await heading.getAttribute('aria-sort')).toBeNull()
  })

  test('links open what they lead to, from the sidebar, the diagram, a finding and outside', async () => {
    const outside = await openFile(browser, file('sample'), { anchor: `#${anchorOf('public.meteo')}` })
    expect(await meteo(outside).isVisible()).toBe(true)
    for (const link of [
      'nav a:text-is("meteo")',
      '#diagram svg a',
      '.finding a[href="#relation-public.meteo"]',
    ]) {
      const page = await openFile(browser, file('sample'))
      expect(await meteo(page).isVisible()).toBe(false)
      await page.click(link)
      await expect.poll(() => meteo(page).isVisible()).toBe(true)
      await expect.poll(() => meteo(page).evaluate(one => one.getBoundingClientRect().top < 900)).toBe(true)
      await page.goBack()
      expect(page.url()).not.toContain('#')
    }
  })

  test('dark and light follow the system until somebody chooses', async () => {
    const light = await openFile(browser, file('sample'), { colorScheme: 'light' })
    const bright = await background(light)
    const page = await openFile(browser, file('sample'), { colorScheme: 'dark' })
    const dark = await background(page)
    expect(dark).not.toBe(bright)
    const toggle = page.getByRole('button', { name: 'Dark' })
    expect(await toggle.getAttribute('aria-pressed')).toBe('true')
    await toggle.click()
    expect(await background(page)).toBe(bright)
    expect(await toggle.getAttribute('aria-pressed')).toBe('false')
    await page.reload()
    expect(await background(page)).toBe(bright)
  })

  test('the copy button copies the SQL as it is', async () => {
    const page = await openFile(browser, file('sample'), {
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    await page.locator('.finding .sql', { hasText: sql }).getByRole('button').click()
    await expect.poll(() => page.locator('#status').textContent()).toBe('Copied')
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(sql)
  })

  test('without a clipboard it is copied the old way', async () => {
    const page = await openFile(browser, file('sample'))
    await page.evaluate('Object.defineProperty(navigator, "clipboard", { value: undefined })')
    await page.evaluate(
      'document.addEventListener("copy", () => { window.copied = document.activeElement.value })',
    )
    await page.locator('.finding .sql', { hasText: sql }).getByRole('button').click()
    await expect.poll(() => page.locator('#status').textContent()).toBe('Copied')
    expect(await page.evaluate('window.copied')).toBe(sql)
  })

  test('keyboard: the skip link comes first, focus is seen, details open', async () => {
    const page = await openFile(browser, file('sample'))
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the report')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.activeElement.id')).toBe('content')
    const summary = page.locator('.relation > summary').first()
    await summary.focus()
    await page.keyboard.press('Enter')
    expect(await page.locator('.relation').first().getAttribute('open')).not.toBeNull()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Shift+Tab')
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
  })

  test('landmarks, headings and labels for a screen reader', async () => {
    const page = await openFile(browser, file('sample'))
    for (const role of ['banner', 'navigation', 'search', 'main', 'contentinfo'] as const)
      expect(await page.getByRole(role).count(), role).toBe(1)
    expect(await page.getByRole('combobox', { name: 'Search schema, table, column' }).count()).toBe(1)
    expect(await page.getByRole('img', { name: 'Health score: 69 of 100' }).count()).toBe(1)
    expect(await page.getByRole('img', { name: 'Chunks of public.meteo over time' }).count()).toBe(1)
    expect(await page.locator('.finding .badge').allTextContents()).toEqual(['▲ critical', '◆ warning'])
    const twice = `(() => { const ids = [...document.querySelectorAll('[id]')].map(one => one.id); return ids.filter((id, i) => ids.indexOf(id) !== i) })()`
    expect(await page.evaluate(twice)).toEqual([])
  })

  test('without JavaScript it can be read, and links open details', async () => {
    for (const name of ['sample', 'many']) {
      const id = name === 'sample' ? 'public.meteo' : 'area_0003.measurement_0003'
      const page = await openFile(browser, file(name), { javaScriptEnabled: false })
      expect(await page.locator('.search').isVisible()).toBe(false)
      expect(await page.locator('.copy').first().isVisible()).toBe(false)
      const body = page.locator(`[id="${anchorOf(id)}"]`)
      expect(await body.isVisible()).toBe(false)
      await page.locator('details.relation', { has: body }).locator('summary').first().click()
      expect(await body.locator('table').first().isVisible()).toBe(true)
    }
    const page = await openFile(browser, file('sample'), {
      javaScriptEnabled: false,
      anchor: `#${anchorOf('public.meteo')}`,
    })
    await expect.poll(() => meteo(page).isVisible()).toBe(true)
  })

  test('on paper all details are open, and nothing that only works on a screen is there', async () => {
    for (const javaScriptEnabled of [true, false]) {
      const page = await openFile(browser, file('sample'), { javaScriptEnabled, colorScheme: 'dark' })
      await page.emulateMedia({ media: 'print' })
      expect(await meteo(page).locator('table').first().isVisible()).toBe(true)
      expect((await meteo(page).boundingBox())?.height).toBeGreaterThan(300)
      expect(await page.locator('nav').isVisible()).toBe(false)
      expect(await page.locator('.theme').isVisible()).toBe(false)
      await page.pdf()
    }
  })

  test('what the script opens for the printer is closed afterwards', async () => {
    const page = await openFile(browser, file('sample'))
    await page.evaluate('dispatchEvent(new Event("beforeprint"))')
    expect(await page.locator('main details:not([open])').count()).toBe(0)
    await page.evaluate('dispatchEvent(new Event("afterprint"))')
    expect(await page.locator('main details[open]').count()).toBe(0)
  })

  test('hostile names and comments do nothing, and are copied and shown as they are', async () => {
    const page = await openFile(browser, file('hostile'), {
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    await page.evaluate('dispatchEvent(new Event("beforeprint"))')
    expect(await page.locator('img, iframe, main script').count()).toBe(0)
    expect(await page.locator('.finding pre').first().textContent()).toBe(`${evil}${sql}`)
    expect(await page.locator('.finding .control').first().getAttribute('title')).toBe('U+202E')
    await page.locator('.finding .copy').first().click()
    await expect.poll(() => page.locator('#status').textContent()).toBe('Copied')
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(`${evil}${sql}`)
    await page.fill('#query', '<img')
    expect(await page.getByRole('option').count()).toBeGreaterThan(5)
    await page.keyboard.press('Enter')
    expect(await page.locator('.relation[open]').count()).toBeGreaterThan(0)
  })

  test('an empty database says so', async () => {
    const page = await openFile(browser, file('empty'))
    expect(await page.locator('.tiles').textContent()).toContain('0 tables')
    expect(await page.locator('.health').textContent()).toContain('n/a (0 tables)')
    expect(await page.locator('nav a').allTextContents()).toEqual(['Summary'])
  })

  test.each([390, 768, 1600])('at %i pixels nothing hangs over the edge', async width => {
    const page = await openFile(browser, file('sample'), { viewport: { width, height: 900 } })
    await page.evaluate('dispatchEvent(new Event("beforeprint"))')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
  })

  test.each(['light', 'dark'] as const)('%s: text can be told from what is behind it', async colorScheme => {
    const page = await openFile(browser, file('sample'), { colorScheme })
    await page.evaluate('dispatchEvent(new Event("beforeprint"))')
    expect(await page.evaluate(tooPale)).toEqual([])
  })

  test('5,000 tables with 50,000 indexes: the search answers', async () => {
    const page = await browser.newPage()
    await page.goto(pathToFileURL(file('large')).href, { waitUntil: 'commit' })
    await page.locator('#query').fill('measurement_4321.value_4321_7')
    await page.getByRole('option').first().waitFor()
    await page.keyboard.press('Enter')
    const body = page.locator(`[id="${anchorOf('area_0001.measurement_4321')}"]`)
    await body.locator('tr.hit').waitFor()
    expect(await body.locator('table').nth(1).isVisible()).toBe(true)
    // Its details are text until they are opened.
    expect(await page.evaluate('document.querySelectorAll("*").length')).toBeLessThan(60_000)
    await page.close()
  })
})

/** Text whose contrast with its background is below 4.5, the rule of WCAG 2 AA. */
const tooPale = `(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
  const paint = colors => {
    canvas.clearRect(0, 0, 1, 1)
    for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1) }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
  }
  const light = rgb => rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0)
  const pale = []
  for (const one of document.querySelectorAll('body *')) {
    if (![...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()) || !one.checkVisibility()) continue
    if (one.closest('svg, .skip, [hidden], script, style')) continue
    const behind = []
    for (let at = one; at; at = at.parentElement) behind.unshift(getComputedStyle(at).backgroundColor)
    const back = paint(['white', ...behind])
    const front = paint(['white', ...behind, getComputedStyle(one).color])
    const [a, b] = [light(back), light(front)].sort((x, y) => y - x)
    const contrast = (a + 0.05) / (b + 0.05)
    if (contrast < 4.5) pale.push(one.className + ' ' + one.localName + ' ' + contrast.toFixed(2))
  }
  return [...new Set(pale)]
})()`
