"""The command line: options made from the settings, exit codes, one sentence for each error, no Qt."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import app.__main__ as entry
from engine import cli, models
from engine.checkpoints import save
from engine.embed import read_run, write_png
from engine.run import Condition, Latents
from engine.settings import SAMPLER_SETTINGS, SCHEDULE_SETTINGS, GuidanceSettings
from tests.engine.tiny import REFERENCE, TinyMixture, conditional, run_of

RING = ["sample", "--model", "ring", "--steps", "22", "--seed", "7"]


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> TinyMixture:
    """`TinyMixture` in the place of every model."""
    model = TinyMixture()
    monkeypatch.setattr(models, "load", lambda name: model)
    return model


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The sentence with which `arguments` are refused."""
    assert cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_every_setting_is_an_option(tmp_path: Path, tiny: TinyMixture) -> None:
    path = tmp_path / "run.npz"
    options = "--seed 3 --count 4 --steps 5 --sigma-max 50 --sigma-min 0.01 --rho 3 --churn 2 --s-min 0.1"
    options += " --s-max 40 --s-noise 1.01 --precision float32 --block 2 --example each --group 2"
    options += " --k-pg 3 --kernel l1 --bandwidth fixed --width 0.5 --over-time constant --sees state"
    options += ' --over-particles mean --edits [{"step":2,"particle":1,"to":[0.5,-1]}]'
    assert cli.main(["sample", "--model", "tiny", "--out", str(path), *options.split()]) == 0
    assert read_run(path) == run_of(
        latents={"seed": 3, "count": 4, "group": 2, "edits": [{"step": 2, "particle": 1, "to": [0.5, -1.0]}]},
        condition={"example": "each"},
        schedule={"steps": 5, "sigma_max": 50, "sigma_min": 0.01, "rho": 3},
        sampler={"churn": 2, "s_min": 0.1, "s_max": 40, "s_noise": 1.01},
        guidance={
            "k_pg": 3,
            "kernel": "l1",
            "bandwidth": "fixed",
            "width": 0.5,
            "over_time": "constant",
            "sees": "state",
            "over_particles": "mean",
        },
        precision="float32",
        block=2,
    )


@pytest.mark.parametrize(("given", "rows"), [([], [0, 0, 0, 0]), (["--example", "each"], [0, 1, 2, 0])])
def test_a_model_with_a_condition_is_given_its_examples(tmp_path: Path, given: list[str], rows: list[int]) -> None:
    model = conditional((1, 4, 6), frames=2)
    path = save(tmp_path / "model", model)
    command = ["sample", "--model", str(path), "--count", "4", "--steps", "2", "--out", str(tmp_path / "run.npz")]
    assert cli.main([*command, *given]) == 0
    with np.load(tmp_path / "run.npz") as arrays:
        np.testing.assert_array_equal(arrays["condition"], model.arrays["examples"][rows])


def test_an_example_that_the_model_does_not_carry_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = save(tmp_path / "model", conditional())
    says = refused(["sample", "--model", str(path), "--example", "3"], capsys)
    assert says == "conditional carries examples 0 to 2 of its condition, not 3: choose one of them.\n"


