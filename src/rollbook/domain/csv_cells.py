"""Cells and lines of CSV (RFC 4180) that spreadsheets open without harm."""

from functools import lru_cache

from rollbook.domain.values import value

DELIMITERS = (",", ";", "\t")
"""What may stand between two cells."""

LINE_END = "\r\n"
BYTE_ORDER_MARK = "\ufeff"

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@value
class CsvForm:
    """The form of a CSV: Excel in many countries wants `;` and a byte order mark."""

    delimiter: str = ","
    byte_order_mark: bool = False

    def first_line(self, *cells: str) -> str:
        """The line with which the file begins."""
        return (BYTE_ORDER_MARK if self.byte_order_mark else "") + self.line(*cells)

    def line(self, *cells: str) -> str:
        """One line of cells that are already encoded."""
        return self.delimiter.join(cells) + LINE_END

    def text(self, value: str | None) -> str:
        """A cell of text from outside: disarmed and quoted where it must be."""
        return _text(value, self.delimiter) if value else ""

    def title(self, value: str | None) -> str:
        """A cell of a room's title: disarmed, and always quoted as the contract shows it."""
        return _title(value or "")


@lru_cache(1024)  # of many rows most name the same few rooms
def _text(value: str, delimiter: str) -> str:
    safe = disarmed(value)
    return quoted(safe) if _needs_quotes(safe, delimiter) else safe


@lru_cache(1024)
def _title(value: str) -> str:
    return quoted(disarmed(value))


def _needs_quotes(value: str, delimiter: str) -> bool:
    # Leading or trailing space is significant, and some readers trim it where unquoted.
    return (
        delimiter in value
        or '"' in value
        or "\n" in value
        or "\r" in value
        or value != value.strip(" ")
    )


def disarmed(value: str) -> str:
    """Text that no spreadsheet takes for a formula.

    Only for text: a negative number would become text itself.
    See https://owasp.org/www-community/attacks/CSV_Injection
    """
    return "'" + value if value.startswith(_FORMULA_STARTS) else value


def quoted(value: str) -> str:
    """A cell in double quotes."""
    return '"' + value.replace('"', '""') + '"'


def armed(value: str) -> str:
    """What `disarmed` was given."""
    return value[1:] if value[:1] == "'" and value[1:].startswith(_FORMULA_STARTS) else value
