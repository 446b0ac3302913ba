"""Known ways to break the code, each with the tests that find it: tests/mutants.py makes them.

Most of them were made once, and went through all tests that there were.
"""

from support.mutation import In as _In
from support.mutation import Mutation
from support.mutations_at_the_door import AT_THE_DOOR
from support.mutations_of_what_is_said import OF_WHAT_IS_SAID

_STORE, _WEB, _SOURCES = "src/rollbook/store", "src/rollbook/web", "src/rollbook/sources"
_DOMAIN, _SERVICE = "src/rollbook/domain", "src/rollbook/service"
_RULES, _INGEST, _UPKEEP = "tests/unit/domain", "tests/ingest", "tests/upkeep"
_SIGN_IN = "tests/web/test_sign_in_attempts.py"
_PURITY = "test_rules_and_use_cases_import_the_standard_library_and_each_other"
_FILES = "tests/unit/files/test_cases.py"
_HOLD = '\n            await connection.fetch("hold_organization", {"org_id": org_id})'

_ALL = (
    # commits
    _In(
        f"{_STORE}/engine/sqlite.py",
        "tests/store/test_guarantees.py",
        {
            "no-sync": ("synchronous = FULL", "synchronous = OFF"),
            "sync-of-checkpoints-only": ("synchronous = FULL", "synchronous = NORMAL"),
            "no-foreign-keys": ("foreign_keys = ON", "foreign_keys = OFF"),
        },
    ),
    *AT_THE_DOOR,
    _In(
        f"{_DOMAIN}/attendance.py",
        f"{_RULES}/test_attendance.py",
        {
            "absent-at-exactly-the-share": ("share >= rule.share", "share > rule.share"),
            "late-at-exactly-the-grace": ("// 60_000 > grace", "// 60_000 >= grace"),
        },
    ),
    *OF_WHAT_IS_SAID,
    _In(
        f"{_DOMAIN}/guesses.py",
        f"{_RULES}/test_classes.py",
        {
            "one-class-after-exactly-the-gap": (
                "- steps[at][0] >= gap",
                "- steps[at][0] > gap",
            ),
            "no-class-with-exactly-half": ("count * 2 >= most", "count * 2 > most"),
            "no-new-class-for-new-people": ("2 * both < min(before, after)", "both < 0"),
            "no-new-class-for-another-teacher": ("if who and uid not in who", "if not who"),
        },
    ),
    _In(
        f"{_DOMAIN}/stays.py",
        f"{_RULES}/test_stays.py",
        {
            "longer-gap-of-reconnects": (
                "RECONNECT_MS = 10 * 60_000",
                "RECONNECT_MS = 11 * 60_000",
            ),
            "no-reconnect-at-exactly-the-gap": (
                "stay.joined_at <= known + RECONNECT_MS",
                "stay.joined_at < known + RECONNECT_MS",
            ),
        },
    ),
    _In(
        f"{_STORE}/queries/reports/use.sql",
        "tests/contract/test_use.py::test_usage_says_what_a_second_reading_says",
        {
            "last-seen-when-they-joined": ("MAX(COALESCE(x.left_at, :now))", "MAX(:now)"),
            "ends-to-come-are-over": (
                "CASE WHEN s.left_at IS NULL OR (s.joined_at <= :now AND s.left_at > :now)",
                "CASE WHEN s.left_at IS NULL",
            ),
            "less-than-no-time": ("MAX({{until}} - s.joined_at, 0)", "({{until}} - s.joined_at)"),
            "never-was": (
                "s.participant_id IS NOT NULL AND s.voided IS NULL\n\n-- part: costs",
                "s.participant_id IS NOT NULL\n\n-- part: costs",
            ),
            "days-that-overlap": (
                "s.joined_at < d.span_end\n          AND s.participant_id",
                "s.joined_at <= d.span_end\n          AND s.participant_id",
            ),
        },
    ),
    _In(
        f"{_STORE}/engine/folding.py",
        "tests/contract/test_use.py::test_every_letter_is_found_in_each_of_its_cases_and_without_accents",
        {"letters-with-their-accents": ("small if kept == parts else kept", "small")},
    ),
    _In(
        f"{_STORE}/reports/use.py",
        "tests/contract/test_last_seen.py",
        {
            "never-seen-before-the-range": (
                "seen.get(one.profile.uid, (0, False))",
                "(0, False)",
            ),
        },
    ),
    # ranges of days
    _In(
        f"{_DOMAIN}/presets.py",
        f"{_RULES}/test_presets.py",
        {
            "weeks-from-sunday": ("(day.weekday() - first_weekday) % 7", "day.isoweekday() % 7"),
            "terms-from-september": ("if today.month >= 8", "if today.month > 8"),
            "terms-that-go-on-after-today": (
                "max(current.first, min(current.last, today))",
                "current.last",
            ),
        },
    ),
    # what is imported, and secrets that are typed
    _In(
        "src/rollbook/cli/import_.py",
        f"{_UPKEEP}/test_ledger_commands.py",
        {
            "imports-of-another-kind": (
                "stores.organizations, organization.org_id, OwnKind.IMPORT",
                "stores.organizations, organization.org_id, OwnKind.EVENTS",
            )
        },
    ),
    _In(
        f"{_SERVICE}/ingest/importing.py",
        f"{_UPKEEP}/test_ledger_commands.py",
        {"imports-without-evidence": ("await transaction.add_events(\n", "list(\n")},
    ),
    # imports that are taken back, and keys from elsewhere
    _In(
        f"{_SERVICE}/ingest/importing.py",
        f"{_INGEST}/test_undo.py",
        {
            "names-of-an-undone-import-stay": (
                "await transaction.forget_imported(import_id, sorted(_people(facts)), sorted(rooms))",
                "pass",
            ),
            "sessions-of-an-undone-import-stay": ("{key for key, _ in rows})", "set())"),
        },
    ),
    _In(
        f"{_STORE}/queries/ingest/imports.sql",
        f"{_INGEST}/test_undo.py",
        {
            "people-of-an-undone-import-stay": (
                "AND imported_only IS NOT NULL",
                "AND imported_only IS NULL",
            ),
        },
    ),
    _In(
        f"{_SERVICE}/organizations/keys.py",
        "tests/contract/test_keys_from_elsewhere.py",
        {
            "one-key-for-two-organizations": (
                "if not await change.own_key(key_hash(key)):",
                "if False:",
            )
        },
    ),
    _In(
        "src/rollbook/cli/running.py",
        "tests/cli/test_source.py",
        {"secret-on-the-screen": ("partial(getpass, prompt)", "partial(input, prompt)")},
    ),
    # what people say of sessions
    _In(
        f"{_SERVICE}/corrections.py",
        f"{_INGEST}/test_corrections.py",
        {
            "corrections-at-the-very-join": (
                "        _instant_within(presence, now),",
                "        presence.joined_at or 0,",
            ),
            "corrections-of-what-was-before": (
                "fact = _fact(presence, correction, now)",
                "fact = _fact(known, correction, now)",
            ),
        },
    ),
    _In(
        f"{_STORE}/queries/upkeep/rebuild.sql",
        f"{_UPKEEP}/test_corrections.py",
        {
            "rebuilds-without-corrections": (
                "(room_id IS NULL OR NOT (room_id {{in:room_ids}}))",
                "NOT (room_id {{in:room_ids}})",
            )
        },
    ),
    _In(
        f"{_STORE}/queries/upkeep/retention.sql",
        f"{_UPKEEP}/test_corrections.py",
        {"reasons-forgotten": (" AND event_type <> 'session.corrected'", "")},
    ),
    # writers side by side
    _In(
        f"{_STORE}/queries/upkeep/round.sql",
        f"{_UPKEEP}/test_lease.py",
        {
            "lease-of-another-given-up": (
                "WHERE name = :name AND holder = :holder",
                "WHERE name = :name",
            )
        },
    ),
    _In(
        f"{_STORE}/upkeep/retention.py",
        f"{_UPKEEP}/test_turns.py",
        {"forgetting-beside-a-fold": (f"address that was read before.{_HOLD}", "address.")},
    ),
    _In(
        f"{_STORE}/queries/ingest/transaction.sql",
        f"{_UPKEEP}/test_turns.py",
        {"organizations-held-by-nobody": (" FOR NO KEY UPDATE", "")},
    ),
    _In(
        f"{_STORE}/ingest/ledger.py",
        f"{_INGEST}/test_turns.py",
        {"organizations-held-in-any-order": ("in sorted(org_ids)", "in org_ids")},
    ),
    _In(
        f"{_SERVICE}/ingest/group_commit.py",
        f"{_INGEST}/test_group_commit.py",
        {
            "commit-that-never-ends": ("timeout(_LONGEST_WAIT)", "timeout(None)"),
            "commit-longer-than-livekit-waits": (
                "_LONGEST_WAIT = 12.0",
                "_LONGEST_WAIT = 1200.0",
            ),
        },
    ),
    # clocks that differ
    _In(
        f"{_DOMAIN}/context.py",
        f"{_RULES}/test_context.py",
        {
            "no-slack-for-clocks": ("CLOCK_SLACK_MS = 60_000", "CLOCK_SLACK_MS = 0"),
            "more-slack-for-clocks": ("CLOCK_SLACK_MS = 60_000", "CLOCK_SLACK_MS = 120_000"),
        },
    ),
    _In(
        f"{_STORE}/ingest/transaction.py",
        f"{_INGEST}/test_context.py",
        {"no-slack-for-those-looked-up": ("context.told_at - CLOCK_SLACK_MS", "context.told_at")},
    ),
    _In(
        f"{_DOMAIN}/sessions.py",
        f"{_RULES}/test_sessions.py",
        {
            "ended-by-one-that-is-over": (
                "gone_at is None, gone_at or 0, presence.session_id",
                "True, 0, presence.session_id",
            ),
        },
    ),
    # statements held to one organization
    _In(
        f"{_STORE}/queries/reports/overviews.sql",
        "tests/repo/test_statements.py",
        {
            "people-of-everybody": (
                "WHERE org_id = :org_id AND participant_id {{in:participant_ids}} AND voided",
                "WHERE org_id = :org_id OR true AND participant_id {{in:participant_ids}} AND voided",
            ),
        },
    ),
    _In(
        f"{_STORE}/queries/reports/participant.sql",
        "tests/repo/test_statements.py",
        {
            "sessions-of-everybody": (
                "IS NULL OR s.room_id = :room_id)",
                "IS NULL OR s.room_id = :room_id) OR true",
            ),
        },
    ),
    _In(
        f"{_STORE}/queries/organizations.sql",
        "tests/repo/test_statements.py",
        {
            "secrets-of-everybody": (
                "SET secrets = :secrets WHERE org_id = :org_id AND",
                "SET secrets = :secrets WHERE org_id = :org_id OR true AND",
            ),
        },
    ),
    # comparisons that do not tell
    _In(
        f"{_WEB}/dashboard/cookies.py",
        "tests/repo/test_constant_time.py",
        {
            "form-tokens-by-equality": (
                "any(same_text(token, known) for known in self._tokens(nonce))",
                "token in self._tokens(nonce)",
            ),
            "texts-by-equality": (
                "return hmac.compare_digest(one.encode(), other.encode())",
                "return one == other",
            ),
        },
    ),
    _In(
        f"{_SOURCES}/common/signatures.py",
        "tests/repo/test_constant_time.py",
        {
            "signatures-by-equality": (
                "any(same(one, expected) for one in given)",
                "expected in given",
            ),
            "headers-by-equality": (
                'same(request.headers.get(name, ""), value)',
                'request.headers.get(name, "") == value',
            ),
        },
    ),
    # files
    _In(
        f"{_SOURCES}/files/reports.py",
        _FILES,
        {
            "a-finished-meeting-runs-on": ("fields.moment(min(ends)", "fields.moment(max(ends)"),
            "any-year-is-one": ("        check_year(instant, field, self.now)\n", ""),
            "dots-and-slashes": ("    refuse_mixed(dates)\n", ""),
        },
    ),
    _In(
        f"{_SOURCES}/files/teams.py",
        _FILES,
        {
            "padding-is-a-column": ("width = width_of(labels)", "width = len(labels)"),
            "a-number-is-a-title": ("any(map(str.isalpha, first)) and not", "not"),
            "a-lost-heading": ("is None or _SECTION.fullmatch(labels[0]) is not None", "is None"),
        },
    ),
    _In(
        f"{_SOURCES}/files/teams_tables.py",
        _FILES,
        {"one-section-only": ("[*_without(others, singles), *singles]", "singles")},
    ),
    # pure floors
    _In(
        f"{_DOMAIN}/credits.py",
        f"tests/repo/test_house.py::{_PURITY}",
        {"clock-in-a-rule": ("from enum import", "import time\nfrom enum import")},
    ),
    _In(
        f"{_SERVICE}/upkeep/lease.py",
        f"tests/repo/test_house.py::{_PURITY}",
        {"database-in-a-use-case": ("from collections", "import asyncpg\nfrom collections")},
    ),
)

MUTATIONS = tuple(
    Mutation(name, group.file, old, new, group.test)
    for group in _ALL
    for name, (old, new) in group.texts.items()
)
