"""Next frames of one outcome and of several: what is measured of futures that are known, and what the table says."""
# spec: A5

from __future__ import annotations

import io
import itertools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from engine import frames
from engine.analysis.chance import variation
from engine.data import mnist, moving, sequences
from engine.embed import read_run
from engine.errors import InputError, Interrupted
from engine.experiments import EXPERIMENTS, next_frame, runner
from engine.experiments.experiment import Cell, Context, Measured, Row, Value
from engine.experiments.next_frame import STEPS, NextFrame, Plan, measured_of
from engine.experiments.next_frame_cells import SITUATIONS, WAYS, Window, window
from engine.figures.figure import Matrix, Pictures
from engine.models.catalogue import ModelInfo, named
from engine.models.preconditioned import Preconditioned
from engine.run import ModelReference
from tests.engine.tiny import conditional

NEXT = NextFrame()
MODELS = {"free-directions": "free-directions", "horizontal-90": "horizontal", "circle": "circle"}
NETWORKS = {frames_given: conditional((1, 32, 32), frames_given) for frames_given in (1, 3)}
PLAN = Plan(models=("free-directions", "horizontal-90"), sequences=2, futures=10)


def model(name: str) -> ModelInfo:
    """As it comes with the program, with an untrained network."""
    given = 1 if name == "circle" else 3
    network = NETWORKS[given]
    shape = (given, 32, 32)
    return replace(named("circle"), name=name, data=MODELS[name], cond_shape=shape, reference=network.reference)


def load(reference: ModelReference) -> Preconditioned:
    return next(network for network in NETWORKS.values() if network.reference == reference)


