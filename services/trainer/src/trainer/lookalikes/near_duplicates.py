"""Finds the pictures that look alike among hundreds of thousands, without ever comparing all pairs.

Multi-index hashing (Norouzi, Punjani, Fleet 2012, arXiv:1307.2982): of two 64-bit hashes within 6 bits, cut into four
parts of 16, at least one part differs in no more than one bit. So each part is looked up as it is and with each of its
bits flipped: 68 look-ups in sorted arrays find every pair there is. Pictures without structure, whose hashes all lie
together, are compared by their thumbnails instead, and only with those that one projection of them leaves in reach.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt

from trainer.lookalikes.fingerprint import (
    MAX_DISTANCE_BITS,
    MIN_CORRELATION,
    STRUCTURED_BITS,
    THUMBNAIL_SIDE_PX,
    Fingerprint,
)

PARTS = 4
PART_BITS = 64 // PARTS
PAIRS_AT_ONCE = 2**18
"""Candidates compared in one go, so that memory stays flat."""
THUMBNAIL_PAIRS_AT_ONCE = 2**13

Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]
Pairs = tuple[Indices, Indices]


def near_pairs(prints: Sequence[Fingerprint]) -> list[tuple[int, int]]:
    """Index pairs (i < j) of pictures that look alike; of equal hashes each is paired with the first of them only."""
    hashes = np.array([each.bits for each in prints], dtype=np.uint64)
    bare = np.array([each.thumbnail is not None for each in prints], dtype=np.bool_)
    found = {*_structured_pairs(hashes, bare), *_bare_pairs(prints, hashes, np.flatnonzero(bare))}
    return sorted(found)


def join(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Connected components of the graph on 0 … count − 1 with these edges (union-find with path halving)."""
    parent = list(range(count))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for one, other in pairs:
        parent[root(one)] = root(other)
    components: dict[int, list[int]] = defaultdict(list)
    for index in range(count):
        components[root(index)].append(index)
    return list(components.values())


def _structured_pairs(hashes: Hashes, bare: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Pairs of which at least one has structure; the other may only just lack it."""
    ones = np.bitwise_count(hashes)
    reachable = ~bare | (np.minimum(ones, 64 - ones) >= STRUCTURED_BITS - MAX_DISTANCE_BITS)
    where = np.flatnonzero(reachable)
    distinct, inverse = np.unique(hashes[where], return_inverse=True)
    members: list[list[int]] = [[] for _ in distinct]
    for index, position in zip(where.tolist(), inverse.tolist(), strict=True):
        equals = members[position]
        if bare[index] or not equals:
            equals.append(index)
        else:
            yield equals[0], index
    # a hash tells by itself whether its picture has structure, so equal ones are of one kind
    plain = np.array([bool(bare[equals[0]]) for equals in members], dtype=np.bool_)
    for left, right in _within_reach(distinct):
        wanted = ~(plain[left] & plain[right])
        for one, other in zip(left[wanted].tolist(), right[wanted].tolist(), strict=True):
            yield from ((min(i, j), max(i, j)) for i, j in product(members[one], members[other]))


def _within_reach(distinct: Hashes) -> Iterator[Pairs]:
    """Pairs of positions in `distinct` within the distance; a pair may come several times."""
    for part in range(PARTS):
        values = ((distinct >> np.uint64(part * PART_BITS)) & np.uint64(2**PART_BITS - 1)).astype(np.int64)
        order = np.argsort(values, kind="stable")
        ordered = values[order]
        for flip in [0, *(1 << bit for bit in range(PART_BITS))]:
            start = np.searchsorted(ordered, values ^ flip, side="left")
            end = np.searchsorted(ordered, values ^ flip, side="right")
            for left, at in _expand(start, end):
                right = order[at]
                distances = np.bitwise_count(distinct[left] ^ distinct[right])
                near = (distances <= MAX_DISTANCE_BITS) & (left < right)
                yield left[near], right[near]


def _bare_pairs(prints: Sequence[Fingerprint], hashes: Hashes, bare: Indices) -> Iterator[tuple[int, int]]:
    """Pairs of pictures without structure: near hashes, and thumbnails that agree.

    Thumbnails have length 1, so two with the correlation asked for are at most `reach` apart, in every direction.
    """
    if not len(bare):
        return
    thumbnails = np.stack([each for index in bare.tolist() if (each := prints[index].thumbnail) is not None])
    reach = float(np.sqrt(2.0 - 2.0 * MIN_CORRELATION)) + 1e-3
    projections = thumbnails.astype(np.float32) @ _directions().T
    order = np.argsort(projections[:, 0], kind="stable")
    bare, thumbnails, projections = bare[order], thumbnails[order], projections[order]
    start = np.arange(1, len(bare) + 1)
    end = np.searchsorted(projections[:, 0], projections[:, 0] + reach, side="right")
    for candidates in _expand(start, end):
        near = np.stack(candidates)
        near = near[:, np.bitwise_count(np.bitwise_xor(*hashes[bare[near]])) <= MAX_DISTANCE_BITS]
        for along in projections.T[1:]:
            near = near[:, np.abs(np.subtract(*along[near])) <= reach]
        for at in range(0, near.shape[1], THUMBNAIL_PAIRS_AT_ONCE):
            one, other = near[:, at : at + THUMBNAIL_PAIRS_AT_ONCE]
            agree = np.einsum("ij,ij->i", thumbnails[one], thumbnails[other], dtype=np.float32) >= MIN_CORRELATION
            for i, j in zip(bare[one[agree]].tolist(), bare[other[agree]].tolist(), strict=True):
                yield min(i, j), max(i, j)


def _expand(start: Indices, end: Indices) -> Iterator[Pairs]:
    """Every (row, position) with start[row] ≤ position < end[row], in blocks."""
    lengths = np.maximum(end - start, 0)
    totals = np.cumsum(lengths)
    row = 0
    while row < len(lengths):
        before = totals[row - 1] if row else 0
        last = max(row + 1, int(np.searchsorted(totals, before + PAIRS_AT_ONCE, side="right")))
        counts = lengths[row:last]
        rows = np.repeat(np.arange(row, last), counts)
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        yield rows, start[rows] + offsets
        row = last


def _directions() -> npt.NDArray[np.float32]:
    """[8 × 576] orthonormal: the slowest waves of the discrete cosine transform, in which thumbnails differ most."""
    side = THUMBNAIL_SIDE_PX
    position = (np.arange(side) + 0.5) * np.pi / side
    waves = [
        np.outer(np.cos(position * y), np.cos(position * x)).ravel()
        for y, x in ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (1, 2), (2, 1), (2, 2))
    ]
    return np.stack([wave / np.linalg.norm(wave) for wave in waves]).astype(np.float32)
