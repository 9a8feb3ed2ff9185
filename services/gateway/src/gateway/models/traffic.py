"""Which version a request meets that asked for none: production, or the candidate for its share of the photos."""

from contracts.models.traffic import Traffic, TrafficMode
from gateway.http.errors import StoreAwayError
from gateway.store.watched_document import WatchedDocument

BUCKETS = 2**32


class Router:
    """Obeys the rules as they stand at each moment; without any, production answers everything."""

    def __init__(self, rules: WatchedDocument[Traffic]) -> None:
        self._rules = rules

    def mode(self, digest: str) -> TrafficMode:
        """What the candidate has to do with a photo whose pixels have this digest (hexadecimal)."""
        try:
            rules = self._rules.state
        except StoreAwayError:
            return TrafficMode.OFF
        return rules.mode if falls_into(digest, rules.share) else TrafficMode.OFF


def falls_into(digest: str, share: float) -> bool:
    """Whether a photo is in the share; who is in a share is in every larger one, too."""
    return int(digest[:8], 16) < share * BUCKETS
