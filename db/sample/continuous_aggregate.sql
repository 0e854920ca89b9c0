-- With TimescaleDB's Community edition: health by the minute, as a view whose rows are computed ahead.
CREATE MATERIALIZED VIEW IF NOT EXISTS health_metrics_1min_cagg
WITH (timescaledb.continuous) AS
SELECT time_bucket('1 minute', time) AS time,
       service,
       category,
       avg(percentage) AS avg_health,
       min(percentage) AS min_percentage,
       max(percentage) AS max_percentage
  FROM health_metrics
 GROUP BY time_bucket('1 minute', time), service, category
  WITH NO DATA;
COMMENT ON VIEW health_metrics_1min_cagg IS 'Sample data: health_metrics by the minute (a continuous aggregate)';
