-- Bookings, and the one promise that no program can break: nobody is booked twice. Instants are microseconds since 1970 in
-- UTC; JSON is text.

-- held | pending | confirmed | completed | no_show | cancelled | expired
CREATE TABLE bookings (
    id               TEXT    NOT NULL PRIMARY KEY,
    tenant_id        TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    client_id        TEXT    NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    service_id       TEXT    NOT NULL REFERENCES services (id),
    variant          TEXT,
    customer_id      TEXT    REFERENCES customers (id) ON DELETE SET NULL,
    status           TEXT    NOT NULL,
    starts_at        BIGINT  NOT NULL,
    ends_at          BIGINT  NOT NULL,
    -- A hold: forgotten from this moment on.
    expires_at       BIGINT,
    -- Accepted although a source was not known; somebody should look.
    is_flagged       BOOLEAN NOT NULL,
    -- shared: written into the event; private: never leaves us.
    notes_shared     TEXT,
    notes_private    TEXT,
    price_text       TEXT,
    -- api | app | public | agent | import
    origin           TEXT    NOT NULL,
    -- The caller's own key (the id of a call, of a row of an import): the same one twice is one booking.
    external_id      TEXT,
    -- Bookings that were made together, one for each date.
    series_id        TEXT,
    -- The event in the target calendar of its first staff member.
    calendar_event_id TEXT,
    -- What it was decided by: sources and their ages, the version of the rules, what a look at the provider said.
    receipt          TEXT    NOT NULL,
    cancelled_at     BIGINT,
    cancel_reason    TEXT,
    -- SHA-256 of the customer's own link.
    link_hash        TEXT    UNIQUE,
    revision         BIGINT  NOT NULL,
    created_at       BIGINT  NOT NULL,
    updated_at       BIGINT  NOT NULL,
    CHECK (starts_at < ends_at)
);
CREATE INDEX bookings_of_tenant ON bookings (tenant_id, starts_at, id);
CREATE INDEX bookings_of_client ON bookings (client_id, starts_at, id);
CREATE INDEX bookings_of_customer ON bookings (customer_id, starts_at, id) WHERE customer_id IS NOT NULL;
CREATE INDEX bookings_of_service ON bookings (service_id, starts_at);
CREATE INDEX bookings_of_series ON bookings (series_id) WHERE series_id IS NOT NULL;
CREATE INDEX bookings_by_end ON bookings (ends_at);
CREATE INDEX bookings_to_look_at ON bookings (starts_at) WHERE is_flagged;
CREATE INDEX bookings_that_expire ON bookings (expires_at) WHERE expires_at IS NOT NULL;
CREATE UNIQUE INDEX bookings_by_external_id ON bookings (client_id, external_id) WHERE external_id IS NOT NULL;

-- Each staff member's part of a booking. occupied: with the buffers it was booked with. Bookings of one service at one time
-- are a session; its seats are numbered. stands: it takes time (a cancelled or forgotten one does not).
CREATE TABLE booking_seats (
    booking_id    TEXT    NOT NULL REFERENCES bookings (id) ON DELETE CASCADE,
    staff_id      TEXT    NOT NULL REFERENCES staff (id),
    tenant_id     TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    service_id    TEXT    NOT NULL,
    starts_at     BIGINT  NOT NULL,
    ends_at       BIGINT  NOT NULL,
    occupied_from BIGINT  NOT NULL,
    occupied_to   BIGINT  NOT NULL,
    session_key   TEXT    NOT NULL,
    seat          INTEGER NOT NULL,
    seats         INTEGER NOT NULL,
    stands        BOOLEAN NOT NULL,
    PRIMARY KEY (booking_id, staff_id),
    CHECK (starts_at < ends_at AND occupied_from <= starts_at AND ends_at <= occupied_to),
    CHECK (seat BETWEEN 1 AND seats),
    CHECK (session_key = service_id || '|' || starts_at || '|' || ends_at)
);
CREATE UNIQUE INDEX booking_seats_taken ON booking_seats (staff_id, session_key, seat) WHERE stands;
CREATE INDEX booking_seats_in_time ON booking_seats (staff_id, occupied_to, occupied_from) WHERE stands;
CREATE INDEX booking_seats_of_service ON booking_seats (service_id, starts_at) WHERE stands;
CREATE INDEX booking_seats_of_tenant ON booking_seats (tenant_id);

