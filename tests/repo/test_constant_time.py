"""What proves somebody is compared in a time that does not tell how much of it was right.

Python's `==` stops at the first difference; `hmac.compare_digest` does not.
"""

import ast
import re
from collections.abc import Iterator

import pytest
from repo.tree import name_of, python_files, text_of

PROOF = re.compile(
    r"(?:^|_)(?:token|signature|secret|digest|hexdigest|checksum|hash|headers|api_key)$"
)
"""The last word of what is a proof, or holds one."""

EDGES = python_files("src/rollbook/web", "src/rollbook/sources")
"""Where proofs come in: what is stored is looked up by its hash."""

_EQUAL = ast.Eq | ast.NotEq | ast.In | ast.NotIn


def tell_tales(source: str) -> list[str]:
    """The comparisons of proofs that tell where they differ.

    A module that knows `hmac` is there to prove: it compares no two values with `==` at all,
    whatever their names. What stands in the source itself is no secret.
    """
    tree = ast.parse(source)
    proves = "hmac" in {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    return [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        for one, other in _compared(node)
        if proves or any(PROOF.search(name) for name in (*_names(one), *_names(other)))
    ]


def _compared(node: ast.Compare) -> Iterator[tuple[ast.expr, ast.expr]]:
    sides = [node.left, *node.comparators]
    for one, how, other in zip(sides, node.ops, sides[1:], strict=False):
        constant = isinstance(one, ast.Constant) or isinstance(other, ast.Constant)
        if isinstance(how, _EQUAL) and not constant:
            yield one, other


def _names(side: ast.expr) -> Iterator[str]:
    """What a value is called, and what it was taken from."""
    match side:
        case ast.Name():
            yield side.id
        case ast.Attribute():
            yield side.attr
            yield from _names(side.value)
        case ast.Subscript(slice=ast.Constant(value=str(key))):
            yield key
            yield from _names(side.value)
        case ast.Call(func=ast.Name(id="str" | "bytes"), args=[inner, *_]):
            yield from _names(inner)
        case ast.Call():
            yield from _names(side.func)
        case ast.Tuple() | ast.List() | ast.Set():
            for element in side.elts:
                yield from _names(element)
        case _:
            pass


def test_no_proof_is_compared_in_a_time_that_tells() -> None:
    assert len(EDGES) > 50
    found = {name_of(file): tell_tales(text_of(file)) for file in EDGES}
    assert {name: told for name, told in found.items() if told} == {}


@pytest.mark.parametrize(
    ("source", "tells"),
    [
        ("given == expected_signature", True),
        ("form['token'] != token", True),
        ("request.headers.get('x-signature', '') == value", True),
        ("mac.hexdigest() == given", True),
        ("given in {one.key_hash, other.key_hash}", True),
        ("str(claims['sha256']) == digest", True),
        ("import hmac\none == other", True),
        ("import hmac\nlen(stamps) != 1", False),
        ("token == ''", False),
        ("wanted == key_id(known.key_hash)", False),
        ("one == other", False),
        ("'authorization' in headers", False),
    ],
)
def test_a_comparison_that_tells_is_found_out(source: str, *, tells: bool) -> None:
    assert bool(tell_tales(source)) == tells


def test_both_edges_have_a_comparison_that_does_not_tell() -> None:
    using = [name_of(file) for file in EDGES if "hmac.compare_digest(" in text_of(file)]
    folders = {name.split("/")[2] for name in using}
    assert folders == {"web", "sources"}
