"""The monkey's game in a process of its own: the real window, offscreen, with a training under way, until it is closed.

Started by `monkey`, which reads the report that this writes: `python -m tests.endurance.play FOLDER OPTIONS_AS_JSON`.
"""

from __future__ import annotations

import faulthandler
import json
import random
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyqtgraph
import torch  # noqa: F401  before Qt, as in the program on Windows
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog

from app.state import Activity
from app.trainer import Trainer
from app.training import BUSY
from app.window import Window, make_application
from engine.run import Run
from engine.training.config import Training, parse
from tests.endurance.actions import Action, do, draw, front
from tests.endurance.memory import Sample, growth, sample
from tests.endurance.things import Answers, make
from tests.endurance.watch import Watch, left_behind

PAUSE = 5
"""Milliseconds between two actions, beside what the window itself needs."""

PATIENCE = 25
"""Actions in one menu or dialog until it is closed."""

SAMPLE_EVERY, REST_EVERY = 10.0, 30.0
"""Seconds between two looks at memory, and between two rests: nothing is drawn then but the first Run."""

REST_WITHIN = 60.0
"""Seconds in which what was cancelled has to end."""

LONGEST_WORK = 20.0
"""Seconds after which the monkey cancels what runs: experiments take hours."""


@dataclass(frozen=True)
class Options:
    """How long to play, with which `seed`: `seconds`, `count` actions or those in `replay`, whichever ends first."""

    seed: int = 0
    seconds: float = 600.0
    count: int | None = None
    replay: str | None = None


@dataclass
class Report:
    """What came of it. `problems` is empty where all is well."""

    seed: int
    seconds: float = 0.0
    actions: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    steps_trained: int = 0
    runs_drawn: int = 0
    growth: float | None = None
    samples: list[Sample] = field(default_factory=list)
    gaps: list[dict[str, object]] = field(default_factory=list)
    sentences: dict[str, int] = field(default_factory=dict)
    problems: list[dict[str, object]] = field(default_factory=list)


