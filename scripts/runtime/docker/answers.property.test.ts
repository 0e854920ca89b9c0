import fc from 'fast-check'
import { expect } from 'vitest'
import { awkward, holds, property } from '../../test/helpers/fuzz.ts'
import { programArguments } from './arguments.ts'
import { parseImageFacts } from './images.ts'

/** Go's encoding/csv, by which docker reads --mount: one record, quotes doubled, \r\n as \n. */
function readCsv(line: string): string[] {
  const fields: string[] = []
  let rest = line.replaceAll('\r\n', '\n').replace(/\r$/, '')
  while (true) {
    const [all = '', quoted, plain] = /^(?:"((?:[^"]|"")*)"|([^",\n]*))(?=,|$)/.exec(rest) ?? []
    if (all === '' && plain === undefined) throw new Error(`no CSV: ${line}`)
    fields.push(quoted?.replaceAll('""', '"') ?? plain ?? '')
    if (all.length === rest.length) return fields
    rest = rest.slice(all.length + 1)
  }
}

property('docker reads the folder that was meant, whatever its name', () => {
  const path = awkward.filter(text => !/\0|\r\n/.test(text)).map(text => `/${text}`)
  return holds(path, folder => {
    const program = {
      name: 'x',
      argv: ['true'],
      as: 'root',
      folders: [{ path: folder, mode: 'rw' }],
      image: 'i',
    } as const
    const argv = programArguments(program, 'c', { caller: '1:1', postgres: 'p', security: [] }, 'none', {
      input: false,
    })
    const mount = argv[argv.indexOf('--mount') + 1] ?? ''
    expect(readCsv(mount)).toEqual(['type=bind', `source=${folder}`, `target=${folder}`])
  })
})

const word = fc.stringMatching(/^[\w.+-]{1,20}$/)

property('the answers of an image are read as it gave them', () => {
  const answers = fc.record({
    uid: fc.nat(),
    gid: fc.nat(),
    pgdata: awkward.filter(t => !/[\n\r]/.test(t)),
    major: fc.nat({ max: 99 }),
    libcVersion: word,
  })
  return holds(answers, ({ uid, gid, pgdata, major, libcVersion }) => {
    const lines = {
      uid,
      gid,
      pgdata,
      version: `${major}.3`,
      architecture: 'x86_64',
      libc: 'glibc',
      libcVersion,
    }
    const text = Object.entries(lines)
      .map(([key, value]) => `${key}=${value}`)
      .join('\n')
    const facts = parseImageFacts('image', { Id: 'sha256:1' }, text)
    expect(facts).toMatchObject({ uid, gid, pgdata, major, version: `${major}.3`, libcVersion })
  })
})

property('any other answers make facts too, and no defect', () =>
  holds(fc.array(fc.tuple(fc.constantFrom('uid', 'library', 'tool', 'version', 'x'), awkward)), answers => {
    const text = answers.map(([key, value]) => `${key}=${value}`).join('\n')
    const { image, timescaledbEdition } = parseImageFacts('image', { Id: 'sha256:1' }, text)
    expect([image, ['tsl', 'apache', 'none'].includes(timescaledbEdition)]).toEqual(['image', true])
  }),
)
