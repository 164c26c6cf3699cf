-- People: invited, let go, and what each member may do with each client.

ALTER TABLE users ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN deactivated_at BIGINT;
-- SHA-256 of the secret in the link with which a person sets a password; it works once, and until then.
ALTER TABLE users ADD COLUMN invitation_hash TEXT;
ALTER TABLE users ADD COLUMN invited_until BIGINT;
CREATE UNIQUE INDEX users_invitation ON users (invitation_hash) WHERE invitation_hash IS NOT NULL;

-- Whose connection it is; NULL: the business'.
ALTER TABLE credentials ADD COLUMN staff_id TEXT REFERENCES staff (id) ON DELETE SET NULL;
CREATE INDEX credentials_of_staff ON credentials (staff_id) WHERE staff_id IS NOT NULL;

-- level: 1 reads, 2 writes, 3 also connections and settings. staff_id: only as this staff member, nothing of the others.
CREATE TABLE user_client_access (
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    level INTEGER NOT NULL,
    staff_id TEXT REFERENCES staff (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, client_id)
);
CREATE INDEX user_client_access_client ON user_client_access (client_id);
CREATE INDEX user_client_access_staff ON user_client_access (staff_id) WHERE staff_id IS NOT NULL;

-- Who was a member until now reached every client.
INSERT INTO user_client_access (tenant_id, user_id, client_id, level, staff_id)
    SELECT users.tenant_id, users.id, clients.id, 3, NULL
    FROM users JOIN clients ON clients.tenant_id = users.tenant_id WHERE users.role = 'member';

-- Which changes are kept is the same for everybody, also for those who see only some of them.
CREATE VIEW kept_changes AS SELECT tenant_id, seq FROM changes;
