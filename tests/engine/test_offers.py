"""What is offered for which model, with and without the extra, and that a Run is refused for the same reason."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine import cli, frames, offers, picture
from engine.errors import InputError
from engine.execute import execute
from engine.models.catalogue import ModelInfo, bundled, describe, named
from engine.models.diffusers_unet import DiffusersUNet
from engine.models.ideal import IdealDenoiser
from engine.models.mixture import Mixture
from engine.models.preconditioned import Preconditioned
from engine.models.variance_preserving import NoisePredictor
from engine.offers import carried_over, refusal, unguided, unsuited
from engine.run import Condition, Run
from engine.settings import SAMPLER_SETTINGS
from engine.settings.guidance import KERNEL_NAMES
from tests.engine.tiny import REFERENCE, TinyMixture, conditional, run_of

SCHEDULERS = ("pndm", "dpm-solver++", "deis", "unipc")  # spec: S13
RING = named("ring")
DIGITS = named("digits-ideal")
NETWORK = describe(conditional(), "a test")


def run_on(info: ModelInfo, **sampler: object) -> Run:
    return Run(model=info.reference).replace(sampler=sampler)


@pytest.mark.parametrize("sampler", [name for name in SAMPLER_SETTINGS if name != "noising"])
def test_every_sampler_of_states_is_offered_for_every_model(sampler: str) -> None:
    discrete = replace(NETWORK, kind="variance-preserving", sigma_max=6e8, levels=np.geomspace(0.01, 6e8, 4000))
    for info in (*bundled(), NETWORK, discrete):
        assert refusal(sampler, info) == ""
        assert refusal(sampler, info, run_on(info, name=sampler)) == ""


def test_without_the_extra_its_samplers_say_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "diffusers", None)
    refused = {name: refusal(name, RING) for name in SAMPLER_SETTINGS if name != "noising"}
    assert tuple(name for name, reason in refused.items() if reason) == SCHEDULERS
    for name in SCHEDULERS:
        assert offers.INSTALL in refused[name]


def test_the_command_line_refuses_with_the_same_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "diffusers", None)
    out = tmp_path / "run.npz"
    assert cli.main(["sample", "--model", "ring", "--sampler", "deis", "--steps", "3", "--out", str(out)]) == 2
    assert offers.MISSING in capsys.readouterr().err
    assert not out.exists()


# spec: S12
def test_metropolis_needs_a_model_that_tells_its_density() -> None:
    for kind in (Mixture, IdealDenoiser, Preconditioned, NoisePredictor, DiffusersUNet):
        assert hasattr(kind, "log_density") == (getattr(kind, "kind", "") in offers.DENSITIES)
    for info in (RING, DIGITS):
        assert refusal("langevin", info, run_on(info, name="langevin", metropolis=True)) == ""
    tested = run_on(NETWORK, name="langevin", metropolis=True)
    assert "density" in refusal("langevin", NETWORK, tested)
    assert refusal("heun", NETWORK, tested) == "", "what the Run says of another sampler is of no concern"


def test_plain_langevin_stays_at_a_level_that_the_model_knows() -> None:
    low, high = NETWORK.sigma_min, NETWORK.sigma_max
    for level, known in ((low, True), (high, True), (low / 2, False), (2 * high, False)):
        plain = run_on(NETWORK, name="langevin", annealed=False, level=level)
        assert (refusal("langevin", NETWORK, plain) == "") is known
        assert refusal("langevin", NETWORK, plain.replace(sampler={"annealed": True})) == ""
    assert refusal("langevin", RING, run_on(RING, name="langevin", annealed=False, level=1e6)) == ""


# spec: A1
def test_noising_needs_a_picture_and_a_model_of_pictures() -> None:
    assert "model of pictures" in refusal("noising", RING)
    assert "needs a picture" in refusal("noising", DIGITS)
    reference = picture.keep(np.zeros((1, 32, 32), np.uint8), "black")
    run = run_on(DIGITS, name="noising").replace(latents={"picture": reference.model_dump()})
    assert refusal("noising", DIGITS, run) == ""
    assert refusal("noising", DIGITS, run.replace(sampler={"name": "heun"})) == "", "it can be chosen then"


# spec: G5
def test_guided_particles_are_at_one_noise_level() -> None:
    guided = run_on(RING, name="ode").replace(guidance={"k_pg": 1.0})
    assert refusal("ode", RING, guided) == offers.TOGETHER
    for own in ({"sampler": {"adaptive": False}}, {"sampler": {"method": "euler"}}, {"latents": {"group": 1}}):
        assert refusal("ode", RING, guided.replace(**own)) == ""
    assert refusal("ode", RING, guided.replace(sampler={"name": "heun"})) == "", "it can be chosen, and then mended"


# spec: G2
@pytest.mark.parametrize("kernel", KERNEL_NAMES)
def test_a_kernel_is_offered_for_what_it_compares(kernel: str) -> None:
    suited = {"iou": {"digits-ideal", "faces"}, "angular": {"ring"}, "features": {"digits-ideal"}}
    models = {name: named(name) for name in ("ring", "mixture-1d", "digits-ideal", "faces")}
    assert {name for name, info in models.items() if not unsuited(kernel, info)} == suited.get(kernel, set(models))
    for info in models.values():
        run = Run(model=info.reference).replace(guidance={"kernel": kernel})
        assert unguided(run, info) == "", "it is not guided"
        assert unguided(run.replace(guidance={"k_pg": 1.0}), info) == unsuited(kernel, info)


# spec: G1
@pytest.mark.parametrize(("name", "most"), [("ring", 3370), ("digits-ideal", 489)])
def test_a_group_with_too_many_pairs_is_refused(name: str, most: int) -> None:
    run = Run(model=named(name).reference).replace(latents={"count": most + 1}, guidance={"k_pg": 1.0})
    sentence = f"A group of {most + 1:,} particles has too many pairs to push: choose a group size of {most:,} or less."
    assert unguided(run, named(name)) == sentence
    assert unguided(run.replace(guidance={"k_pg": 0.0}), named(name)) == ""
    assert unguided(run.replace(latents={"group": most}), named(name)) == ""


# spec: T4
CIRCLE, TRIPLE = (describe(conditional((1, 8, 8), frames=given, count=5), "a test") for given in (1, 3))
FEW, BARE = (describe(conditional((1, 8, 8), frames=3, count=count), "a test") for count in (2, None))
OWN = frames.keep(np.zeros((4, 3, 8, 8), np.uint8), "f").model_dump()


@pytest.mark.parametrize(
    ("model", "asked", "left"),
    [
        (TRIPLE, {"example": 3, "frames": OWN}, {"example": 3, "frames": OWN}),
        (FEW, {"example": 3, "frames": OWN}, {"example": 3, "frames": OWN}),
        (BARE, {"example": "group", "frames": OWN}, {"example": "group", "frames": OWN}),
        (CIRCLE, {"example": 3, "frames": OWN}, {"example": 0, "frames": None}),
        (CIRCLE, {"example": "each", "frames": OWN}, {"example": "each", "frames": None}),
        (CIRCLE, {"example": 4}, {"example": 4, "frames": None}),
        (CIRCLE, {"example": 5}, {"example": 0, "frames": None}),
        (FEW, {"example": 4}, {"example": 0, "frames": None}),
        (FEW, {"example": "group"}, {"example": "group", "frames": None}),
        (BARE, {"example": 1}, {"example": 0, "frames": None}),
        (DIGITS, {"example": 1, "frames": OWN}, {"example": 0, "frames": None}),
        (DIGITS, {"example": "each"}, {"example": 0, "frames": None}),
    ],
)
def test_what_is_given_goes_over_to_another_model_where_it_suits(
    model: ModelInfo, asked: dict[str, object], left: dict[str, object]
) -> None:
    run = Run(model=TRIPLE.reference).replace(condition=asked)
    assert carried_over(run, model) == run.replace(model=model.reference.model_dump(), condition=left)


def test_frames_that_are_lost_stay_behind() -> None:
    run = Run(model=TRIPLE.reference).replace(condition={"frames": {"label": "f", "sha256": "e" * 64}})
    assert carried_over(run, FEW).condition == Condition()


def test_a_run_is_refused_for_the_same_reason() -> None:
    guided = run_of(guidance={"k_pg": 1.0, "kernel": "iou"})
    with pytest.raises(InputError) as refused:
        next(execute(guided, TinyMixture()))  # type: ignore[arg-type]
    assert str(refused.value) == unsuited("iou", RING)
    for sampler in ({"name": "noising"}, {"name": "langevin", "metropolis": True}, {"name": "ode"}):
        run = run_of(sampler=sampler, guidance={"k_pg": 1.0})
        reason = refusal(run.sampler.name, TinyMixture(), run)
        assert reason
        assert run.model == REFERENCE
        with pytest.raises(InputError) as refused:
            next(execute(run, TinyMixture()))  # type: ignore[arg-type]
        assert str(refused.value) == reason
