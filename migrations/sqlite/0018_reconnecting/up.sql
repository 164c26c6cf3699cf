-- About which connection: the business is told of one that a person must make again.
ALTER TABLE messages ADD COLUMN credential_id TEXT REFERENCES credentials (id) ON DELETE CASCADE;
CREATE INDEX messages_of_credential ON messages (credential_id) WHERE credential_id IS NOT NULL;
