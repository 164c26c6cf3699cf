DROP TABLE job_leases;
DROP TABLE idempotency_keys;
DROP TABLE clients;
DROP TABLE api_keys;
DROP TABLE sessions;
DROP TABLE users;
DROP TABLE tenants;
