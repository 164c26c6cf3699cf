-- Bulk work: files that were uploaded, operations that are planned, looked at and applied, and templates. Instants are
-- microseconds since 1970 in UTC; JSON is text.

CREATE TABLE imports (
    id           TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
    tenant_id    TEXT COLLATE "C"    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    name         TEXT    NOT NULL,
    -- csv | ics | json
    kind         TEXT    NOT NULL,
    size         BIGINT  NOT NULL,
    -- uploading | uploaded | planned
    state        TEXT    NOT NULL,
    -- csv: what its header is called by, so that the layout is remembered for the next such file.
    header       TEXT COLLATE "C",
    -- csv: JSON of domain::stacking::csv::Layout
    layout       TEXT,
    -- The plan that was made of it last.
    operation_id TEXT COLLATE "C",
    created_by   TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL
);
CREATE INDEX imports_of_tenant ON imports (tenant_id, id);
CREATE INDEX imports_by_age ON imports (created_at);

-- The bytes of a file, in order.
CREATE TABLE import_chunks (
    import_id TEXT COLLATE "C"   NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    seq       BIGINT NOT NULL,
    data      BYTEA  NOT NULL,
    PRIMARY KEY (import_id, seq)
);

-- How files with a header were read the last time.
CREATE TABLE import_layouts (
    tenant_id  TEXT COLLATE "C"   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    header     TEXT COLLATE "C"   NOT NULL,
    layout     TEXT   NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, header)
);

CREATE TABLE operations (
    id               TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
    tenant_id        TEXT COLLATE "C"    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    -- import | template | edit | undo
    kind             TEXT    NOT NULL,
    title            TEXT    NOT NULL,
    -- planning | planned | running | paused | cancelled | done | failed
    state            TEXT    NOT NULL,
    -- JSON: what it is made from
    source           TEXT    NOT NULL,
    notify           TEXT    NOT NULL,
    allow_duplicates BOOLEAN NOT NULL,
    -- Lines, and how many of them are at the provider, failed, were left out, and are on their way.
    total            BIGINT  NOT NULL,
    done             BIGINT  NOT NULL,
    failed           BIGINT  NOT NULL,
    skipped          BIGINT  NOT NULL,
    written          BIGINT  NOT NULL,
    -- JSON of domain::stacking::plan::Summary; its hash is what applying has to name.
    summary          TEXT,
    -- JSON: the clock that the time left is read off
    progress         TEXT,
    -- What was told last.
    percent          INTEGER NOT NULL,
    error_code       TEXT,
    error_detail     TEXT,
    undo_of          TEXT COLLATE "C",
    undone_by        TEXT COLLATE "C",
    created_by       TEXT    NOT NULL,
    -- JSON list: what was done to it, by whom
    log              TEXT    NOT NULL,
    -- When it last had its turn.
    turn             BIGINT  NOT NULL,
    -- Who plans it, and until when they are believed to.
    lease            TEXT,
    lease_until      BIGINT,
    created_at       BIGINT  NOT NULL,
    planned_at       BIGINT,
    started_at       BIGINT,
    finished_at      BIGINT
);
CREATE INDEX operations_of_tenant ON operations (tenant_id, id);
CREATE INDEX operations_by_age ON operations (created_at);
CREATE INDEX operations_to_plan ON operations (turn) WHERE state = 'planning';
CREATE INDEX operations_at_work ON operations (turn) WHERE state = 'running' OR written > 0;

-- The lines of an operation.
CREATE TABLE operation_items (
    operation_id TEXT COLLATE "C"   NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
    seq          BIGINT NOT NULL,
    tenant_id    TEXT COLLATE "C"   NOT NULL,
    line         BIGINT NOT NULL,
    -- create | update | delete | move | unchanged | duplicate | bad
    outcome      TEXT   NOT NULL,
    -- planned | written | moving | done | failed | skipped
    state        TEXT   NOT NULL,
    calendar_id  TEXT COLLATE "C",
    event_id     TEXT COLLATE "C",
    -- The row of events whose promise says how far it is.
    watch        TEXT COLLATE "C",
    -- JSON: the item, or why there is none
    body         TEXT   NOT NULL,
    error_code   TEXT,
    error_detail TEXT,
    written_at   BIGINT,
    PRIMARY KEY (operation_id, seq)
);
CREATE INDEX operation_items_by_state ON operation_items (operation_id, state, seq);
CREATE INDEX operation_items_by_outcome ON operation_items (operation_id, outcome, seq);

CREATE TABLE templates (
    id         TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    tenant_id  TEXT COLLATE "C"   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    name       TEXT   NOT NULL,
    revision   BIGINT NOT NULL,
    -- JSON of domain::stacking::template::Template
    body       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX templates_of_tenant ON templates (tenant_id, id);

-- What a template said at each of its revisions.
CREATE TABLE template_versions (
    template_id TEXT COLLATE "C"   NOT NULL REFERENCES templates (id) ON DELETE CASCADE,
    revision    BIGINT NOT NULL,
    tenant_id   TEXT COLLATE "C"   NOT NULL,
    body        TEXT   NOT NULL,
    created_by  TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (template_id, revision)
);

-- Files name events by their iCalendar UID.
CREATE INDEX events_by_uid ON events (tenant_id, calendar_id, ical_uid);
