"""Recipe: the text, the command that gives the same Run, the script that gives the same bytes. # spec: -"""

from __future__ import annotations

import ast
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from engine import cli, cli_sample, frames, recipe
from engine.analysis.pictures import contact_sheet, to_uint8
from engine.execute import execute
from engine.models import catalogue
from engine.run import ModelReference, Run, parse
from engine.settings import SAMPLER_SETTINGS
from engine.settings.guidance import KERNEL_NAMES
from tests.engine.edited import ANY, HARD, KINDS, SOFT, latent, masked, pictured

HOSTILE = [
    "a'b\"c $(touch x) `y`",
    "--out",
    "-rf",
    'x"); import os #',
    "{run}",
]


MOVE = {"step": 5, "particle": 3, "to": [0.125, -1.0]}
WHOLE = {"kind": "intensity", "strength": -0.05}


def named(label: str = "ring", **groups: Any) -> Run:
    return Run(model=ModelReference(label=label, sha256="b" * 64)).replace(**groups)


def parsed(command: str) -> tuple[str, Run]:
    """The model's label and the Run that the command line makes of `command`."""
    program, *words = shlex.split(command)
    assert program == "latent-loupe"
    arguments = cli._parser().parse_args(words)
    reference = {"label": arguments.model, "sha256": "b" * 64}
    content = cli_sample.given(arguments)
    for holder, key in cli_sample._named(content):
        found = NAMES[holder[key]]
        holder.update({"latent": latent(), "picture": found} if key == "latent" else {key: found})
    return arguments.model, parse({**content, "model": reference})


floats = st.floats(1e-6, 1e4, allow_nan=False)
edits = ANY.map(lambda edit: {**edit, "picture": pictured()} if edit.get("kind") == "set" else edit)
NAMES = {
    "eyes.png": masked(HARD),
    "mouth.png": masked(SOFT, "mouth"),
    "digits 17": pictured(),
    **{name: frames.keep(SOFT[None, None], name).model_dump() for name in ("circle 7, frame 0", "--frames.png")},
}
"""What the names of files and items in a command stand for."""

runs = st.builds(
    named,
    latents=st.fixed_dictionaries(
        {
            "seed": st.integers(0, 2**63 - 1),
            "count": st.integers(1, 10**6),
            "group": st.none() | st.integers(1, 10**6),
            "edits": st.lists(edits, max_size=3),
        }
    ),
    condition=st.fixed_dictionaries(
        {"example": st.sampled_from(["each", "group"]) | st.integers(0, 65_535)},
        optional={"frames": st.sampled_from([NAMES["circle 7, frame 0"], NAMES["--frames.png"]])},
    ),
    schedule=st.fixed_dictionaries(
        {
            "steps": st.integers(1, 10_000),
            "rho": st.floats(1, 100),
            "sigma_max": st.floats(2, 1e9),
            "sigma_min": st.floats(1e-9, 1),
        }
    ),
    sampler=st.fixed_dictionaries({"churn": floats, "s_min": floats, "s_max": floats, "s_noise": st.floats(0, 10)}),
    guidance=st.fixed_dictionaries(
        {
            "k_pg": st.just(0.0) | floats,
            "kernel": st.sampled_from(KERNEL_NAMES),
            "bandwidth": st.sampled_from(["median", "fixed", "sigma"]),
            "width": floats,
            "over_time": st.sampled_from(["proportional", "constant"]),
            "sees": st.sampled_from(["denoised", "state"]),
            "over_particles": st.sampled_from(["sum", "mean"]),
        }
    ),
    region=st.fixed_dictionaries(
        {"outside": st.sampled_from(["free", "locked", "replaced"]), "mask": st.just(NAMES["eyes.png"])},
        optional={"picture": st.just(NAMES["digits 17"])},
    ),
    precision=st.sampled_from([None, "float32", "float64"]),
    block=st.none() | st.integers(1, 65_536),
)


@given(runs)
def test_the_command_gives_the_same_run(run: Run) -> None:
    assert parsed(recipe.as_command(run)) == ("ring", run)


@pytest.mark.parametrize("label", HOSTILE)
def test_a_hostile_label_is_only_a_label(label: str) -> None:
    run = named(label)
    assert parsed(recipe.as_command(run)) == (label, run)
    tree = ast.parse(recipe.as_python(run))
    plain = ast.parse(recipe.as_python(named()))
    assert len(tree.body) == len(plain.body)
    strings = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    assert strings.count(label) == 2


