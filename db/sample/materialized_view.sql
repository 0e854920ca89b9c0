-- Without TimescaleDB: the same rows as a materialized view.
CREATE MATERIALIZED VIEW IF NOT EXISTS health_metrics_1min_cagg AS
SELECT date_bin('1 minute', time, TIMESTAMPTZ '2000-01-01 00:00:00Z') AS time,
       service,
       category,
       avg(percentage) AS avg_health,
       min(percentage) AS min_percentage,
       max(percentage) AS max_percentage
  FROM health_metrics
 GROUP BY date_bin('1 minute', time, TIMESTAMPTZ '2000-01-01 00:00:00Z'), service, category
  WITH NO DATA;
CREATE UNIQUE INDEX IF NOT EXISTS health_metrics_1min_cagg_key ON health_metrics_1min_cagg (service, category, time);
COMMENT ON MATERIALIZED VIEW health_metrics_1min_cagg IS 'Sample data: health_metrics by the minute (a materialized view: REFRESH MATERIALIZED VIEW brings it up to date)';
