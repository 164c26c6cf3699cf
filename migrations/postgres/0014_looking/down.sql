DROP TRIGGER events_gone ON events;
DROP TRIGGER events_moved ON events;
DROP FUNCTION look_at_copy();
DROP INDEX bookings_to_look_at_again;
DROP INDEX booking_copies_to_look_at;
ALTER TABLE booking_copies DROP COLUMN said;
ALTER TABLE bookings DROP COLUMN look_at;
ALTER TABLE booking_copies DROP COLUMN look_at;
