"""What the table of `digit-modes` says, and what its source does. No torch.

Called by the experiment.
"""

from __future__ import annotations

import itertools

from engine.experiments.digit_modes_cells import FOUR, SPREAD, SURE, UNIFORM, Cells, Map
from engine.experiments.experiment import Compared, Measured
from engine.experiments.guided import between, number, with_error

BEST, BY_GUIDANCE, BY_CHURN = 7, 1, 2
"""Digits in the best cell of the source's 2 x 2, and how many guidance alone and churn alone add; of one batch (figure
3.1).
"""


def findings(cells: Cells) -> list[str]:
    """One sentence each, of a finished table."""
    said = [_independent(cells), _churn(cells)]
    for which in cells.maps:
        said += [_moved(cells, which), _acts(cells, which)]
    return [sentence for sentence in said if sentence]


def comparison(cells: Cells) -> list[Compared]:
    """The source's 2 x 2, and what it says of the pictures, beside what is measured so far."""
    low, high = FOUR
    found = [_added(cells, f"S_churn {high:g} adds", cells.maps[0], (low, 0.0), (high, 0.0), BY_CHURN)]
    for which in cells.maps:
        found += [_added(cells, f"k_PG 1 adds, {which.label}", which, (low, 0.0), (low, 1.0), BY_GUIDANCE)]
        found += [_best(cells, which)]
        if which.kernel == "rbf":
            found += [_spoilt(cells, which, 1.0, 0.0, "spoilt from about there on")]
        if which.kernel == "iou":
            found += [_spoilt(cells, which, 10.0, 1.0, "kept")]
    return [compared for compared in found if compared]


def _added(
    cells: Cells, what: str, which: Map, before: tuple[float, float], after: tuple[float, float], published: int
) -> Compared | None:
    """Digits that the step from one S_churn and k_PG to another adds, paired by batch."""
    gain = between(cells.measured(which, *before), cells.measured(which, *after), "modes")
    return Compared(f"digits that {what}", f"+{published} in one batch", str(gain)) if gain else None


def _best(cells: Cells, which: Map) -> Compared | None:
    """The cell with churn and guidance."""
    measured = cells.measured(which, FOUR[1], 1.0)
    if measured is None:
        return None
    return Compared(
        f"digits with S_churn {FOUR[1]:g} and k_PG 1, {which.label}",
        f"{BEST} in one batch",
        with_error(measured, "modes"),
        f"One batch says little: of independent draws its standard deviation is {SPREAD:.1f}.",
    )


def _independent(cells: Cells) -> str:
    frequencies = f", {cells.independent:.2f} with the frequencies of this model" if cells.independent else ""
    return (
        f"Ten independent draws hold {UNIFORM:.2f} digits on average if all are as likely{frequencies}; from batch to "
        f"batch the standard deviation is {SPREAD:.1f}."
    )


def _churn(cells: Cells) -> str:
    """What churn alone changes, at the S_churn where that is most."""
    still, *others = cells.unguided()
    gains = [(gain, churn) for churn, each in others if (gain := between(still[1], each, "modes"))]
    if not gains:
        return ""
    most, churn = max(gains, key=lambda found: found[0].value)
    told = sum(gain.told for gain, _ in gains)
    return (
        f"The source: churn helps most. Here the count is {with_error(still[1], 'modes')} without churn, which alone "
        f"changes it by {most} at most, at S_churn {churn:.3g}, and by over two standard errors in {told} of "
        f"{len(gains)} cells. "
        "Without guidance particles are independent with any churn: it can move the mean only through how often each "
        "digit is drawn."
    )


def _moved(cells: Cells, which: Map) -> str:
    """How many cells guidance moved, in which direction, and the one that it moved up the most."""
    places = cells.of_map(which)
    gains = {place: gain for place in places if (gain := cells.gain("modes", which, *place))}
    if not gains:
        return ""
    moved = [cells.moved(which, *place) for place in gains]
    sure = [gain for place in gains if (gain := cells.gain("sure modes", which, *place)) and gain.told]
    surely_more = sum(gain.value > 0 for gain in sure)
    best = max(gains, key=lambda place: gains[place].value)
    before, after = cells.measured(which, best[0], 0.0), cells.measured(which, *best)
    assert before is not None
    assert after is not None
    return (
        f"{which.label}: of {len(gains)} cells {moved.count(1)} hold more digits, by over two standard errors, than "
        f"both the same latents without guidance and independent draws, {moved.count(-1)} fewer; of digits read with "
        f"a confidence of {SURE:g} or more {surely_more} hold more than without guidance, {len(sure) - surely_more} "
        f"fewer. The largest change is {gains[best]}, at S_churn {best[0]:.3g} and k_PG {best[1]:.3g}, to "
        f"{with_error(after, 'modes')}; the confidence there is {_quality(after)}, {_quality(before)} without "
        "guidance."
    )


def _acts(cells: Cells, which: Map) -> str:
    """From which k_PG on guidance changes the count without churn, and what that costs; "" of a single k_PG."""
    found = [
        (k_pg, gain, after)
        for k_pg in cells.strengths
        if (gain := cells.gain("modes", which, 0.0, k_pg)) and (after := cells.measured(which, 0.0, k_pg))
    ]
    before = cells.measured(which, 0.0, 0.0)
    if len(found) < 2 or before is None:
        return ""
    acts = [one for one, later in itertools.pairwise(found) if _both(cells, which, one[0], later[0])]
    if not acts:
        moved = f"at no two k_PG in a row up to {found[-1][0]:,.0f} is the count clearly another"
    else:
        k_pg, gain, after = acts[0]
        moved = (
            f"the count is clearly another, there and at the next, first at k_PG {k_pg:.3g}, by {gain}; the confidence "
            f"there is {_quality(after)}, {_quality(before)} without guidance"
        )
    tenth = 0.9 * number(before.values["quality"])
    spoilt = next((k_pg for k_pg, _, after in found if number(after.values["quality"]) < tenth), None)
    cost = "nowhere falls by a tenth" if spoilt is None else f"falls by a tenth at k_PG {spoilt:.3g}"
    return f"{which.label}, no churn: {moved}. The confidence {cost}."


def _both(cells: Cells, which: Map, k_pg: float, later: float) -> bool:
    """Whether both move the count in one direction, without churn."""
    return cells.moved(which, 0.0, k_pg) * cells.moved(which, 0.0, later) > 0


def _spoilt(cells: Cells, which: Map, k_pg: float, churn: float, published: str) -> Compared | None:
    """What became of the pictures there, which is the classifier's confidence here."""
    gain, after = cells.gain("quality", which, churn, k_pg), cells.measured(which, churn, k_pg)
    if gain is None or after is None:
        return None
    what = f"pictures at k_PG {k_pg:g}, S_churn {churn:g}, {which.label}"
    return Compared(what, published, f"confidence {gain} to {_quality(after)}")


def _quality(measured: Measured) -> str:
    """The mean confidence, and the share of particles that is read."""
    quality, readable = (number(measured.values[name]) for name in ("quality", "readable"))
    return f"{quality:.2f} ({100 * readable:.0f} % read)"
