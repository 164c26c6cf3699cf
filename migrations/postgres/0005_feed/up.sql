-- What happened (changes), how each exchange with a provider went (sync_log), and when calendars are busy. Instants are
-- microseconds since 1970 in UTC. Keys and ordered text sort by bytes, as in SQLite.

-- The last number given out in each tenant. Taken inside the transaction that writes the changes, so that they become
-- visible in the order of their numbers and no gap fills later.
CREATE TABLE change_counters (
    tenant_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    last_seq  BIGINT NOT NULL
);

-- Names things, holds none of their content; outlives them, so it refers to nothing but its tenant. Whoever follows along is
-- near the end: what a filter leaves out there is skipped faster than an index of it would be written.
CREATE TABLE changes (
    tenant_id   TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    seq         BIGINT NOT NULL,
    kind        TEXT   NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    calendar_id TEXT COLLATE "C",
    client_id   TEXT COLLATE "C",
    action      TEXT   NOT NULL,
    origin      TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, seq)
);

-- One exchange with a provider each. lag_ms: how late it was, from the change to its arrival on the other side.
CREATE TABLE sync_log (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id   TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    client_id   TEXT COLLATE "C" NOT NULL,
    calendar_id TEXT COLLATE "C" NOT NULL,
    event_id    TEXT COLLATE "C",
    provider    TEXT    NOT NULL,
    direction   TEXT    NOT NULL,
    action      TEXT    NOT NULL,
    outcome     TEXT    NOT NULL,
    code        TEXT,
    detail      TEXT,
    attempts    INTEGER NOT NULL,
    took_ms     BIGINT  NOT NULL,
    lag_ms      BIGINT,
    at          BIGINT  NOT NULL
);
CREATE INDEX sync_log_of_tenant ON sync_log (tenant_id, at, id);
CREATE INDEX sync_log_of_client ON sync_log (tenant_id, client_id, at, id);
CREATE INDEX sync_log_of_calendar ON sync_log (tenant_id, calendar_id, at, id);
CREATE INDEX sync_log_of_event ON sync_log (tenant_id, event_id, at, id);
CREATE INDEX sync_log_by_age ON sync_log (at);

-- Pulls that brought nothing: counted by the hour, not listed.
CREATE TABLE sync_quiet (
    tenant_id TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    client_id TEXT COLLATE "C" NOT NULL,
    provider  TEXT COLLATE "C" NOT NULL,
    hour      BIGINT NOT NULL,
    pulls     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, client_id, provider, hour)
);

-- The occurrences of every event between a month ago and the horizon. event_id names the single event or the series, key
-- the occurrence (empty: a single event). Long ones (is_long) are few and found by themselves, so that a range need not
-- look at everything that ever began before it.
CREATE TABLE busy (
    event_id     TEXT COLLATE "C" NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    key          TEXT COLLATE "C" NOT NULL,
    tenant_id    TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    calendar_id  TEXT COLLATE "C" NOT NULL REFERENCES calendars (id) ON DELETE CASCADE,
    starts_at    BIGINT  NOT NULL,
    ends_at      BIGINT  NOT NULL,
    is_long      BOOLEAN NOT NULL,
    all_day      BOOLEAN NOT NULL,
    kind         TEXT    NOT NULL,
    transparency TEXT    NOT NULL,
    status       TEXT    NOT NULL,
    response     TEXT,
    PRIMARY KEY (event_id, key)
);
CREATE INDEX busy_in_calendar ON busy (calendar_id, is_long, starts_at, ends_at);
CREATE INDEX busy_by_end ON busy (ends_at);

-- How far the busy times of a calendar reach: new rows go up to goal, all of them are there up to reached. zone is where
-- whole days began when they were worked out.
CREATE TABLE busy_horizons (
    calendar_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES calendars (id) ON DELETE CASCADE,
    tenant_id   TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    zone        TEXT   NOT NULL,
    goal        BIGINT NOT NULL,
    reached     BIGINT NOT NULL
);
CREATE INDEX busy_horizons_of_tenant ON busy_horizons (tenant_id);
CREATE INDEX busy_horizons_by_reach ON busy_horizons (reached);

-- Series with more occurrences than are worked out ahead: these are worked out when somebody asks.
CREATE TABLE busy_overflows (
    event_id    TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
    tenant_id   TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    calendar_id TEXT COLLATE "C" NOT NULL REFERENCES calendars (id) ON DELETE CASCADE,
    reason      TEXT   NOT NULL,
    at          BIGINT NOT NULL
);
CREATE INDEX busy_overflows_in_calendar ON busy_overflows (calendar_id);
CREATE INDEX busy_overflows_of_tenant ON busy_overflows (tenant_id);
