"""Says what is wrong once when it begins and once when it ends, instead of every second in between."""

import logging

log = logging.getLogger("serving.sync")


class Notices:
    """What is wrong right now, by subject."""

    def __init__(self) -> None:
        self._current: dict[str, str] = {}

    def trouble(self, subject: str, message: str) -> None:
        """`subject` has a problem; logged unless it was already the same one."""
        if self._current.get(subject) != message:
            log.warning("%s", message)
        self._current[subject] = message

    def fine(self, subject: str, message: str) -> None:
        """`subject` is well; `message` is logged if it wasn't before."""
        if self._current.pop(subject, None) is not None:
            log.info("%s", message)

    def about(self, subject: str) -> bool:
        """Whether `subject` has a problem right now."""
        return subject in self._current

    @property
    def current(self) -> tuple[str, ...]:
        """What is wrong now, for the replica's status."""
        return tuple(self._current[subject] for subject in sorted(self._current))
