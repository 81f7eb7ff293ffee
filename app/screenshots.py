"""Screenshots for the documents: `python -m app.screenshots [FOLDER [NAME ...]]` draws the real window and saves
what it shows, all of it or the pictures named, light and dark. Called by `packaging/dev.py screenshot`.

Nothing of this computer's user is shown or changed: settings and folders are temporary.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QBuffer, QCoreApplication, QEvent, QEventLoop, QIODevice, QSettings, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from app import autosave, experimenter, theme
from app.export.dialog import FigureDialog
from app.window import THEMES, Window, make_application
from engine.analysis import basemap
from engine.checkpoints import pickles
from engine.data import mnist
from engine.models import catalogue

SIZE = (1440, 900)

LARGEST = 250_000
"""Bytes that a picture may take."""

SETTLES = 400
"""Milliseconds until what is shown only for a while (progress, notes) has gone."""


def main() -> None:
    """Save every picture the documents use, or those that are named."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images")
    chosen = {name: PICTURES[name] for name in sys.argv[2:] or PICTURES}
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        move_to(Path(home))
        make_application()
        for name, scheme in THEMES.items():
            theme.choose(scheme)
            for picture, arrange in chosen.items():
                path = folder / f"{picture}-{name}.png"
                take(arrange, path)
                print(path)


def move_to(home: Path) -> None:
    """Keep settings, and all that the window keeps by itself, in that folder."""
    for kind in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(kind, QSettings.Scope.UserScope, str(home / "settings"))
    catalogue.TRAININGS = home / "trainings"
    experimenter.RESULTS = home / "experiments"
    autosave.HOME = home / "sessions"
    basemap.HOME = home / "maps"
    pickles.CONVERTED = home / "converted"
    mnist.DOWNLOADED = home / "mnist"


def take(arrange: Callable[[Window], QWidget | None], path: Path) -> None:
    """Save what a new window, or what `arrange` gives of it, looks like."""
    window = Window()
    window.resize(*SIZE)
    window.show()
    window.start()
    settle(window)
    shown = arrange(window) or window
    settle(window)
    save(shown, path)
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def save(widget: QWidget, path: Path) -> None:
    """Save it in full colour, or with a palette where that takes too much room."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    widget.grab().save(buffer, "PNG")
    picture = Image.open(io.BytesIO(bytes(buffer.data().data()))).convert("RGB")
    picture.save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        picture.quantize(256, Image.Quantize.FASTOCTREE).save(path, optimize=True)


def settle(window: Window) -> None:
    """Run the event loop until nothing is being computed and everything is painted."""
    wait(lambda: window.bridge.idle)
    painted = QEventLoop()
    QTimer.singleShot(SETTLES, painted.quit)
    painted.exec()


def wait(holds: Callable[[], bool]) -> None:
    """Run the event loop until the condition holds."""
    while not holds():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def choose(window: Window, name: str) -> None:
    """Choose a model by its name."""
    model = next(info for info in window.state.models if info.name == name)
    window.state.choose(model)


def explore(window: Window) -> None:
    """The default model in the middle of its denoising."""
    window.state.change("seed", latents={"seed": 3, "count": 20})
    settle(window)
    window.state.set_playhead(13)
    window.state.select([7])


def compare(window: Window) -> None:
    """Deterministic beside stochastic, the same latents."""
    window.state.change("count", latents={"seed": 3, "count": 12})
    settle(window)
    window.toggle_pin()
    window.state.change("churn", sampler={"churn": 5.0})
    settle(window)
    window.state.set_playhead(15)
    window.state.select([3])


def plane(window: Window) -> None:
    """The ring of ten Gaussians."""
    choose(window, "ring")
    window.state.change("count", latents={"seed": 1, "count": 64})
    settle(window)
    window.state.set_playhead(15)
    window.state.select([2])


def line(window: Window) -> None:
    """The mixture on a line."""
    choose(window, "mixture-1d")
    window.state.change("count", latents={"seed": 1, "count": 48})
    settle(window)
    window.state.set_playhead(14)


def condition(window: Window) -> None:
    """A model with a condition: where one digit may go."""
    choose(window, "circle")
    window.state.change("example", latents={"seed": 0, "count": 24}, condition={"example": 2})
    settle(window)
    window.state.set_playhead(15)
    window.state.select([5])


def noising(window: Window) -> None:
    """A face of the data, noised to every level, beside the model's estimates."""
    choose(window, "faces")
    settle(window)
    window.controls.picture.take.click()
    settle(window)
    window.state.set_playhead(9)


