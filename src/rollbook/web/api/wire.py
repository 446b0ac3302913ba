"""The form in which answers are written."""

import msgspec


class Wire(msgspec.Struct, rename="camel"):
    """Fields are written in camelCase, as the contract does."""
