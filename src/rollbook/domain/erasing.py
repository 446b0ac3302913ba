"""Who was erased: pseudonyms in the place of ids, and of nobody's names.

To erase somebody is to rename: each of their ids becomes a pseudonym, everywhere alike, so that what is
folded from facts comes out as it did before; and what facts can do without is taken away. A pseudonym is
a keyed hash: a ledger knows again whom it forgot, when a platform or a file brings them back, and does
not hold who that was.
"""

import hashlib
import json
import re
from base64 import b32hexencode
from collections.abc import Collection, Iterator
from dataclasses import replace

from rollbook.domain.events import (
    Corrected,
    Fact,
    Joined,
    Left,
    Participant,
    RoomFinished,
    RoomStarted,
)
from rollbook.domain.presences import Presence, session_id_for
from rollbook.domain.values import value

PREFIX = "erased-"
"""What pseudonyms begin with."""

KEY_BYTES = 32

ERASED = "[erased]"
"""What stands in the place of words about somebody who was erased."""

LONGEST_PAYLOAD = 256 * 1024
"""Longer ones are not looked through, in characters: where anybody was erased they are not kept."""

SHORTEST_WORD = 4
"""A shorter id is found where it stands for somebody, and not within other text."""

_LONGEST_WORD = 256
_MOST_TOKENS = 6
_DIGEST_BYTES = 10
_REMEMBERED = 50_000
_TOKEN = re.compile(r"[^\W_]+")


class Pseudonyms:
    """Makes the pseudonyms of an organization, which its `key` alone decides."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._made: dict[str, str] = {}

    def of(self, text: str) -> str:
        """The pseudonym of an id: 80 bits, in letters that are safe in URLs."""
        made = self._made.get(text)
        if made is None:
            digest = hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES, key=self._key)
            made = PREFIX + b32hexencode(digest.digest()).decode().lower()
            if len(self._made) >= _REMEMBERED:
                self._made.clear()
            self._made[text] = made
        return made


@value
class Erased:
    """Who of those that some texts may name was erased: whose ids have a pseudonym in `known`.

    `words` are pseudonyms of names, which are looked for in text alone: others may have them too.
    """

    pseudonyms: Pseudonyms
    known: Collection[str] = frozenset()
    words: Collection[str] = frozenset()

    def has(self, text: str | None) -> bool:
        """Whether it is an id of somebody erased, and not a pseudonym already."""
        return text is not None and self.pseudonyms.of(text) in self.known

    def person_id(self, text: str) -> str:
        """An id of a person, or its pseudonym."""
        return self.pseudonyms.of(text) if self.has(text) else text

    def thing_id(self, text: str) -> str:
        """An id of a presence or an event, or its pseudonym where an erased person's is part of it."""
        return self.pseudonyms.of(text) if any(map(self.has, ids_in(text))) else text

    def names(self, fact: Fact) -> bool:
        """Whether a fact is about an erased person, by an id of theirs."""
        if isinstance(fact, RoomStarted | RoomFinished):
            return False
        if self.thing_id(fact.presence_id) != fact.presence_id:
            return True
        return isinstance(fact, Joined | Left) and bool(
            fact.participant and self.has(fact.participant.uid)
        )

    def tells_of(self, fact: Fact) -> bool:
        """The same, or by a pseudonym of theirs."""
        who = fact.participant if isinstance(fact, Joined | Left) else None
        return self.names(fact) or (who is not None and who.uid in self.known)

    def fact(self, fact: Fact, *, theirs: bool) -> Fact:
        """A fact as it is kept. `theirs`: it is about a presence of an erased person."""
        if isinstance(fact, RoomStarted | RoomFinished):
            return fact
        presence_id = self.thing_id(fact.presence_id)
        if presence_id != fact.presence_id:
            fact = replace(fact, presence_id=presence_id)
        if isinstance(fact, Joined | Left):
            return self._of_somebody(fact, theirs=theirs)
        if isinstance(fact, Corrected) and self.mentioned_in(fact.note):
            return replace(fact, note=self.without(fact.note))
        return fact

    def stay(self, stay: Presence) -> Presence:
        """A stored stay under the pseudonym, where no fact is left that tells of it."""
        presence_id = self.thing_id(stay.presence_id)
        return replace(
            stay,
            session_id=stay.session_id
            if presence_id == stay.presence_id
            else session_id_for(stay.source_id, presence_id),
            presence_id=presence_id,
            participant_id=stay.participant_id and self.person_id(stay.participant_id),
            identity=stay.identity and self.person_id(stay.identity),
            ip_address=None,
            ip_told_at=None,
            user_agent=None,
            user_agent_told_at=None,
        )

    def _of_somebody(self, fact: Joined | Left, *, theirs: bool) -> Fact:
        who = fact.participant
        if who is None:
            return replace(fact, ip_address=None, user_agent=None) if theirs else fact
        identity = None if who.identity is None else self.person_id(who.identity)
        if self.has(who.uid) or who.uid in self.known:
            # The role stays, by which classes are told.
            nobody = Participant(self.person_id(who.uid), None, who.role, identity)
            return replace(fact, participant=nobody, ip_address=None, user_agent=None)
        if identity != who.identity:
            return replace(fact, participant=replace(who, identity=identity))
        return fact

    def mentioned_in(self, text: str | None) -> bool:
        """Whether a payload, or words of people, name an erased person."""
        if text is None or len(text) > LONGEST_PAYLOAD:
            return text is not None
        return any(self._word(word) is not None for word in words_in(text))

    def without(self, text: str) -> str:
        """A text, JSON or not, with pseudonyms in the place of erased people's ids."""
        value = _json_in(text)
        if value is None:
            return self._text(text)
        return json.dumps(self._value(value), ensure_ascii=False, separators=(",", ":"))

    def _word(self, word: str) -> str | None:
        """What stands in its place, where it is of an erased person."""
        made = self.pseudonyms.of(word)
        if made in self.known:
            return made
        return ERASED if made in self.words else None

    def _value(self, value: object) -> object:
        if isinstance(value, dict):
            return {self._text(key): self._value(member) for key, member in value.items()}
        if isinstance(value, list):
            return [self._value(member) for member in value]
        if isinstance(value, str):
            return self.without(value) if _opens(value) else self._text(value)
        if isinstance(value, int) and len(str(value)) >= SHORTEST_WORD:
            return self._word(str(value)) or value
        return value

    def _text(self, text: str) -> str:
        if SHORTEST_WORD <= len(text) <= _LONGEST_WORD and (whole := self._word(text)):
            return whole
        kept, read = [], 0
        for start, end in _runs(text):
            # The longest that begin here come first.
            if start >= read and (word := self._word(text[start:end])):
                kept += [text[read:start], word]
                read = end
        return "".join([*kept, text[read:]])


