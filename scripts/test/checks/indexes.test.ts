import { describe } from 'vitest'
import { checkSuite } from './suite.ts'

describe('the checks of indexes', () => checkSuite(['02'], { mends: true }))
