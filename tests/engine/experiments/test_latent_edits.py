"""`latent-edits`: its cells, what is measured of them, going on, and the claims on the trained model. # spec: A12"""

from __future__ import annotations

import io
import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
import torch
from PIL import Image
from pydantic import ValidationError

from engine import attachments, mask
from engine.analysis.pictures import contact_sheet, to_uint8
from engine.data import faces
from engine.denoiser import per_particle
from engine.errors import InputError, Interrupted
from engine.execute import execute
from engine.experiments import EXPERIMENTS, runner
from engine.experiments.experiment import Cell, Context, Measured, Row
from engine.experiments.latent_edits import LatentEdits, Plan
from engine.experiments.latent_edits_cells import ATTRIBUTES, SERIES, UNEDITED, Cells, mean, numbers, paired, rate
from engine.run import parse
from engine.settings.edits import Intensity, Transfer
from tests.engine.experiments.edited_faces import CONTEXT, SMALL, ideal, load

if TYPE_CHECKING:
    from engine.models import Model


def at(plan: Plan, *place: object) -> Cell:
    """The cell of that place; of intensities the one with the highest lambda."""
    cells = [cell for cell in LatentEdits().cells(plan) if (*cell.place.values(),)[: len(place)] == place]
    return cells[-1]


def measured(cell: Cell, experiment: LatentEdits, context: Context = CONTEXT) -> tuple[list[float], Measured]:
    """The shares on the way, and the measurement."""
    work, shares = experiment.measure(cell, SMALL, context), []
    while True:
        try:
            shares.append(next(work))
        except StopIteration as end:
            return shares, end.value


def x0(cell: Cell) -> np.ndarray:
    """What the cell's Run draws when it is executed alone."""
    *_, last = execute(cell.run, ideal())
    return last.x.cpu().numpy()


# spec: A12, L2, L3
def test_intensities_go_over_the_default_range_both_ways_from_the_same_latents() -> None:
    plan = Plan()
    cells = LatentEdits().cells(plan)
    assert (*cells[0].place.values(),) == UNEDITED
    assert {cell.run.unedited for cell in cells} == {cells[0].run}
    assert (cells[0].run.latents.count, cells[0].run.latents.seed, cells[0].run.schedule.steps) == (256, 0, 22)
    for area, end in (("whole", 0.16), ("eyes", 0.484), ("mouth", 0.523)):
        edits = [cell.run.latents.edits for cell in cells if (*cell.place.values(),)[:3] == ("intensity", area, "free")]
        strengths = [one.strength for (one,) in edits if isinstance(one, Intensity)]
        assert strengths == pytest.approx([end * share / 4 for share in (-4, -3, -2, -1, 1, 2, 3, 4)], rel=2e-3)
    assert len({LatentEdits().key(cell, plan) for cell in cells}) == len(cells) == 61


# spec: A12, L2
def test_a_channel_is_edited_alone_and_masks_are_the_boxes_of_the_faces() -> None:
    for channel, name in enumerate(("red", "green", "blue")):
        (edit,) = at(SMALL, "intensity", name).run.latents.edits
        assert isinstance(edit, Intensity)
        assert (edit.channel, edit.mask) == (channel, None)
    for area in ATTRIBUTES:
        (edit,) = at(SMALL, "intensity", area, "free").run.latents.edits
        assert isinstance(edit, Intensity)
        assert edit.mask is not None
        m = mask.values(edit.mask, faces.SHAPE)
        assert m[faces.REGIONS[area]].all()
        assert m.sum() == m[faces.REGIONS[area]].size


# spec: A12, L4
def test_transfers_are_both_ways_between_pairs_and_the_same_in_every_region() -> None:
    runs = [at(SMALL, "transfer", "eyes", outside).run for outside in ("free", "locked", "replaced")]
    for run in runs:
        assert all(isinstance(edit, Transfer) and edit.swap for edit in run.latents.edits)
    pairs = [edit.targets for edit in runs[0].latents.edits]
    assert pairs == [(0, 1), (2, 3), (4, 5), (6, 7)]
    odd = at(SMALL.model_copy(update={"particles": 7}), "transfer", "eyes").run.latents.edits
    assert [edit.targets for edit in odd] == [(0, 1), (2, 3), (4, 5)]
    assert {run.latents.edits for run in runs} == {runs[0].latents.edits}
    assert [run.region.outside for run in runs] == ["free", "locked", "replaced"]
    assert len({run.region.mask for run in runs[1:]}) == 1


