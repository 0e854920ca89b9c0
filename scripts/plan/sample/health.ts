import { dayCurve, type Grid, gridOf, hourOf, isWeekend, never, type Span, stretches } from './grid.ts'
import { clamp, drift, normal, seeded } from './random.ts'
import { measurements, type SampleTable, type Series } from './table.ts'

/**
 * `strain`: how near to its limits the service runs. `incidents`: something breaks this often and this long.
 * `silent`: the monitoring itself is away.
 */
const services = [
  { name: 'api', strain: 1, incidents: { everyDays: 1.5, hours: [0.2, 1] } },
  {
    name: 'dashboard',
    strain: 0.3,
    incidents: { everyDays: 5, hours: [0.5, 2] },
    silent: { everyDays: 4, hours: [1, 2] },
  },
  { name: 'database', strain: 1.5, incidents: { everyDays: 6, hours: [0.3, 1.5] } },
  { name: 'ingest', strain: 0.7, incidents: { everyDays: 2.5, hours: [0.5, 3] } },
] as const

type Service = (typeof services)[number]

/** In %: the best there is, and what a busy hour, the worst incident, and noise take away from it. */
const categories = [
  { name: 'availability', usual: 99.8, load: 0.2, incident: 75, noise: 0.1 },
  { name: 'capacity', usual: 92, load: 18, incident: 30, noise: 0.8 },
  { name: 'latency', usual: 97, load: 7, incident: 95, noise: 1.2 },
] as const

export function health(span: Span): SampleTable {
  const grid = gridOf(span, 20)
  const columns = ['service', 'category', 'percentage']
  return measurements(
    'health_metrics',
    columns,
    grid,
    services.map(service => monitor(service, grid)),
  )
}

const monitor = (service: Service, grid: Grid): Series => ({
  width: categories.length,
  silent:
    'silent' in service
      ? stretches(seeded(`health_metrics/${service.name}/silent`), grid, service.silent)
      : never,
  start() {
    const damage = damageOf(service, grid)
    const measures = categories.map(category => {
      const random = seeded(`health_metrics/${service.name}/${category.name}`)
      const wander = drift(random, grid.stepSeconds, 900, category.noise)
      return (busy: number, harm: number) => {
        const lost = category.load * service.strain * (0.3 + busy) + category.incident * harm
        const value = category.usual - lost + wander() + 0.3 * category.noise * normal(random)
        return `${service.name}\t${category.name}\t${eighths(clamp(value, 0, 100))}`
      }
    })
    return (time, step) => {
      const busy = dayCurve(hourOf(time), 14) ** 2 * (isWeekend(time) ? 0.4 : 1)
      const harm = damage(step)
      return measures.map(measure => measure(busy, harm))
    }
  },
})

/** Sums of eighths are exact, so the mean of a minute is the same to the last bit in whatever order they are added. */
const eighths = (value: number): number => Math.round(value * 8) / 8

/** 0 to 1: an incident breaks quickly and mends slowly. */
function damageOf(service: Service, grid: Grid): (step: number) => number {
  const incidents = stretches(seeded(`health_metrics/${service.name}/incidents`), grid, service.incidents)
  return step => {
    const incident = incidents.at(step)
    if (!incident) return 0
    const done = (step - incident.first) / (incident.end - incident.first)
    return incident.strength * (done < 0.1 ? done / 0.1 : 1 - ((done - 0.1) / 0.9) ** 2)
  }
}
