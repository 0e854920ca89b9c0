import { expect, test } from 'vitest'
import { createLog, type Loudness } from './log.ts'

test.each<[Loudness, string[]]>([
  ['quiet', ['warning: careful\n']],
  ['normal', ['Saving …\n', 'warning: careful\n']],
  ['verbose', ['Saving …\n', 'warning: careful\n', '  docker run\n']],
])('%s', (loudness, expected) => {
  const lines: string[] = []
  const log = createLog(loudness, line => void lines.push(line))
  log.step('Saving …')
  log.warn('careful')
  log.detail('docker run')
  expect(lines).toEqual(expected)
})
