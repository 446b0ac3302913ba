"""Roles, addresses and titles where an organization says they are."""

import json

import pytest

from rollbook.domain.events import Role
from rollbook.service.platforms import TranslationSettings
from rollbook.sources.common import mapping

SETTINGS = TranslationSettings()


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("host", Role.TEACHER),
        ("Owner", Role.TEACHER),
        (" INSTRUCTOR ", Role.TEACHER),
        ("teacher", Role.TEACHER),
        ("moderator", Role.MODERATOR),
        ("presenter", Role.MODERATOR),
        ("co-host", Role.MODERATOR),
        ("Co Host", Role.MODERATOR),
        ("admin", Role.ADMIN),
        ("student", Role.STUDENT),
        ("guest", Role.STUDENT),
        ("", Role.STUDENT),
        (None, Role.STUDENT),
        (7, Role.STUDENT),
    ],
)
def test_words_for_roles(word: object, role: Role) -> None:
    assert mapping.role({"role": word}, SETTINGS, ("role",)) is role


def test_the_words_of_the_organization_go_before_everybodys() -> None:
    settings = TranslationSettings(
        default_role=Role.MODERATOR, role_names={"host": Role.ADMIN, "prof": Role.TEACHER}
    )
    for word, role in (
        ("HOST", Role.ADMIN),
        ("prof", Role.TEACHER),
        ("student", Role.STUDENT),
        ("guest", Role.MODERATOR),
    ):
        assert mapping.role({"role": word}, settings, ("role",)) is role


def test_a_default_may_be_left_unsaid() -> None:
    settings = TranslationSettings(default_role=None)
    assert mapping.role({"role": "guest"}, settings, ("role",)) is None
    assert mapping.role({}, settings) is None
    assert mapping.role({"role": "host"}, settings, ("role",)) is Role.TEACHER


@pytest.mark.parametrize(
    ("value", "role"),
    [
        (True, Role.TEACHER),
        ("true", Role.TEACHER),
        (False, Role.STUDENT),
        ("false", Role.STUDENT),
        (1, Role.STUDENT),
    ],
)
def test_a_field_that_is_true_is_the_word_itself(value: object, role: Role) -> None:
    assert mapping.role({"owner": value}, SETTINGS, ("owner",)) is role
    settings = TranslationSettings(role_paths=("p.canAdmin",), role_names={"canadmin": role})
    assert mapping.role({"p": {"canAdmin": value}}, settings) is role


def test_the_first_path_that_leads_somewhere_counts() -> None:
    person = {"a": "", "b": {"c": "host"}, "d": "admin"}
    settings = TranslationSettings(role_paths=("a", "x.y", "b.c", "d"))
    assert mapping.role(person, settings, ("d",)) is Role.TEACHER


def test_paths_of_the_organization_replace_the_platforms() -> None:
    person = {"role": "host", "ip": "203.0.113.57", "name": "n"}
    settings = TranslationSettings(role_paths=("x",), ip_paths=("x",), title_paths=("x",))
    assert mapping.role(person, settings, ("role",)) is Role.STUDENT
    assert mapping.ip_address(person, settings, ("ip",)) is None
    assert mapping.title(person, settings, ("name",), "the name") == "the name"


def test_a_path_goes_into_json_kept_as_text() -> None:
    deep = json.dumps({"user": json.dumps({"ip": "2001:DB8::1"})})
    settings = TranslationSettings(ip_paths=("metadata.user.ip",))
    assert mapping.ip_address({"metadata": deep}, settings) == "2001:db8::1"
    for broken in ("{", "plain", '{"user": 1}', "{" * 50_000, None, 7, ["user"]):
        assert mapping.ip_address({"metadata": broken}, settings) is None


def test_a_key_may_hold_dots_itself() -> None:
    person = {"attributes": {"app.role": "host", "a": {"b.c": "admin"}}}
    for path, role in (("attributes.app.role", Role.TEACHER), ("attributes.a.b.c", Role.ADMIN)):
        assert mapping.role(person, TranslationSettings(role_paths=(path,))) is role


def test_a_title_is_found_or_is_the_name() -> None:
    room = {"metadata": '{"title": "Algebra"}', "other": 7}
    assert mapping.title(room, SETTINGS, ("metadata.title",), "r1") == "Algebra"
    assert mapping.title(room, SETTINGS, ("other",), "r1") == "r1"
    assert mapping.title(room, SETTINGS, ("none",)) is None
    settings = TranslationSettings(title_paths=("metadata.title",))
    assert mapping.title(room, settings, (), "r1") == "Algebra"