-- PostgreSQL has an exclusion constraint for this.
CREATE TRIGGER booking_seats_insert BEFORE INSERT ON booking_seats WHEN NEW.stands
BEGIN
    SELECT RAISE(ABORT, 'booking_seats_overlap') WHERE EXISTS (
        SELECT 1 FROM booking_seats
        WHERE staff_id = NEW.staff_id AND stands AND session_key <> NEW.session_key
          AND occupied_to > NEW.occupied_from AND occupied_from < NEW.occupied_to
    );
END;
CREATE TRIGGER booking_seats_update BEFORE UPDATE ON booking_seats WHEN NEW.stands
BEGIN
    SELECT RAISE(ABORT, 'booking_seats_overlap') WHERE EXISTS (
        SELECT 1 FROM booking_seats
        WHERE staff_id = NEW.staff_id AND stands AND session_key <> NEW.session_key
          AND occupied_to > NEW.occupied_from AND occupied_from < NEW.occupied_to
          AND NOT (booking_id = OLD.booking_id AND staff_id = OLD.staff_id)
    );
END;

-- Which event on which calendar is the copy of which booking. Kept when the booking is gone, so that a copy never counts
-- as somebody else's event.
CREATE TABLE booking_copies (
    event_id    TEXT   NOT NULL PRIMARY KEY,
    booking_id  TEXT   NOT NULL REFERENCES bookings (id) ON DELETE CASCADE,
    staff_id    TEXT   NOT NULL,
    calendar_id TEXT   NOT NULL,
    tenant_id   TEXT   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    created_at  BIGINT NOT NULL,
    removed_at  BIGINT
);
CREATE INDEX booking_copies_of_booking ON booking_copies (booking_id);
CREATE INDEX booking_copies_in_calendar ON booking_copies (calendar_id);
CREATE INDEX booking_copies_of_tenant ON booking_copies (tenant_id);

-- What was done to a booking, by whom, and what it was before: the audit, and what undo goes back to.
CREATE TABLE booking_history (
    id         TEXT   NOT NULL PRIMARY KEY,
    booking_id TEXT   NOT NULL REFERENCES bookings (id) ON DELETE CASCADE,
    tenant_id  TEXT   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    at         BIGINT NOT NULL,
    -- usr_…, key_…, customer, provider, system
    actor      TEXT   NOT NULL,
    action     TEXT   NOT NULL,
    detail     TEXT,
    before     TEXT
);
CREATE INDEX booking_history_of_booking ON booking_history (booking_id, at, id);
CREATE INDEX booking_history_of_tenant ON booking_history (tenant_id, at, id);

-- Mails and text messages that are to be sent, in the transaction that gave cause for them.
CREATE TABLE messages (
    id         TEXT    NOT NULL PRIMARY KEY,
    tenant_id  TEXT    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    client_id  TEXT    NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    booking_id TEXT    REFERENCES bookings (id) ON DELETE CASCADE,
    -- email | sms
    channel    TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    recipient  TEXT    NOT NULL,
    due_at     BIGINT  NOT NULL,
    -- waiting | sent | failed | dropped
    state      TEXT    NOT NULL,
    attempts   INTEGER NOT NULL,
    -- Until then somebody is sending it.
    leased_until BIGINT,
    last_error TEXT,
    -- One message for one cause, however often it is told: booking, kind, revision, channel.
    once_key   TEXT    NOT NULL UNIQUE,
    created_at BIGINT  NOT NULL,
    sent_at    BIGINT
);
CREATE INDEX messages_due ON messages (due_at) WHERE state = 'waiting';
CREATE INDEX messages_of_booking ON messages (booking_id) WHERE booking_id IS NOT NULL;
CREATE INDEX messages_of_tenant ON messages (tenant_id, created_at, id);
