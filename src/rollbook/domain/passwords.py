"""Which passwords are taken (OWASP ASVS 2.1): long ones, of any characters, that are not the first guess."""

import re
import unicodedata

from rollbook.domain.errors import InvalidInput

SHORTEST, LONGEST = 12, 128
"""Characters of a password."""

_COMMON = frozenset(
    [
        "administrator",
        "adminadmin",
        "adminpassword",
        "changemenow",
        "changeme",
        "letmeinplease",
        "iloveyou",
        "iloveyouforever",
        "passwordpassword",
        "mypassword",
        "newpassword",
        "secretpassword",
        "trustno",
        "welcomehome",
        "welcomewelcome",
        "qwertyuiop",
        "qwertyuiopasdfghjkl",
        "qwertyqwerty",
        "qwerty",
        "asdfghjkl",
        "asdfghjklzxcvbnm",
        "zxcvbnm",
        "qazwsxedc",
        "qazwsxedcrfv",
        "footballfootball",
        "basketball",
        "baseball",
        "superman",
        "princess",
        "sunshine",
        "monkeymonkey",
        "dragondragon",
        "starwars",
        "correcthorsebatterystaple",
        "abcdefghijkl",
        "abcdefghijklm",
        "abcdefghijklmn",
        "abcdefghijklmnopqrstuvwxyz",
        "classroom",
        "schoolschool",
        "teacherteacher",
        "rollbook",
        "rollbookrollbook",
        "password",
        "passwort",
        "motdepasse",
        "contrasena",
        "welcome",
        "admin",
        "teacher",
        "school",
        "student",
        "letmein",
    ]
)
"""What people take first, without the digits and signs that they put around it."""

_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_LIKE_LETTERS = str.maketrans("013457@$", "oieastas")


def require_good(password: str, *, name: str, email: str) -> None:
    """Raises InvalidInput for a password that is too short or long, or that somebody would try first."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput(
            f"A password must have from {SHORTEST} to {LONGEST} characters; three or four words "
            "that do not belong together are a good one.",
            field="password",
        )
    plain = _plain(password)
    if any(part in plain for part in _of_person(name, email)):
        raise InvalidInput(
            "A password must not hold your name or your e-mail address.", field="password"
        )
    if _is_common(plain):
        raise InvalidInput("This is one of the passwords that everybody tries.", field="password")


def _is_common(plain: str) -> bool:
    if len(set(plain)) < 5 or plain.isdigit():
        return True
    word = _AROUND.sub("", plain)
    return word in _COMMON or word.translate(_LIKE_LETTERS) in _COMMON


def _of_person(name: str, email: str) -> list[str]:
    """What of a person's name and address a stranger would put into a password."""
    plain_name, address = _plain(name), _plain(email)
    parts = [plain_name.replace(" ", ""), *plain_name.split(), address, address.partition("@")[0]]
    return [part for part in parts if len(part) >= 4]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
