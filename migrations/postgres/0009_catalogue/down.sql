ALTER TABLE calendars DROP COLUMN busy_rules;
DROP TABLE booking_policies;
DROP TABLE customers;
DROP TABLE closures;
DROP TABLE service_staff;
DROP TABLE staff_calendars;
DROP TABLE staff;
DROP TABLE services;
