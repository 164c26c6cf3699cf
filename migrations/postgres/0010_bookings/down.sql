DROP TABLE messages;
DROP TABLE booking_history;
DROP TABLE booking_copies;
DROP TABLE booking_seats;
DROP TABLE bookings;
