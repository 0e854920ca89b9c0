import type { Metric } from './metric.ts'

/** From the continuous aggregate, whose rows are sums of a minute already: fewer rows to read than in health_metrics. */
export const health: Metric = {
  name: 'health',
  title: 'Health by service, with the lowest and the highest reading',
  unit: '%',
  table: 'health_metrics_1min_cagg',
  style: 'bands',
  every: 60,
  scale: [0, 100],
  series: 'service',
  sql: ({ bucket, within }) => `
    SELECT ${bucket} AS at, service AS series,
           avg(avg_health) AS value, min(min_percentage) AS low, max(max_percentage) AS high
      FROM health_metrics_1min_cagg
     WHERE ${within}
     GROUP BY 1, 2`,
}