@pytest.fixture(autouse=True)
def untrained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models without training, and digits that come with the program, on every machine."""
    monkeypatch.setattr(next_frame, "named", model)
    monkeypatch.setattr(mnist, "find", lambda: None)


def cells(plan: Plan = PLAN) -> list[Cell]:
    return NEXT.cells(plan)


def cell(name: str, situation: str, sampler: str = "stochastic") -> Cell:
    wanted = {"model": name, "situation": situation, "sampler": sampler}.items()
    return next(each for each in cells() if wanted <= each.place.items())


def window_of(one: Cell) -> Window:
    name, number, last = (one.place[column] for column in ("model", "sequence", "last frame"))
    return window(model(str(name)), cast("int", number), cast("int", last))


def known(one: Cell, moves: NDArray[np.int64]) -> Measured:
    """Measured of futures that are exact: the digit moved so, [N, 2], from where it was last."""
    place = window_of(one)
    rolled = np.stack([np.roll(place.given[-1], tuple(move), (0, 1)) for move in moves])[:, None]
    return measured_of(one.run, torch.from_numpy(frames.of_bytes(rolled)), place)


def test_both_situations_are_asked_of_the_first_sequences_with_and_without_churn() -> None:
    found = cells()
    assert [tuple(each.place.values())[:3] for each in found[::2]] == [
        (name, situation, sampler)
        for name in PLAN.models
        for situation in SITUATIONS
        for sampler in ("stochastic", "deterministic")
    ]
    for each in found:
        churn = each.run.sampler.values()["churn"]
        assert churn == {"stochastic": 0.9, "deterministic": 0.0}[str(each.place["sampler"])]
        assert each.run.latents.count == 10
        assert each.place["digits"] == "scikit-learn's digits"
        of = sequences.of(model(str(each.place["model"])))
        assert of is not None
        number, last = (cast("int", each.place[column]) for column in ("sequence", "last frame"))
        sequence = of.pick(number)
        assert sequence.open[last] is (each.place["situation"] == "several outcomes")
        assert each.run.condition.frames is not None
        given = frames.pixels(each.run.condition.frames, (3, 32, 32))
        assert np.array_equal(given, sequence.frames[None, last - 2 : last + 1])
        assert of.place(each.run.condition.frames.label) == (number, last - 2)
    assert len({NEXT.key(each, PLAN) for each in found}) == len(found)


def test_a_model_of_two_frames_knows_several_outcomes_alone() -> None:
    found = cells(Plan(models=("circle",), sequences=3, futures=10))
    assert {each.place["situation"] for each in found} == {"several outcomes"}
    assert [each.place["sequence"] for each in found] == [0, 1, 2, 0, 1, 2]


def test_other_models_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(next_frame, "named", named)
    with pytest.raises(InputError, match=r"^digits-ideal draws no next frames of moving digits: choose .*\.$"):
        cells(Plan(models=("digits-ideal",)))


# -- what is measured ----------------------------------------------------------------------------------------------


def test_exact_futures_of_one_outcome_are_one_place_where_the_sequence_goes() -> None:
    one = cell("free-directions", "one outcome")
    place = window_of(one)
    found = known(one, place.moves.repeat(10, axis=0))
    assert found.values["places"] == found.values["ways"] == found.values["taken"] == 1
    assert found.values["largest"] == found.values["lands"] == 1
    assert found.values["unreadable"] == 0
    assert float(found.values["rms"] or 0) < 1e-5
    assert float(found.values["Q"] or 0) < 1e-9
    assert "off the data" not in found.values
    assert found.series["down"] == pytest.approx([float(place.moves[0, 0])] * 10, abs=1e-4)
    assert found.series["right"] == pytest.approx([float(place.moves[0, 1])] * 10, abs=1e-4)
    assert known(one, place.moves.repeat(10, axis=0) - np.array([[2, 0]])).values["lands"] == 0


def test_exact_futures_of_several_outcomes_are_off_the_data_by_their_shares() -> None:
    one = cell("horizontal-90", "several outcomes")
    found = known(one, np.array([[0, 4]] * 7 + [[0, -4]] * 2 + [[0, 0]]))
    assert found.values["places"] == 3
    assert found.values["largest"] == pytest.approx(0.7)
    assert found.values["lands"] == pytest.approx(0.9)
    assert (found.values["ways"], found.values["taken"]) == (2, 2)
    assert found.values["off the data"] == pytest.approx((abs(0.7 - 0.9) + abs(0.2 - 0.1) + 0.1) / 2)
    assert found.values["off by chance"] == pytest.approx(variation([0.9, 0.1], 10), rel=1e-5)
    away = np.array([4.0] * 7 + [-4.0] * 2 + [0.0])
    assert found.values["rms"] == pytest.approx(away.std(), rel=1e-5)


def test_pictures_without_ink_are_unreadable() -> None:
    one = cell("free-directions", "several outcomes")
    place = window_of(one)
    found = measured_of(one.run, torch.full((10, 1, 32, 32), -1.0), place)
    assert (found.values["places"], found.values["largest"], found.values["rms"]) == (0, 0, None)
    assert (found.values["unreadable"], found.values["lands"], found.values["off the data"]) == (1, 0, 1)
    assert found.series["down"] == (None,) * 10


def test_another_digit_where_the_data_go_does_not_land() -> None:
    one = cell("horizontal-90", "several outcomes")
    place = window_of(one)
    digit = sequences.pictures("bundled")[[place.number + 1]]
    other = moving.render(digit, np.array([[[0, 4]]])).repeat(10, axis=0)
    found = measured_of(one.run, torch.from_numpy(frames.of_bytes(other)), place)
    assert (found.values["unreadable"], found.values["lands"], found.values["taken"]) == (1, 0, 0)


def test_the_picture_holds_the_frames_their_mean_and_their_spread(tmp_path: Path) -> None:
    one = cell("horizontal-90", "several outcomes")
    found = known(one, np.array([[0, 4], [0, -4]] * 5))
    assert found.picture is not None
    path = tmp_path / "cell.png"
    path.write_bytes(found.picture)
    assert read_run(path) == one.run
    with Image.open(io.BytesIO(found.picture)) as file:
        pixels = np.asarray(file)[1::3, 1::3]
    tiles = [pixels[top + 1 : top + 33, left + 1 : left + 33] for top in (0, 33) for left in (0, 33, 66)]
    place = window_of(one)
    assert np.array_equal(np.stack(tiles[:3]), place.given)
    assert np.array_equal(tiles[3], place.true)
    both = [np.roll(place.given[-1], move, 1).astype(float) for move in (4, -4)]
    assert abs(tiles[4] - np.mean(both, axis=0)).max() <= 0.51
    assert abs(tiles[5] - abs(both[0] - both[1])).max() <= 0.51


def measured(one: Cell, context: Context) -> tuple[list[float], Measured]:
    """The shares on the way, and the measurement."""
    work, shares = NEXT.measure(one, PLAN, context), []
    while True:
        try:
            shares.append(next(work))
        except StopIteration as end:
            return shares, end.value


def test_a_cell_is_drawn_and_repeats() -> None:
    one = cell("free-directions", "several outcomes")
    shares, found = measured(one, Context(load))
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(shares) % STEPS == 0
    assert set(found.values) == set(NEXT.values)
    assert set(found.series) == set(NEXT.series)
    assert {len(values) for values in found.series.values()} == {10}
    assert measured(one, Context(load))[1] == found


def test_interrupted_and_resumed_is_the_same(tmp_path: Path) -> None:
    plan = Plan(models=("circle",), sequences=1, futures=10)
    asked = itertools.count()
    done = list(runner.perform(NEXT, plan, tmp_path / "whole", Context(load, lambda: next(asked) < 0)))
    assert done[-1].done == done[-1].total == 2
    stop, again = 3 * next(asked) // 4, itertools.count()
    with pytest.raises(Interrupted):
        list(runner.perform(NEXT, plan, tmp_path / "parts", Context(load, lambda: next(again) > stop)))
    assert [row.measured is None for row in runner.rows(NEXT, plan, tmp_path / "parts")] == [False, True]
    list(runner.perform(NEXT, plan, tmp_path / "parts", Context(load)))
    whole, parts = ([row.measured for row in runner.rows(NEXT, plan, tmp_path / part)] for part in ("whole", "parts"))
    assert whole == parts


# -- what is drawn and said ------------------------------------------------------------------------------------------


def table(values: Mapping[str, Mapping[str, Value]], samplers: tuple[str, ...] = ("stochastic",)) -> list[Row]:
    """Rows with these values by situation; those of other samplers are still to come."""
    blank = dict.fromkeys(NEXT.values, 0.5)
    rows = []
    for one in cells():
        own = values.get(str(one.place["situation"]))
        found = Measured({**blank, **own}) if own is not None and one.place["sampler"] in samplers else None
        rows.append(Row(NEXT.key(one, PLAN), one, found))
    return rows


FOUND: dict[str, dict[str, Value]] = {
    "one outcome": {"places": 1, "largest": 1.0, "rms": 0.2, "lands": 0.97},
    "several outcomes": {"places": 9, "largest": 0.3, "rms": 2.5, "ways": 7, "taken": 6, "lands": 0.8},
}


def test_the_findings_say_one_and_many() -> None:
    said = NEXT.findings(table(FOUND), PLAN)
    assert said[:3] == [
        "The digits are scikit-learn's digits.",
        "The futures of free-directions, stochastic, lie with one outcome in 1 place, the largest with 100%, 0.20 "
        "pixels about their mean (rms); with several outcomes in 9 places, the largest with 30%, 2.50 pixels about "
        "their mean (rms).",
        "free-directions, stochastic: where the data know one way 97% of the futures go it; of 7.0 ways they take 6.0, "
        "80% end on one readably, and the shares are 0.50 off the data's (total variation; as many exact draws: 0.50).",
    ]
    assert len(said) == 5
    assert NEXT.findings(table({}), PLAN) == said[:1]


def test_the_source_stands_beside_what_was_measured() -> None:
    found = NEXT.comparison(table(FOUND), PLAN)
    assert [(each.what, each.published, each.here) for each in found[:2]] == [
        ("futures of free-directions, one outcome", "1 place", "1 place"),
        ("futures of free-directions, several outcomes", "many places", "9 places"),
    ]
    assert "those of 2 are counted" in found[0].note
    assert len(found) == 4
    assert NEXT.comparison(table({}), PLAN) == []


def test_the_figure_holds_pictures_places_and_distances() -> None:
    pictures, places, apart = NEXT.figure(table(FOUND), PLAN).panels
    assert isinstance(pictures, Pictures)
    assert list(pictures.rows) == [f"{name}, {situation}" for name in PLAN.models for situation in SITUATIONS]
    assert list(pictures.columns) == ["1", "2"]
    assert pictures.captions[:2] == [["1 place"] * 2, ["9 places"] * 2]
    assert isinstance(places, Matrix)
    assert list(places.rows[:3]) == [
        "free-directions, one outcome, stochastic",
        "free-directions, one outcome, deterministic",
        "free-directions, several outcomes, stochastic",
    ]
    assert places.values[:3] == [[1, 1], [None, None], [9, 9]]
    assert isinstance(apart, Matrix)
    assert apart.values[2] == [2.5, 2.5]
    assert places.keys[2] == apart.keys[2] == pictures.keys[1]


def test_what_is_still_to_come_is_blank() -> None:
    plan = Plan(models=("free-directions", "circle"), sequences=2, futures=10)
    rows = [Row(NEXT.key(each, plan), each) for each in cells(plan)]
    pictures, _, _ = NEXT.figure(rows[:-1], plan).panels
    assert isinstance(pictures, Pictures)
    assert list(pictures.rows)[-1] == "circle, several outcomes"
    assert {caption for line in pictures.captions for caption in line} == {""}


def test_it_has_a_name_and_a_smaller_version() -> None:
    assert isinstance(EXPERIMENTS["next-frame"], NextFrame)
    evaluations = sum(each.run.latents.count * 2 * STEPS for each in cells(NEXT.quick))
    assert evaluations * 2e-3 <= 120, "seconds on one core"


# -- the ways of the data --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(MODELS))
def test_the_ways_are_those_that_sequences_go(name: str) -> None:
    of = sequences.of(model(name))
    assert of is not None
    taken = 0
    for number in range(15):
        sequence = of.pick(number)
        for last in range(of.given - 1, len(sequence.open) - 1):
            found = window(model(name), number, last)
            assert found.shares.sum() == pytest.approx(1)
            assert (len(found.moves) > 1) is sequence.open[last]
            move = sequence.places[last + 1] - sequence.places[last]
            assert (found.moves == move).all(axis=1).sum() == 1
            np.testing.assert_array_equal(found.true, np.roll(found.given[-1], tuple(move), (0, 1)))
            taken += sequence.open[last]
    assert taken >= 15


def test_the_shares_of_the_ways_are_those_of_the_training() -> None:
    one = cell("horizontal-90", "several outcomes")
    found = window_of(one)
    assert found.moves.tolist() == [[0, 4], [0, -4]]
    assert found.shares.tolist() == pytest.approx([0.9, 0.1])


def test_from_a_wall_seven_ways_lead_and_from_a_corner_three() -> None:
    ways = WAYS["free-directions"]
    assert len(ways(np.array([8, 0]))) == 7
    assert (ways(np.array([8, 0]))[:, 0] < 0).all()
    assert len(ways(np.array([-8, 8]))) == 3
    assert ways(np.array([-8, 7])).max(axis=0).tolist() == [4, 1], "what the wall stops"
    assert len(ways(np.array([0, 0]))) == len(moving.VELOCITIES)
