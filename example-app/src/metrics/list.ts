import { health } from './health.ts'
import type { Metric } from './metric.ts'
import { power } from './power.ts'
import { temperature } from './temperature.ts'

/** Every metric there is. A new one is a file beside this one, and its name in this line. */
export const metrics: readonly Metric[] = [temperature, health, power]
