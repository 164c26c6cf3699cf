-- How often somebody began to make the plan: one that ends its process each time is given up.
ALTER TABLE operations ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;

-- Of a move: where the event comes from. Whoever applies it must still reach that calendar, too.
ALTER TABLE operation_items ADD COLUMN from_calendar TEXT;
