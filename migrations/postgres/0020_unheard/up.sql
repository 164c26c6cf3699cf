-- Events that we made at a provider and that its changes have not told of yet. Made and deleted between two rounds, an event
-- is told of by nobody: those that stay unheard of are asked for by name.
CREATE TABLE unheard_events (
    calendar_id TEXT COLLATE "C" NOT NULL REFERENCES calendars (id) ON DELETE CASCADE,
    remote_id   TEXT COLLATE "C" NOT NULL,
    tenant_id   TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    written_at  BIGINT NOT NULL,
    PRIMARY KEY (calendar_id, remote_id)
);
CREATE INDEX unheard_events_by_tenant ON unheard_events (tenant_id);
CREATE INDEX unheard_events_by_age ON unheard_events (calendar_id, written_at);
