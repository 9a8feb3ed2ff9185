"""What a leakage audit found, as tables for a person."""

import sys

from rich.console import Console
from rich.table import Table

from trainer.lookalikes.leakage import Leakage


def show(found: Leakage, listed: int) -> None:
    """Print an audit.

    Args:
        found: what it found.
        listed: how many of the leaking files to name.
    """
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
