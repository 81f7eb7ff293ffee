"""What chance alone finds, to hold the modes against that guided particles find, and how far it moves shares that are
counted. Used by views and by experiments.

Without torch.
"""

from __future__ import annotations

import math


def independent(modes: int, size: int) -> float:
    """Modes that `size` independent draws hold on average, of so many that are as likely: m (1 - (1 - 1/m)^B).

    6.51 for ten draws of ten modes.
    """
    return modes * (1 - (1 - 1 / modes) ** size)


NORMAL = 1.959963984540054
"""How many standard deviations on both sides hold 95 % of a normal distribution."""


def proportion(hits: int, count: int) -> tuple[float, float]:
    """Wilson's interval of 95 % of the probability of which `hits` of `count` independent trials, one at least, tell
    (E. B. Wilson 1927): all p that are within `NORMAL` of their own standard errors of the share found.
    """
    share, squared = hits / count, NORMAL**2
    middle = (share + squared / (2 * count)) / (1 + squared / count)
    half = NORMAL * math.sqrt(share * (1 - share) / count + squared / (4 * count**2)) / (1 + squared / count)
    return min(share, middle - half), max(share, middle + half)


def difference(hits: int, count: int, other_hits: int, other_count: int) -> tuple[float, float]:
    """The interval of 95 % of how far one probability is above another, from trials of each (Newcombe 1998, method 10):
    the ends of both of Wilson's intervals, their distances from the shares found added as squares.
    """
    share, other = hits / count, other_hits / other_count
    (low, high), (other_low, other_high) = proportion(hits, count), proportion(other_hits, other_count)
    down, up = math.hypot(share - low, other_high - other), math.hypot(high - share, other - other_low)
    return share - other - down, share - other + up