def ids_of(fact: Fact) -> Iterator[str]:
    """What has to be asked for, to know whether a fact tells of somebody erased."""
    if isinstance(fact, RoomStarted | RoomFinished):
        return
    yield from ids_in(fact.presence_id)
    if isinstance(fact, Joined | Left) and fact.participant is not None:
        yield fact.participant.uid
        if fact.participant.identity is not None:
            yield fact.participant.identity
    if isinstance(fact, Corrected):
        yield from words_in(fact.note)


def ids_in(text: str) -> Iterator[str]:
    """The ids that an id may be put together from: its parts between colons, and words in it."""
    yield text
    if ":" in text:
        parts = text.split(":")
        for first in range(len(parts)):
            for last in range(first + 1, min(len(parts), first + _MOST_TOKENS) + 1):
                yield ":".join(parts[first:last])
    yield from (text[start:end] for start, end in _runs(text))


def words_in(text: str) -> Iterator[str]:
    """The ids that may stand in a text, whether it is JSON or not."""
    value = _json_in(text)
    yield from _words_of(text if value is None else value)


def _words_of(value: object) -> Iterator[str]:
    """Depth is bounded: no payload is stored with more of it than redaction.MAX_DEPTH."""
    if isinstance(value, str):
        inside = _json_in(value)
        yield from _words_of_text(value) if inside is None else _words_of(inside)
    elif isinstance(value, dict | list):
        for member in [*value, *value.values()] if isinstance(value, dict) else value:
            yield from _words_of(member)
    elif isinstance(value, int) and len(str(value)) >= SHORTEST_WORD:
        yield str(value)


def _words_of_text(text: str) -> Iterator[str]:
    if SHORTEST_WORD <= len(text) <= _LONGEST_WORD:
        yield text
    yield from (text[start:end] for start, end in _runs(text))


def _opens(text: str) -> bool:
    return text[:1] in ("{", "[")


def _json_in(text: str) -> object:
    if not _opens(text):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """Where some words stand together, with what is between them: the longest first of each place."""
    if len(text) < SHORTEST_WORD:
        return
    spans = [found.span() for found in _TOKEN.finditer(text)]
    for number, (start, _) in enumerate(spans):
        for _, end in reversed(spans[number : number + _MOST_TOKENS]):
            if SHORTEST_WORD <= end - start <= _LONGEST_WORD:
                yield start, end
