"""What the finished table of `latent-edits` says, beside what its source claims. No torch.

Called by the experiment.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from engine.experiments.experiment import Compared, Measured, Row
from engine.experiments.latent_edits_cells import (
    ATTRIBUTES,
    CHANNELS,
    RAISES,
    Cells,
    Mean,
    Outside,
    Rate,
    mean,
    numbers,
    paired,
    rate,
)
from engine.latents.measure import DEVIATIONS

_FIGURES = {"eyes": "figure 5.12a", "mouth": "figure 5.13a"}
"""Where the source shows that the edit of a mask raises its attribute."""

_PUBLISHED = {"eyes": "2 of 3 subjects", "mouth": "3 of 3 subjects, by λ = 0.033"}
"""Of whom the attribute appears there."""

_SIZES = (
    f"Pictures of 256 x 256 there: its range is ±{DEVIATIONS:.1f} standard deviations of the latent's mean, as is the "
    "default one here."
)
_MASKS = "The size of the source's mask is not told, so that the two λ cannot be equated."

_Points = Sequence[tuple[float, Row, Measured]]


def findings(cells: Cells) -> list[str]:
    """One sentence each, of a finished table."""
    still = cells.unedited
    if still is None:
        return []
    said = [_brighter(cells), _dimmed(cells, still), _tinted(cells, still)]
    for area in ATTRIBUTES:
        said += [_raised(cells, still, area), _lowered(cells, still, area), _plausible(cells, still, area)]
        said += [_transferred(cells, area), _locked(cells, still, area), _replaced(cells, still, area)]
    return [sentence for sentence in said if sentence]


def comparison(cells: Cells) -> list[Compared]:
    """The lambdas of the source beside those here, as far as they are measured."""
    still, found = cells.unedited, list[Compared]()
    if still is None:
        return found
    if len(everywhere := cells.curve("whole")) > 1:
        here = f"{_signed(everywhere[0][0])} to {_signed(everywhere[-1][0])}"
        found.append(Compared("range of λ everywhere (figure 5.10)", "−0.02 to 0.02", here, _SIZES))
    for area, published in _PUBLISHED.items():
        name, points = ATTRIBUTES[area], _towards(cells, area, RAISES[area])
        clear = [at for at, _, each in points if (gain := paired(each, still, name)).value > gain.half]
        if points:
            where = f"from λ = {_signed(clear[0])} on" if clear else f"not up to λ = {_signed(points[-1][0])}"
            what = f"{name} by λ on the {area} ({_FIGURES[area]})"
            found.append(Compared(what, published, f"{where}, {_share(points[-1][2], name)} at the end", _MASKS))
    return found


def _signed(value: float) -> str:
    """A number with three digits and a minus sign."""
    return f"{value:.3g}".replace("-", "−")


def _brighter(cells: Cells) -> str:
    points = cells.curve("whole")
    steps = [paired(above, below, "brightness") for (_, _, below), (_, _, above) in itertools.pairwise(points)]
    rises = sum(step.value > step.half for step in steps)
    each = zip(*(numbers(measured, "brightness") for _, _, measured in points), strict=True)
    always = rate([float(all(low < high for low, high in itertools.pairwise(values))) for values in each])
    least = min(steps, key=lambda step: step.value)
    return (
        f"Brighter latents lead to brighter images (hypothesis 8, figure 5.10) {_holds(rises == len(steps))}: with λ "
        f"{_over(points)} the brightness is {_means(points, 'brightness')}; it clearly rises at {rises} of "
        f"{len(steps)} steps, by {least} at the least, and at every step in {always} of the particles."
    )


def _dimmed(cells: Cells, still: Measured) -> str:
    dark, _, measured = cells.curve("whole")[0]
    gain = paired(measured, still, "sunglasses")
    return (
        f"Dimming everything brings sunglasses (figure 5.10, third row) {_holds(gain.value > gain.half)}: "
        f"{_share(measured, 'sunglasses')} at λ = {dark:.3g}, {_share(still, 'sunglasses')} unedited."
    )


def _tinted(cells: Cells, still: Measured) -> str:
    """Each channel's own colour at both ends, and the mean of the other two."""
    told, rises = [], True
    for channel in CHANNELS:
        points = cells.curve(channel)
        steps = [paired(above, below, channel) for (_, _, below), (_, _, above) in itertools.pairwise(points)]
        rises = rises and all(step.value > step.half for step in steps)
        others = [name for name in CHANNELS if name != channel]
        ends = [(points[end][2], points[end][0]) for end in (0, -1)]
        own = " and ".join(f"{paired(measured, still, channel).value:+.3f} at λ = {at:.3g}" for measured, at in ends)
        beside = " and ".join(
            f"{sum(paired(measured, still, other).value for other in others) / 2:+.3f}" for measured, _ in ends
        )
        told.append(f"{channel} by {own}, the other two by {beside}")
    return f"λ on one channel tints the picture (figure 5.11) {_holds(rises)}: it moves {'; '.join(told)}."


