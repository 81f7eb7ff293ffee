"""The cells of `latent-edits` compared, the figure and the findings, on made-up tables. # spec: A12"""

from __future__ import annotations

import math
import statistics

import pytest

from engine.experiments.experiment import Measured
from engine.experiments.latent_edits import LatentEdits, Plan
from engine.experiments.latent_edits_cells import UNEDITED, Cells, Place, Rate, mean, paired, rate, transfers
from engine.figures.draw import draw
from engine.figures.figure import Figure, Lines, Matrix, Pictures
from tests.engine.experiments.edited_faces import COUNT, made_up, some, table

PLAN = Plan(particles=COUNT, reach=(0.5, 1.0), compared=(1.0,))


def as_claimed(place: Place) -> Measured:
    """What the source would have: brightness and attributes that follow lambda, transfers that take the attribute."""
    edit, area, outside, strength = place
    wavering = [0.01 * (particle % 2) for particle in range(COUNT)]
    inside, outwards = [0.2 + each for each in wavering], [0.05 + each for each in wavering]
    moved = {"inside": inside, "outside": [0.0] * COUNT if outside != "free" else outwards}
    if edit == "transfer":
        other = [some(16)[particle ^ 1] for particle in range(COUNT)]
        return made_up(sunglasses=other, smile=other, **moved)
    lam = strength or 0.0
    colours = {name: 0.5 + 0.5 * lam * (area == name) for name in ("red", "green", "blue")}
    shares = {"sunglasses": some(round(16 - 40 * lam)), "smile": some(round(16 + 40 * lam))}
    return made_up(brightness=0.5 + lam, **shares, **colours, **moved)


def as_if_nothing(place: Place) -> Measured:
    """Edits that change nothing."""
    return made_up(brightness=0.5, sunglasses=some(16), smile=some(16), inside=0.1, outside=0.1)


def test_a_rate_is_a_share_with_its_interval() -> None:
    assert rate([1, 0, 0, 1, 1]) == Rate(3, 5)
    assert Rate(3, 5).value == 0.6
    assert Rate(3, 5).low < 0.6 < Rate(3, 5).high
    assert math.isnan(Rate(0, 0).value)
    assert all(map(math.isnan, Rate(0, 0).above(Rate(1, 2))))
    assert str(Rate(0, 0)) == "none"


def test_means_have_normal_intervals_and_are_paired_by_particle() -> None:
    values = [0.1, 0.4, 0.2, 0.7]
    assert mean(values).value == pytest.approx(0.35)
    assert mean(values).half == pytest.approx(1.96 * statistics.stdev(values) / 2, rel=1e-4)
    before = made_up(brightness=[0.1 * (particle % 7) for particle in range(COUNT)])
    now = made_up(brightness=[0.1 * (particle % 7) + 0.05 for particle in range(COUNT)])
    assert paired(now, before, "brightness").value == pytest.approx(0.05)
    assert paired(now, before, "brightness").half == pytest.approx(0, abs=1e-12)


# spec: A12, L4
def test_transfers_are_counted_by_what_target_and_source_had() -> None:
    # Pairs (0, 1), (2, 3) and so on: had, then has.
    had = [1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0] + [0.0] * (COUNT - 8)
    has = [0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0] + [0.0] * (COUNT - 8)
    found = transfers(made_up(smile=has), made_up(smile=had), "smile")
    assert found.appears == Rate(1, 2)  # 1 from 0 and 6 from 7
    assert found.anyway == Rate(1, COUNT - 6)  # 2 from 3, nobody of the rest
    assert found.goes == Rate(1, 2)  # 0 from 1 and 7 from 6
    assert found.goes_anyway == Rate(1, 2)  # 4 from 5 and 5 from 4
    odd = transfers(made_up(smile=has[:-1]), made_up(smile=had[:-1]), "smile")
    assert odd.anyway == Rate(1, COUNT - 8)  # the last one has no partner


def test_curves_pass_through_what_is_drawn_without_an_edit() -> None:
    cells = Cells(table(PLAN, as_claimed))
    assert [round(strength, 2) for strength, _, _ in cells.curve("whole")] == [-0.16, -0.08, 0, 0.08, 0.16]
    middle = {outside: cells.curve("eyes", outside)[1][1] for outside in cells.outside}
    assert (*middle["locked"].cell.place.values(),) == UNEDITED
    assert (*middle["replaced"].cell.place.values(),) == (None, "eyes", "replaced", 0.0)
    assert cells.outside == ["free", "locked", "replaced"]


# spec: A12
def test_findings_say_that_the_claims_hold_where_they_do() -> None:
    said = LatentEdits().findings(table(PLAN, as_claimed), PLAN)
    claims = [sentence for sentence in said if "holds:" in sentence]
    assert not any("does not hold" in sentence for sentence in said)
    assert [sentence.split(" (")[0] for sentence in claims] == [
        "Brighter latents lead to brighter images",
        "Dimming everything brings sunglasses",
        "λ on one channel tints the picture",
        "Editing the eyes alone changes sunglasses and the rest too",
        "Copying the eyes copies sunglasses",
        "Editing the mouth alone changes smile and the rest too",
        "Copying the mouth copies smile",
    ]
    assert "it clearly rises at 4 of 4 steps" in said[0]
    assert "nan" not in " ".join(said)


# spec: A12
def test_findings_say_that_the_claims_do_not_hold_where_they_do_not() -> None:
    said = LatentEdits().findings(table(PLAN, as_if_nothing), PLAN)
    assert sum("does not hold here" in sentence for sentence in said) == 7
    assert "it clearly rises at 0 of 4 steps" in said[0]


# spec: A12, L2
def test_brightness_that_falls_once_is_not_said_to_rise() -> None:
    levels = {-0.16: 0.3, -0.08: 0.4, 0.0: 0.5, 0.08: 0.45, 0.16: 0.6}

    def once(place: Place) -> Measured:
        return made_up(brightness=levels[place[3] or 0.0]) if place[1] in (None, "whole") else as_claimed(place)

    said = LatentEdits().findings(table(PLAN, once), PLAN)
    assert "does not hold here" in said[0]
    assert "it clearly rises at 3 of 4 steps" in said[0]
    assert "by -0.050 ± 0.000 at the least" in said[0]


# spec: A12
def test_the_figure_is_drawn_of_what_is_there() -> None:
    experiment = LatentEdits()
    kinds = [Lines] * 7 + [Matrix, Pictures]
    for content in (lambda place: None, lambda place: as_claimed(place) if place[2] == "free" else None, as_claimed):
        figure = experiment.figure(table(PLAN, content), PLAN)
        assert [type(panel) for panel in figure.panels] == kinds
    sunglasses, matrix = figure.panels[4], figure.panels[7]
    assert isinstance(sunglasses, Lines)
    assert isinstance(matrix, Matrix)
    free, locked, _ = sunglasses.curves
    assert (len(free.x), len(locked.x)) == (5, 3)
    assert free.error is not None
    assert free.above is not None
    assert free.error[0] > free.above[0]  # nearly all of them: the interval lies below
    assert sunglasses.levels[0].y == 0.4
    assert [line[0] for line in matrix.values] == [pytest.approx(100)] * 6
    assert draw(Figure("with one-sided intervals", [sunglasses]), "svg") != draw(Figure("", [sunglasses]), "svg")
