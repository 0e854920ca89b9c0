import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { ToolkitError } from '../errors.ts'
import { parseTablespaceMapping } from '../plan/restore.ts'
import { stampOf } from '../plan/stamp.ts'
import { awkward, awkwardName, holds, property } from '../test/helpers/fuzz.ts'
import { parseArguments } from './arguments.ts'
import { compression, formatCompression } from './compression.ts'
import { makeLineNames, makeLineVariable, strangersOnMakeLine } from './make_line.ts'
import { optionNames, optionOf } from './options.ts'
import { rate } from './rate.ts'
import { resolveSettings } from './resolve.ts'
import { isoTime } from './time.ts'

describe('a value that is typed', () => {
  property('is read, or refused with words, by every option there is', () =>
    holds(
      fc.tuple(fc.constantFrom(...optionNames), fc.oneof(awkward, fc.integer().map(String))),
      ([name, text]) => {
        const { type } = optionOf(name)
        try {
          const value = type.parse(text)
          type.locate?.(value, '/base')
        } catch (error) {
          expect((error as Error).constructor).toBe(Error)
          expect((error as Error).message).toMatch(/^(must|takes|is not|zstd|lz4|gzip|none)/)
        }
      },
      500,
    ),
  )

  property('compression reads what it prints', () => {
    const words = fc.tuple(fc.constantFrom('zstd', 'lz4', 'gzip', 'none'), fc.option(fc.nat({ max: 30 })))
    return holds(words, ([algorithm, level]) => {
      const text = level === null ? algorithm : `${algorithm}:${level}`
      const most = { zstd: 22, lz4: 12, gzip: 9, none: -1 }[algorithm]
      if (level !== null && (level < 1 || level > most))
        return expect(() => compression.parse(text)).toThrow('takes')
      const value = compression.parse(text)
      expect(compression.parse(formatCompression(value))).toEqual(value)
    })
  })

  property('a rate is within what pg_basebackup accepts', () =>
    holds(fc.tuple(fc.nat({ max: 2_000_000 }), fc.constantFrom('', 'k', 'M')), ([number, unit]) => {
      const kilobytes = number * (unit === 'M' ? 1024 : 1)
      if (kilobytes >= 32 && kilobytes <= 1048576)
        expect(rate.parse(`${number}${unit}`)).toBe(`${number}${unit}`)
      else expect(() => rate.parse(`${number}${unit}`)).toThrow('must be from')
    }),
  )

  property('a moment is the same in every spelling and zone', () => {
    const years = {
      min: new Date('0001-01-02T00:00:00Z'),
      max: new Date('9999-12-30T00:00:00Z'),
      noInvalidDate: true,
    }
    return holds(fc.tuple(fc.date(years), fc.integer({ min: -12, max: 14 })), ([moment, hours]) => {
      const text = moment.toISOString()
      expect(isoTime.parse(text)).toEqual(moment)
      expect(isoTime.parse(text.replace('T', ' ').replace('Z', '+00'))).toEqual(moment)
      const sign = hours < 0 ? '-' : '+'
      const zone = `${sign}${String(Math.abs(hours)).padStart(2, '0')}`
      const there = new Date(moment.getTime() + hours * 3600_000).toISOString().replace('Z', zone)
      if (/^\d{4}-/.test(there)) expect(isoTime.parse(there)).toEqual(moment)
      expect(stampOf(moment)).toMatch(/^\d{8}_\d{6}$/)
    })
  })

  property('TABLESPACE_MAP gives back the folders that were escaped into it', () => {
    const place = awkwardName.filter(text => text.trim() === text && !/\\$/.test(text))
    const escaped = (text: string) => text.replace(/[,=]/g, '\\$&')
    return holds(fc.uniqueArray(fc.tuple(place, place), { selector: ([key]) => key }), pairs => {
      const text = pairs.map(([key, folder]) => `${escaped(key)}=${escaped(folder)}`).join(', ')
      expect([...parseTablespaceMapping(text, path => path)]).toEqual(pairs)
    })
  })
})

describe('a command line', () => {
  const flags = optionNames.map(name => `--${optionOf(name).flag}`)
  const word = fc.oneof(
    awkward.filter(text => !text.includes('\0')),
    fc.constantFrom(...flags, '--', '-', '-h', '--json', '--__proto__', '--constructor=x', '--no-deep'),
    fc.tuple(fc.constantFrom(...flags), awkward).map(([flag, text]) => `${flag}=${text}`),
  )

  property('is read, or refused in words', () =>
    holds(
      fc.array(word, { maxLength: 6 }),
      argv => {
        try {
          const { flags: found } = parseArguments(argv, optionNames, 'backupDir')
          for (const value of found.values()) expect(typeof value).toBe('string')
        } catch (error) {
          expect(error).toBeInstanceOf(ToolkitError)
          expect((error as ToolkitError).kind).toBe('usage')
        }
      },
      300,
    ),
  )

  property('gives every value as it stands behind the equals sign, and behind two dashes', () =>
    holds(
      awkward.filter(text => !text.includes('\0')),
      text => {
        const { flags: found } = parseArguments([`--label=${text}`, '--', text], optionNames, 'backupDir')
        expect([found.get('label'), found.get('backupDir')]).toEqual([text, text])
      },
    ),
  )

  property('settings: problems are words, values are values', () =>
    holds(fc.dictionary(fc.constantFrom(...optionNames.map(name => optionOf(name).env)), awkward), env => {
      const { problems } = resolveSettings({ flags: new Map(), env, dotenv: env, cwd: '/', base: '/base' })
      for (const problem of problems) expect(problem).toMatch(/\((environment|\.env)\)/)
    }),
  )

  property('the make line has the names that make lists', () => {
    const name = fc.stringMatching(/^[A-Z_]{1,12}$/)
    return holds(fc.uniqueArray(name), names => {
      const env = { [makeLineVariable]: names.join(' ') }
      expect(makeLineNames(env)).toEqual(names)
      for (const stranger of strangersOnMakeLine(env, ['label'])) expect(stranger).toMatch(/means nothing/)
    })
  })
})
