"""What a run has done so far, for the lines of progress."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Counts of one run; everything that works on it adds to it."""

    pages: int = 0
    images: int = 0
    """Taken, unchanged ones included."""
    unchanged: int = 0
    """Of those: known from the last snapshot, so no byte of them was fetched."""
    bytes_read: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def line(self, elapsed_s: float) -> str:
        """One line for a person."""
        rate = self.images / elapsed_s if elapsed_s > 0 else 0.0
        return (
            f"{elapsed_s:.0f} s: {self.pages} pages, {self.images} images ({self.unchanged} unchanged), "
            f"{self.refused.total()} refused, {self.bytes_read / 1e6:.1f} MB, {rate:.1f} images/s"
        )
