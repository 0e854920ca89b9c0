import { dayCurve, type Grid, gridOf, hourOf, isWeekend, never, type Span, stretches } from './grid.ts'
import { between, drift, normal, seeded, waves } from './random.ts'
import { measurements, type SampleTable, type Series } from './table.ts'

/**
 * Watts per channel: `idle` at night, `busy` on top of it at the peak hour (UTC) of a weekday, and `weekend` of
 * that on Saturday and Sunday. `backup`: a job that begins at this hour (UTC). `silent`: the meter says nothing.
 */
const services = [
  { name: 'compute', idle: 900, busy: 750, peak: 14, weekend: 0.6 },
  { name: 'cooling', idle: 420, busy: 480, peak: 15.5, weekend: 0.7 },
  { name: 'network', idle: 190, busy: 45, peak: 13, weekend: 0.7, silent: { everyDays: 5, hours: [1, 3] } },
  { name: 'office', idle: 70, busy: 880, peak: 12.5, weekend: 0.08 },
  { name: 'storage', idle: 520, busy: 110, peak: 14, weekend: 0.8, backup: 2 },
] as const

type Service = (typeof services)[number]

/** The three phases of the mains. */
const channels = ['L1', 'L2', 'L3'] as const

export function power(span: Span): SampleTable {
  const grid = gridOf(span, 30)
  const columns = ['service_name', 'channel', 'voltage', 'current', 'power']
  return measurements(
    'power_metrics',
    columns,
    grid,
    services.map(service => meter(service, grid)),
  )
}

const meter = (service: Service, grid: Grid): Series => ({
  width: channels.length,
  silent:
    'silent' in service
      ? stretches(seeded(`power_metrics/${service.name}/silent`), grid, service.silent)
      : never,
  start() {
    const load = loadOf(service, grid)
    const phases = channels.map(channel => phase(service, channel, grid))
    return (time, step) => {
      const watts = load(time, step)
      return phases.map(measure => measure(time, watts))
    }
  },
})

/** Watts that a service asks of each channel: night and day, the week, spikes of some minutes, the backup. */
function loadOf(service: Service, grid: Grid): (time: number, step: number) => number {
  const random = seeded(`power_metrics/${service.name}`)
  const wander = drift(random, grid.stepSeconds, 1800, 0.05)
  const spikes = stretches(random, grid, { everyDays: 0.4, hours: [0.02, 0.2] })
  return (time, step) => {
    const hour = hourOf(time)
    const busy = service.busy * dayCurve(hour, service.peak) ** 1.5 * (isWeekend(time) ? service.weekend : 1)
    const spike = 1 + (spikes.at(step)?.strength ?? 0)
    const backup = 'backup' in service && hour >= service.backup && hour < service.backup + 0.75 ? 1.5 : 1
    return (service.idle + busy) * (1 + wander()) * spike * backup
  }
}

/** V, A and W of one channel. The mains sag a little when the day is busy; power is what the two others make. */
function phase(service: Service, channel: string, grid: Grid): (time: number, watts: number) => string {
  const mains = waves(seeded(`power_metrics/${channel}`), [0.4, 1.3])
  const random = seeded(`power_metrics/${service.name}/${channel}`)
  const share = between(random, 0.8, 1.15)
  const wander = drift(random, grid.stepSeconds, 600, 0.02)
  return (time, watts) => {
    const voltage = round(231 + 2 * mains(time) - 1.5 * dayCurve(hourOf(time), 18) + 0.25 * normal(random), 1)
    const current = round((watts * share * (1 + wander())) / voltage, 3)
    return `${service.name}\t${channel}\t${voltage}\t${current}\t${round(voltage * current, 2)}`
  }
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits))
