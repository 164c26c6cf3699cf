-- What we have promised to providers and they have not confirmed, and where a promise met a change of somebody else.
-- Instants are microseconds since 1970 in UTC; JSON is text.

-- One row per event: ten edits leave one. base is what the provider last said, sent what the last call carried.
CREATE TABLE outbox (
    id           TEXT    NOT NULL PRIMARY KEY,
    tenant_id    TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    client_id    TEXT    NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    calendar_id  TEXT    NOT NULL REFERENCES calendars (id) ON DELETE CASCADE,
    event_id     TEXT    NOT NULL,
    group_id     TEXT    NOT NULL,
    seq          BIGINT  NOT NULL,
    priority     INTEGER NOT NULL,
    action       TEXT    NOT NULL,
    create_key   TEXT,
    base         TEXT,
    sent         TEXT,
    notify       TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    version      BIGINT  NOT NULL,
    attempts     INTEGER NOT NULL,
    error_code   TEXT,
    error_detail TEXT,
    error_at     BIGINT,
    created_at   BIGINT  NOT NULL,
    updated_at   BIGINT  NOT NULL
);
CREATE UNIQUE INDEX outbox_by_event ON outbox (event_id);
CREATE INDEX outbox_by_calendar ON outbox (calendar_id, state, priority, seq);
CREATE INDEX outbox_by_group ON outbox (group_id);
CREATE INDEX outbox_by_tenant ON outbox (tenant_id, id);
CREATE INDEX outbox_by_client ON outbox (client_id);

-- One row per calendar that ever had something promised: who drains it, and when it is worth trying.
CREATE TABLE lanes (
    calendar_id TEXT    NOT NULL PRIMARY KEY REFERENCES calendars (id) ON DELETE CASCADE,
    tenant_id   TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    next_seq    BIGINT  NOT NULL,
    priority    INTEGER NOT NULL,
    due_at      BIGINT,
    lease       TEXT,
    lease_until BIGINT
);
CREATE INDEX lanes_by_due ON lanes (due_at);
CREATE INDEX lanes_by_tenant ON lanes (tenant_id);

-- Where two changes met in one field, or a change met a deletion. All three texts are kept, so that a choice can be undone.
CREATE TABLE conflicts (
    id          TEXT   NOT NULL PRIMARY KEY,
    tenant_id   TEXT   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    client_id   TEXT   NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    calendar_id TEXT   NOT NULL REFERENCES calendars (id) ON DELETE CASCADE,
    event_id    TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    fields      TEXT   NOT NULL,
    base        TEXT   NOT NULL,
    ours        TEXT,
    theirs      TEXT,
    state       TEXT   NOT NULL,
    resolution  TEXT,
    resolved_by TEXT,
    created_at  BIGINT NOT NULL,
    resolved_at BIGINT
);
CREATE INDEX conflicts_by_tenant ON conflicts (tenant_id, state, id);
CREATE INDEX conflicts_by_event ON conflicts (event_id, state);
CREATE INDEX conflicts_by_client ON conflicts (client_id);
CREATE INDEX conflicts_by_calendar ON conflicts (calendar_id);

-- Pulls that would have removed too much, until a person says that it is right.
CREATE TABLE deletion_guards (
    calendar_id    TEXT   NOT NULL PRIMARY KEY REFERENCES calendars (id) ON DELETE CASCADE,
    tenant_id      TEXT   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    vanishing      BIGINT NOT NULL,
    held           BIGINT NOT NULL,
    seen_at        BIGINT NOT NULL,
    accepted_until BIGINT
);
CREATE INDEX deletion_guards_by_tenant ON deletion_guards (tenant_id);

ALTER TABLE clients ADD COLUMN conflict_policy TEXT NOT NULL DEFAULT 'ask';
