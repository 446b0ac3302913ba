"""How many examples a law is tried with: a part in `make test`, all of them in `make laws`."""

import hypothesis

_PART = 0.4
_LEAST = 10
_USUAL = 100  # as Hypothesis has it

_tried_whole = False


def try_laws(*, whole: bool) -> None:
    """Say which it is, before any module of tests is read."""
    global _tried_whole  # noqa: PLW0603 - decorators of tests ask for it while pytest reads them
    _tried_whole = whole
    # How long an example takes says more about the machine than about the program.
    hypothesis.settings.register_profile(
        "rollbook", deadline=None, print_blob=True, max_examples=examples(_USUAL)
    )
    hypothesis.settings.load_profile("rollbook")


def examples(most: int) -> int:
    """So many of `most` examples as are tried now."""
    return most if _tried_whole else max(_LEAST, round(most * _PART))
