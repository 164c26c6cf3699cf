CREATE INDEX busy_horizons_of_tenant ON busy_horizons (tenant_id);
CREATE INDEX busy_overflows_of_tenant ON busy_overflows (tenant_id);
CREATE INDEX staff_calendars_of_tenant ON staff_calendars (tenant_id);
CREATE INDEX service_staff_of_tenant ON service_staff (tenant_id);
CREATE INDEX booking_policies_of_tenant ON booking_policies (tenant_id);
CREATE INDEX booking_seats_of_tenant ON booking_seats (tenant_id);
CREATE INDEX booking_copies_of_tenant ON booking_copies (tenant_id);
DROP INDEX bookings_of_tenant_that_expire;
