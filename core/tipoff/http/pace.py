"""How fast a source may be asked, measured by what it refuses.

The idea: **a refusal says that the source's token bucket is empty.** Between two refusals it therefore granted
neither more nor less than its rate, so what it accepted, divided by the time between, *is* that rate, to about one
part in the number of requests between. Textbook AIMD knows only that a refusal means «too fast», and so saws
between half and full rate; this knows how fast would have been right, goes on at that rate, and needs a refusal
only now and then, to learn whether it still holds. As long as it does, nothing that the source permits is lost.

A mirror of the bucket is kept from the measured rate. Time since the last refusal decides the rate of asking:

1. *hold*: a small cushion of tokens is left in the bucket, so that the jitter of the network causes no refusal;
2. *probe*: then the cushion is drained slowly, until a refusal measures the rate anew. A probe costs one or two
   refusals, whatever the rate, for it exceeds the rate by a few requests a second and not by a share of it;
3. *search*: if twice the cushion is gone and nothing was refused, then the rate has risen, and the excess grows
   exponentially with the evidence.

A refusal that comes early is averaged into the measurement under way, with the last result as its prior: noise
moves it little, and a rate that has fallen drags it down within some dozens of requests. The first holds after
a change are short and then double, up to `_HOLD_SECONDS` or `_HOLD_REQUESTS`, whichever is longer. The latter keeps
refusals under 1 %, and no method can do with less: until it is refused, a source of rate R and one of 2 R answer alike.

Server errors, timeouts and rising latency say nothing about the permitted rate, so they do not touch it: they slow
the asking down by a factor for as long as they last, and after five in a row a circuit breaker lets single
requests through, at doubling distances, until one succeeds.

Time is *paced* time: the sum of the distances that requests were given. While nobody asks, it stands still.

Sources: to measure what is delivered instead of reacting to a loss: BBR (Cardwell et al. 2016,
https://queue.acm.org/detail.cfm?id=3022184); a plateau at the last good rate and then ever bolder probing: CUBIC
(RFC 9438); latency against its own long average: Gradient2 (https://github.com/Netflix/concurrency-limits).
The constants were chosen in simulations such as that of the tests.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

FIRST_RATE: Final = 5.0
"""Requests a second with which an unknown source is asked at first."""

_HOLD_SECONDS: Final = 3.0
_HOLD_REQUESTS: Final = 120.0
_FIRST_HOLD: Final = 1.0
_PATIENCE: Final = 20.0
"""How many times as long to hold as a refusal costs in quiet that no bucket saves up: a loss of 5 %."""
_REFILL: Final = 0.5
"""Seconds in which the cushion is filled, about."""
_DRAIN: Final = 1.5
"""Seconds in which a probe drains the cushion."""
_SEARCH: Final = 3.0
"""Growth of a search: requests a second more for each token of evidence."""
_PRIOR: Final = 4.0
"""Weight of the last measurement, in cushions."""
_ENOUGH: Final = 10.0
"""Cushions' worth of requests after which a measurement stands for itself."""
_BURST: Final = 1.0
"""Seconds of rate that a bucket is trusted to save up while a source has asked for quiet."""
_SLOWEST: Final = 0.01
_BREAKS: Final = 5
_SHARPNESS: Final = 0.1
"""Weight of the newest answer in the averages of trouble and latency; a tenth of it in the long one."""
_NOTICED: Final = 0.05
"""Seconds of latency below which nobody minds a rise."""
_TOLERATED: Final = 3.0
"""Times its long average that latency may rise before it counts."""


class Ticket(NamedTuple):
    """A request's place in the count, and what the pace was when it started."""

    number: float
    elapsed: float
    age: float
    level: float
    rate: float


