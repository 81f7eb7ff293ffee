"""What the table of `next-frame` says, beside figure 4.1 of its source. No torch.

Called by the experiment.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from statistics import fmean

from engine.experiments.experiment import Compared
from engine.experiments.next_frame_cells import SAMPLERS, SITUATIONS, Cells, Sampler, Situation

PUBLISHED: dict[Situation, str] = {"one outcome": "1 place", "several outcomes": "many places"}
"""Where 100 futures are in the source."""

_NOTE = "The source shows the mean picture of one sequence; here those of {count} are counted, a place a pixel around."


def findings(cells: Cells) -> list[str]:
    """One sentence each, of a finished table."""
    said = [f"The digits are {', '.join(dict.fromkeys(str(row.cell.place['digits']) for row in cells.rows))}."]
    for model, sampler in itertools.product(cells.models, SAMPLERS):
        said += [_places(cells, model, sampler), _ways(cells, model, sampler)]
    return [sentence for sentence in said if sentence]


def comparison(cells: Cells) -> list[Compared]:
    """Places with churn, of each model; the source's is the one of free directions."""
    found = []
    for model, situation in itertools.product(cells.models, SITUATIONS):
        places = cells.values(model, situation, "stochastic", "places")
        if places:
            what = f"futures of {model}, {situation}"
            found.append(Compared(what, PUBLISHED[situation], _range(places), _NOTE.format(count=len(places))))
    return found


def _places(cells: Cells, model: str, sampler: Sampler) -> str:
    """How many places there are in each situation, and how far apart."""
    told = []
    for situation in SITUATIONS:
        places, largest, rms = (
            cells.values(model, situation, sampler, column) for column in ("places", "largest", "rms")
        )
        if places:
            apart = f", {fmean(rms):.2f} pixels about their mean (rms)" if rms else ""
            told.append(f"with {situation} in {_range(places)}, the largest with {fmean(largest):.0%}{apart}")
    return f"The futures of {model}, {sampler}, lie {'; '.join(told)}." if told else ""


def _ways(cells: Cells, model: str, sampler: Sampler) -> str:
    """Whether they go where the data go, and as often."""
    told = []
    if lands := cells.values(model, SITUATIONS[0], sampler, "lands"):
        told.append(f"where the data know one way {fmean(lands):.0%} of the futures go it")
    several = [
        cells.values(model, SITUATIONS[1], sampler, column)
        for column in ("ways", "taken", "lands", "off the data", "off by chance")
    ]
    if all(several):
        ways, taken, ends, off, chance = map(fmean, several)
        told.append(
            f"of {ways:.1f} ways they take {taken:.1f}, {ends:.0%} end on one readably, and the shares are {off:.2f} "
            f"off the data's (total variation; as many exact draws: {chance:.2f})"
        )
    return f"{model}, {sampler}: {'; '.join(told)}." if told else ""


def _range(places: Sequence[float]) -> str:
    """Their mean, and from where to where they go: "1 place", "8.3 places (7 to 9)"."""
    low, high = min(places), max(places)
    if low == high:
        return f"{low:.0f} place" if low == 1 else f"{low:.0f} places"
    return f"{fmean(places):.1f} places ({low:.0f} to {high:.0f})"
