"""Which images belong together: the same case by the source's word, or pictures that look alike.

Whatever shares a group never meets across splits, so a model can't be tested on what it has learnt by heart.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from trainer.data.sightings import Image

GROUP_NAME_LENGTH = 16


def group(images: Sequence[Image], alike: Iterable[tuple[int, int]]) -> dict[str, list[Image]]:
    """Join images by case and by likeness.

    Args:
        images: all images; exact duplicates are one image already.
        alike: index pairs of those that look alike.

    Returns:
        Group name → its images. A group is named after its smallest SHA-256.
    """
    by_case: dict[str, list[int]] = defaultdict(list)
    for index, image in enumerate(images):
        for case in image.cases:
            by_case[case].append(index)
    same_case = [(members[0], other) for members in by_case.values() for other in members[1:]]
    groups: dict[str, list[Image]] = {}
    for members in join(len(images), [*same_case, *alike]):
        name = min(images[index].sha256 for index in members)[:GROUP_NAME_LENGTH]
        groups[name] = [images[index] for index in members]
    return groups


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
