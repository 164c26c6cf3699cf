-- What is to be looked at, and from when on: found by an index, not by walking over all bookings to come.

-- A copy whose event is elsewhere than it was. Whoever writes the event, the database notes it in the same transaction.
-- NULL: as far as anybody knows, event and booking agree, or a person was asked.
ALTER TABLE booking_copies ADD COLUMN look_at BIGINT;
UPDATE booking_copies SET look_at = 0 WHERE removed_at IS NULL;
CREATE INDEX booking_copies_to_look_at ON booking_copies (look_at) WHERE look_at IS NOT NULL;

CREATE TRIGGER events_moved AFTER UPDATE OF starts_at, ends_at, is_recurring, search_text ON events
    WHEN OLD.starts_at <> NEW.starts_at OR OLD.ends_at <> NEW.ends_at OR OLD.is_recurring <> NEW.is_recurring
      OR OLD.search_text <> NEW.search_text
BEGIN
    UPDATE booking_copies SET look_at = 0 WHERE event_id = NEW.id AND removed_at IS NULL;
END;
CREATE TRIGGER events_gone AFTER DELETE ON events
BEGIN
    UPDATE booking_copies SET look_at = 0 WHERE event_id = OLD.id AND removed_at IS NULL;
END;

-- A booking that was accepted although a source was not known. NULL: it is known by now, or a person was asked.
ALTER TABLE bookings ADD COLUMN look_at BIGINT;
UPDATE bookings SET look_at = 0 WHERE is_flagged;
CREATE INDEX bookings_to_look_at_again ON bookings (look_at) WHERE look_at IS NOT NULL;

-- SHA-256 of the title and description that we last wrote into the event; NULL: not known. Who reads others there, knows
-- that somebody wrote them.
ALTER TABLE booking_copies ADD COLUMN said TEXT;
