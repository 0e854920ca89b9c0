-- With TimescaleDB's Community edition: a job that brings new rows of health_metrics into the aggregate.
SELECT add_continuous_aggregate_policy('health_metrics_1min_cagg',
    start_offset => INTERVAL '1 hour',
    end_offset => INTERVAL '1 minute',
    schedule_interval => INTERVAL '10 minutes',
    if_not_exists => TRUE);
