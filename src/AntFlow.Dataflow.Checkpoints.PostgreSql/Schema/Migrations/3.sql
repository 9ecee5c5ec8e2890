-- From version 2 of the schema to 3. Run in one transaction, with the schema on the search path, as the owner of the tables.
-- Rows of version 2 are not rewritten: without a value, an item continues with the result of the stage before the one that it enters.

ALTER TABLE items
    ADD COLUMN value_stage integer;
UPDATE about SET version = 3;
