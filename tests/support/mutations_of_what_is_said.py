"""Ways to break what a school says of its classes, each with the tests that find it."""

from support.mutation import In

_DOMAIN, _RULES = "src/rollbook/domain", "tests/unit/domain"

OF_WHAT_IS_SAID = (
    In(
        f"{_DOMAIN}/attendance.py",
        f"{_RULES}/test_excuses.py",
        {
            "partly-there-in-spite-of-an-excuse": (
                """    if excused:
        return Verdict.EXCUSED
    return Verdict.PARTLY if inside else Verdict.ABSENT""",
                """    if excused and not inside:
        return Verdict.EXCUSED
    return Verdict.PARTLY if inside else Verdict.ABSENT""",
            ),
            "the-organization-before-the-room": (
                "    if room is not None:",
                "    if room is not None and organization is None:",
            ),
        },
    ),
    In(
        f"{_DOMAIN}/kept.py",
        f"{_RULES}/test_kept.py",
        {
            "a-guess-beside-what-was-said": (
                "[one for one in found if not any(said.around(one.span))]",
                "[one for one in found if one.span not in with_it]",
            ),
            "the-kept-class-before-is-not-looked-at": (
                "first = max(0, bisect_left(self._starts, span[0]) - 1)",
                "first = bisect_left(self._starts, span[0])",
            ),
        },
    ),
    In(
        f"{_DOMAIN}/excuses.py",
        f"{_RULES}/test_excuses.py",
        {
            "the-first-word-of-several-excuses": (
                "            found[one.uid] = one",
                "            found.setdefault(one.uid, one)",
            ),
            "no-excuse-on-its-last-day": (
                "self.first <= day <= self.last",
                "self.first <= day < self.last",
            ),
        },
    ),
)
