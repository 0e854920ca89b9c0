import { expect, test } from 'vitest'
import { connectionTo } from './local_session.ts'

test.each([
  ['shop', "dbname='shop'"],
  ['host=evil', "dbname='host=evil'"],
  ["it's \\ that", "dbname='it\\'s \\\\ that'"],
])('the database %s is called %s', (name, words) => expect(connectionTo(name)).toBe(words))
