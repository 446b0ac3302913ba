"""What a platform says of itself: what people are asked for, what they paste, what they never see."""

from collections import defaultdict
from collections.abc import Mapping

import pytest

from rollbook.domain.ids import OrgId
from rollbook.domain.sources import Source
from rollbook.service.organizations.sources import to_paste
from rollbook.service.platforms import TRANSLATION_SETTINGS, SecretPart, SourceKind
from rollbook.sources.hundredms import HundredMs
from rollbook.sources.table import SOURCE_KINDS

HOST = "https://rollbook.example"
of_every_platform = pytest.mark.parametrize("platform", SOURCE_KINDS.values(), ids=SOURCE_KINDS)


def secret_of(platform: SourceKind, which: str = "newest") -> Mapping[str, str]:
    return {part.name: f"the-{which}-{part.name}" for part in platform.secret_parts}


def source_of(platform: SourceKind, *secrets: Mapping[str, str]) -> Source:
    source_id = "gtjoozxa3jk7d2m4q5ab"
    return Source(OrgId(source_id[:10]), source_id, platform.kind, "one", 0, secrets=secrets)


def is_sentence(text: str) -> bool:
    return text[0].isupper() and text.endswith(".")


@of_every_platform
def test_a_platform_tells_people_all_that_they_need(platform: SourceKind) -> None:
    assert platform.title
    assert is_sentence(platform.steps)
    assert platform.secret_parts
    for part in platform.secret_parts:
        assert part.label
        assert part.help.endswith(".")
    for setting in platform.settings:
        assert is_sentence(setting.help)
        assert setting.checked(setting.example) == setting.example


def test_no_two_platforms_have_one_name() -> None:
    assert len({platform.title for platform in SOURCE_KINDS.values()}) == len(SOURCE_KINDS)


def test_parts_of_one_name_are_asked_for_alike() -> None:
    """They share an option of the command line, which does not know the platform yet."""
    parts: dict[str, list[SecretPart]] = defaultdict(list)
    for platform in SOURCE_KINDS.values():
        for part in platform.secret_parts:
            parts[part.name].append(part)
    for alike in parts.values():
        assert len({(part.label, part.shown, part.many_lines) for part in alike}) == 1


def test_a_setting_of_one_platform_has_a_name_of_its_own() -> None:
    parts = {part.name for one in SOURCE_KINDS.values() for part in one.secret_parts}
    settings = [setting.name for one in SOURCE_KINDS.values() for setting in one.settings]
    assert len(settings) == len(set(settings))
    assert set(settings).isdisjoint({*TRANSLATION_SETTINGS, *parts})


@of_every_platform
def test_what_is_pasted_holds_the_address_and_nothing_that_is_secret(platform: SourceKind) -> None:
    source = source_of(platform, secret_of(platform), secret_of(platform, "former"))
    pasted = to_paste(platform, source, HOST)
    assert f"{HOST}/v1/webhooks/{platform.kind}/{source.source_id}" in pasted
    hidden = [part.name for part in platform.secret_parts if not part.shown]
    assert [name for name in hidden if secret_of(platform)[name] in pasted] == []
    assert "former" not in pasted
    assert to_paste(platform, source_of(platform), HOST)


def test_a_platform_is_given_only_what_may_be_seen() -> None:
    seen: list[Mapping[str, str]] = []

    class Nosy(HundredMs):
        def to_paste(self, address: str, shown: Mapping[str, str]) -> str:
            seen.append(shown)
            return address

    nosy = Nosy()
    to_paste(nosy, source_of(nosy, secret_of(nosy)), HOST)
    assert seen == [{"header": "the-newest-header"}]


def test_livekit_is_told_which_of_its_keys_signs() -> None:
    livekit = SOURCE_KINDS["livekit"]
    pasted = to_paste(livekit, source_of(livekit, secret_of(livekit)), HOST)
    assert "\n  api_key: the-newest-api_key\n" in pasted
    assert "api_key: YOUR-API-KEY" in to_paste(livekit, source_of(livekit), HOST)
