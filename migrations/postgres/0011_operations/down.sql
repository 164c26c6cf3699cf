DROP INDEX events_by_uid;
DROP TABLE template_versions;
DROP TABLE templates;
DROP TABLE operation_items;
DROP TABLE operations;
DROP TABLE import_layouts;
DROP TABLE import_chunks;
DROP TABLE imports;
