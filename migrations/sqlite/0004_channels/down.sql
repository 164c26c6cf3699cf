DROP TABLE calendar_activity;
DROP TABLE channels;
