import { type Grid, gridOf, hourOf, never, type Span, stretches } from './grid.ts'
import { clamp, drift, normal, type Random, seeded, waves } from './random.ts'
import { inChunks, measurements, type SampleTable, type Series } from './table.ts'

/**
 * Real places, invented weather. Altitude in metres; `warmth` in °C against what the altitude alone would give.
 * Some stations say nothing for hours; on some the humidity sensor freezes while the rest goes on.
 */
const sites = [
  { name: 'Basel', latitude: 47.541, longitude: 7.584, altitude: 316, warmth: 0.5 },
  { name: 'Bern', latitude: 46.991, longitude: 7.464, altitude: 553, warmth: -0.5 },
  {
    name: 'Davos',
    latitude: 46.813,
    longitude: 9.843,
    altitude: 1594,
    warmth: -1,
    silent: { everyDays: 3, hours: [3, 6] },
  },
  {
    name: 'Jungfraujoch',
    latitude: 46.547,
    longitude: 7.985,
    altitude: 3571,
    warmth: 0,
    silent: { everyDays: 7, hours: [6, 14] },
  },
  {
    name: 'Lugano',
    latitude: 46.004,
    longitude: 8.96,
    altitude: 273,
    warmth: 2.5,
    frozen: { everyDays: 4, hours: [1, 3] },
  },
] as const

type Site = (typeof sites)[number]

/** The share of readings that never arrive. */
const unread = 0.0006
const year = 365.2425 * 86_400_000

export const stations: SampleTable = {
  name: 'stations',
  columns: ['name', 'latitude', 'longitude', 'altitude'],
  rows: sites.length,
  chunks: () => inChunks(sites.map(s => `${s.name}\t${s.latitude}\t${s.longitude}\t${s.altitude}\n`)),
}

export function meteo(span: Span): SampleTable {
  const grid = gridOf(span, 60)
  const region = seeded('meteo_metrics')
  const weather = { front: waves(region, [2.3, 4.1, 9.7]), high: waves(region, [6.1, 13.3]) }
  const columns = ['station', 'temperature', 'humidity', 'pressure']
  const series = sites.map(site => station(site, grid, weather))
  return measurements('meteo_metrics', columns, grid, series)
}

/** Slow curves that all stations share. */
type Weather = { front(time: number): number; high(time: number): number }

const station = (site: Site, grid: Grid, weather: Weather): Series => ({
  width: 1,
  silent:
    'silent' in site ? stretches(seeded(`meteo_metrics/${site.name}/silent`), grid, site.silent) : never,
  start: () => climate(site, grid, weather),
})

/** °C, % and hPa of one station: a season, a day, passing fronts (cool, wet, low pressure), and noise. */
function climate(site: Site, grid: Grid, weather: Weather): ReturnType<Series['start']> {
  const random = seeded(`meteo_metrics/${site.name}`)
  const local = waves(random, [0.7, 1.9])
  const frozen = 'frozen' in site ? stretches(random, grid, site.frozen) : never
  const air = drift(random, grid.stepSeconds, 1500, 0.35)
  const damp = drift(random, grid.stepSeconds, 2400, 2.5)
  const barometer = drift(random, grid.stepSeconds, 7200, 0.3)

  return (time, step) => {
    // Fronts come from the west: an hour later for each degree of longitude.
    const front = weather.front(time - (site.longitude - 7) * 3_600_000) + 0.2 * local(time)
    // Warmest around the twentieth of July, and at three in the afternoon by the sun.
    const season = Math.cos(2 * Math.PI * (time / year - 0.55))
    const sun = Math.cos(((hourOf(time) + site.longitude / 15 - 15) / 12) * Math.PI)
    const usual = 11 + 9 * season - 0.0058 * site.altitude + site.warmth - 3.5 * front
    const warmer = sun * (2 + 4.5 * clamp(0.6 - 0.6 * front, 0.1, 1)) + air()
    const humidity = clamp(68 - 2.6 * warmer + 16 * front + damp(), 12, 100)
    const tide = 0.7 * Math.cos(((hourOf(time) - 10) / 6) * Math.PI)
    const pressure = 1016 - 9 * front + 7 * weather.high(time) + tide + barometer()
    const readings = [
      reading(random, (usual + warmer + 0.05 * normal(random)).toFixed(2)),
      reading(random, frozen.at(step) ? missing : humidity.toFixed(1)),
      reading(random, pressure.toFixed(2)),
    ]
    return [`${site.name}\t${readings.join('\t')}`]
  }
}

const missing = '\\N'

const reading = (random: Random, value: string): string => (random() < unread ? missing : value)
