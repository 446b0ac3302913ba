"""Values: dataclasses that nobody changes, of which large files and batches make millions.

Type checkers hold everybody to that. At run time nobody looks: a dataclass that is frozen then too
sets its fields one by one past its own refusal, and takes four times as long to make (docs/decisions/0058).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(kind: type[T]) -> type[T]:
    """A class whose objects are equal, and hash alike, where all their fields are.

    Python writes and compiles code for each method of a dataclass, and there are hundreds of these classes
    whenever a process starts. So it does that for `__init__` alone; the others are here already.
    """
    made = dataclass(slots=True, repr=False, eq=False)(kind)
    compared = (each.name for each in fields(made) if each.compare)  # type: ignore[arg-type]  # it is one
    told: Callable[[object], object] = attrgetter(*compared)

    def equal(self: object, other: object) -> object:
        if other.__class__ is self.__class__:
            return told(self) == told(other)
        return NotImplemented

    def hashed(self: object) -> int:
        return hash(told(self))

    for name, method in (("__eq__", equal), ("__hash__", hashed), ("__repr__", _shown)):
        setattr(made, name, method)
    return made


def _shown(self: object) -> str:
    """As a dataclass shows itself."""
    shown = (each.name for each in fields(self) if each.repr)  # type: ignore[arg-type]  # it is one
    told = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
    return f"{self.__class__.__qualname__}({told})"
