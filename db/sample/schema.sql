-- The tables of the sample data, as plain PostgreSQL: this file works on any server.
-- hypertables.sql turns three of them into hypertables where TimescaleDB is there.
-- The comments begin with "Sample data": by these words `make sample` knows its own tables when it runs again.

CREATE TABLE IF NOT EXISTS stations (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name      text             NOT NULL UNIQUE,
    latitude  double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    altitude  double precision NOT NULL
);
COMMENT ON TABLE stations IS 'Sample data: the weather stations of meteo_metrics';
COMMENT ON COLUMN stations.id IS 'Number of the station, given by a sequence';
COMMENT ON COLUMN stations.name IS 'Name of the station, as in meteo_metrics.station';
COMMENT ON COLUMN stations.latitude IS 'Degrees north of the equator';
COMMENT ON COLUMN stations.longitude IS 'Degrees east of Greenwich';
COMMENT ON COLUMN stations.altitude IS 'Metres above sea level';

-- The primary keys are what identifies a measurement: who measured, and when. They also serve the query
-- "this series between these times"; the index on time alone serves "everything of the last hour".
CREATE TABLE IF NOT EXISTS meteo_metrics (
    time        timestamptz NOT NULL,
    station     text        NOT NULL,
    temperature double precision,
    humidity    double precision CHECK (humidity BETWEEN 0 AND 100),
    pressure    double precision,
    PRIMARY KEY (station, time)
);
CREATE INDEX IF NOT EXISTS meteo_metrics_time_idx ON meteo_metrics (time DESC);
COMMENT ON TABLE meteo_metrics IS 'Sample data: the weather, once a minute for each station. No rows while a station is out of order, NULL where one sensor gave no reading';
COMMENT ON COLUMN meteo_metrics.time IS 'When it was measured';
COMMENT ON COLUMN meteo_metrics.station IS 'Who measured: stations.name';
COMMENT ON COLUMN meteo_metrics.temperature IS 'Air temperature, degrees Celsius';
COMMENT ON COLUMN meteo_metrics.humidity IS 'Relative humidity, %';
COMMENT ON COLUMN meteo_metrics.pressure IS 'Air pressure reduced to sea level, hPa';

CREATE TABLE IF NOT EXISTS power_metrics (
    time         timestamptz      NOT NULL,
    service_name text             NOT NULL,
    channel      text             NOT NULL,
    voltage      double precision NOT NULL,
    current      double precision NOT NULL,
    power        double precision NOT NULL,
    PRIMARY KEY (service_name, channel, time)
);
CREATE INDEX IF NOT EXISTS power_metrics_time_idx ON power_metrics (time DESC);
COMMENT ON TABLE power_metrics IS 'Sample data: the electricity that services use, every 30 seconds for each channel';
COMMENT ON COLUMN power_metrics.time IS 'When it was measured';
COMMENT ON COLUMN power_metrics.service_name IS 'What uses the electricity';
COMMENT ON COLUMN power_metrics.channel IS 'Phase of the mains: L1, L2 or L3';
COMMENT ON COLUMN power_metrics.voltage IS 'Volts (V)';
COMMENT ON COLUMN power_metrics.current IS 'Amperes (A)';
COMMENT ON COLUMN power_metrics.power IS 'Watts (W): voltage * current';

CREATE TABLE IF NOT EXISTS health_metrics (
    time       timestamptz      NOT NULL,
    service    text             NOT NULL,
    category   text             NOT NULL,
    percentage double precision NOT NULL CHECK (percentage BETWEEN 0 AND 100),
    PRIMARY KEY (service, category, time)
);
CREATE INDEX IF NOT EXISTS health_metrics_time_idx ON health_metrics (time DESC);
COMMENT ON TABLE health_metrics IS 'Sample data: how well services do, every 20 seconds for each category. health_metrics_1min_cagg sums it up by the minute';
COMMENT ON COLUMN health_metrics.time IS 'When it was measured';
COMMENT ON COLUMN health_metrics.service IS 'Which service was watched';
COMMENT ON COLUMN health_metrics.category IS 'What was watched: availability, capacity or latency';
COMMENT ON COLUMN health_metrics.percentage IS 'From 0 (broken) to 100 (perfect), %';
