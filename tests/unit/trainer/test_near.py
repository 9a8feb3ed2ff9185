"""Pictures that look alike are found by an index: all of them, and without comparing all pairs."""

import time
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from trainer.lookalikes.fingerprint import MIN_CORRELATION, Fingerprint
from trainer.lookalikes.near_duplicates import join, near_pairs

SEED = 7


def structured(bits: npt.NDArray[np.uint64]) -> list[Fingerprint]:
    return [Fingerprint(int(each), None) for each in bits]


def flipped(rng: np.random.Generator, bits: int, count: int) -> int:
    for position in rng.choice(64, size=count, replace=False):
        bits ^= 1 << int(position)
    return bits


def bare(rng: np.random.Generator, near: Fingerprint | None = None, noise: float = 0.0) -> Fingerprint:
    """A picture without structure: alone, or a copy of another with noise."""
    values = rng.normal(size=576) if near is None or near.thumbnail is None else near.thumbnail.astype(np.float64)
    values = values + rng.normal(scale=noise, size=576)
    values -= values.mean()
    ones = int(rng.integers(0, 5))
    return Fingerprint(flipped(rng, 0, ones), (values / np.linalg.norm(values)).astype(np.float16))


def by_comparing_all(prints: Sequence[Fingerprint]) -> list[list[int]]:
    """The groups as the rule has them, pair by pair."""

    def alike(one: Fingerprint, other: Fingerprint) -> bool:
        if (one.bits ^ other.bits).bit_count() > 6:
            return False
        if one.thumbnail is None or other.thumbnail is None:
            return True
        return float(one.thumbnail.astype(np.float32) @ other.thumbnail.astype(np.float32)) >= MIN_CORRELATION

    count = len(prints)
    return join(count, [(i, j) for i in range(count) for j in range(i + 1, count) if alike(prints[i], prints[j])])


def test_the_index_finds_what_comparing_all_pairs_finds() -> None:
    rng = np.random.default_rng(SEED)
    prints = structured(rng.integers(0, 2**63, size=150, dtype=np.uint64))
    prints += [Fingerprint(flipped(rng, prints[i].bits, i % 9), None) for i in range(60)]
    alone = [bare(rng) for _ in range(60)]
    prints += [*alone, *(bare(rng, each, noise=0.002 * (i % 8)) for i, each in enumerate(alone))]
    # just without structure, and just with it
    edge = flipped(rng, 0, 12)
    thumbnail = alone[0].thumbnail
    prints += [Fingerprint(edge, thumbnail), Fingerprint(edge, alone[1].thumbnail)]
    prints += [Fingerprint(flipped(rng, edge, 3) | 0b11 << 30, None)]
    order = rng.permutation(len(prints))
    shuffled = [prints[index] for index in order]
    expected = sorted(map(tuple, by_comparing_all(shuffled)))
    assert len(expected) < len(prints) - 60
    assert sorted(map(tuple, join(len(shuffled), near_pairs(shuffled)))) == expected


def test_six_bits_are_near_and_seven_arent_wherever_they_lie() -> None:
    rng = np.random.default_rng(SEED)
    for base in rng.integers(0, 2**63, size=120, dtype=np.uint64).tolist():
        assert near_pairs([Fingerprint(base, None), Fingerprint(flipped(rng, base, 6), None)]) == [(0, 1)]
        assert near_pairs([Fingerprint(base, None), Fingerprint(flipped(rng, base, 7), None)]) == []


def test_a_hundred_thousand_hashes_take_seconds() -> None:
    rng = np.random.default_rng(SEED)
    bits = rng.integers(0, 2**64 - 1, size=100_000, dtype=np.uint64)
    twins = [(int(a), int(b)) for a, b in rng.choice(100_000, size=(500, 2), replace=False)]
    for number, (one, other) in enumerate(twins):
        bits[other] = flipped(rng, int(bits[one]), number % 7)
    before = time.process_time()
    found = near_pairs(structured(bits))
    assert time.process_time() - before < 20
    assert found == sorted((min(pair), max(pair)) for pair in twins)


def test_ten_thousand_copies_of_one_picture_dont_make_fifty_million_pairs() -> None:
    assert len(near_pairs(structured(np.full(10_000, 0xF0F0F0F0F0F0F0F0, np.uint64)))) == 9_999


def test_nothing_is_near_to_nothing() -> None:
    assert near_pairs([]) == []
