import { describe } from 'vitest'
import { checkSuite } from './suite.ts'

describe('the checks of maintenance', () => checkSuite(['03'], { mends: true }))
