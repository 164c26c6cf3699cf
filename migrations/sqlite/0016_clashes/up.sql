-- Of a planned line: what else is at the same time in its calendar, as JSON; NULL: nothing.
ALTER TABLE operation_items ADD COLUMN clashes TEXT;
CREATE INDEX operation_items_clashing ON operation_items (operation_id, seq) WHERE clashes IS NOT NULL;

-- The next lines of a calendar are found without a look at those of others.
CREATE INDEX operation_items_by_calendar ON operation_items (operation_id, state, calendar_id, seq);
