import type { Metric } from './metric.ts'

export const temperature: Metric = {
  name: 'temperature',
  title: 'Air temperature by station',
  unit: '°C',
  table: 'meteo_metrics',
  style: 'lines',
  every: 60,
  series: 'station',
  sql: ({ bucket, within }) => `
    SELECT ${bucket} AS at, station AS series, avg(temperature) AS value
      FROM meteo_metrics
     WHERE ${within}
     GROUP BY 1, 2`,
}
