import { describe } from 'vitest'
import { checkSuite } from './suite.ts'

describe('the checks of safety', () => checkSuite(['05']))
