DROP INDEX messages_of_credential;
ALTER TABLE messages DROP COLUMN credential_id;
