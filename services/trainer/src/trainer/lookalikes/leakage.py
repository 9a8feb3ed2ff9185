"""An audit of anybody's split: how much of a test folder is in the training folder, by content and by likeness.

The rule is the one by which `prepare` groups: the same SHA-256, or perceptual hashes within 6 bits. Reads two folders,
writes nothing, and needs no store.
"""

import hashlib
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from contracts.manifest import Contract
from imaging import DEFAULT_LIMITS, ImageRefusedError, formats
from inference import usable_cores
from trainer.errors import UnusableDataError
from trainer.lookalikes.fingerprint import Fingerprint, fingerprint
from trainer.lookalikes.near_duplicates import join, near_pairs
from trainer.progress import Progress

NO_CLASS = "(no class)"


class LeakingFile(Contract):
    test: str
    """Path below the test folder."""
    train: str
    """One of the training files it is like, below the training folder."""
    same: bool
    """Whether the content is the same to the byte; otherwise it looks alike."""
    other_label: bool
    """Whether that file stands under another class: then one of them is wrong."""


class ClassLeakage(Contract):
    files: int
    same: int
    alike: int
    """Of the others, those that look like a training picture."""


class Leakage(Contract):
    train: str
    test: str
    train_files: int
    test_files: int
    same: int
    """Test files whose content is in the training folder."""
    alike: int
    """Other test files that look like a picture of the training folder."""
    two_labels: int
    """Contents that stand under more than one class, in either folder."""
    repeated_in_train: int
    """Training files whose content is there already."""
    unreadable: tuple[str, ...]
    """Files that are no readable pictures; they are compared by content only."""
    classes: dict[str, ClassLeakage]
    files: tuple[LeakingFile, ...]

    @property
    def leaking(self) -> int:
        """Test files that say nothing about what a model can do."""
        return self.same + self.alike


@dataclass(frozen=True, slots=True, eq=False)
class _File:
    path: str
    label: str
    sha256: str
    print: Fingerprint | None


def audit(train: Path, test: Path) -> Leakage:
    """Compare every file of the test folder with every file of the training folder, by an index.

    Direct subfolders are the classes. A folder that is missing or has no pictures is an UnusableDataError.
    """
    learnt, tested = _read(train), _read(test)
    everything = [*learnt, *tested]
    readable = [index for index, each in enumerate(everything) if each.print is not None]
    prints = [each.print for each in everything if each.print is not None]
    like: dict[int, int] = {}
    for one, other in _across(near_pairs(prints), readable, len(learnt)):
        like.setdefault(other, one)
    by_content = {each.sha256: index for index, each in reversed(list(enumerate(learnt)))}
    classes: dict[str, Counter[str]] = defaultdict(Counter)
    leaks: list[LeakingFile] = []
    for index, file in enumerate(tested, start=len(learnt)):
        kind = "same" if file.sha256 in by_content else "alike" if index in like else "new"
        classes[file.label][kind] += 1
        if kind != "new":
            seen = learnt[by_content.get(file.sha256, like.get(index, 0))]
            other = seen.label != file.label
            leaks.append(LeakingFile(test=file.path, train=seen.path, same=kind == "same", other_label=other))
    labels: dict[str, set[str]] = defaultdict(set)
    for file in everything:
        labels[file.sha256].add(file.label)
    return Leakage(
        train=str(train),
        test=str(test),
        train_files=len(learnt),
        test_files=len(tested),
        same=sum(of["same"] for of in classes.values()),
        alike=sum(of["alike"] for of in classes.values()),
        two_labels=sum(len(of) > 1 for of in labels.values()),
        repeated_in_train=len(learnt) - len(by_content),
        unreadable=tuple(each.path for each in everything if each.print is None),
        classes={
            label: ClassLeakage(files=of.total(), same=of["same"], alike=of["alike"])
            for label, of in sorted(classes.items())
        },
        files=tuple(leaks),
    )


def _across(pairs: Sequence[tuple[int, int]], readable: Sequence[int], learnt: int) -> Iterator[tuple[int, int]]:
    """(training file, test file) of all that belong together: what looks alike in steps does, too, as in a group."""
    for members in join(len(readable), pairs):
        known = min(readable[member] for member in members)
        if known < learnt:
            yield from ((known, readable[member]) for member in members if readable[member] >= learnt)


def _read(folder: Path) -> list[_File]:
    if not folder.is_dir():
        msg = f"expected a folder of class folders, got {folder}, which is none"
        raise UnusableDataError(msg)
    paths = sorted(path for path in folder.rglob("*") if formats.is_photo_name(path.name) and path.is_file())
    if not paths:
        msg = f"{folder} has no {formats.NAMES} file to compare"
        raise UnusableDataError(msg)
    progress = Progress(f"files of {folder} read", len(paths))

    def look(path: Path) -> _File:
        relative = path.relative_to(folder)
        label = relative.parts[0] if len(relative.parts) > 1 else NO_CLASS
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            data = file.read(DEFAULT_LIMITS.max_bytes + 1)
        try:
            seen = fingerprint(data)
        except ImageRefusedError:
            seen = None
        finally:
            progress.advance()
        return _File(str(relative), label, sha256, seen)

    with ThreadPoolExecutor(usable_cores()) as pool:
        return list(pool.map(look, paths))


def show(found: Leakage, listed: int) -> None:
    """Print an audit as tables for a person, and so many of the leaking files by name."""
    # without a terminal there is no width to fit into: a log or a pipe gets each row whole
    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    share = found.leaking / found.test_files
    table = Table(title=f"{found.leaking} of {found.test_files} test files ({share:.0%}) are known from training")
    for column in ("class", "test files", "same content", "looks alike", "leaking"):
        table.add_column(column, justify="left" if column == "class" else "right")
    for label, of in found.classes.items():
        row = (of.files, of.same, of.alike, f"{(of.same + of.alike) / of.files:.0%}")
        table.add_row(label, *map(str, row))
    table.add_section()
    table.add_row("all", str(found.test_files), str(found.same), str(found.alike), f"{share:.0%}", style="bold")
    console.print(table)
    for leak in found.files[:listed]:
        how = "is" if leak.same else "looks like"
        label = ", which stands under another class" if leak.other_label else ""
        console.print(f"  {leak.test} {how} {leak.train}{label}", markup=False)
    if len(found.files) > listed:
        console.print(f"  … and {len(found.files) - listed} more (--listed {len(found.files)} names them all)")
    for count, what in (
        (found.two_labels, "contents stand under more than one class"),
        (found.repeated_in_train, "training files repeat another's content"),
        (len(found.unreadable), "files can't be read as pictures and were compared by content only"),
    ):
        if count:
            console.print(f"{count} {what}")
    if found.leaking:
        console.print("Figures measured on this test folder say nothing about new pictures.", style="bold red")
    else:
        console.print("Nothing leaks.", style="bold green")
