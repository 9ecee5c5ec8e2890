-- From schema version 1 to 2. Run in one transaction.
-- A process of the older library that has the file open goes on with its runs: its statements name their columns, and the others take these defaults.

ALTER TABLE items ADD COLUMN width INTEGER NOT NULL DEFAULT 0;
ALTER TABLE items ADD COLUMN lone_crashes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE steps ADD COLUMN format INTEGER NOT NULL DEFAULT 1;
ALTER TABLE onces ADD COLUMN format INTEGER NOT NULL DEFAULT 1;
PRAGMA user_version = 2;