class Monkey:
    """Plays with one window. Each action is a turn of the event loop of its own, dialogs' loops included."""

    def __init__(self, folder: Path, options: Options) -> None:
        self._options, self._folder = options, folder
        self._generator = random.Random(options.seed)
        self._watch = Watch()
        self._window = Window()
        self._watch.follow(self._window)
        self._first, self._model = self._window.state.run, self._window.state.model
        self._report = Report(options.seed)
        (folder / "out").mkdir()
        self._answers = Answers(make(folder / "things", self._first), folder / "out")
        self._log = (folder / "actions.jsonl").open("w", encoding="utf-8")
        self._given = None if options.replay is None else _logged(Path(options.replay))
        self._activities: list[Activity] = []
        self._since: dict[int, float] = {}
        self._in_dialog = 0
        self._depth = 0
        self._resting = False
        self._over = QEventLoop()
        self._window.state.activity_changed.connect(self._note)
        self._window.state.run_changed.connect(self._count_run)

    def play(self) -> Report:
        """All of it, from the first picture to what is left behind."""
        threads = set(threading.enumerate())
        self._watch.begin()
        self._replace_what_leaves()
        self._window.resize(1300, 820)
        self._window.show()
        self._window.start()
        self._window.sessions.begin(self._folder / "sessions")
        self._window.tour.start_once()
        self._begun = self._sampled = self._last_rest = time.monotonic()
        self._later()
        self._over.exec()
        self._close()
        self._watch.end()
        self._report.problems = [asdict(problem) for problem in self._watch.problems]
        self._report.problems += [
            {"kind": "left behind", "text": text, "action": self._report.actions} for text in left_behind(threads)
        ]
        self._report.gaps = [asdict(gap) for gap in self._watch.gaps]
        self._report.sentences = self._watch.sentences
        self._report.growth = growth(self._report.samples)
        self._log.close()
        return self._report

    # -- turns ---------------------------------------------------------------------------------------------------

    def _later(self, call: Callable[[], None] | None = None, pause: int = PAUSE) -> None:
        QTimer.singleShot(pause, self._window, call or self._turn)

    def _turn(self) -> None:
        """One action; the next is asked for before it, so that a dialog that it opens is played with too."""
        elapsed = time.monotonic() - self._begun
        if self._is_over(elapsed) or time.monotonic() - self._last_rest > REST_EVERY:
            self._rest()
            return
        if time.monotonic() - self._sampled > SAMPLE_EVERY:
            self._look(rested=False)
        self._keep_busy()
        self._mind_dialogs()
        self._later()
        self._depth += 1
        try:
            self._act(self._given.pop(0) if self._given else draw(self._generator, self._window))
        finally:
            self._depth -= 1

    def _act(self, action: Action) -> None:
        report = self._report
        report.actions += 1
        report.kinds[action.kind] = report.kinds.get(action.kind, 0) + 1
        self._answers.seed = action.answer
        self._watch.action, self._watch.kind = report.actions, f"{action.kind} {action.text[:20]} {action.where[-80:]}"
        self._log.write(action.to_json() + "\n")
        self._log.flush()  # what it was doing when it died has to be known
        do(action, self._window, self._answers.thing)
        self._watch.read_boxes()

    def _is_over(self, elapsed: float) -> bool:
        count = self._options.count
        done = self._given == [] or (count is not None and self._report.actions >= count)
        return done or elapsed > self._options.seconds

    def _keep_busy(self) -> None:
        """A training runs and something is being sampled; what takes hours is cancelled."""
        window = self._window
        if window.train is None:
            window.workspaces.show("Train")
            assert window.train is not None
        training = window.train.training
        if training.status not in BUSY and self._report.actions % 50 == 0:
            if training.status == "paused":
                training.aside_wanted.emit()
            if training.editable:
                training.take(_small(f"small-{self._report.actions}"))
                training.start_wanted.emit()
        if not any(not activity.last for activity in self._activities):
            window.state.change("seed", latents={"seed": self._report.actions})
        for activity in self._activities:
            if not activity.last and time.monotonic() - self._since[activity.id] > LONGEST_WORK:
                window.bridge.cancel(activity.id)

    def _mind_dialogs(self) -> None:
        """Close a menu or a dialog that was played with for long."""
        root = front(self._window)
        self._in_dialog = 0 if root is self._window else self._in_dialog + 1
        if self._in_dialog > PATIENCE:
            _dismiss(root)
            self._in_dialog = 0

    # -- rests ---------------------------------------------------------------------------------------------------

    def _rest(self) -> None:
        """Leave dialogs, cancel all and go back to the first Run, so that memory at rest can be compared."""
        root = front(self._window)
        if root is not self._window or self._depth:
            _dismiss(root)
            self._later(self._rest, 20)
            return
        window = self._window
        window.bridge.cancel_all()
        window.state.pin(None)
        window.workspaces.show("Explore")
        window.resize(1300, 820)
        window.state.set_run("rest", self._first, self._model)
        self._rest_begun = time.monotonic()
        self._later(self._wait_for_rest, 50)

    def _wait_for_rest(self) -> None:
        waited = time.monotonic() - self._rest_begun
        working = [activity.label for activity in self._activities if not activity.last]
        if working and waited < REST_WITHIN:
            self._later(self._wait_for_rest, 50)
            return
        if working:
            self._watch.add("does not end", f"{', '.join(working)} after {waited:.0f} s")
        self._look(rested=True)
        self._last_rest = time.monotonic()
        if self._is_over(time.monotonic() - self._begun):
            self._over.quit()
        else:
            self._later()

    def _look(self, rested: bool) -> None:
        now = time.monotonic()
        self._report.samples.append(sample(now - self._begun, rested))
        self._sampled = time.monotonic()
        self._watch.restart_clock()

    # -- around it -----------------------------------------------------------------------------------------------

    def _replace_what_leaves(self) -> None:
        """Dialogs of the system answer at once; nothing is fetched from the network; the window stays open."""
        for thing, name, instead in (
            (QFileDialog, "getOpenFileName", self._answers.open_name),
            (QFileDialog, "getSaveFileName", self._answers.save_name),
            (QFileDialog, "getExistingDirectory", self._answers.folder),
            (Trainer, "download", lambda _: None),
        ):
            setattr(thing, name, instead)
        pyqtgraph.setConfigOption("mouseRateLimit", 0)
        for action, _ in self._window.placed:
            if action.text() == "Quit":
                action.triggered.disconnect()

    def _note(self, activities: list[Activity]) -> None:
        self._activities = activities
        now = time.monotonic()
        self._since = {activity.id: self._since.get(activity.id, now) for activity in activities}

    def _count_run(self, _: Run) -> None:
        self._report.runs_drawn += 1

    def _close(self) -> None:
        self._report.seconds = round(time.monotonic() - self._begun, 1)
        train = self._window.train
        if train is not None and train.training.report is not None:
            self._report.steps_trained = train.training.report.step
        self._window.close()
        self._window.deleteLater()
        del self._window, train
        for _ in range(3):
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            QApplication.processEvents()


def _dismiss(root: object) -> None:
    if isinstance(root, QDialog):
        root.reject()
    else:
        root.close()  # type: ignore[attr-defined]


def _small(name: str) -> Training:
    """A training that takes longer than the monkey plays and asks little of the machine."""
    network = {"kind": "mlp", "width": 32}
    return parse({"name": name, "data": {"name": "s-curve-2d"}, "network": network, "steps": 10**6})


def _logged(path: Path) -> list[Action]:
    """The Actions in a log."""
    return [Action.from_json(line) for line in path.read_text(encoding="utf-8").splitlines()]


def main() -> None:
    """Play in the folder that the command line names, with its options, and leave `report.json` there."""
    folder, options = Path(sys.argv[1]), Options(**json.loads(sys.argv[2]))
    faulthandler.enable()
    make_application()
    report = Monkey(folder, options).play()
    (folder / "report.json").write_text(json.dumps(asdict(report)))


if __name__ == "__main__":
    main()
