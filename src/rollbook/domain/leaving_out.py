"""People whom an organization leaves out: note takers and other machines that come like people.

What is told of them is kept like everything else, and left out where sessions are read from it. So
a pattern that is set later, or taken away again, holds for what was told before as well.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from rollbook.domain.events import Joined, Left, Participant, PresenceFact
from rollbook.domain.values import value


@value
class LeftOut:
    """Patterns of names and of ids: `*` is any text, `?` any character; no case counts."""

    names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.names or self.ids)

    def presences(self, facts: Iterable[PresenceFact]) -> set[str]:
        """The ids of presences of which any of these facts names somebody left out.

        Any: a leave may lack the name that its join had.
        """
        if not self:
            return set()
        return {
            fact.presence_id
            for fact in facts
            if isinstance(fact, Joined | Left) and fact.participant and self.has(fact.participant)
        }

    def without(self, facts: Iterable[PresenceFact]) -> list[PresenceFact]:
        """The facts about everybody else."""
        told = list(facts)
        if not self:
            return told
        gone = self.presences(told)
        return [fact for fact in told if fact.presence_id not in gone]

    def has(self, person: Participant) -> bool:
        """Whether a pattern fits a name or an id of them."""
        ids = (person.uid, person.identity)
        return _fits((person.name,), self.names) or _fits(ids, self.ids)


NOBODY = LeftOut()


def _fits(texts: Iterable[str | None], patterns: Iterable[str]) -> bool:
    folded = [text.casefold() for text in texts if text is not None]
    return any(fnmatchcase(text, pattern.casefold()) for pattern in patterns for text in folded)
