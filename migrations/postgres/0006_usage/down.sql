DROP TABLE write_pauses;
DROP TABLE usage_hours;
