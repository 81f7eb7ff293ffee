"""What chance alone finds, to hold the modes against that guided particles find, and how far it moves shares that are
counted. Used by views and by experiments.

Without torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def independent(modes: int, size: int) -> float:
    """Modes that `size` independent draws hold on average, of so many that are as likely: m (1 - (1 - 1/m)^B).

    6.51 for ten draws of ten modes.
    """
    return modes * (1 - (1 - 1 / modes) ** size)


NORMAL = 1.959963984540054
"""How many standard deviations on both sides hold 95 % of a normal distribution."""


def proportion(hits: float, count: float) -> tuple[float, float]:
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


def clustered(hits: Sequence[float], counts: Sequence[float]) -> tuple[float, float, float]:
    """The share of `hits` in `counts`, one of each a cluster, two at least, and its interval of 95 % where the trials
    of a cluster depend on each other: Wilson's of as many independent trials as have the variance that is found between
    clusters (N. Dean and M. Pagano 2015). Where all trials are alike that tells nothing of the clusters, and
    each counts once.

    NaN of no trials at all.
    """
    total = sum(counts)
    if not total:
        return math.nan, math.nan, math.nan
    share = sum(hits) / total
    away = sum((hit - share * count) ** 2 for hit, count in zip(hits, counts, strict=True))
    variance = len(counts) / (len(counts) - 1) * away / total**2
    if variance == 0 and 0 < share < 1:
        return share, share, share
    trials = share * (1 - share) / variance if 0 < share < 1 else sum(count > 0 for count in counts)
    return share, *proportion(share * trials, trials)


def variation(shares: Sequence[float], count: int) -> float:
    """The total variation, half the sum of the distances, by which the shares of `count` independent draws are off the
    true ones, all above 0 and below 1, on average: by De Moivre's mean deviation of each binomial.
    """
    total = 0.0
    for p in shares:
        v = int(count * p) + 1
        log = math.lgamma(count + 1) - math.lgamma(v + 1) - math.lgamma(count - v + 1)
        total += v * math.exp(log + v * math.log(p) + (count - v + 1) * math.log1p(-p)) / count
    return total
