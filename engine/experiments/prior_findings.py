"""What the table of `prior` says, beside what its source does. No torch.

Called by the experiment.
"""

from __future__ import annotations

from engine.analysis.chance import NORMAL
from engine.experiments.experiment import Compared
from engine.experiments.prior_cells import EXACT, MODELS, PUBLISHED, Cells, Found, Sampler, Way

WITHIN, APART, QUALITY = 0.02, 0.95, 4.0
"""How near to 0.5 guidance should come, in how many pairs one should go either way, and the mean Q at most."""

_NOTES: dict[Sampler, str] = {
    "deterministic": "An exact solution of the ODE gives {exact:g}: a bias beyond that is the network's own, and two "
    "trainings do not share it.",
    "stochastic": "Churn decides some particles anew, by the odds that the network has learnt at high noise; another "
    "training learns others.",
    "guided": "",
}
"""Why ours differs from the source's."""


_QUALITY = (
    "Equation 4.5 as printed shifts by the centroid's place: counted from the middle of the frame, that leaves an "
    "exact copy out of line by the digit's own centroid, and the first 200 of MNIST's test digits then have 3.7 on "
    "average; shifted by the centroid's move a copy has 0."
)


def findings(cells: Cells) -> list[str]:
    """One sentence each, of a finished table."""
    said = [f"The digits are {cells.digits}, given as they come to the centre from either side."]
    said += [_evened(cells, way) for way in cells.ways if way.kernel]
    said += [_beside_prior(cells, way) for way in cells.ways if not way.kernel]
    said += [_pairs(cells), _sides(cells), _landed(cells)]
    return [sentence for sentence in said if sentence]


def comparison(cells: Cells) -> list[Compared]:
    """The nine numbers of the source's table, and its quality."""
    found = [
        Compared(
            f"p(right), trained on {MODELS[model]:g}, {way.sampler}",
            PUBLISHED[way.sampler][MODELS[model]],
            str(share.right),
            _NOTES[way.sampler].format(exact=EXACT[MODELS[model]]),
        )
        for way in cells.ways[:3]
        for model in cells.models
        if (share := cells.found(model, way))
    ]
    quality = [share.quality for model in cells.models if (share := cells.found(model, cells.ways[2]))]
    if quality:
        told = f"{min(quality):.2f} to {max(quality):.2f}"
        found.append(Compared("mean quality score Q, guided", "3 to 4", told, _QUALITY))
    return found


def _evened(cells: Cells, way: Way) -> str:
    """Whether guidance gives 0.5, in pairs that go both ways and stay readable."""
    found = {model: each for model in cells.models if (each := cells.found(model, way))}
    if not found:
        return ""
    even = [abs(each.right.value - 0.5) <= WITHIN for each in found.values()]
    apart = [each.apart.value >= APART for each in found.values()]
    clear = [each.quality <= QUALITY for each in found.values()]
    holds = "holds" if all([*even, *apart, *clear]) else "does not hold here"
    told = [f"{model} {each.right}, {_percent(each)} of pairs, Q {each.quality:.2f}" for model, each in found.items()]
    return (
        f"Guided pairs go both ways whatever the prior ({way.label}; p(right) 0.5 ± {WITHIN:g}, at least "
        f"{100 * APART:g} % of pairs apart, mean Q at most {QUALITY:g}) {holds}: {'; '.join(told)}."
    )


def _beside_prior(cells: Cells, way: Way) -> str:
    """What p is beside the one trained with."""
    told = []
    for model in cells.models:
        if found := cells.found(model, way):
            prior = MODELS[model]
            says = "its interval holds" if found.right.holds(prior) else f"{found.right.value - prior:+.3f} from"
            told.append(f"{found.right}, {says} {prior:g}")
    if not told:
        return ""
    if way.sampler == "deterministic":
        exact = ", ".join(f"{EXACT[MODELS[model]]:g}" for model in cells.models)
        why = f"an exact solution of the ODE gives {exact}, and a bias beyond that is the network's"
    else:
        why = f"the source's is nearer to the prior than its deterministic one, which here is so for {_nearer(cells)}"
    return f"The {way.label} sampler draws p(right) {'; '.join(told)}: {why}."


def _nearer(cells: Cells) -> str:
    """For which models churn brings p nearer to the prior."""
    nearer, total = 0, 0
    for model in cells.models:
        both = [cells.found(model, Way(sampler)) for sampler in ("deterministic", "stochastic")]
        if both[0] and both[1]:
            away = [abs(each.right.value - MODELS[model]) for each in both if each]
            nearer, total = nearer + (away[1] < away[0]), total + 1
    return f"{nearer} of {total} models"


def _pairs(cells: Cells) -> str:
    """What share of pairs goes both ways without guidance, beside what independent ones would."""
    told = []
    for model in cells.models:
        if found := cells.found(model, Way("stochastic")):
            p = found.right.value
            told.append(f"{model} {_percent(found)} ({200 * p * (1 - p):.1f} % if independent)")
    return f"Without guidance, with churn, pairs go both ways in {'; '.join(told)}." if told else ""


def _sides(cells: Cells) -> str:
    """Whether it matters from where the digit comes."""
    told, matters = [], 0
    for way in (Way("deterministic"), Way("stochastic")):
        for model in cells.models:
            if gain := cells.sides(model, way):
                matters += abs(gain[0]) > NORMAL * gain[1]
                told.append(f"{way.sampler}, {model} {gain[0]:+.3f} ± {NORMAL * gain[1]:.3f}")
    if not told:
        return ""
    return (
        f"The side from which the digit comes should not matter, and clearly does in {matters} of {len(told)} cases, "
        f"one of 20 by chance alone; p(right) from the left less that from the right: {'; '.join(told)}."
    )


def _landed(cells: Cells) -> str:
    found = [each for way in cells.ways for model in cells.models if (each := cells.found(model, way))]
    if not found:
        return ""
    least = min(each.landed for each in found)
    return (
        f"At least {100 * least:.1f} % of the pictures of each model and way are within a pixel of one of the places; "
        f"{sum(each.empty for each in found):,} of {sum(each.pictures for each in found):,} are empty."
    )


def _percent(found: Found) -> str:
    return f"{100 * found.apart.value:.1f} %"
