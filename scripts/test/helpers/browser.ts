import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'

/** The Chromium of this machine, where it has one. Nothing is downloaded. */
const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
  .flatMap(name => (process.env.PATH ?? '').split(delimiter).map(folder => join(folder, name)))
  .find(isProgram)
export const noBrowser = executablePath === undefined
export const whyNoBrowser = noBrowser ? ' (not run: this machine has no Chromium)' : ''

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    ...(executablePath && { executablePath }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
    ],
  })

/**
 * A page with the file from disk. When the test ends, nothing must have been asked for but the file, and nothing been
 * complained about.
 */
export async function openFile(
  browser: Browser,
  file: string,
  options: BrowserContextOptions & { anchor?: string } = {},
): Promise<Page> {
  const { anchor = '', ...settings } = options
  const address = pathToFileURL(file).href
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...settings })
  const asked = new Set<string>()
  const complaints: string[] = []
  await context.route('**', route => {
    asked.add(route.request().url().split('#')[0] ?? '')
    return route.continue()
  })
  const page = await context.newPage()
  page.on('console', message => complaints.push(message.text()))
  page.on('pageerror', error => complaints.push(error.message))
  page.on('dialog', dialog => {
    complaints.push(dialog.message())
    void dialog.dismiss()
  })
  onTestFinished(async () => {
    await context.close()
    expect(complaints).toEqual([])
    expect([...asked]).toEqual([address])
  })
  await page.goto(address + anchor)
  return page
}
