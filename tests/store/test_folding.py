"""Which letters there are beyond ASCII that do not stay themselves."""

import sys

from rollbook.store.engine.folding import NO_LETTERS_FROM, plain


def test_all_that_are_not_looked_at_stay_themselves() -> None:
    beyond = "".join(map(chr, range(NO_LETTERS_FROM, sys.maxunicode + 1)))
    assert plain(beyond) == beyond
