DROP TABLE busy_overflows;
DROP TABLE busy_horizons;
DROP TABLE busy;
DROP TABLE sync_quiet;
DROP TABLE sync_log;
DROP TABLE changes;
DROP TABLE change_counters;