@dataclass(slots=True)
class Pace:
    """What is known of a source. Plain numbers: they are what the processes of a machine share.

    Rates are requests a second, instants and durations seconds; instants are the caller's clock.
    """

    permitted: float = FIRST_RATE
    """The rate that the source permits, as measured."""
    prior: float = FIRST_RATE
    """The same, when the measurement under way began."""
    hold: float = 0.0
    """How long after a refusal the next probe begins."""
    issued: float = 0.0
    """Number of the newest ticket."""
    first: float = 0.0
    """Ticket with which the measurement under way began."""
    refused: float = 0.0
    """How many since then were refused."""
    refusals: float = 0.0
    """How many were refused since the first ticket."""
    elapsed: float = 0.0
    """Paced time since then."""
    emptied: float = 0.0
    """Ticket whose refusal last emptied the mirror."""
    age: float = 0.0
    """Paced time since then."""
    level: float = 0.0
    """Tokens in the mirror; negative where more was granted than we thought."""
    answered_to: float = 0.0
    """Newest ticket at the last reaction: what was under way then is no news."""
    next: float = -math.inf
    """When the next request may start."""
    quiet_until: float = -math.inf
    failures: float = 0.0
    """Refusals and errors since the last success."""
    trouble: float = 0.0
    """Share of errors and timeouts among the latest answers."""
    latency: float = 0.0
    usual: float = 0.0

    @property
    def cushion(self) -> float:
        """Tokens that jitter may take: about twice the root of how many requests are under way (Little's law)."""
        return 0.5 + 1.8 * math.sqrt(self.permitted * max(self.latency, _NOTICED))

    @property
    def health(self) -> float:
        """Factor by which trouble slows the asking: 1 when all is well."""
        late = _TOLERATED * self.usual / self.latency if self.latency else 1.0
        return max(0.1, (1.0 - self.trouble) ** 2 * min(1.0, late))

    def rate(self) -> float:
        """Requests a second to ask now, if the source is well."""
        drain = self.cushion / max(_DRAIN, FIRST_RATE / self.permitted, 8 * self.latency)
        if self.age < self.hold:
            excess = (self.level - self.cushion) / max(_REFILL, FIRST_RATE / self.permitted)
        else:
            evidence = max(0.0, -self.level - self.cushion)
            excess = drain + min(_SEARCH, self.permitted) * evidence
        return max(self.permitted + excess, self.permitted / 2)

    def start(self, now: float, turn: float, limit: float) -> Ticket | float:
        """Starts a request whose turn it is, or tells for how many seconds it is not.

        Args:
            now: the present instant.
            turn: since when the request could have started, were it not for the limit.
            limit: a rate never to be exceeded.
        """
        begin = max(turn, self.next, self.quiet_until)
        if begin > now:
            return begin - now
        saved = min(max(0.0, self.quiet_until - self.next), _BURST) if math.isfinite(self.next) else 0.0
        rate = min(self.rate(), limit)
        self.next = begin + max(1 / min(rate * self.health, limit), self._distance)
        self.issued += 1
        self.elapsed += 1 / rate + saved
        self.age += 1 / rate
        most = self.permitted * _BURST + 2 * self.cushion
        self.level = min(self.level + self.permitted * (1 / rate + saved) - 1, most)
        return Ticket(self.issued, self.elapsed, self.age, self.level, rate)

    def succeeded(self, latency: float) -> None:
        """Takes in a usable answer."""
        latency = max(latency, _NOTICED)
        if self._distance:
            self.next = self.quiet_until = -math.inf
        self.failures = 0.0
        self.trouble -= _SHARPNESS * self.trouble
        self.latency += _SHARPNESS * (latency - self.latency) if self.latency else latency
        self.usual += _SHARPNESS / 10 * (latency - self.usual) if self.usual else latency

    def failed(self, ticket: Ticket, now: float, jitter: float) -> None:
        """Takes in a server error, a timeout or a broken connection."""
        self.trouble += _SHARPNESS * (1.0 - self.trouble)
        if self._is_news(ticket):
            self._count_failure(now, jitter)

    def refuse(self, ticket: Ticket, now: float, jitter: float, wait: float = 0.0) -> None:
        """Takes in «too many requests», with the seconds of quiet that were asked for."""
        self.refusals += 1
        self.refused += ticket.number > self.first
        self.level += ticket.number > self.emptied
        if not self._is_news(ticket):
            return
        early = ticket.age < self.hold
        risen = not early and -ticket.level > max(2 * self.cushion, self.permitted / 2)
        accepted = ticket.number - self.first - self.refused
        finished = risen or accepted >= _ENOUGH * self.cushion
        weight = _PRIOR * self.cushion
        if risen:
            # The bucket overflowed before the search, so what was accepted is too low, and the rate of asking too high.
            measured = accepted / ticket.elapsed
            measured = math.sqrt(measured * min(ticket.rate, 4 * measured))
        elif early:
            # Jitter takes up to a cushion, and what is still under way may be refused too: no evidence for more.
            measured = (accepted + self.cushion + weight) / (ticket.elapsed + weight / self.prior)
            measured = min(measured, self.permitted)
        else:
            measured = (accepted + weight) / (ticket.elapsed + weight / self.prior)
        if risen or measured < 0.8 * self.permitted:
            self.hold = _FIRST_HOLD
        elif not early:
            longest = max(_HOLD_SECONDS, _HOLD_REQUESTS / measured, _PATIENCE * (wait - _BURST))
            self.hold = min(2 * max(self.hold, _FIRST_HOLD), longest)
        self.permitted = max(measured, self.permitted / 2, _SLOWEST)
        self.level -= ticket.level + 1
        self.age -= ticket.age
        self.emptied = ticket.number
        if finished:
            self.first, self.refused, self.prior = ticket.number, 0.0, self.permitted
            self.elapsed -= ticket.elapsed
        self._count_failure(now, jitter)

    def be_quiet(self, now: float, seconds: float) -> None:
        """Lets nothing start for so long."""
        self.quiet_until = max(self.quiet_until, now + seconds)

    def _is_news(self, ticket: Ticket) -> bool:
        if ticket.number <= self.answered_to:
            return False
        self.answered_to = self.issued
        return True

    def _count_failure(self, now: float, jitter: float) -> None:
        self.failures += 1
        if self._distance:
            self.be_quiet(now, self._distance * (1 + jitter))

    @property
    def _distance(self) -> float:
        """Seconds between requests while the circuit is broken, else 0."""
        return 2.0 ** min(self.failures - _BREAKS, 12.0) if self.failures >= _BREAKS else 0.0
