ALTER TABLE clients DROP COLUMN conflict_policy;
DROP TABLE deletion_guards;
DROP TABLE conflicts;
DROP TABLE lanes;
DROP TABLE outbox;
