"""Reading the maps there are, keeping those that are fitted, in a process that tells how far it is. # spec: A3"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.bridge import Bridge
from app.fitter import DIED, NOTHING, PROGRAM, Fitter
from app.mapper import Mapper
from app.maps import Fit, Maps
from app.state import Activity, State
from engine.analysis import basemap
from engine.settings.maps import MapSettings
from tests.app.mapped import tiny_map
from tests.app.views.stage import draw, staged
from tests.engine.tiny import TinyMixture

POINTS = MapSettings(data="particles", features="values")

TELLS = """
import json, shutil, sys
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
for share in (0.25, 0.5):
    print(json.dumps({"share": share, "what": "epochs"}), flush=True)
"""
COPIES = TELLS + "shutil.copy(%r, options['--out'])"
WAITS = TELLS + "sys.stdin.read()"
"""Small programs in place of the one that fits."""


@dataclass(eq=False)
class Desk:
    """A State, its Bridge and its maps, without a window."""

    state: State
    bridge: Bridge
    maps: Maps
    mapper: Mapper
    home: Path
    complaints: list[str]
    fits: list[Fit]
    activities: list[list[Activity]]

    @property
    def fitter(self) -> Fitter:
        return self.mapper.fitter

    def runs(self, script: str) -> None:
        """Let that program stand in for the one that fits."""
        self.fitter.program = (sys.executable, "-c", script)


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Maps beside a bundled one that is tiny; what runs is ended when the test is over."""
    monkeypatch.setattr(basemap, "bundled", lambda: tiny_map("bundled"))
    state = staged(TinyMixture())
    state.add_models(state.model)
    bridge, maps, home = Bridge(state), Maps(state), tmp_path / "maps"
    made = Desk(state, bridge, maps, Mapper(maps, state, bridge, home), home, [], [], [])
    state.complaint.connect(made.complaints.append)
    maps.fit_changed.connect(made.fits.append)
    state.activity_changed.connect(made.activities.append)
    yield made
    made.mapper.close()
    bridge.close()


def settle(qtbot: QtBot, holds: Callable[[], Any]) -> None:
    qtbot.waitUntil(holds, timeout=60_000)


def kept(home: Path, *names: str) -> None:
    """Maps that were fitted before."""
    home.mkdir()
    for name in names:
        basemap.save(tiny_map(name), home / f"{name}.safetensors")


def test_nothing_is_read_before_somebody_looks(desk: Desk, qtbot: QtBot) -> None:
    kept(desk.home, "b", "a")
    assert not desk.maps.offers
    desk.maps.watch(desk, True)
    settle(qtbot, lambda: desk.maps.loaded)
    assert [offer.map.label for offer in desk.maps.offers] == ["bundled", "a", "b"]
    assert [offer.path and offer.path.stem for offer in desk.maps.offers] == [None, "a", "b"]
    desk.maps.watch(desk, False)
    desk.maps.watch(desk, True)
    settle(qtbot, lambda: desk.bridge.idle)
    assert len(desk.maps.offers) == 3


def test_a_map_that_cannot_be_read_is_said_and_left_out(desk: Desk, qtbot: QtBot) -> None:
    kept(desk.home, "a")
    (desk.home / "broken.safetensors").write_bytes(b"nothing of that kind")
    desk.maps.watch(desk, True)
    settle(qtbot, lambda: desk.maps.loaded)
    assert [offer.map.label for offer in desk.maps.offers] == ["bundled", "a"]
    assert len(desk.complaints) == 1
    assert desk.complaints[0].startswith("broken.safetensors ")


def test_pictures_are_read_behind_the_maps(desk: Desk, qtbot: QtBot) -> None:
    desk.maps.watch(desk, True)
    settle(qtbot, lambda: desk.maps.loaded and desk.maps.chosen in desk.maps._pictured)
    assert desk.maps.picture(0) is None  # points have none


def test_a_removed_map_is_gone_for_good(desk: Desk, qtbot: QtBot) -> None:
    kept(desk.home, "a", "b")
    desk.maps.watch(desk, True)
    settle(qtbot, lambda: desk.maps.loaded)
    bundled, first, _ = desk.maps.offers
    desk.maps.choose(first)
    desk.maps.remove_wanted.emit(first)
    assert [offer.map.label for offer in desk.maps.offers] == ["bundled", "b"]
    assert desk.maps.chosen is bundled
    assert [path.name for path in desk.home.iterdir()] == ["b.safetensors"]
    desk.maps.remove_wanted.emit(bundled)  # it cannot be
    assert len(desk.maps.offers) == 2


