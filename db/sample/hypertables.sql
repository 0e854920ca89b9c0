-- With TimescaleDB: three tables become hypertables, which keep each day in a table of its own, a chunk.
SELECT create_hypertable('meteo_metrics', 'time', chunk_time_interval => INTERVAL '1 day', if_not_exists => TRUE);
SELECT create_hypertable('power_metrics', 'time', chunk_time_interval => INTERVAL '1 day', if_not_exists => TRUE);
SELECT create_hypertable('health_metrics', 'time', chunk_time_interval => INTERVAL '1 day', if_not_exists => TRUE);
