DROP TRIGGER events_gone;
DROP TRIGGER events_moved;
DROP INDEX bookings_to_look_at_again;
DROP INDEX booking_copies_to_look_at;
ALTER TABLE booking_copies DROP COLUMN said;
ALTER TABLE bookings DROP COLUMN look_at;
ALTER TABLE booking_copies DROP COLUMN look_at;
