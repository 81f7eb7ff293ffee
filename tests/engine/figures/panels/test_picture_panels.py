"""Panels of pictures: their values are the Trajectory's, one colour means one value, what does not suit is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analysis import colours
from engine.analysis.pictures import signed_limit, to_uint8
from engine.errors import InputError
from engine.figures.panels import tiles as shared
from engine.figures.sheet import Filmstrip, Particle, Pictures, Strip
from tests.engine.figures.panels.drawn import COLOURED, DIGITS, RING, computed, material, step, tiles, trajectory

ONE = material(DIGITS)


def part(index: int, name: str) -> np.ndarray:
    values: np.ndarray = getattr(step(DIGITS, "digits-ideal", index), name).numpy()
    return values


def test_estimates_are_the_pictures_of_the_step() -> None:
    shown, data = computed(Pictures(step=2, particles=(4, 1)), ONE)
    assert (data["denoised"] == part(2, "denoised")[[4, 1]]).all()
    assert data["particles"].tolist() == [4, 1]
    assert (int(data["step"]), float(data["sigma"])) == (2, trajectory(DIGITS, "digits-ideal").sigmas[2])
    assert [tile.caption for tile in tiles(shown)] == ["p 4", "p 1"]
    drawn = np.stack([tile.pixels for tile in tiles(shown) if tile.pixels is not None])
    assert (drawn == to_uint8(part(2, "denoised")[[4, 1]])).all()
    assert shown.blocks[0].scale is None
    assert shown.title == "Estimate x₀ at σ 2.52"


def test_the_last_step_shows_the_state_as_its_estimate() -> None:
    _, data = computed(Pictures(), ONE)
    assert (data["denoised"] == part(5, "x")).all()


def test_a_state_is_black_and_white_at_two_deviations() -> None:
    shown, data = computed(Pictures(step=1, show="x"), ONE)
    sigma = float(data["sigma"])
    assert float(data["limit"]) == 1 + 2 * sigma
    assert (shown.blocks[0].scale.low, shown.blocks[0].scale.high) == (-1 - 2 * sigma, 1 + 2 * sigma)
    np.testing.assert_array_equal(tiles(shown)[0].pixels, to_uint8(part(1, "x")[0], -1 - 2 * sigma, 1 + 2 * sigma))


def test_signed_parts_are_diverging_about_a_neutral_zero() -> None:
    shown, data = computed(Pictures(step=1, show="drift", particles=(0, 2)), ONE)
    values, limit = data["drift"], float(data["limit"])
    assert limit == signed_limit(values)
    table = colours.lookup(colours.DIVERGING)
    assert np.ptp(table[127].astype(int)) < 10  # as good as grey
    assert table[127].min() > 230  # near to white paper
    places = to_uint8(values.mean(axis=1, keepdims=True), -limit, limit)
    assert (tiles(shown)[1].pixels == table[places[1]]).all()


def test_in_a_film_a_colour_means_the_same_at_all_steps() -> None:
    film = material(DIGITS).for_film()
    limits = {float(computed(Pictures(step=index, show="drift"), film)[1]["limit"]) for index in range(4)}
    own = [float(computed(Pictures(step=index, show="drift"), ONE)[1]["limit"]) for index in range(5)]
    assert limits == {max(own)}
    apart = material(DIGITS, DIGITS.replace(latents={"seed": 1})).for_film()
    found = [computed(Pictures(step=index, against=1), apart)[1] for index in range(5)]
    assert len({float(data["limit_difference"]) for data in found}) == 1
    assert max(signed_limit(data["difference"]) for data in found) == float(found[0]["limit_difference"])


def test_a_second_run_is_compared_at_the_same_level_on_one_scale() -> None:
    finer = DIGITS.replace(schedule={"steps": 9}, latents={"seed": 3})
    both = material(DIGITS, finer)
    shown, data = computed(Pictures(step=3, show="drift", particles=(0, 5), against=1), both)
    assert [block.head for block in shown.blocks] == ["A", "B", "B − A"]
    assert int(data["step_b"]) == trajectory(finer, "digits-ideal").nearest(float(data["sigma"]))
    assert (data["difference"] == data["drift_b"] - data["drift_a"]).all()
    assert float(data["limit"]) == max(signed_limit(data["drift_a"]), signed_limit(data["drift_b"]))
    scales = [block.scale for block in shown.blocks]
    assert scales[0].high == scales[1].high == float(data["limit"])
    assert scales[2].high == float(data["limit_difference"]) == -scales[2].low


def test_colours_of_three_channels_stay() -> None:
    shown, data = computed(Pictures(step=2), material(COLOURED, name="tiny pictures"))
    assert data["denoised"].shape == (3, 3, 4, 5)
    assert np.asarray(tiles(shown)[0].pixels).shape == (4, 5, 3)


def test_pictures_that_cannot_be_shown_are_refused() -> None:
    refused = [
        (Pictures(), material(RING), "Ring of ten draws 2 values"),
        (Pictures(particles=(6,)), ONE, "There is no particle 6: the Run has 6"),
        (Pictures(show="guidance", step=1), ONE, "Nothing guided this step"),
        (Pictures(show="drift"), ONE, "nothing is evaluated at the last step"),
        (Pictures(particles=(0,) * 401), ONE, "A panel holds 400 pictures, and these are 401"),
        (Filmstrip(steps=(6,)), ONE, "There is no step 6: the Run has 5"),
        (Filmstrip(show="guidance"), ONE, "Nothing guided this step"),
        (Strip(captions=("a", "b")), ONE, "1 columns and 2 captions"),
        (Particle(particle=9), ONE, "There is no particle 9"),
    ]
    for panel, of, words in refused:
        with pytest.raises(InputError, match=words):
            computed(panel, of)


def test_more_particles_than_a_panel_holds_are_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "MOST", 4)
    shown, data = computed(Pictures(), ONE)
    assert data["particles"].tolist() == [0, 1, 2, 3]
    assert shown.title.endswith(", the first 4 of 6")


def test_a_filmstrip_has_a_row_a_particle_and_a_column_a_step() -> None:
    shown, data = computed(Filmstrip(particles=(3, 0), steps=(0, 2, 5)), ONE)
    block = shown.blocks[0]
    assert (block.rows, block.columns, block.corner) == (["particle 3", "particle 0"], ["80.0", "2.52", "0"], "σ")
    assert data["step"].tolist() == [0, 2, 5]
    assert (data["denoised"][1] == part(2, "denoised")[[3, 0]]).all()
    assert (block.tiles[1][1].pixels == to_uint8(part(2, "denoised")[0])).all()


def test_a_filmstrip_chooses_steps_evenly_and_leaves_out_what_is_not_there() -> None:
    _, data = computed(Filmstrip(), ONE)
    assert data["step"].tolist() == [0, 1, 2, 3, 4, 5]
    shown, data = computed(Filmstrip(show="correction", steps=(3, 4)), ONE)  # Heun's last step has none
    assert data["step"].tolist() == [3]
    assert [tile.pixels is None for tile in tiles(shown)] == [False, True]


def test_a_filmstrip_of_drifts_has_one_scale() -> None:
    shown, data = computed(Filmstrip(show="drift", particles=(1,)), ONE)
    assert set(data["limit"].tolist()) == {shown.blocks[0].scale.high}
    assert shown.blocks[0].scale.high == max(signed_limit(each) for each in data["drift"])


def test_a_strip_has_a_column_a_run() -> None:
    runs = [DIGITS.replace(schedule={"steps": steps}) for steps in (3, 5)]
    shown, data = computed(Strip(columns=(0, 1), captions=("3 steps", "5 steps"), particles=(2, 4)), material(*runs))
    block = shown.blocks[0]
    assert (list(block.columns), block.rows) == (["3 steps", "5 steps"], ["particle 2", "particle 4"])
    last = [step(run, "digits-ideal", run.schedule.steps).x.numpy()[[2, 4]] for run in runs]
    assert (data["denoised"] == np.stack(last)).all()
    means = (np.clip(np.stack(last), -1, 1).mean(axis=(2, 3, 4)) + 1) / 2
    np.testing.assert_allclose(data["brightness"], means, rtol=1e-6)
    assert (block.tiles[0][1].pixels == to_uint8(last[1][0])).all()


def test_a_strip_of_pictures_of_two_sizes_is_refused() -> None:
    one, other = material(DIGITS), material(COLOURED, name="tiny pictures")
    both = type(one)([*one.trajectories, *other.trajectories], [*one.models, *other.models], [*one.infos, *other.infos])
    with pytest.raises(InputError, match="different sizes"):
        computed(Strip(columns=(0, 1)), both)


def test_a_particle_has_its_parts_beside_each_other() -> None:
    shown, data = computed(Particle(particle=2, step=1), ONE)
    block = shown.blocks[0]
    assert block.columns == ["Noisy state", "Estimate x₀", "Drift d", "Drift d′"]
    assert all((data[name] == part(1, name)[2]).all() for name in ("x", "denoised", "drift", "correction"))
    assert float(data["drift_limit"]) == float(data["correction_limit"])  # they are averaged
    assert tiles(shown)[2].caption.startswith(f"‖d‖ {np.linalg.norm(data['drift']):#.3g}".rstrip("."))


def test_a_particle_of_coordinates_is_a_table() -> None:
    shown, data = computed(Particle(particle=1, step=2), material(RING))
    assert shown.columns == ["value 1", "value 2", "norm"]
    assert [name for name, _ in shown.rows] == ["Noisy state, x", "Estimate x₀, D", "Drift d, d", "Drift d′, d′"]
    numbers = [float(text.replace("−", "-").replace(",", "")) for text in shown.rows[0][1]]
    np.testing.assert_allclose(numbers, [*data["x"], np.linalg.norm(data["x"])], rtol=5e-3)


@given(st.integers(1, 400), st.integers(3, 10))
def test_rows_of_tiles_are_full_and_about_as_many_as_columns(count: int, least: int) -> None:
    columns = shared.across(count, least)
    rows = -(-count // columns)
    assert 1 <= columns <= count
    assert rows * columns - count < columns
    assert columns <= max(least, 1.5 * (count**0.5 + least))
