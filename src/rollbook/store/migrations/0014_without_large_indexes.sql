-- Compatible with programs of schema 0014 on; runs in a transaction.

-- What nothing needs any more.
DROP INDEX event_by_room;
DROP INDEX session_with_address;
DROP INDEX session_open;
