"""The secret key: where it is, what it seals, and what comes of it."""

import hashlib
import hmac
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.errors import InvalidInput, SecretKeyMissing
from rollbook.secret_keys import SecretKey, SecretKeys, fresh_key, keys_in
from rollbook.settings import read_settings

ONE, OTHER = "one-key-of-thirty-two-characters-", "other-key-of-thirty-two-characters"


@pytest.fixture
def lax_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def hkdf(key: str, info: str, length: int) -> bytes:
    """RFC 5869, written from its text; lengths up to one block of the hash."""
    extracted = hmac.new(b"rollbook", key.encode(), hashlib.sha256).digest()
    return hmac.new(extracted, f"rollbook: {info}\x01".encode(), hashlib.sha256).digest()[:length]


def test_every_purpose_has_a_key_of_its_own_by_rfc_5869() -> None:
    key = SecretKey(ONE)
    assert key.derived("cookies") == hkdf(ONE, "cookies", 32)
    assert key.name == hkdf(ONE, "its name", 6).hex()
    purposes = ("cookies", "forms", "secrets of sources", "its name")
    assert len({key.derived(purpose) for purpose in purposes}) == len(purposes)


@given(text=st.text(), about=st.text(), other=st.text())
def test_what_is_sealed_opens_with_its_key_and_about_its_own_alone(
    text: str, about: str, other: str
) -> None:
    sealed = SecretKey(ONE).seal(text, about)
    assert SecretKey(ONE).unseal(sealed, about) == text
    assert SecretKey(OTHER).unseal(sealed, about) is None
    if other != about:
        assert SecretKey(ONE).unseal(sealed, other) is None


def test_the_same_text_is_never_sealed_alike() -> None:
    assert len({SecretKey(ONE).seal("secret", "x") for _ in range(100)}) == 100


@given(where=st.integers(0, 60), bit=st.integers(0, 5))
def test_what_was_changed_does_not_open(where: int, bit: int) -> None:
    sealed = SecretKey(ONE).seal("a secret of some length, 44 bytes together..", "x")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    changed = letters[letters.index(sealed[where]) ^ 1 << bit]
    assert SecretKey(ONE).unseal(sealed[:where] + changed + sealed[where + 1 :], "x") is None


@pytest.mark.parametrize("odd", ["", "A", "AAAA", "ä", "=" * 8, "not base64 at all!"])
def test_what_was_never_sealed_does_not_open(odd: str) -> None:
    assert SecretKey(ONE).unseal(odd, "x") is None


def test_a_file_is_made_once_and_for_its_owner_alone(tmp_path: Path, lax_umask: None) -> None:
    del lax_umask
    file = tmp_path / "ledger.db-key"
    keys = SecretKeys(file=file)
    with pytest.raises(SecretKeyMissing, match="is not there"):
        keys.all()
    keys.make()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_text()
    SecretKeys(file=file).make()
    assert file.read_text() == before
    assert SecretKeys(file=file).all()[0].name == keys.all()[0].name
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_of_many_who_make_it_at_once_all_have_the_same(tmp_path: Path) -> None:
    file, names = tmp_path / "key", []

    def make() -> None:
        keys = SecretKeys(file=file)
        keys.make()
        names.append(keys.all()[0].name)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names) == 8
    assert len(set(names)) == 1


def test_without_a_file_none_is_made() -> None:
    with pytest.raises(SecretKeyMissing, match="ROLLBOOK_SECRET_KEY"):
        SecretKeys().make()


def test_a_new_key_comes_first_and_others_who_have_the_file_find_it(
    tmp_path: Path, lax_umask: None
) -> None:
    del lax_umask
    file = tmp_path / "key"
    keys, others = SecretKeys(file=file), SecretKeys(file=file)
    keys.make()
    before = others.all()[0]
    new = keys.renew()
    assert keys.all()[0].name == new.name
    assert others.all()[0].name == before.name
    assert others.named(new.name) is not None
    assert [key.name for key in others.all()] == [new.name, before.name]
    assert others.named("000000000000") is None
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_keys_that_are_told_come_before_those_of_the_file_and_are_not_renewed(
    tmp_path: Path,
) -> None:
    file = tmp_path / "key"
    file.write_text(f"# a word\n\n  {OTHER}  \n")
    keys = SecretKeys([ONE], file)
    assert keys.named(SecretKey(OTHER).name) is not None
    assert [key.name for key in keys.all()] == [SecretKey(ONE).name, SecretKey(OTHER).name]
    with pytest.raises(InvalidInput, match="new,old"):
        keys.renew()


@pytest.mark.parametrize("text", ["", "short\n", f"{ONE}\nshort\n", "# only words\n"])
def test_a_file_without_a_whole_key_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "key"
    file.write_text(text)
    with pytest.raises(InvalidInput, match="at least 32"):
        keys_in(file)


def test_a_file_that_is_no_text_or_cannot_be_read_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff" * 40)
    for name, why in (("bytes", "it is no text"), ("nothing", "No such file"), (".", "Is a dir")):
        with pytest.raises(InvalidInput, match=why):
            keys_in(tmp_path / name)


def test_fresh_keys_can_stand_in_a_variable() -> None:
    made = {fresh_key() for _ in range(50)}
    assert len(made) == 50
    for key in made:
        assert read_settings({"ROLLBOOK_SECRET_KEY": key}).secret_keys == (key,)


def test_several_keys_stand_in_one_variable() -> None:
    told = read_settings({"ROLLBOOK_SECRET_KEY": f"{ONE}, {OTHER}"})
    assert told.secret_keys == (ONE, OTHER)
    assert ONE not in repr(told)
    for wrong in ("short", f"{ONE},short", f"{ONE},"):
        with pytest.raises(InvalidInput, match="ROLLBOOK_SECRET_KEY") as refused:
            read_settings({"ROLLBOOK_SECRET_KEY": wrong})
        assert wrong not in refused.value.message


def test_the_file_lies_beside_an_embedded_ledger_and_nowhere_for_postgresql() -> None:
    def file(url: str, told: str = "") -> Path | None:
        values = {"ROLLBOOK_DATABASE_URL": url, "ROLLBOOK_SECRET_KEY_FILE": told}
        return read_settings(values).secret_key_file

    assert file("sqlite:////srv/school.db") == Path("/srv/school.db-key")
    assert file("sqlite:///school.db") == Path("school.db-key").absolute()
    assert file("postgresql://rollbook@db/rollbook") is None
    assert file("postgresql://rollbook@db/rollbook", "/etc/key") == Path("/etc/key")
    assert file("sqlite:////srv/school.db", "/etc/key") == Path("/etc/key")
