import { describe } from 'vitest'
import { checkSuite } from './suite.ts'

describe('the checks of schema', () => checkSuite(['01'], { mends: true }))
