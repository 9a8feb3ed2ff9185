"""How long to wait between two requests to one host, learnt from how fast it answers. Pure rules.

Source: Scrapy's AutoThrottle (docs.scrapy.org/en/latest/topics/autothrottle.html), with its rule that an error never
lowers the delay: errors come fast from a host that is in trouble.
"""

START_DELAY_S = 0.1
"""Before anything is known of a host."""
MAX_DELAY_S = 60.0


class AutoThrottle:
    """One host's delay.

    Args:
        concurrency: how many requests should be under way at the host on average.
    """

    def __init__(self, concurrency: int) -> None:
        self._concurrency = concurrency
        self.delay_s = START_DELAY_S

    def answered(self, latency_s: float, *, good: bool) -> None:
        """Learn from an answer.

        Args:
            latency_s: from sending the request to having read the answer.
            good: 200 or 304. Another answer may raise the delay, never lower it.
        """
        target = latency_s / self._concurrency
        # the mean smooths one slow answer out; a rising latency is followed at once
        delay = min(max(target, (self.delay_s + target) / 2), MAX_DELAY_S)
        if good or delay > self.delay_s:
            self.delay_s = delay

    def failed(self) -> None:
        """No answer, or one that says "later": be twice as slow, and not faster than at the start."""
        self.delay_s = min(max(self.delay_s * 2, START_DELAY_S), MAX_DELAY_S)
