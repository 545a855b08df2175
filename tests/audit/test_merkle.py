"""The tree of the trail is RFC 6962's, however it was grown."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.audit.merkle import EMPTY_ROOT, Tree, leaf, node

# The vectors of Certificate Transparency's own tests.
INPUTS = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf(bytes([number % 256, number // 256])) for number in range(600)]


def by_definition(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return node(by_definition(leaves[:k]), by_definition(leaves[k:]))


def grown(leaves: Sequence[bytes]) -> Tree:
    tree = Tree()
    tree.extend(leaves)
    return tree


@pytest.mark.parametrize("size", range(1, 9))
def test_the_vectors_of_certificate_transparency_hold(size: int) -> None:
    tree = grown([leaf(bytes.fromhex(each)) for each in INPUTS[:size]])

    assert tree.root().hex() == ROOTS[size - 1]


def test_a_tree_of_nothing_has_the_root_of_nothing() -> None:
    assert Tree().root() == EMPTY_ROOT == by_definition([])


@given(st.lists(st.integers(0, 60), max_size=8))
def test_a_tree_grown_in_steps_is_the_tree_by_definition(steps: list[int]) -> None:
    tree, size = Tree(), 0
    for step in steps:
        tree.extend(LEAVES[size : size + step])
        size += step
        tree = Tree.of(tree.size, tree.frontier)  # as the next checkpoint finds it

    assert (tree.size, tree.root()) == (size, by_definition(LEAVES[:size]))


@given(st.integers(0, 6), st.integers(0, 64))
def test_pieces_that_were_built_apart_make_the_same_tree(whole: int, rest: int) -> None:
    piece = 64
    tree = grown(LEAVES[: whole * piece])

    both = tree.joined(grown(LEAVES[whole * piece : whole * piece + rest]))

    assert (both.root(), both.frontier) == (
        by_definition(LEAVES[: whole * piece + rest]),
        grown(LEAVES[: whole * piece + rest]).frontier,
    )


def test_a_piece_can_not_be_put_where_no_subtree_begins() -> None:
    with pytest.raises(ValueError, match="begin"):
        grown(LEAVES[:3]).joined(grown(LEAVES[3:7]))


def test_extending_leaves_what_was_given_as_it_was() -> None:
    leaves = list(LEAVES[:5])
    grown(leaves)

    assert leaves == LEAVES[:5]


@pytest.mark.parametrize(
    ("size", "frontier"), [(3, b""), (3, b"x" * 32), (1, b"x" * 31), (-1, b""), (2, b"x" * 64)]
)
def test_a_frontier_of_another_size_is_refused(size: int, frontier: bytes) -> None:
    with pytest.raises(ValueError, match="frontier"):
        Tree.of(size, frontier)
