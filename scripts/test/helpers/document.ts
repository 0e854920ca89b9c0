import { afterAll, beforeAll, describe, test } from 'vitest'
import type { Part } from '../../documents/attributes.ts'
import { type Block, blocksOf } from '../../documents/blocks.ts'
import { readPage } from '../../documents/pages.ts'
import { stepsOf } from '../../documents/steps.ts'
import { tryBlock } from './document_block.ts'
import { DocumentSession } from './document_session.ts'
import { noEngine, noTimescale } from './place.ts'

/** What is not here, in words for the name of a test. */
const notHere: Record<Part, string | undefined> = {
  docker:
    noEngine || (process.env.DOCKER || 'docker') !== 'docker'
      ? 'it is about docker, which is not used here'
      : undefined,
  timescaledb: noTimescale ? 'the PostgreSQL here has no TimescaleDB' : undefined,
}

/**
 * Each block of a page that is marked “run” or “write” is a test, in the order of the page, in one session. `needs`: what the
 * whole page is about.
 */
export function runsAsItSays(page: string, { needs: ofPage }: { needs?: Part } = {}): void {
  const missing = ofPage && notHere[ofPage]
  describe.skipIf(missing !== undefined)(`${page}${said('not run', missing)}`, () => {
    let session: DocumentSession
    let failed: number | undefined
    beforeAll(async () => {
      session = await DocumentSession.open()
    })
    afterAll(() => session?.close())

    for (const block of blocksOf(page, readPage(page)).filter(isGoneThrough)) {
      const { needs, output, edition } = block.attributes
      const whyNot = needs && notHere[needs]
      const unpromised = output && notHere[output]
      const says = said('not run', whyNot) + said('what it prints is not compared', unpromised)
      test.skipIf(whyNot !== undefined)(`line ${block.line}: ${titleOf(block)}${says}`, async context => {
        if (failed !== undefined) throw new Error(`Not run, because line ${failed} has failed.`)
        failed = block.line
        if (edition && !(await session.isCommunityEdition())) {
          failed = undefined
          context.skip('It needs the Community edition of TimescaleDB, and the server here has another one.')
        }
        await tryBlock(session, block, unpromised === undefined)
        failed = undefined
      })
    }
  })
}

const isGoneThrough = ({ attributes: { run, write } }: Block): boolean => run === true || write !== undefined

const said = (what: string, why: string | undefined): string =>
  why === undefined ? '' : ` (${what}: ${why})`

function titleOf(block: Block): string {
  if (block.attributes.write) return `writes ${block.attributes.write}`
  const [first = '', ...more] = stepsOf(block).flatMap(({ text }) => text.split('\n'))
  const short = first.length > 60 ? `${first.slice(0, 60)} …` : first
  return more.length > 0 && short === first ? `${short} …` : short
}