def test_help_names_every_setting_with_its_description(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["sample", "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for kind in (Latents, Condition, *SCHEDULE_SETTINGS.values(), *SAMPLER_SETTINGS.values(), GuidanceSettings):
        for name, field in kind.model_fields.items():
            if name != "name":
                assert f"--{name.replace('_', '-')}" in shown
                assert " ".join(str(field.description).split()) in shown


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "COMMAND"),
        (["smaple"], "smaple"),
        (["sample"], "--model"),
        (["sample", "--model", "tiny", "--churn", "many"], "--churn"),
        (["sample", "--model", "tiny", "--churn=-1"], "churn"),
        (["sample", "--model", "tiny", "--sigma-min", "90"], "sigma_min"),
        (["sample", "--model", "tiny", "--count", "0"], "count"),
        (["sample", "--model", "tiny", "--example", "all"], '0 to 65,535, "each" or "group"'),
        (["sample", "--model", "tiny", "--group", "0"], "group"),
        (["sample", "--model", "tiny", "--k-pg=-1"], "k_pg"),
        (["sample", "--model", "tiny", "--kernel", "l2"], "l2"),
        (["sample", "--model", "ring", "--kernel", "iou", "--k-pg", "1"], "choose a model of pictures"),
        (["sample", "--model", "ring", "--sampler", "ode", "--k-pg", "1"], "turn the solver's adaptive steps off"),
        (["sample", "--model", "tiny", "--edits", "[{"], "--edits is not JSON: give a list"),
        (["sample", "--model", "tiny", "--edits", "[" * 100_000], "--edits is not JSON: give a list"),
        (["sample", "--model", "tiny", "--edits", "{}"], "latents.edits: should be a list"),
        (["sample", "--model", "tiny", "--edits", '[{"step": 1, "particle": 0}]'], "latents.edits.0.to: is missing"),
        (
            ["sample", "--model", "ring", "--edits", '[{"step": 22, "particle": 0, "to": [0, 0]}]'],
            "the last one that begins is 21",
        ),
        (["sample", "--model", "tiny", "--sampler", "hune"], "hune"),
        (["sample", "--model", "no such model"], "no such model"),
        (["run", "nowhere.json", "--out", "x"], "nowhere.json"),
    ],
)
def test_errors_are_one_sentence_and_exit_code_2(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert says in refused(arguments, capsys)


def test_an_option_of_another_sampler_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Plain(SAMPLER_SETTINGS["heun"].__base__):  # type: ignore[name-defined, misc]
        label, source = "Plain", "nowhere"
        name: str = "plain"

    monkeypatch.setitem(SAMPLER_SETTINGS, "plain", Plain)
    arguments = ["sample", "--model", "tiny", "--sampler", "plain", "--churn", "1"]
    assert "--churn is no setting of the sampler plain" in refused(arguments, capsys)


def test_recording_that_would_not_fit_is_refused(
    tmp_path: Path, tiny: TinyMixture, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["sample", "--model", "tiny", "--count", "1000000", "--steps", "10000", "--record"]
    assert "GiB of memory" in refused([*arguments, "--out", str(tmp_path / "run.npz")], capsys)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("out", "says"), [(".", "is a folder"), ("notes/x.npz", "notes is a file"), ("notes/a/x.npz", "notes is a file")]
)
def test_where_nothing_can_be_written_is_said_before_the_drawing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], out: str, says: str
) -> None:
    monkeypatch.delattr(models, "load")
    (tmp_path / "notes").write_text("mine")
    assert says in refused([*RING, "--out", str(tmp_path / out)], capsys)
    (tmp_path / "run.json").write_text(run_of().to_json())
    assert "notes is a file" in refused(["run", str(tmp_path / "run.json"), "--out", str(tmp_path / "notes")], capsys)


def test_recorded_steps_are_written(tmp_path: Path, tiny: TinyMixture) -> None:
    path = tmp_path / "run.npz"
    assert cli.main(["sample", "--model", "tiny", "--steps", "3", "--record", "--out", str(path)]) == 0
    with np.load(path) as arrays:
        assert arrays["states"].shape == (4, 10, 2)


# spec: A4
def test_what_guidance_added_is_written_and_the_run_is_done_again_from_its_file(
    tmp_path: Path, tiny: TinyMixture
) -> None:
    path, again = tmp_path / "run.npz", tmp_path / "again"
    options = '--steps 3 --count 5 --group 2 --k-pg 3 --edits [{"step":1,"particle":1,"to":[0.5,-1]}]'
    assert cli.main(["sample", "--model", "tiny", "--record", "--out", str(path), *options.split()]) == 0
    with np.load(path) as arrays:
        assert arrays["guidance"].shape == (3, 5, 2)
        assert arrays["guidance"][:, :4].any(axis=2).all()
        assert not arrays["guidance"][:, 4].any(), "the last group has one particle"
        assert arrays["states"][1, 1].tolist() == [0.5, -1]
        x0 = arrays["x0"]
    assert cli.main(["run", str(path), "--out", str(again), "--model", "tiny"]) == 0
    assert read_run(again / "run.json") == read_run(path)
    with np.load(again / "run.npz") as arrays:
        assert np.array_equal(arrays["x0"], x0)


def test_interrupting_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(models, "load", lambda name: TinyMixture(interrupt))
    assert cli.main(["sample", "--model", "tiny", "--out", str(tmp_path / "run.npz")]) == 130
    assert capsys.readouterr().err == "Interrupted: nothing was written.\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["run.json", "run.png"])
