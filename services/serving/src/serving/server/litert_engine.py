"""A version in LiteRT: one single-threaded interpreter per worker."""

import logging
from pathlib import Path

from contracts.model import LITERT_FILE, LITERT_INT8_FILE
from inference import SIGNATURE, Outputs, Runner, check_shapes, load_description, outputs_of, release_file_pages
from serving.server.engines import Pixels
from serving.server.options import Precision

log = logging.getLogger(__name__)


class LiteRtEngine:
    """Implements `Engine`. A batch doesn't help LiteRT on a CPU, so images run one by one."""

    batch = 1

    def __init__(self, folder: Path, *, workers: int, precision: Precision) -> None:
        """Load the version's LiteRT file.

        Raises:
            UnusableModelError: if a file is missing, unreadable, or doesn't match the other.
        """
        self.description = load_description(folder)
        path = folder / LITERT_FILE
        if precision is Precision.INT8:
            if (folder / LITERT_INT8_FILE).exists():
                path = folder / LITERT_INT8_FILE
            else:
                log.warning("%s has no %s; it is served in float", folder, LITERT_INT8_FILE)
        self._runners = [Runner(path, SIGNATURE) for _ in range(workers)]
        first = self._runners[0]
        check_shapes(first.inputs | first.outputs, len(self.description.classes), self.description.input_size, path)
        release_file_pages(path)

    def run(self, worker: int, pixels: Pixels) -> Outputs:
        """Run one image, uint8 [1, 224, 224, 3]."""
        return outputs_of(self._runners[worker].run(pixels=pixels))

    def close(self) -> None:
        """Free the interpreters."""
        self._runners.clear()
