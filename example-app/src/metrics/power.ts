import type { Metric } from './metric.ts'

export const power: Metric = {
  name: 'power',
  title: 'Electric power by service',
  unit: 'kW',
  table: 'power_metrics',
  style: 'stacked',
  every: 30,
  series: 'service',
  // A service draws from three phases, L1 to L3: the mean of each, then their sum.
  sql: ({ bucket, within }) => `
    SELECT at, service_name AS series, sum(watts) / 1000 AS value
      FROM (SELECT ${bucket} AS at, service_name, channel, avg(power) AS watts
              FROM power_metrics
             WHERE ${within}
             GROUP BY 1, 2, 3) AS channels
     GROUP BY 1, 2`,
}
