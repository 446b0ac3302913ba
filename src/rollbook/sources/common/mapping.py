"""Ids, roles, addresses and titles, found where the users of a platform put them."""

import json
import re
from collections.abc import Iterable, Mapping

from rollbook.domain.events import Participant, Role
from rollbook.service.platforms import TranslationSettings
from rollbook.sources.common.payloads import JsonObject, address, identifier, label

ROLE_WORDS: Mapping[str, Role] = {
    "teacher": Role.TEACHER,
    "instructor": Role.TEACHER,
    "host": Role.TEACHER,
    "owner": Role.TEACHER,
    "moderator": Role.MODERATOR,
    "presenter": Role.MODERATOR,
    "cohost": Role.MODERATOR,
    "admin": Role.ADMIN,
    "student": Role.STUDENT,
}
"""What platforms call the roles of the contract; any other word means the default role."""

_WORD_BREAKS = re.compile(r"[\s_-]+")


def address_paths(carrier: str) -> tuple[str, ...]:
    """Where an application may have put an address into the field that is its own."""
    return (f"{carrier}.ipAddress", f"{carrier}.client_ip")


def role(
    person: JsonObject, settings: TranslationSettings, default_paths: Iterable[str] = ()
) -> Role | None:
    """The person's role by the organization's own words, else by everybody's."""
    path, value = _first_found(person, settings.role_paths or default_paths)
    word = role_word(path, value)
    everybodys = ROLE_WORDS.get(_WORD_BREAKS.sub("", word), settings.default_role)
    return settings.role_names.get(word, everybodys)


def participant(
    uid: str,
    name: object,
    person: JsonObject,
    settings: TranslationSettings,
    role_paths: Iterable[str] = (),
) -> Participant:
    """The person of this id, by the name that the platform tells, and in the role that is theirs."""
    return Participant(uid, label(name), role(person, settings, role_paths))


def role_word(path: str, value: object) -> str:
    """The word that is found at a path. A field that is true, `owner: true`, is the word itself."""
    text = value.strip().lower() if isinstance(value, str) else ""
    return path.rpartition(".")[2].lower() if value is True or text == "true" else text


def uid(person: JsonObject, settings: TranslationSettings, *candidates: object) -> str | None:
    """Who the person is to the organization: what it says itself, else the platform's best id."""
    return identifier(_first_found(person, settings.uid_paths)[1], *candidates)


def ip_address(
    person: JsonObject, settings: TranslationSettings, default_paths: Iterable[str] = ()
) -> str | None:
    return address(_first_found(person, settings.ip_paths or default_paths)[1])


def title(
    room: JsonObject,
    settings: TranslationSettings,
    default_paths: Iterable[str],
    name: object = None,
) -> str | None:
    """The room's title, else its name."""
    found = _first_found(room, settings.title_paths or default_paths)[1]
    return label(found) or label(name)


def _first_found(thing: JsonObject, paths: Iterable[str]) -> tuple[str, object]:
    for path in paths:
        value = _at(thing, path)
        if _says_something(value):
            return path, value
    return "", None


def _at(thing: object, path: str) -> object:
    """What is at a path inside a thing; text on the way that is JSON stands for what it holds."""
    thing = _opened(thing)
    if not isinstance(thing, dict):
        return None
    if path in thing:
        return thing[path]
    # Keys may hold dots themselves (`sip.phoneNumber`), so every way to part the path is tried.
    for dot in (match.start() for match in re.finditer(r"\.", path)):
        value = _at(thing.get(path[:dot]), path[dot + 1 :])
        if _says_something(value):
            return value
    return None


def _says_something(value: object) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())


def _opened(thing: object) -> object:
    if not isinstance(thing, str) or not thing.lstrip().startswith("{"):
        return thing
    try:
        return json.loads(thing)
    except (ValueError, RecursionError):
        return None
