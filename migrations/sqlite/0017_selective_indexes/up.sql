-- SQLite prefers an index on the tenant alone to a list of identifiers, and reads all that a tenant has of these. Nothing is
-- looked for in them by tenant alone; a tenant that is deleted takes a walk over the table.
DROP INDEX busy_horizons_of_tenant;
DROP INDEX busy_overflows_of_tenant;
DROP INDEX staff_calendars_of_tenant;
DROP INDEX service_staff_of_tenant;
DROP INDEX booking_policies_of_tenant;
DROP INDEX booking_seats_of_tenant;
DROP INDEX booking_copies_of_tenant;
-- Asked before each booking.
CREATE INDEX bookings_of_tenant_that_expire ON bookings (tenant_id, expires_at) WHERE expires_at IS NOT NULL;
