-- Compatible with programs of schema 0016 on; runs in a transaction.

-- Every statement that read these reads the beginning of another now.
DROP INDEX session_by_participant;
DROP INDEX session_by_room;
