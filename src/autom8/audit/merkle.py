"""The Merkle tree over the trail, as RFC 6962 has it (section 2.1). Rules only: no I/O, no clock.

A leaf is the chain hash of one entry, which covers the entry's canonical bytes and all before it. Leaves and
inner nodes are hashed under different first bytes, so that none can pass for the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final, Self

HASH_BYTES: Final = 32
_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"
EMPTY_ROOT: Final = sha256(b"").digest()


def leaf(entry_hash: bytes) -> bytes:
    """The leaf of an entry, from its chain hash."""
    return sha256(_LEAF + entry_hash).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(_NODE + left + right).digest()


class Tree:
    """As much of a tree as is needed to grow it and to tell its root: one hash for each bit of its size.

    It may also be a piece that begins anywhere; `joined` puts it behind the tree before it.
    """

    __slots__ = ("_pending", "size")

    def __init__(self, size: int = 0, pending: Iterable[bytes | None] = ()) -> None:
        self.size = size
        self._pending: list[bytes | None] = list(pending)  # by level: the full subtree that waits for a twin

    @classmethod
    def of(cls, size: int, frontier: bytes) -> Self:
        """The tree of `size` leaves with this `frontier`.

        Raises:
            ValueError: the frontier is not one of that size.
        """
        hashes = [frontier[at : at + HASH_BYTES] for at in range(0, len(frontier), HASH_BYTES)]
        if size < 0 or len(hashes) != size.bit_count() or len(frontier) % HASH_BYTES:
            raise ValueError("The frontier does not have one hash for each bit of the size.")
        levels = range(size.bit_length())
        return cls(size, [hashes.pop() if size >> level & 1 else None for level in levels])

    @property
    def frontier(self) -> bytes:
        """The roots of the full subtrees, the largest first."""
        return b"".join(each for each in reversed(self._pending) if each is not None)

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add leaves at the end."""
        self.size += len(leaves)
        nodes, level, pending = leaves, 0, self._pending
        while nodes:
            if level == len(pending):
                pending.append(None)
            if (waiting := pending[level]) is not None:
                nodes = [waiting, *nodes]
            pending[level] = nodes[-1] if len(nodes) % 2 else None
            pairs = zip(nodes[0::2], nodes[1::2], strict=False)  # the odd one waits
            nodes = [sha256(_NODE + left + right).digest() for left, right in pairs]
            level += 1

    def root(self) -> bytes:
        """The tree's root."""
        root = None
        for each in self._pending:
            if each is not None:
                root = each if root is None else node(each, root)
        return EMPTY_ROOT if root is None else root

    def copy(self) -> Tree:
        """The same tree, to go its own way."""
        return Tree(self.size, self._pending)

    def joined(self, piece: Tree) -> Tree:
        """The tree with `piece` behind it.

        Raises:
            ValueError: it ends where no subtree as large as the piece's may begin.
        """
        both = self.copy()
        for level in reversed(range(len(piece._pending))):
            if (subtree := piece._pending[level]) is not None:
                both.add_subtree(level, subtree)
        return both

    def add_subtree(self, level: int, subtree: bytes) -> None:
        """Add a full subtree of 2 to the power of `level` leaves at the end.

        Raises:
            ValueError: none of this size may begin there.
        """
        if self.size % (1 << level):
            raise ValueError("A subtree can't begin here.")
        self.size += 1 << level
        self._pending.extend([None] * (level + 1 - len(self._pending)))
        while (waiting := self._pending[level]) is not None:
            self._pending[level] = None
            subtree, level = node(waiting, subtree), level + 1
            if level == len(self._pending):
                self._pending.append(None)
        self._pending[level] = subtree
