"""What the tables of `directions` and `high-noise` say, and what was published beside it. No torch.

Called by the experiments.
"""

from __future__ import annotations

import itertools

from engine.experiments.directions_cells import BATCH, READABLE, UNIFORM, Cells, Grid
from engine.experiments.experiment import Compared, Measured
from engine.experiments.guided import Gain, number, with_error

TOLD = (0.0, 0.1, 1.0, 10**0.5, 10.0, 100.0, 1000.0)
"""k_PG at which Q and ink are told, those of a table that has them."""


def findings(cells: Cells) -> list[str]:
    """A sentence each, of a finished table."""
    said = [_chance(cells)]
    for grid in cells.grids:
        said += [_acts(cells, grid), _best(cells, grid)]
    return [sentence for sentence in said if sentence]


def comparison(cells: Cells) -> list[Compared]:
    """Figure 4.2 and what the source says of it, beside what is measured so far."""
    found = [_raised(cells, grid) for grid in cells.grids]
    found += [
        _apart(cells, series, grid, other, f"{series}: {cells.label(other)}, above {cells.label(grid)}", published)
        for grid, other in itertools.combinations(cells.grids, 2)
        if (grid.bandwidth, grid.kernel, other.kernel) == (other.bandwidth, "rbf", "iou")
        for series, published in (("directions", "no significant influence"), ("Q", "similar but at the highest k_PG"))
    ]
    found += [_kept(cells, grid) for grid in cells.grids if grid.kernel == "iou"]
    found += [_black(cells, grid) for grid in cells.grids if grid.kernel == "rbf"]
    return [each for each in found if each]


def of_schedules(cells: Cells) -> list[Compared]:
    """Figure 6.9 and what the source says of it: the same grids with another rho, or by the other model."""
    found = [
        _apart(cells, series, grid, other, f"{series}: {cells.label(other)}, above {_rest(grid, other)}", published)
        for grid, other in itertools.combinations(cells.grids, 2)
        if (grid.kernel, grid.bandwidth) == (other.kernel, other.bandwidth)
        and (grid.model == other.model) != (grid.rho == other.rho)
        for series, published in (("directions", "no significant effect"), ("Q", "no significant effect"))
    ]
    return [each for each in found if each]


def _chance(cells: Cells) -> str:
    """What there is without guidance, beside independent draws."""
    held = [
        f"{with_error(measured, 'directions')} ({grid.model}, ρ {grid.rho:g}, S_churn {churn:.3g})"
        for grid in {(each.model, each.rho): each for each in cells.grids}.values()
        for churn in cells.churns
        if (measured := cells.measured(grid, churn, 0.0))
    ]
    return (
        f"{BATCH} independent uniform draws hold {UNIFORM:.2f} directions on average; without guidance a batch holds "
        f"{', '.join(held)}."
    )


def _acts(cells: Cells, grid: Grid) -> str:
    """The first k_PG with more directions at the lowest churn, with all of them, and with a Q beyond the limit."""
    churn = cells.churns[0]
    guided = [(k_pg, measured) for k_pg, _, measured in cells.over(grid, churn) if k_pg]
    if not guided:
        return ""
    more = [(k_pg, gain) for k_pg, measured in guided if (gain := _more(cells, grid, churn, k_pg, measured))]
    every = [k_pg for k_pg, measured in guided if number(measured.values["directions"]) == BATCH]
    lost = [k_pg for k_pg, measured in guided if number(measured.values["Q"]) > READABLE]
    most, measured = max(guided, key=lambda each: number(each[1].values["directions"]))
    parts = [
        f"clearly more directions first at k_PG {more[0][0]:.3g}, by {more[0][1]}" if more else "nowhere clearly more",
        f"all {BATCH} in every batch first at k_PG {every[0]:.3g}"
        if every
        else f"the most are {with_error(measured, 'directions')} at k_PG {most:.3g}",
        f"Q above {READABLE:g} first at k_PG {lost[0]:.3g}" if lost else f"Q nowhere above {READABLE:g}",
    ]
    return f"{cells.label(grid)}, S_churn {churn:g}: {'; '.join(parts)}."


def _more(cells: Cells, grid: Grid, churn: float, k_pg: float, measured: Measured) -> Gain | None:
    """The gain in directions there, if it is clear: also beside independent draws, as chance can lower what there is
    without guidance, with which all cells of one churn are compared.
    """
    gain = cells.gain("directions", grid, churn, k_pg)
    beside = Gain(number(measured.values["directions"]) - UNIFORM, number(measured.values["directions error"]))
    return gain if gain and gain.told and beside.told and min(gain.value, beside.value) > 0 else None


def _best(cells: Cells, grid: Grid) -> str:
    """The most directions that cost no more than the source's limit."""
    best = cells.best(grid)
    if best is None:
        return ""
    churn, k_pg, measured = best
    return (
        f"{cells.label(grid)}: where Q is {READABLE:g} at most, the most directions are at S_churn {churn:.3g} and "
        f"k_PG {k_pg:.3g}, {_told(measured)}; {number(measured.values['readable directions']):.2f} of them in readable "
        f"pictures, which {100 * number(measured.values['readable']):.0f} % are."
    )


def _raised(cells: Cells, grid: Grid) -> Compared | None:
    """What guidance adds where it costs no more than the source's limit."""
    best = cells.best(grid)
    before = cells.measured(grid, best[0], 0.0) if best else None
    if best is None or before is None:
        return None
    return Compared(
        f"directions: {cells.label(grid)}, at the best k_PG with Q up to {READABLE:g}",
        "slightly more, the improvement is minimal",
        f"{_told(before)} without guidance, {_told(best[2])} at k_PG {best[1]:.3g}, S_churn {best[0]:.3g}",
    )


def _apart(cells: Cells, series: str, grid: Grid, other: Grid, what: str, published: str) -> Compared | None:
    """How a series of one grid differs from that of another, cell by cell."""
    apart = cells.apart(series, grid, other)
    return Compared(what, published, str(apart)) if apart else None


def _kept(cells: Cells, grid: Grid) -> Compared | None:
    """Q over k_PG."""
    scores = _over(cells, grid, "Q")
    return (
        Compared(f"Q: {cells.label(grid)}, over k_PG", "low up to 1, then up very quickly", scores) if scores else None
    )


def _black(cells: Cells, grid: Grid) -> Compared | None:
    """The ink over k_PG, as a share of the digits'."""
    ink = _over(cells, grid, "ink")
    note = "Squared L2 is largest between bright and dark: pictures that repel each other fill with ink."
    return (
        Compared(f"ink: {cells.label(grid)}, over k_PG", "often nearly black at high k_PG", ink, note) if ink else None
    )


def _over(cells: Cells, grid: Grid, column: str) -> str:
    """A column at the k_PG of `TOLD`, at the lowest churn."""
    return ", ".join(
        f"{number(measured.values[column]):.2f} at {k_pg:.3g}"
        for k_pg, _, measured in cells.over(grid, cells.churns[0])
        if k_pg in TOLD
    )


def _told(measured: Measured) -> str:
    return f"{with_error(measured, 'directions')} (Q {number(measured.values['Q']):.1f})"


def _rest(grid: Grid, other: Grid) -> str:
    """What the first of two grids has for another."""
    return f"ρ {grid.rho:g}" if grid.model == other.model else grid.model