def test_a_fit_tells_how_far_it_is_and_its_map_is_used(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    desk.maps.watch(desk, True)
    settle(qtbot, lambda: desk.maps.loaded)
    basemap.save(tiny_map("fitted"), tmp_path / "made.safetensors")
    desk.runs(COPIES % str(tmp_path / "made.safetensors"))
    draw(desk.state)
    desk.maps.fit_wanted.emit(POINTS, None)
    assert desk.maps.fitting
    assert desk.activities[-1][0].label == "fitting a map"
    settle(qtbot, lambda: desk.maps.chosen is not None and desk.maps.chosen.map.label == "fitted")
    assert [fit.share for fit in desk.fits if fit.status == "running"] == [0.0, 0.25, 0.5]
    assert desk.fits[-1] == Fit()
    assert desk.activities[-1] == []
    assert desk.maps.chosen is not None
    assert desk.maps.chosen.path == desk.home / "particles.safetensors"
    assert not desk.complaints


def test_particles_are_handed_over_and_nothing_of_them_stays(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    desk.runs(f"import shutil, sys; shutil.copy(sys.argv[sys.argv.index('--particles') + 1], {str(tmp_path)!r})")
    trajectory = draw(desk.state)
    desk.maps.fit_wanted.emit(POINTS, None)
    assert desk.fitter._particles is not None
    folder = Path(desk.fitter._particles.path())
    settle(qtbot, lambda: not desk.maps.fitting)
    last = trajectory[trajectory.last]
    assert last is not None
    assert np.array_equal(np.load(tmp_path / "particles.npz")["x0"], last.x.numpy())
    assert not folder.exists()


def test_all_settings_and_the_folder_are_handed_over(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    desk.runs(f"import sys; open({str(tmp_path / 'told')!r}, 'w').write(' '.join(sys.argv[1:]))")
    settings = MapSettings(data="folder", features="values", count=60, neighbours=5, min_dist=0.3, metric="cosine")
    desk.maps.fit_wanted.emit(settings, tmp_path)
    settle(qtbot, lambda: not desk.maps.fitting)
    assert (tmp_path / "told").read_text() == (
        "--data folder --features values --count 60 --neighbours 5 --min-dist 0.3 --metric cosine --seed 0 "
        f"--folder {tmp_path} --out {desk.home / 'folder.safetensors'} --progress-lines"
    )


def test_without_a_drawing_there_are_no_particles_to_fit(desk: Desk) -> None:
    desk.maps.fit_wanted.emit(POINTS, None)
    assert desk.complaints == [NOTHING]
    assert desk.maps.fit == Fit(problem=NOTHING)


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("import sys; sys.exit('latent-loupe: There are 5 items, and 10 are needed.')", "There are 5 items"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", DIED),
    ],
)
def test_a_fit_that_fails_says_why_in_a_sentence(desk: Desk, qtbot: QtBot, script: str, sentence: str) -> None:
    desk.runs(script)
    desk.maps.fit_wanted.emit(MapSettings(), None)
    settle(qtbot, lambda: not desk.maps.fitting)
    assert len(desk.complaints) == 1
    assert sentence in desk.complaints[0]
    assert desk.maps.fit.problem == desk.complaints[0]
    assert not list(desk.home.iterdir())


def test_a_program_that_is_not_there_is_said(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    desk.fitter.program = (str(tmp_path / "nothing"),)
    desk.maps.fit_wanted.emit(MapSettings(), None)
    settle(qtbot, lambda: not desk.maps.fitting)
    assert desk.complaints == [DIED]


def test_a_fit_is_cancelled_from_the_status_line(desk: Desk, qtbot: QtBot) -> None:
    desk.runs(WAITS)
    desk.maps.fit_wanted.emit(MapSettings(), None)
    settle(qtbot, lambda: desk.maps.fit.share == 0.5)
    desk.maps.fit_wanted.emit(MapSettings(), None)  # one at a time
    activity = desk.activities[-1][0]
    assert (activity.done, activity.total, activity.label) == (50, 100, "fitting a map, epochs")
    desk.state.cancel_wanted.emit(activity.id)
    assert desk.activities[-1][0].cancelling
    settle(qtbot, lambda: not desk.maps.fitting)
    assert desk.activities[-1] == []
    assert not desk.complaints


def test_closing_ends_the_fit_and_waits(desk: Desk, qtbot: QtBot) -> None:
    desk.runs(WAITS)
    desk.maps.fit_wanted.emit(MapSettings(), None)
    settle(qtbot, lambda: desk.maps.fit.share == 0.5)
    process = desk.fitter._process
    assert process is not None
    desk.fitter.close()
    assert process.processId() == 0


@pytest.mark.slow
def test_the_real_program_fits_a_map_that_is_found_again(desk: Desk, qtbot: QtBot) -> None:
    assert desk.fitter.program == PROGRAM
    desk.maps.watch(desk, True)
    settings = MapSettings(data="handwritten-digits", features="values", count=60)
    desk.maps.fit_wanted.emit(settings, None)
    qtbot.waitUntil(lambda: not desk.maps.fitting and len(desk.maps.offers) == 2, timeout=300_000)
    assert desk.complaints == []
    assert {fit.doing for fit in desk.fits} >= {"reading", "features", "neighbours", "epochs"}
    assert desk.maps.offers[1].map.about == settings
    assert basemap.load(desk.home / "handwritten-digits.safetensors").about == settings
