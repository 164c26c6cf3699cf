-- What a client offers, who does it and when, and who comes. Instants are microseconds since 1970 in UTC, lengths minutes,
-- days text (2026-12-24); JSON is text.

CREATE TABLE services (
    id               TEXT    NOT NULL PRIMARY KEY,
    tenant_id        TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    client_id        TEXT    NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    name             TEXT    NOT NULL,
    sort_key         TEXT    NOT NULL,
    description      TEXT,
    location         TEXT,
    price_text       TEXT,
    colour           TEXT,
    duration_minutes INTEGER NOT NULL CHECK (duration_minutes > 0),
    before_minutes   INTEGER NOT NULL CHECK (before_minutes >= 0),
    after_minutes    INTEGER NOT NULL CHECK (after_minutes >= 0),
    capacity         INTEGER NOT NULL CHECK (capacity > 0),
    notice_minutes   INTEGER NOT NULL CHECK (notice_minutes >= 0),
    horizon_days     INTEGER NOT NULL CHECK (horizon_days >= 0),
    daily_limit      INTEGER CHECK (daily_limit > 0),
    step_minutes     INTEGER NOT NULL CHECK (step_minutes > 0),
    assignment       TEXT    NOT NULL,
    -- The same done shorter or longer: [{"id", "name", "duration_minutes", "price_text"}].
    variants         TEXT    NOT NULL,
    is_public        BOOLEAN NOT NULL,
    archived_at      BIGINT,
    revision         BIGINT  NOT NULL,
    created_at       BIGINT  NOT NULL,
    updated_at       BIGINT  NOT NULL
);
CREATE INDEX services_of_tenant ON services (tenant_id, sort_key, id);
CREATE INDEX services_of_client ON services (client_id, sort_key, id);

-- hours: domain::availability::Hours. A target is the calendar that bookings are written to if no other is chosen.
CREATE TABLE staff (
    id                 TEXT   NOT NULL PRIMARY KEY,
    tenant_id          TEXT   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    client_id          TEXT   NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    name               TEXT   NOT NULL,
    sort_key           TEXT   NOT NULL,
    email              TEXT,
    phone              TEXT,
    colour             TEXT,
    time_zone          TEXT   NOT NULL,
    hours              TEXT   NOT NULL,
    target_calendar_id TEXT   REFERENCES calendars (id) ON DELETE SET NULL,
    archived_at        BIGINT,
    revision           BIGINT NOT NULL,
    created_at         BIGINT NOT NULL,
    updated_at         BIGINT NOT NULL
);
CREATE INDEX staff_of_tenant ON staff (tenant_id, sort_key, id);
CREATE INDEX staff_of_client ON staff (client_id, sort_key, id);
CREATE INDEX staff_by_target ON staff (target_calendar_id) WHERE target_calendar_id IS NOT NULL;

-- The calendars of somebody: which make them busy, and which get a copy of each of their bookings.
CREATE TABLE staff_calendars (
    staff_id    TEXT    NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    calendar_id TEXT    NOT NULL REFERENCES calendars (id) ON DELETE CASCADE,
    tenant_id   TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    blocks      BOOLEAN NOT NULL,
    receives    BOOLEAN NOT NULL,
    PRIMARY KEY (staff_id, calendar_id)
);
CREATE INDEX staff_calendars_by_calendar ON staff_calendars (calendar_id);
CREATE INDEX staff_calendars_of_tenant ON staff_calendars (tenant_id);

-- Who does what, in the order of preference.
CREATE TABLE service_staff (
    service_id TEXT    NOT NULL REFERENCES services (id) ON DELETE CASCADE,
    staff_id   TEXT    NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    tenant_id  TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    PRIMARY KEY (service_id, staff_id)
);
CREATE INDEX service_staff_by_staff ON service_staff (staff_id);
CREATE INDEX service_staff_of_tenant ON service_staff (tenant_id);

-- When the client is closed: whole days (the last one included), or from one moment to another.
CREATE TABLE closures (
    id         TEXT   NOT NULL PRIMARY KEY,
    tenant_id  TEXT   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    client_id  TEXT   NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    name       TEXT   NOT NULL,
    first_day  TEXT,
    last_day   TEXT,
    starts_at  BIGINT,
    ends_at    BIGINT,
    -- Where they are in time, for lists: days as of the client's zone when they were written.
    sort_from  BIGINT NOT NULL,
    sort_to    BIGINT NOT NULL,
    revision   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK ((first_day IS NULL) = (last_day IS NULL) AND (starts_at IS NULL) = (ends_at IS NULL) AND (first_day IS NULL) <> (starts_at IS NULL)),
    CHECK (first_day <= last_day),
    CHECK (starts_at < ends_at)
);
CREATE INDEX closures_of_tenant ON closures (tenant_id, sort_from, id);
CREATE INDEX closures_of_client ON closures (client_id, sort_to);

CREATE TABLE customers (
    id         TEXT   NOT NULL PRIMARY KEY,
    tenant_id  TEXT   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    client_id  TEXT   NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    name       TEXT   NOT NULL,
    sort_key   TEXT   NOT NULL,
    email      TEXT,
    email_key  TEXT,
    phone      TEXT,
    -- Its digits: how a call is recognised.
    phone_key  TEXT,
    time_zone  TEXT,
    notes      TEXT,
    revision   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX customers_of_tenant ON customers (tenant_id, sort_key, id);
CREATE INDEX customers_of_client ON customers (client_id, sort_key, id);
CREATE INDEX customers_by_email ON customers (client_id, email_key) WHERE email_key IS NOT NULL;
CREATE INDEX customers_by_phone ON customers (client_id, phone_key) WHERE phone_key IS NOT NULL;

-- How a client wants its bookings treated. No row: the defaults.
CREATE TABLE booking_policies (
    client_id                 TEXT    NOT NULL PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
    tenant_id                 TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    -- automatic | by_hand
    confirmation              TEXT    NOT NULL,
    hold_minutes              INTEGER NOT NULL CHECK (hold_minutes > 0),
    -- How long before the start customers may still change their minds.
    cancel_notice_minutes     INTEGER NOT NULL CHECK (cancel_notice_minutes >= 0),
    reschedule_notice_minutes INTEGER NOT NULL CHECK (reschedule_notice_minutes >= 0),
    -- block | accept_and_flag
    on_unknown                TEXT    NOT NULL,
    max_staleness_s           INTEGER CHECK (max_staleness_s > 0),
    -- How long a booking may wait for a look at the provider; 0: it does not look.
    live_check_ms             INTEGER NOT NULL CHECK (live_check_ms >= 0),
    -- provider_wins | app_wins | ask: what becomes of a booking whose event somebody moved, deleted or rewrote there.
    on_move                   TEXT    NOT NULL,
    on_delete                 TEXT    NOT NULL,
    on_text                   TEXT    NOT NULL,
    -- [1440, 60]: minutes before the start.
    reminders                 TEXT    NOT NULL,
    -- The public booking page is at /book/{slug}; none: there is no such page.
    slug                      TEXT    UNIQUE,
    revision                  BIGINT  NOT NULL,
    updated_at                BIGINT  NOT NULL
);
CREATE INDEX booking_policies_of_tenant ON booking_policies (tenant_id);

-- domain::availability::Rules of this calendar; none: the default ones.
ALTER TABLE calendars ADD COLUMN busy_rules TEXT;
