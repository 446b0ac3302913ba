"""Values: dataclasses that nobody changes, of which large files and batches make millions.

Type checkers hold everybody to that. At run time nobody looks: a dataclass that is frozen then too
sets its fields one by one past its own refusal, and takes four times as long to make (docs/decisions/0058).
"""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(kind: type[T]) -> type[T]:
    """A class whose objects are equal, and hash alike, where all their fields are."""
    return dataclass(slots=True, unsafe_hash=True)(kind)
