DROP INDEX operation_items_by_calendar;
DROP INDEX operation_items_clashing;
ALTER TABLE operation_items DROP COLUMN clashes;
