-- Credentials, calendars and the mirror of their events. Instants are microseconds since 1970 in UTC; JSON is text;
-- columns that end in _sealed hold an envelope of crypto::Vault and nothing else. Keys and ordered text sort by bytes, as in SQLite.

CREATE TABLE credentials (
    id                         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id                  TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    client_id                  TEXT COLLATE "C" NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    provider                   TEXT    NOT NULL,
    label                      TEXT,
    oauth_client_id            TEXT,
    oauth_client_secret_sealed TEXT,
    scopes_requested           TEXT    NOT NULL,
    scopes_granted             TEXT    NOT NULL,
    server_url                 TEXT,
    username                   TEXT,
    password_sealed            TEXT,
    discovered                 TEXT,
    access_token_sealed        TEXT,
    refresh_token_sealed       TEXT,
    expires_at                 BIGINT,
    refresh_expires_at         BIGINT,
    account_id                 TEXT,
    account_email              TEXT,
    authorized_at              BIGINT,
    validated_at               BIGINT,
    revoked_at                 BIGINT,
    refusals                   INTEGER NOT NULL,
    failing                    BOOLEAN NOT NULL,
    last_error_code            TEXT,
    last_error_detail          TEXT,
    last_error_at              BIGINT,
    refresh_lease              TEXT,
    refresh_lease_until        BIGINT,
    token_version              BIGINT  NOT NULL,
    calendars_as_of            BIGINT,
    revision                   BIGINT  NOT NULL,
    created_at                 BIGINT  NOT NULL,
    updated_at                 BIGINT  NOT NULL
);
CREATE INDEX credentials_by_tenant ON credentials (tenant_id, id);
CREATE INDEX credentials_by_client ON credentials (client_id, id);
CREATE INDEX credentials_by_expiry ON credentials (expires_at);

-- id is the SHA-256 of the state that travels through the browser.
CREATE TABLE oauth_states (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id       TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    credential_id   TEXT COLLATE "C" NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
    session_id      TEXT COLLATE "C",
    verifier_sealed TEXT   NOT NULL,
    redirect_uri    TEXT   NOT NULL,
    return_to       TEXT,
    expires_at      BIGINT NOT NULL,
    created_at      BIGINT NOT NULL
);
CREATE INDEX oauth_states_by_tenant ON oauth_states (tenant_id);
CREATE INDEX oauth_states_by_credential ON oauth_states (credential_id);
CREATE INDEX oauth_states_by_expiry ON oauth_states (expires_at);

CREATE TABLE calendars (
    id                   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id            TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    client_id            TEXT COLLATE "C" NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    credential_id        TEXT COLLATE "C" NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
    provider             TEXT    NOT NULL,
    remote_id            TEXT COLLATE "C" NOT NULL,
    name                 TEXT    NOT NULL,
    description          TEXT,
    time_zone            TEXT,
    remote_colour        TEXT,
    colour               TEXT,
    access_role          TEXT    NOT NULL,
    is_primary           BOOLEAN NOT NULL,
    selected             BOOLEAN NOT NULL,
    blocks_availability  BOOLEAN NOT NULL,
    receives_bookings    BOOLEAN NOT NULL,
    removed_at           BIGINT,
    cursor               TEXT,
    round                BIGINT  NOT NULL,
    full_round           BOOLEAN NOT NULL,
    as_of                BIGINT,
    attempted_at         BIGINT,
    next_pull_at         BIGINT,
    last_error_code      TEXT,
    last_error_detail    TEXT,
    last_error_at        BIGINT,
    consecutive_failures INTEGER NOT NULL,
    lease                TEXT,
    lease_until          BIGINT,
    revision             BIGINT  NOT NULL,
    created_at           BIGINT  NOT NULL,
    updated_at           BIGINT  NOT NULL
);
CREATE UNIQUE INDEX calendars_by_remote ON calendars (credential_id, remote_id);
CREATE INDEX calendars_by_tenant ON calendars (tenant_id, id);
CREATE INDEX calendars_by_client ON calendars (client_id, id);
CREATE INDEX calendars_by_due ON calendars (selected, next_pull_at);

-- raw stands last, as in SQLite; PostgreSQL keeps it out of line by itself.
CREATE TABLE events (
    id                TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id         TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    client_id         TEXT COLLATE "C" NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    calendar_id       TEXT COLLATE "C" NOT NULL REFERENCES calendars (id) ON DELETE CASCADE,
    provider          TEXT    NOT NULL,
    remote_id         TEXT COLLATE "C" NOT NULL,
    ical_uid          TEXT    NOT NULL,
    etag              TEXT,
    series_id         TEXT COLLATE "C",
    series_remote_id  TEXT COLLATE "C",
    original_key      TEXT COLLATE "C",
    original_start    TEXT,
    starts_at         BIGINT  NOT NULL,
    ends_at           BIGINT  NOT NULL,
    is_recurring      BOOLEAN NOT NULL,
    status            TEXT    NOT NULL,
    search_text       TEXT    NOT NULL,
    external_id       TEXT COLLATE "C",
    content           TEXT    NOT NULL,
    html_link         TEXT,
    remote_created_at BIGINT,
    remote_updated_at BIGINT,
    round             BIGINT  NOT NULL,
    revision          BIGINT  NOT NULL,
    created_at        BIGINT  NOT NULL,
    updated_at        BIGINT  NOT NULL,
    raw               TEXT    NOT NULL
);
CREATE UNIQUE INDEX events_by_remote ON events (calendar_id, remote_id);
CREATE INDEX events_in_calendar ON events (tenant_id, calendar_id, starts_at, id, ends_at);
CREATE INDEX events_of_client ON events (tenant_id, client_id, starts_at, id, ends_at);
CREATE INDEX events_of_tenant ON events (tenant_id, starts_at, id, ends_at);
CREATE INDEX events_of_client_fk ON events (client_id);
CREATE INDEX events_by_change ON events (tenant_id, updated_at, id);
CREATE INDEX events_by_series ON events (tenant_id, series_id, original_key);
CREATE INDEX events_by_series_remote ON events (calendar_id, series_remote_id);
CREATE INDEX events_by_external_id ON events (tenant_id, calendar_id, external_id, created_at, id);

CREATE TABLE malformed_events (
    calendar_id TEXT COLLATE "C" NOT NULL REFERENCES calendars (id) ON DELETE CASCADE,
    remote_id   TEXT COLLATE "C" NOT NULL,
    tenant_id   TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    reason      TEXT   NOT NULL,
    raw         TEXT   NOT NULL,
    round       BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL,
    PRIMARY KEY (calendar_id, remote_id)
);
CREATE INDEX malformed_events_by_tenant ON malformed_events (tenant_id);
