-- From schema version 2 to 3. Run in one transaction.
-- Rows of version 2 are not rewritten: without a value, an item continues with the result of the stage before the one that it enters.

ALTER TABLE items ADD COLUMN value_stage INTEGER;
PRAGMA user_version = 3;
