ALTER TABLE operation_items DROP COLUMN from_calendar;
ALTER TABLE operations DROP COLUMN tries;
