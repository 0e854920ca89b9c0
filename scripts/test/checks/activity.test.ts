import { describe } from 'vitest'
import { checkSuite } from './suite.ts'

describe('the checks of activity', () => checkSuite(['04']))
