DROP TABLE malformed_events;
DROP TABLE events;
DROP TABLE calendars;
DROP TABLE oauth_states;
DROP TABLE credentials;