def _raised(cells: Cells, still: Measured, area: str) -> str:
    name, points = ATTRIBUTES[area], _towards(cells, area, RAISES[area])
    strength, _, measured = points[-1]
    gain = paired(measured, still, name)
    inside, outside = (mean(numbers(measured, where)) for where in ("inside", "outside"))
    both = gain.value > gain.half and inside.value > inside.half and outside.value > outside.half
    return (
        f"Editing the {area} alone changes {name} and the rest too (hypothesis 9, {_FIGURES[area]}) {_holds(both)}: "
        f"{_share(measured, name)} at λ = {strength:.3g}, {_share(still, name)} unedited, values move by "
        f"{inside} inside the mask and by {outside} outside."
    )


def _lowered(cells: Cells, still: Measured, area: str) -> str:
    name = ATTRIBUTES[area]
    strength, _, measured = _towards(cells, area, -RAISES[area])[-1]
    beside = " (figure 5.12b has less visible teeth)" if area == "mouth" else ""
    return (
        f"The other way round{beside}, at λ = {strength:.3g}, {name}: {_share(measured, name)}, unedited "
        f"{_share(still, name)}."
    )


def _plausible(cells: Cells, still: Measured, area: str) -> str:
    told = [
        f"{mean(numbers(measured, 'unlike a face'))} at λ = {strength:.3g}"
        for strength, _, measured in _towards(cells, area, RAISES[area])
    ]
    return (
        f"How far values are from the face that is drawn from what is read, mask {area}: "
        f"{mean(numbers(still, 'unlike a face'))} unedited, {', '.join(told)}."
    )


def _transferred(cells: Cells, area: str) -> str:
    found = cells.transfers(area)
    measured = cells.measured(("transfer", area, "free", None))
    if found is None or measured is None:
        return ""
    name, (low, high) = ATTRIBUTES[area], found.appears.above(found.anyway)
    down, up = found.goes.above(found.goes_anyway)
    outside = mean(numbers(measured, "outside"))
    return (
        f"Copying the {area} copies {name} (hypothesis 10, figures 5.14 and 5.15) {_holds(low > 0)}: targets without "
        f"it have it after {_counted(found.appears)} of the transfers from a source with it, after "
        f"{_counted(found.anyway)} of those from one without, {_apart(low, high)}; it goes in {_counted(found.goes)} "
        f"given a source without it, in {_counted(found.goes_anyway)} given one with it, {_apart(down, up)}; outside "
        f"values move by {outside}."
    )


def _locked(cells: Cells, still: Measured, area: str) -> str:
    """The same by L9."""
    found, points = cells.transfers(area, "locked"), _towards(cells, area, RAISES[area], "locked")
    if found is None or not points:
        return ""
    name, (strength, _, measured) = ATTRIBUTES[area], points[-1]
    gain = _more(paired(measured, still, name))
    return (
        f"With the outside of the {area} locked, {name}: {_share(measured, name)} at λ = {strength:.3g}, {gain} above "
        f"unedited; transferred {_counted(found.appears)}, by chance {_counted(found.anyway)}; outside values "
        f"move by {mean(numbers(measured, 'outside')).value:.3g}, by construction."
    )


def _replaced(cells: Cells, still: Measured, area: str) -> str:
    """The same by inpainting, and what that makes of any latent in the mask: the particle's own, or another's."""
    plain, found = cells.measured((None, area, "replaced", 0.0)), cells.transfers(area, "replaced")
    points = _towards(cells, area, RAISES[area], "replaced")
    if plain is None or found is None or not points:
        return ""
    name, (strength, _, measured) = ATTRIBUTES[area], points[-1]
    anyone = Rate(found.appears.hits + found.anyway.hits, found.appears.count + found.anyway.count)
    gain = _more(paired(measured, plain, name))
    return (
        f"With the {area} inpainted, {name}: {_share(plain, name)} from the particle's own latent, "
        f"{_share(still, name)} before, and values inside move by {mean(numbers(plain, 'inside'))}; "
        f"{_share(measured, name)} at λ = {strength:.3g}, {gain}; from another's latent it appears in "
        f"{_counted(anyone)}, in {_counted(found.appears)} if that one has it, in {_counted(found.anyway)} if not; "
        "outside nothing moves, by construction."
    )


def _towards(cells: Cells, area: str, sign: int, outside: Outside = "free") -> _Points:
    """What was measured with lambdas of that sign, the smallest first."""
    points = [point for point in cells.curve(area, outside) if sign * point[0] > 0]
    return sorted(points, key=lambda point: abs(point[0]))


def _holds(found: bool) -> str:
    return "holds" if found else "does not hold here"


def _over(points: _Points) -> str:
    return ", ".join(f"{strength:.3g}" for strength, _, _ in points)


def _means(points: _Points, name: str) -> str:
    return ", ".join(f"{mean(numbers(measured, name)).value:.3f}" for _, _, measured in points)


def _share(measured: Measured, name: str) -> str:
    return str(rate(numbers(measured, name)))


def _counted(found: Rate) -> str:
    return f"{found} of {found.count}" if found.count else "none of 0"


def _apart(low: float, high: float) -> str:
    return "too few to compare" if math.isnan(low) else f"which is {100 * low:.0f} to {100 * high:.0f} points more"


def _more(gain: Mean) -> str:
    return f"{100 * gain.value:+.0f} ± {100 * gain.half:.0f} points"
