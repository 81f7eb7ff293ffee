"""Fitter: has a map fitted in a process of its own, since UMAP holds the interpreter for seconds, and tells how far it
is. Owned by the `mapper`.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTemporaryDir, Signal

from app.bridge import Bridge
from app.maps import Fit, Maps
from app.state import Activity, State
from engine import separate
from engine.analysis.pictures import is_picture
from engine.data import mnist
from engine.files import numbered
from engine.settings.maps import MapSettings

PROGRAM = (*separate.command("engine.cli"), "map")
"""What fits a map; its options follow."""

SUFFIX = ".safetensors"

SHARES = 100
"""Parts in which the status line counts."""

_ACTIVITY = -2
NOTHING = "Nothing is drawn yet that a map could be fitted to: draw a Run first."
DIED = "The map could not be fitted: the process that fits it ended without a word; try fewer items."


class Fitter(QObject):
    """One fit at a time."""

    fitted = Signal(object)  # Path of the new map

    def __init__(self, maps: Maps, state: State, bridge: Bridge, home: Path, parent: QObject | None = None) -> None:
        """`home` is the folder in which maps are kept."""
        super().__init__(parent)
        self.program = PROGRAM
        self._maps, self._state, self._bridge, self._home = maps, state, bridge, home
        self._process: QProcess | None = None
        self._particles: QTemporaryDir | None = None
        self._out = Path()
        self._said = ""
        maps.fit_wanted.connect(self.start)
        maps.cancel_wanted.connect(self.cancel)

    def start(self, settings: MapSettings, folder: Path | None) -> None:
        """Fit a map, of the pictures in `folder` where the settings say so, unless one is being fitted."""
        if self._maps.fitting:
            return
        source: list[str] = []
        if settings.data == "particles":
            file = self._write_particles()
            if file is None:
                self._end(NOTHING)
                return
            source = ["--particles", str(file)]
        elif settings.data == "folder" and folder is not None:
            source = ["--folder", str(folder), *_size(self._state.model.data_shape)]
        self._home.mkdir(parents=True, exist_ok=True)
        self._out = next(path for path in numbered(self._home / f"{settings.data}{SUFFIX}") if not path.exists())
        self._said = ""
        self._process = process = QProcess(self)
        process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        process.setProcessEnvironment(_environment())
        process.readyRead.connect(self._hear)
        process.finished.connect(self._finish)
        process.errorOccurred.connect(self._refuse)
        chosen = [part for name, value in settings for part in (f"--{name.replace('_', '-')}", str(value))]
        program, *arguments = self.program
        self._tell(Fit("running"))
        process.start(program, [*arguments, *chosen, *source, "--out", str(self._out), "--progress-lines"])

    def cancel(self) -> None:
        """End the fit that runs."""
        if self._process is not None:
            self._tell(Fit("cancelling", self._maps.fit.share, self._maps.fit.doing))
            self._process.kill()

    def close(self) -> None:
        """End the fit that runs, and wait until it has ended."""
        if self._process is not None:
            self._process.blockSignals(True)
            self._process.kill()
            self._process.waitForFinished()
        self._forget_particles()

    # -- what comes of it ----------------------------------------------------------------------------------------

    def _hear(self) -> None:
        """Read lines of JSON that say how far it is; the last other line is the sentence about what went wrong."""
        assert self._process is not None
        while self._process.canReadLine():
            line = bytes(self._process.readLine().data()).decode(errors="replace").strip()
            try:
                told = json.loads(line)
                self._tell(Fit(self._maps.fit.status, told["share"], told["what"]))
            except (ValueError, TypeError, KeyError):
                self._said = line or self._said

    def _finish(self, code: int, how: QProcess.ExitStatus) -> None:
        self._hear()
        if how is not QProcess.ExitStatus.NormalExit and self._maps.fit.status == "cancelling":
            self._end("")
            self._state.message.emit("The fit of the map was cancelled.")
        elif code == 0 and how is QProcess.ExitStatus.NormalExit:
            self._end("")
            self._state.message.emit("The map is fitted, and kept.")
            self.fitted.emit(self._out)
        else:
            self._end(self._said or DIED)

    def _refuse(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:  # nothing else ends without being finished
            self._end(DIED)

    def _end(self, problem: str) -> None:
        if self._process is not None:
            self._process.deleteLater()
            self._process = None
            self._bridge.hide(_ACTIVITY)
        self._forget_particles()
        self._maps.set_fit(Fit(problem=problem))
        if problem:
            self._state.complaint.emit(problem)

    def _tell(self, fit: Fit) -> None:
        cancelling = fit.status == "cancelling"
        label = f"fitting a map{f', {fit.doing}' if fit.doing else ''}"
        activity = Activity(_ACTIVITY, label, round(SHARES * fit.share), SHARES if fit.share else 0, cancelling)
        self._bridge.show(activity, self.cancel)
        self._maps.set_fit(fit)

    # -- particles -----------------------------------------------------------------------------------------------

    def _write_particles(self) -> Path | None:
        """A file of x0 of what is drawn; None while nothing is."""
        trajectory = self._state.drawing("current").trajectory
        step = trajectory[trajectory.last] if trajectory is not None and trajectory.complete else None
        if step is None:
            return None
        self._particles = QTemporaryDir()
        file = Path(self._particles.path()) / "particles.npz"
        np.savez(file, x0=step.x.cpu().numpy())
        return file

    def _forget_particles(self) -> None:
        if self._particles is not None:
            self._particles.remove()
            self._particles = None


def _size(data_shape: tuple[int, ...]) -> list[str]:
    """What brings pictures to the shape of a model's; nothing where it draws no pictures of their form."""
    if not is_picture(data_shape) or data_shape[1] != data_shape[2]:
        return []
    return ["--size", str(data_shape[1]), *(["--grey"] if data_shape[0] == 1 else [])]


def _environment() -> QProcessEnvironment:
    """This process's, with the folder of MNIST that was chosen in it."""
    environment = QProcessEnvironment.systemEnvironment()
    folder = mnist.find()
    if folder is not None:
        environment.insert(mnist.FOLDER, str(folder))
    return environment
