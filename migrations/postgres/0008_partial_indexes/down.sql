DROP INDEX events_by_series;
DROP INDEX events_by_series_remote;
DROP INDEX events_by_external_id;
CREATE INDEX events_by_series ON events (tenant_id, series_id, original_key);
CREATE INDEX events_by_series_remote ON events (calendar_id, series_remote_id);
CREATE INDEX events_by_external_id ON events (tenant_id, calendar_id, external_id, created_at, id);
