-- How many requests each account cost its provider, by the hour (microseconds since 1970 at its begin).
CREATE TABLE usage_hours (
    credential_id TEXT COLLATE "C" NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
    hour          BIGINT NOT NULL,
    tenant_id     TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    reads         BIGINT NOT NULL,
    writes        BIGINT NOT NULL,
    failed        BIGINT NOT NULL,
    PRIMARY KEY (credential_id, hour)
);
CREATE INDEX usage_hours_by_tenant ON usage_hours (tenant_id, hour);
CREATE INDEX usage_hours_by_hour ON usage_hours (hour);

-- Accounts whose provider takes no more writes for now.
CREATE TABLE write_pauses (
    credential_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES credentials (id) ON DELETE CASCADE,
    tenant_id     TEXT COLLATE "C" NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    until         BIGINT NOT NULL,
    times         BIGINT NOT NULL,
    detail        TEXT   NOT NULL
);
CREATE INDEX write_pauses_by_tenant ON write_pauses (tenant_id);
