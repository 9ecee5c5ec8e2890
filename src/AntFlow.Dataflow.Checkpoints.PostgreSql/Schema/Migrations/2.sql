-- From version 1 of the schema to 2. Run in one transaction, with the schema on the search path, as the owner of the tables.
-- A process of the older library that has the schema open goes on with its runs: its statements name their columns, and the others take these defaults.

ALTER TABLE items
    ADD COLUMN width        integer NOT NULL DEFAULT 0,
    ADD COLUMN lone_crashes integer NOT NULL DEFAULT 0;
ALTER TABLE steps ADD COLUMN format integer NOT NULL DEFAULT 1;
ALTER TABLE onces ADD COLUMN format integer NOT NULL DEFAULT 1;
ALTER TABLE openings ADD COLUMN planned_end_at timestamptz;
UPDATE about SET version = 2;
