-- Most events are in no series and have no key of their caller's: they need no place in these indexes, and statistics of
-- those that have one are not drowned by them. (After ANALYZE SQLite read the whole table for the occurrences of a series.)
DROP INDEX events_by_series;
DROP INDEX events_by_series_remote;
DROP INDEX events_by_external_id;
CREATE INDEX events_by_series ON events (tenant_id, series_id, original_key) WHERE series_id IS NOT NULL;
CREATE INDEX events_by_series_remote ON events (calendar_id, series_remote_id) WHERE series_remote_id IS NOT NULL;
CREATE INDEX events_by_external_id ON events (tenant_id, calendar_id, external_id, created_at, id) WHERE external_id IS NOT NULL;
