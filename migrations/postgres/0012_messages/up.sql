-- The public page, the customer's own link, and what is sent to whom.

-- Other sites may show the page in a frame and ask its API from a browser.
ALTER TABLE booking_policies ADD COLUMN is_embeddable BOOLEAN NOT NULL DEFAULT FALSE;
-- Customers see who does it, and may choose.
ALTER TABLE booking_policies ADD COLUMN shows_staff BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE booking_policies ADD COLUMN email_customers BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE booking_policies ADD COLUMN text_customers BOOLEAN NOT NULL DEFAULT FALSE;

-- The customer's own link, sealed: messages that are sent later must name it.
ALTER TABLE bookings ADD COLUMN link_sealed TEXT;

-- When the booking began as the message was written: a reminder of another time is dropped.
ALTER TABLE messages ADD COLUMN about_start BIGINT;
-- What it says, where no booking does.
ALTER TABLE messages ADD COLUMN detail TEXT;
CREATE INDEX messages_of_client ON messages (client_id);

-- Imports of bookings. A row waits until it has an outcome.
CREATE TABLE booking_imports (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id   TEXT COLLATE "C"    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    client_id   TEXT COLLATE "C"    NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    actor       TEXT    NOT NULL,
    writes_past BOOLEAN NOT NULL,
    total       INTEGER NOT NULL,
    created     INTEGER NOT NULL,
    known       INTEGER NOT NULL,
    failed      INTEGER NOT NULL,
    created_at  BIGINT  NOT NULL,
    finished_at BIGINT
);
CREATE INDEX booking_imports_of_tenant ON booking_imports (tenant_id, id);
CREATE INDEX booking_imports_of_client ON booking_imports (client_id);
CREATE INDEX booking_imports_running ON booking_imports (id) WHERE finished_at IS NULL;
CREATE TABLE booking_import_rows (
    import_id  TEXT COLLATE "C"    NOT NULL REFERENCES booking_imports (id) ON DELETE CASCADE,
    number     INTEGER NOT NULL,
    tenant_id  TEXT COLLATE "C"    NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    content    TEXT    NOT NULL,
    -- created | known | failed
    outcome    TEXT,
    detail     TEXT,
    booking_id TEXT,
    PRIMARY KEY (import_id, number)
);
CREATE INDEX booking_import_rows_of_tenant ON booking_import_rows (tenant_id);
CREATE INDEX booking_import_rows_waiting ON booking_import_rows (import_id, number) WHERE outcome IS NULL;
