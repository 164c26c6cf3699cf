-- How the last comparison of a calendar's copy with its provider went, and when the next is due. compared_at is null while
-- none has succeeded.
CREATE TABLE reconciliations (
    calendar_id TEXT NOT NULL PRIMARY KEY REFERENCES calendars (id) ON DELETE CASCADE,
    tenant_id   TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    compared_at BIGINT,
    compared    BIGINT NOT NULL,
    differences BIGINT NOT NULL,
    due_at      BIGINT NOT NULL
);
CREATE INDEX reconciliations_by_due ON reconciliations (due_at);
CREATE INDEX reconciliations_of_tenant ON reconciliations (tenant_id);

-- Events that we changed at their provider lately: what stood there afterwards (written), and how often since then we
-- changed again what somebody had changed in between.
CREATE TABLE churn (
    event_id  TEXT NOT NULL PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    written   TEXT    NOT NULL,
    flips     INTEGER NOT NULL,
    since     BIGINT  NOT NULL
);
CREATE INDEX churn_by_age ON churn (since);
CREATE INDEX churn_of_tenant ON churn (tenant_id);