def test_what_is_measured_is_what_the_run_draws() -> None:
    experiment = LatentEdits()
    plain, cell = at(SMALL, *UNEDITED), at(SMALL, "intensity", "eyes", "free")
    before, now = (x0(each).clip(-1, 1) for each in (plain, cell))
    shares, found = measured(cell, experiment)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert set(found.values) <= set(experiment.values)
    assert set(found.series) == set(SERIES)
    sunglasses = faces.measure(now).sunglasses >= 0.5
    assert found.series["sunglasses"] == tuple(sunglasses.astype(float))
    assert found.values["sunglasses"] == pytest.approx(sunglasses.mean())
    brightness = (now.mean(axis=(1, 2, 3)) + 1) / 2
    assert numbers(found, "brightness") == pytest.approx(brightness, rel=1e-5)
    assert found.values["green"] == pytest.approx((now[:, 1].mean() + 1) / 2, rel=1e-5)
    assert found.values["brighter"] == pytest.approx((now.mean() - before.mean()) / 2, abs=1e-6)
    box = (slice(None), slice(None), *faces.REGIONS["eyes"])
    apart = np.abs(now - before) / 2
    assert found.values["change inside"] == pytest.approx(apart[box].mean(), rel=1e-4)
    apart[box] = np.nan
    assert found.values["change outside"] == pytest.approx(np.nanmean(apart), rel=1e-4)
    assert found.values["deviations"] == pytest.approx(8.868, abs=2e-3)


def test_a_face_is_like_itself_and_noise_is_not() -> None:
    values = measured(at(SMALL, *UNEDITED), LatentEdits())[1].values
    assert isinstance(values["unlike a face"], float)
    assert values["unlike a face"] < 0.03  # an ideal denoiser ends on faces
    noise = measured(at(SMALL, *UNEDITED), LatentEdits(), NOISE)[1].values["unlike a face"]
    assert isinstance(noise, float)
    assert noise > 0.15


class Independent:
    """The exact model of noise: values that know nothing of each other, normal with deviation 0.5."""

    def __getattr__(self, name: str) -> Any:
        return getattr(ideal(), name)

    def denoise(self, x: torch.Tensor, sigma: float | torch.Tensor, cond: torch.Tensor | None = None) -> torch.Tensor:
        variance = per_particle(sigma, x) ** 2
        return x * (0.25 / (0.25 + variance))


NOISE = Context(lambda _: cast("Model", Independent()))


# spec: A12, L9, G8
@pytest.mark.parametrize("outside", ["locked", "replaced"])
def test_outside_of_a_kept_mask_nothing_changes_and_inside_something_does(outside: str) -> None:
    experiment = LatentEdits()
    for edit in ("intensity", "transfer"):
        cell = at(SMALL, edit, "mouth", outside)
        found = measured(cell, experiment, NOISE)[1]
        assert set(found.series["outside"]) == {0.0}
        assert min(numbers(found, "inside")) > 0.05
        found = measured(cell, LatentEdits())[1]
        assert set(found.series["outside"]) == {0.0}
        now = (x0(cell).clip(-1, 1).mean(axis=(1, 2, 3)) + 1) / 2  # known or drawn first: the same
        assert numbers(found, "brightness") == pytest.approx(now, rel=1e-5)


def test_what_is_opened_is_the_first_particles_with_their_edits() -> None:
    plan, experiment = SMALL.model_copy(update={"particles": 20}), LatentEdits()
    cell = at(plan, "transfer", "eyes", "free")
    run = experiment.shown(cell, plan)
    assert (run.latents.count, len(run.latents.edits)) == (16, 8)
    picture = measured(cell, experiment)[1].picture
    assert picture is not None
    *_, last = execute(run, ideal())
    with Image.open(io.BytesIO(picture)) as image:
        sheet = contact_sheet(to_uint8(last.x[:6].cpu().numpy()), columns=2, gap=1)
        assert np.array_equal(np.asarray(image), sheet)


