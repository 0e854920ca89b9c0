-- The same for each kind of health_metrics_1min_cagg.
COMMENT ON COLUMN health_metrics_1min_cagg.time IS 'Begin of the minute';
COMMENT ON COLUMN health_metrics_1min_cagg.service IS 'Which service was watched';
COMMENT ON COLUMN health_metrics_1min_cagg.category IS 'What was watched: availability, capacity or latency';
COMMENT ON COLUMN health_metrics_1min_cagg.avg_health IS 'Mean percentage of the minute, %';
COMMENT ON COLUMN health_metrics_1min_cagg.min_percentage IS 'Lowest percentage of the minute, %';
COMMENT ON COLUMN health_metrics_1min_cagg.max_percentage IS 'Highest percentage of the minute, %';
