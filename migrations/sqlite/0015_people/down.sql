DROP VIEW kept_changes;
DROP TABLE user_client_access;
DROP INDEX credentials_of_staff;
ALTER TABLE credentials DROP COLUMN staff_id;
DROP INDEX users_invitation;
ALTER TABLE users DROP COLUMN invited_until;
ALTER TABLE users DROP COLUMN invitation_hash;
ALTER TABLE users DROP COLUMN deactivated_at;
ALTER TABLE users DROP COLUMN revision;