def test_a_run_is_done_from_any_file_that_carries_it(
    tmp_path: Path, tiny: TinyMixture, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = tmp_path / name
    if name == "run.json":
        path.write_text(run_of().to_json())
    else:
        write_png(path, np.zeros((2, 2), np.uint8), run_of())
    out = tmp_path / "out"
    assert cli.main(["run", str(path), "--out", str(out), "--model", "tiny.safetensors"]) == 0
    assert capsys.readouterr().out == f"{out / 'run.npz'}\n{out / 'run.json'}\n"
    assert read_run(out / "run.npz") == run_of()


def test_a_run_on_a_model_that_is_not_here_names_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.json"
    path.write_text(run_of().to_json())
    said = refused(["run", str(path), "--out", str(tmp_path / "out")], capsys)
    assert repr(REFERENCE.label) in said
    assert "--model PATH" in said


def test_a_large_run_asks_before_it_starts(
    tmp_path: Path, tiny: TinyMixture, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.json"
    path.write_text(run_of().to_json())
    monkeypatch.setattr(cli, "STARTS_ALONE", 2 * 6 * 5 * 2 - 1)
    arguments = ["run", str(path), "--out", str(tmp_path / "out"), "--model", "tiny"]
    assert "add --yes" in refused(arguments, capsys)
    assert cli.main([*arguments, "--yes"]) == 0


def test_models_are_listed_in_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = {line.split()[0]: line for line in lines}
    assert {"ring", "mixture-1d", "symmetric-2d", "asymmetric-2d", "shifted-2d", "bimodal-2d", "digits-ideal"} <= set(
        rows
    )
    assert rows["digits-ideal"].split()[1] == "1x32x32"
    starts = {line.index(line.split()[1], len(line.split()[0])) for line in lines}
    assert len(starts) == 1


def test_the_ring_is_drawn_in_all_its_modes(tmp_path: Path) -> None:  # spec: S1 S2 L1
    many, few, again = (tmp_path / name for name in ("many.npz", "few.npz", "again.npz"))
    for path, count in ((many, 500), (few, 10), (again, 500)):
        assert cli.main([*RING, "--count", str(count), "--out", str(path)]) == 0
    assert many.read_bytes() == again.read_bytes()
    with np.load(many) as all_500, np.load(few) as first_10:
        x0 = all_500["x0"]
        assert np.array_equal(all_500["x_T"][:10], first_10["x_T"])
        assert np.abs(x0[:10] - first_10["x0"]).max() <= 1e-5
    angles = np.arange(10) * 2 * np.pi / 10
    centres = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    distances = np.linalg.norm(x0[:, None] - centres, axis=2)
    assert (distances.min(axis=1) <= 3.5 * np.sqrt(0.005)).mean() >= 0.97
    assert set(distances.argmin(axis=1)) == set(range(10))


def test_subcommands_need_no_qt(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "for name in ('PySide6', 'shiboken6', 'pyqtgraph'): sys.modules[name] = None\n"
        "from app.__main__ import main\n"
        f"sys.exit(main({[*RING, '--count', '2', '--out', str(tmp_path / 'run.npz')]!r}))\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


def test_help_and_argument_errors_come_without_torch() -> None:
    script = (
        "import sys\n"
        "from engine.cli import main\n"
        "assert main(['sample', '--help']) == 0\n"
        "assert main(['sample', '--model', 'ring', '--churn=-1']) == 2\n"
        "sys.exit('torch' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "window"),
    [([], True), (["figure.png"], True), (["models"], False), (["--help"], False), (["sample", "--help"], False)],
)
def test_what_opens_the_window(arguments: list[str], window: bool) -> None:
    assert entry.opens_window(arguments) is window


def test_a_misspelt_command_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.main(["smaple"]) == 2
    assert "smaple is neither a file nor one of the commands sample, run" in capsys.readouterr().err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there always is a display")
def test_without_a_display_it_says_how_to_do_without(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert entry.main([]) == 2
    said = capsys.readouterr().err
    assert all(way in said for way in ("xvfb-run", "QT_QPA_PLATFORM=offscreen", "latent-loupe sample"))
    assert said.count("\n") == 1


def test_the_commands_are_those_of_the_parser() -> None:
    subparsers = next(action for action in cli._parser()._actions if action.choices)
    assert tuple(subparsers.choices or ()) == entry.COMMANDS