def test_interrupted_and_gone_on_with_it_ends_with_the_same_bytes(tmp_path: Path) -> None:
    plan = SMALL.model_copy(update={"kept": ()})
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for _ in runner.perform(LatentEdits(), plan, whole, CONTEXT):
        pass
    for evaluations in (100, 400):
        asked = itertools.count()
        stopping = Context(load, lambda asked=asked, most=evaluations: next(asked) > most)  # type: ignore[misc]
        with pytest.raises(Interrupted):
            for _ in runner.perform(LatentEdits(), plan, parts, stopping):
                pass
    assert 0 < len(list(parts.iterdir())) < len(list(whole.iterdir()))
    for _ in runner.perform(LatentEdits(), plan, parts, CONTEXT):
        pass
    files = {path.name: path.read_bytes() for path in whole.iterdir()}
    assert {path.name: path.read_bytes() for path in parts.iterdir()} == files
    rows = runner.rows(LatentEdits(), plan, parts)
    assert all(row.measured for row in rows)
    assert all(LatentEdits().findings(rows, plan))
    ends, *appear = LatentEdits().comparison(rows, plan)
    assert (ends.published, ends.here) == ("−0.02 to 0.02", "−0.16 to 0.16")
    assert [each.published for each in appear] == ["2 of 3 subjects", "3 of 3 subjects, by λ = 0.033"]
    assert all(each.here.endswith("at the end") for each in appear)
    unmeasured = [Row(row.key, row.cell) for row in rows]
    assert not LatentEdits().comparison(unmeasured, plan)


def test_a_kept_cell_carries_the_masks_that_its_run_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(particles=4, reach=(1.0,), compared=(1.0,), kept=())
    cells = LatentEdits().cells(plan)
    names = cells[3].run.attachments
    for progress in runner.perform(LatentEdits(), plan, tmp_path, CONTEXT):
        if progress.done == 4:
            break
    content = json.loads((tmp_path / f"{LatentEdits().key(cells[3], plan)}.json").read_text())
    monkeypatch.setattr(attachments, "_stored", {})
    assert parse(content["run"]) == cells[3].run
    assert {name for name in names if attachments.get(name)} == set(names) != set()


@pytest.mark.parametrize(
    "fields",
    [
        {"particles": 2},
        {"reach": ()},
        {"reach": (1.0, 0.5)},
        {"compared": (0.0,)},
        {"kept": ("free",)},
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Plan(**fields)


@pytest.mark.parametrize("model", ["digits", "ring"])
def test_a_model_of_anything_else_is_refused(model: str) -> None:
    with pytest.raises(InputError, match="no toy faces"):
        LatentEdits().cells(Plan(model=model))


def test_it_is_offered_and_the_quick_plan_is_a_small_share() -> None:
    experiment = EXPERIMENTS["latent-edits"]
    assert isinstance(experiment, LatentEdits)
    quick = [experiment.cost(cell, experiment.quick) for cell in experiment.cells(experiment.quick)]
    assert sum(quick) < 50_000  # evaluations of one particle, 2.5 ms each
    assert {cell.run.region.outside for cell in experiment.cells(experiment.quick)} == {"free", "locked", "replaced"}


# spec: A12, L2, L3, L4
@pytest.mark.slow
def test_on_the_trained_model_edits_do_what_the_source_claims(tmp_path: Path) -> None:
    plan, experiment = Plan(particles=64, reach=(0.5, 1.0), compared=(1.0,), kept=()), LatentEdits()
    for _ in runner.perform(experiment, plan, tmp_path, Context(runner.load)):
        pass
    cells = Cells(runner.rows(experiment, plan, tmp_path))
    still = cells.unedited
    assert still is not None
    brightness = [mean(numbers(found, "brightness")).value for _, _, found in cells.curve("whole")]
    assert brightness == sorted(brightness)
    assert brightness[-1] - brightness[0] > 0.2
    for channel in ("red", "green", "blue"):
        (_, _, low), *_, (_, _, high) = cells.curve(channel)
        assert paired(high, low, channel).value > 0.1
    for area, end in (("eyes", 0), ("mouth", -1)):
        name, (_, _, found) = ATTRIBUTES[area], cells.curve(area)[end]
        assert rate(numbers(found, name)).low > rate(numbers(still, name)).high
        assert mean(numbers(found, "inside")).value > 2 * mean(numbers(found, "outside")).value > 0.02
        outcome = cells.transfers(area)
        assert outcome is not None
        assert outcome.appears.above(outcome.anyway)[0] > 0.1