def samplers(window: Window) -> None:
    """Gradient estimation beside DDIM, ten steps each, and the schedule's plot."""
    choose(window, "digits")
    window.state.change("DDIM", sampler={"name": "ddim"}, schedule={"name": "log-linear", "steps": 10})
    settle(window)
    window.toggle_pin()
    window.state.change("gradient estimation", sampler={"name": "gradient-estimation"})
    settle(window)
    window.state.set_playhead(6)


def latents(window: Window) -> None:
    """A face whose eyes are painted over in the latent, darker there, and the sweep over lambda."""
    window.workspaces.show("Latents")
    assert window.latents is not None
    editing, painter, strips = window.latents.editing, window.latents.painter, window.latents.strips
    choose(window, "faces")
    settle(window)
    window.state.select([1])
    editing.set_tool(size=6.0)
    painter.begin(10.0, 15.5)
    painter.to(22.0, 15.5)
    painter.end()
    wait(lambda: not painter.busy)
    editing.set("change λ", strength=-0.5)
    settle(window)
    wait(lambda: strips.complete)


def guidance_ring(window: Window) -> None:
    """The ring with guidance by angle, and without it beside it."""
    window.workspaces.show("Guidance")
    choose(window, "ring")
    window.state.change("seed", latents={"seed": 7}, schedule={"sigma_max": 1.0})
    window.state.set_beside(True)
    window.state.change("guide", guidance={"k_pg": 3.0, "kernel": "angular"})
    settle(window)
    window.state.set_playhead(8)


def guidance_digits(window: Window) -> None:
    """Digits pushed too hard, beside the same latents without guidance."""
    window.workspaces.show("Guidance")
    choose(window, "digits")
    window.state.change("seed", latents={"seed": 2})
    window.state.set_beside(True)
    window.state.change("guide", guidance={"k_pg": 100.0, "over_time": "constant"})


def train(window: Window) -> None:
    """A training of an S-curve that is under way."""
    window.workspaces.show("Train")
    assert window.train is not None
    training = window.train.training
    training.change(
        "an S-curve",
        name="s-curve",
        data={"name": "s-curve-2d"},
        network={"kind": "mlp", "width": 64, "layers": 3},
        loss={"name": "edm", "mean": -0.8, "deviation": 1.6},
        steps=4000,
        batch=512,
        microbatch=256,
        preview_every=250,
    )
    settle(window)
    training.start_wanted.emit()
    wait(lambda: training.report is not None and training.report.step >= 2600)
    training.measure_wanted.emit()
    wait(lambda: not training.measuring)
    training.pause_wanted.emit()
    wait(lambda: training.status == "paused")


def analysis(window: Window) -> None:
    """The orders of solvers, by the quick plan, with a cell selected."""
    window.workspaces.show("Analysis")
    assert window.analysis is not None
    window.analysis.show("Experiments")
    assert window.analysis.experiments is not None
    studies = window.analysis.experiments.studies
    study = next(each for each in studies.all if each.experiment.name == "solver-orders")
    studies.choose(study)
    study.take("the quick plan", study.experiment.quick)
    settle(window)
    studies.start_wanted.emit()
    wait(lambda: not study.busy)
    settle(window)
    assert study.report is not None
    studies.select(study.report.rows[len(study.report.rows) // 2].key)


def analysis_map(window: Window) -> None:
    """A hundred digits on the map, in the middle of their denoising."""
    choose(window, "digits")
    window.state.change("count", latents={"seed": 3, "count": 100})
    settle(window)
    window.state.set_playhead(14)
    window.state.select([7])
    window.workspaces.show("Analysis")
    assert window.analysis is not None
    window.analysis.show("Map")
    settle(window)


def analysis_futures(window: Window) -> None:
    """A hundred next frames of a sequence that has several outcomes."""
    window.workspaces.show("Analysis")
    assert window.analysis is not None
    window.analysis.show("Futures")
    settle(window)


def figure(window: Window) -> QWidget:
    """The dialog that exports a figure of A beside B."""
    compare(window)
    settle(window)
    window.export()
    settle(window)
    dialog = window.findChild(FigureDialog)
    assert isinstance(dialog, FigureDialog)
    return dialog


def tour(window: Window) -> None:
    """The second stop of the guided tour."""
    explore(window)
    settle(window)
    window.tour.start()
    window.tour.bubble.next.click()


PICTURES: dict[str, Callable[[Window], QWidget | None]] = {
    "explore": explore,
    "compare": compare,
    "plane": plane,
    "line": line,
    "condition": condition,
    "noising": noising,
    "samplers": samplers,
    "latents": latents,
    "guidance-ring": guidance_ring,
    "guidance-digits": guidance_digits,
    "train": train,
    "analysis": analysis,
    "analysis-map": analysis_map,
    "analysis-futures": analysis_futures,
    "figure": figure,
    "tour": tour,
}

if __name__ == "__main__":
    main()
