-- With TimescaleDB's Apache edition, which has no continuous aggregates: the same rows as a materialized view.
CREATE MATERIALIZED VIEW IF NOT EXISTS health_metrics_1min_cagg AS
SELECT time_bucket('1 minute', time) AS time,
       service,
       category,
       avg(percentage) AS avg_health,
       min(percentage) AS min_percentage,
       max(percentage) AS max_percentage
  FROM health_metrics
 GROUP BY time_bucket('1 minute', time), service, category
  WITH NO DATA;
CREATE UNIQUE INDEX IF NOT EXISTS health_metrics_1min_cagg_key ON health_metrics_1min_cagg (service, category, time);
COMMENT ON MATERIALIZED VIEW health_metrics_1min_cagg IS 'Sample data: health_metrics by the minute (a materialized view: REFRESH MATERIALIZED VIEW brings it up to date)';