def test_the_command_says_only_what_differs() -> None:
    assert recipe.as_command(named()) == "latent-loupe sample --model ring"
    run = named(sampler={"churn": 5.0}, latents={"seed": 3})
    assert recipe.as_command(run) == "latent-loupe sample --model ring --seed 3 --churn 5"
    run = named(guidance={"k_pg": 3.0, "kernel": "iou"}, latents={"group": 10, "edits": [MOVE]})
    edited = named(
        latents={"edits": [KINDS["intensity"], KINDS["set"]]},
        region={"outside": "replaced", "mask": masked(SOFT, "the mouth"), "picture": pictured()},
    )
    edits = (
        '[{"kind":"intensity","particles":[3,4],"mask":"eyes.png","strength":0.1},'
        '{"kind":"set","particles":[2],"latent":"digits 17"}]'
    )
    region = "--outside replaced --mask 'the mouth.png' --known 'digits 17'"
    assert recipe.as_command(edited) == f"latent-loupe sample --model ring --edits '{edits}' {region}"
    said = """--group 10 --edits '[{"step":5,"particle":3,"to":[0.125,-1.0]}]' --k-pg 3 --kernel iou"""
    assert recipe.as_command(run) == f"latent-loupe sample --model ring {said}"


def test_the_script_gives_the_same_bytes(tmp_path: Path) -> None:
    info = catalogue.named("digits-ideal")
    run = Run(model=info.reference).replace(
        latents={"count": 3, "seed": 4, "group": 2, "edits": [{**WHOLE, "mask": masked(np.eye(32, dtype=np.uint8))}]},
        schedule={"steps": 4},
        sampler={"churn": 1.0},
        guidance={"k_pg": 2.0, "kernel": "iou"},
        precision="float64",
    )
    script = tmp_path / "script.py"
    script.write_text(recipe.as_python(run), encoding="utf-8")
    subprocess.run([sys.executable, script], cwd=tmp_path, check=True, capture_output=True, timeout=120)
    *_, last = execute(run, info.build())
    (archive,) = tmp_path.glob("*.npz")
    assert archive.stem == f"run-{run.digest[:12]}"
    with np.load(archive) as saved:
        assert saved["x0"].tobytes() == last.x.numpy().tobytes()
        assert saved["x_T"].shape == (3, 1, 32, 32)
    with Image.open(tmp_path / f"{archive.stem}.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), contact_sheet(to_uint8(last.x.numpy())))


def test_the_title_and_the_difference() -> None:
    run = named("digits-ideal")
    assert recipe.title(run) == "digits-ideal · heun 22 · seed 0"
    assert recipe.difference(run, run.replace(sampler={"churn": 5.0})) == "churn 0 | churn 5"
    other = run.replace(latents={"seed": 2}, schedule={"sigma_max": 40.0})
    assert recipe.difference(other, run) == "seed 2, sigma-max 40 | seed 0, sigma-max 80"
    assert recipe.difference(run, run) == ""


def test_a_condition_is_told_where_it_is_not_the_first() -> None:
    first, fourth, each = (named("circle", condition={"example": example}) for example in (0, 3, "each"))
    assert recipe.title(first) == "circle · heun 22 · seed 0"
    assert recipe.title(fourth) == "circle · heun 22 · seed 0 · example 3"
    assert recipe.title(each) == "circle · heun 22 · seed 0 · each its own example"
    assert "Given      example 3\n" in recipe.as_text(fourth)
    assert "Given" not in recipe.as_text(first)
    assert recipe.difference(fourth, each) == "example 3 | example each"


# spec: A5
def test_frames_are_told_by_their_name() -> None:
    kept = frames.keep(SOFT[None, None], "circle 7, frame 0").model_dump()
    plain, given = named("circle"), named("circle", condition={"frames": kept})
    second, group = (given.replace(condition={"example": example}) for example in (1, "group"))
    assert recipe.title(given) == "circle · heun 22 · seed 0 · circle 7, frame 0"
    assert recipe.title(second) == "circle · heun 22 · seed 0 · example 1 of circle 7, frame 0"
    assert recipe.title(group) == "circle · heun 22 · seed 0 · each group its own example of circle 7, frame 0"
    assert "Given      circle 7, frame 0\n" in recipe.as_text(given)
    assert recipe.as_command(group).endswith("--example group --frames 'circle 7, frame 0'")
    assert recipe.difference(plain, given) == " | frames circle 7, frame 0"
    other = given.replace(condition={"frames": {**kept, "sha256": "0" * 64}})
    assert recipe.difference(given, other) == (
        f"frames circle 7, frame 0 ({kept['sha256'][:8]}) | frames circle 7, frame 0 (00000000)"
    )
    script = ast.walk(ast.parse(recipe.as_python(group)))
    assert parse(next(ast.literal_eval(node) for node in script if isinstance(node, ast.Dict))) == group


# spec: G1
def test_guidance_is_told_where_particles_act_on_each_other() -> None:
    guided = named(guidance={"k_pg": 0.25, "kernel": "angular"}, latents={"group": 5})
    assert recipe.title(guided) == "ring · heun 22 · k_PG 0.25 angular · seed 0"
    text = recipe.as_text(guided)
    for line in ("Group size 5", "Guidance   particle guidance", "  k_PG     0.25", "  Kernel sees denoised"):
        assert f"\n{line}\n" in text
    alone = guided.replace(latents={"group": 1})
    assert recipe.title(alone) == recipe.title(named()) == "ring · heun 22 · seed 0"
    assert "Guidance" not in recipe.as_text(alone)
    assert "Group size all\n" in recipe.as_text(named())
    assert recipe.difference(named(), guided) == "group all, k-pg 0, kernel rbf | group 5, k-pg 0.25, kernel angular"


# spec: L8
def test_what_was_moved_by_hand_is_told() -> None:
    moved = named(latents={"edits": [MOVE, {**MOVE, "particle": 4}]})
    text = "\nEdited     move 3 at step 5 to (0.125, -1)\nEdited     move 4 at step 5 to (0.125, -1)\n"
    assert text in recipe.as_text(moved)
    assert recipe.difference(named(), moved) == (
        "edits none | edits move 3 at step 5 to (0.125, -1); move 4 at step 5 to (0.125, -1)"
    )


# spec: L2 L3 L4 L7 L8
@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (KINDS["move"], "move 1 at step 2 to (0.5, -1)"),
        (KINDS["intensity"], "intensity λ +0.1 through eyes, particles 3, 4"),
        (WHOLE, "intensity λ −0.05"),
        ({**WHOLE, "strength": 0.0, "channel": 2, "step": 3, "particles": [0]},
         "intensity λ +0 in channel 2, particle 0, at step 3"),
        (KINDS["transfer"], "transfer from 4 to 5 through mouth, both ways"),
        ({**KINDS["transfer"], "step": 7}, "transfer from 4 to 5 through mouth, both ways, at step 7"),
        ({"kind": "transfer", "source": 4}, "transfer from 4 to all"),
        (KINDS["interpolate"], "between 0 and 1 in channel 1, 30 %, at step 7"),
        ({**KINDS["interpolate"], "share": 0.07, "particles": [3, 4]},
         "between 0 and 1 in channel 1, 7 %, particles 3, 4, at step 7"),
        (KINDS["set"], "latent of digits 17, particle 2"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_an_edit_is_told_in_words(edit: dict[str, Any], words: str) -> None:
    run = named("faces", latents={"edits": [edit]})
    assert f"\nEdited     {words}\n" in recipe.as_text(run)
    assert recipe.title(run) == f"faces · heun 22 · seed 0 · {words}"
    assert recipe.title(run.replace(latents={"edits": [edit, WHOLE]})) == "faces · heun 22 · seed 0 · 2 edits"
    assert recipe.difference(run, named("faces")) == f"edits {words} | edits none"


def test_what_differs_under_one_name_is_told_apart() -> None:
    hashes = masked(HARD)["sha256"][:8], masked(SOFT)["sha256"][:8]
    one, other = (
        named(
            latents={"edits": [{**WHOLE, "mask": masked(pixels)}]}, region={"outside": "locked", "mask": masked(pixels)}
        )
        for pixels in (HARD, SOFT)
    )
    sides = (f"edits intensity λ −0.05 through eyes ({sha}), mask eyes ({sha})" for sha in hashes)
    assert recipe.difference(one, other) == " | ".join(sides)


# spec: L9
def test_what_happens_outside_of_a_mask_is_told() -> None:
    locked = named("faces", region={"outside": "locked", "mask": masked(HARD)})
    replaced = named("faces", region={"outside": "replaced", "mask": masked(HARD), "picture": pictured("a.png")})
    assert recipe.title(locked) == "faces · heun 22 · seed 0 · outside of eyes locked"
    assert "\nOutside    of eyes locked\n" in recipe.as_text(locked)
    assert "\nOutside    of eyes replaced, to a.png\n" in recipe.as_text(replaced)
    assert "Outside" not in recipe.as_text(named("faces"))
    assert recipe.difference(locked, replaced) == "outside locked | outside replaced, known a.png"


def test_names_and_values_never_touch() -> None:
    samplers = [named(sampler={"name": name}, guidance={"k_pg": 1.0}) for name in SAMPLER_SETTINGS]
    titles = {field.title for run in samplers for kind in (run.sampler, run.guidance, run.latents, run.schedule)
              for field in type(kind).model_fields.values() if field.title}  # fmt: skip
    lines = [line for run in samplers for line in recipe.as_text(run).splitlines()]
    assert all(any(line.strip().startswith(f"{title} ") for line in lines) for title in titles)


def test_models_of_one_name_are_told_apart() -> None:
    one, other = named(), Run(model=ModelReference(label="ring", sha256="c" * 64))
    assert recipe.difference(one, other) == "model ring (bbbbbbbb) | model ring (cccccccc)"


def test_the_text_has_every_setting_in_short_lines() -> None:
    text = recipe.as_text(named(sampler={"churn": 5.25}, precision="float32"))
    lines = [line.split() for line in text.splitlines()]
    for expected in (
        ["Seed", "0"],
        ["SHA-256", "b" * 12],
        ["σ", "max", "80"],
        ["S_churn", "5.25"],
        ["S_max", "no", "limit"],
    ):
        assert expected in lines
    assert ["Precision", "float32"] in lines
    assert max(len(line) for line in text.splitlines()) <= 40


def test_it_needs_no_torch() -> None:
    code = "import sys, engine.recipe; sys.exit('torch' in sys.modules or 'PySide6' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
