-- name: add_entry
-- One more thing that was done. No statement changes one.
INSERT INTO audit (org_id, done_at, entry_id, action, who, whence, request_id, what)
VALUES (:org_id, :done_at, :entry_id, :action, :who, :whence, :request_id, :what);

-- name: latest_entries
-- What was done last.
SELECT org_id, done_at, entry_id, action, who, whence, request_id, what FROM audit
WHERE org_id = :org_id
ORDER BY done_at DESC, entry_id DESC
LIMIT :most;

-- name: entries_before
-- What was done before an entry, the latest first.
SELECT org_id, done_at, entry_id, action, who, whence, request_id, what FROM audit
WHERE org_id = :org_id AND (done_at, entry_id) < (:done_at, :entry_id)
ORDER BY done_at DESC, entry_id DESC
LIMIT :most;

-- name: entries_since
-- What was done after an entry, in the order in which it was.
SELECT org_id, done_at, entry_id, action, who, whence, request_id, what FROM audit
WHERE org_id = :org_id AND (done_at, entry_id) > (:done_at, :entry_id)
ORDER BY done_at, entry_id
LIMIT :most;

-- name: entry_to_forget
-- Whether there is an entry whose time is over.
SELECT entry_id FROM audit WHERE org_id = :org_id AND done_at < :before LIMIT 1;

-- name: forget_entries
-- Take the oldest entries away whose time is over.
DELETE FROM audit
WHERE org_id = :org_id
  AND (done_at, entry_id) IN (
      SELECT done_at, entry_id FROM audit
      WHERE org_id = :org_id AND done_at < :before
      ORDER BY done_at
      LIMIT :most);
