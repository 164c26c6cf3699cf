-- Channels on which a provider tells us that a calendar changed. The secret of each is stored as its SHA-256.
CREATE TABLE channels (
    id              TEXT   NOT NULL PRIMARY KEY,
    tenant_id       TEXT   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    credential_id   TEXT   NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
    calendar_id     TEXT   NOT NULL REFERENCES calendars (id) ON DELETE CASCADE,
    resource_id     TEXT,
    token_hash      TEXT   NOT NULL,
    address         TEXT   NOT NULL,
    state           TEXT   NOT NULL,
    detail          TEXT,
    expires_at      BIGINT NOT NULL,
    due_at          BIGINT NOT NULL,
    last_message_at BIGINT,
    last_number     BIGINT NOT NULL,
    created_at      BIGINT NOT NULL
);
CREATE INDEX channels_by_tenant ON channels (tenant_id);
CREATE INDEX channels_by_credential ON channels (credential_id);
CREATE INDEX channels_by_calendar ON channels (calendar_id, state);
CREATE INDEX channels_by_resource ON channels (resource_id);
CREATE INDEX channels_by_due ON channels (state, due_at);

-- When somebody last looked at a calendar, and when a pull last brought something: how often it is worth asking.
CREATE TABLE calendar_activity (
    calendar_id TEXT   NOT NULL PRIMARY KEY REFERENCES calendars (id) ON DELETE CASCADE,
    tenant_id   TEXT   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    viewed_at   BIGINT,
    changed_at  BIGINT
);
CREATE INDEX calendar_activity_by_tenant ON calendar_activity (tenant_id);
