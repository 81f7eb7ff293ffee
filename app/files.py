"""Files: opening, saving and exporting, by dialog, by drop and from the command line. Owned by the window.

Whatever a file holds is told apart by its content; a Run is bound to a model by content, never by path.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QSettings
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QMenu

from app.workspaces import EXPLORE, ON_CANVAS, PAINTED
from engine import frames
from engine.checkpoints import holds_model
from engine.data import mnist, sequences
from engine.data.sequences import Sequence
from engine.errors import InputError
from engine.files import write_atomically
from engine.models import catalogue
from engine.run import FramesReference, PictureReference, Run
from engine.session import holds_session
from engine.worker import Event, Lane

if TYPE_CHECKING:
    from app.window import Window

MNIST = "mnist"
"""The setting that names the folder with MNIST's files."""

RECENT = 10
"""How many recent files the menu lists."""

FILTER = (
    "All that can be opened (*.loupe *.safetensors *.pt *.pth *.json *.png *.npz *.jpg *.jpeg *.pdf *.svg *.gif *.apng "
    "*.mp4 *.csv);;Figures (*.pdf *.svg *.png *.gif *.apng *.mp4 *.csv *.npz);;"
    "Sessions (*.loupe);;Checkpoints (*.safetensors *.pt *.pth);;Runs (*.json *.png *.npz)"
)
EMPTY = "There is no picture on the clipboard: copy one, or a picture's file, then paste it."
PICTURES = "Pictures (*.png *.jpg *.jpeg *.webp *.bmp *.tif *.tiff *.gif *.pgm *.ppm)"


class Files(QObject):
    """Opens what users give, keeps the recent ones, saves and exports."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._recent: QMenu | None = None
        self._waiting: deque[Path] = deque()
        self._opening: Path | None = None
        window.bridge.opened.connect(self._ended)

    # -- opening -------------------------------------------------------------------------------------------------

    def ask_open(self) -> None:
        """Ask for a session, a checkpoint, a run.json or a PNG, and open it."""
        name, _ = QFileDialog.getOpenFileName(self._window, "Open", self.folder(), FILTER)
        if name:
            self.open(Path(name))

    def ask_open_folder(self) -> None:
        """Ask for a folder that diffusers wrote, and open the model in it."""
        name = QFileDialog.getExistingDirectory(self._window, "A folder of diffusers", self.folder())
        if name:
            self.open(Path(name))

    def open(self, path: Path) -> None:
        """Open a session, a figure, whose first Run becomes current and which Ctrl+E exports again, a Run (JSON, PNG,
        npz), which becomes current, a checkpoint or a folder of diffusers, whose model is chosen, or a picture without
        a Run, which becomes the one to start from, in Latents a latent. Else one sentence.

        Files are opened one after the other, so that a Run may follow the checkpoint it needs.
        """
        self._waiting.append(path)
        if self._opening is None:
            self._next()

    def ask_picture(self) -> None:
        """Ask for a picture, and take it, whether it carries a Run or not."""
        name, _ = QFileDialog.getOpenFileName(self._window, "A picture", self.folder(), PICTURES)
        if name:
            self._take_file(Path(name))

    def paste(self) -> None:
        """Take the picture on the clipboard, or in the file that was copied there."""
        from engine.picture import of_pixels

        copied = QGuiApplication.clipboard().mimeData()
        # Where nothing was ever copied there is no mimeData, whatever PySide's types say.
        urls = copied.urls() if copied is not None else []
        path = next((Path(url.toLocalFile()) for url in urls if url.isLocalFile()), None)
        if path is not None:
            self._take_file(path)
        elif copied is not None and copied.hasImage():
            pixels, shape = _pixels(QGuiApplication.clipboard().image()), self._window.state.model.data_shape
            self._take(lambda: of_pixels(pixels, "clipboard", shape))
        else:
            self._window.state.message.emit(EMPTY)

    def _next(self) -> None:
        from app.export.opening import take_up
        from engine.figures import carried
        from engine.picture import is_plain

        while self._waiting and self._opening is None:
            path = self._waiting.popleft()
            try:
                if not path.exists():
                    raise InputError(f"{path.name} does not exist: check the path.")
                if holds_model(path):
                    self._opening = path
                    self._window.bridge.open_checkpoint(path)
                elif holds_session(path):
                    self._window.sessions.open(path)
                    self.remember(path)
                elif (sheet := carried.read(path)) is not None:
                    self._show(path)
                    take_up(self._window, sheet)
                elif is_plain(path):
                    self._take_file(path)
                else:
                    self._open_run(path)
                    self._show(path)
            except InputError as error:
                self._window.complain(str(error))

    def _take_file(self, path: Path) -> None:
        from engine.picture import of_file

        shape = self._window.state.model.data_shape
        self._take(lambda: of_file(path, shape), lambda: self._show(path))

    def take_item(self, number: int) -> None:
        """Take that picture of the model's data."""
        from engine.picture import of_item

        model = self._window.state.model
        self._take(lambda: of_item(model, number))

    def take_sequence(self, number: int, first: int | None) -> None:
        """Pick that sequence of the kind that the model was made of, and give its frames from `first` on, if any."""
        window, model = self._window, self._window.state.model

        def read() -> tuple[int, Sequence, FramesReference | None]:
            found = sequences.of(model)
            assert found is not None  # they are only asked for where there are some
            return number, found.pick(number), None if first is None else frames.of_sequence(model, number, first)

        def handle(event: Event) -> None:
            if event.kind == "item" and window.state.model is model:
                window.controls.condition.take(*event.payload)
            window.bridge.complain_of(event)

        window.bridge.submit(Lane.INTERACTIVE, "sequence", lambda _: iter([read()]), handle)

    def _take(self, read: Callable[[], tuple[PictureReference, str]], then: Callable[[], object] = bool) -> None:
        """Start from the picture that `read` finds on the worker, the newest one asked for, unless another model is
        chosen by then; in Latents it becomes a latent.
        """
        window, model = self._window, self._window.state.model
        if window.latents is not None and window.workspaces.name in PAINTED:
            window.latents.inversion.take(read, then)
            return

        def handle(event: Event) -> None:
            if event.kind == "item" and window.state.model is model:
                window.controls.picture.choose(*event.payload)
                then()
            window.bridge.complain_of(event)

        window.bridge.submit(Lane.INTERACTIVE, "picture", lambda _: iter([read()]), handle)

    def _ended(self, opened: bool) -> None:
        """What was being opened is at hand, or was refused."""
        if opened and self._opening is not None:
            self._window.sessions.missing.remember(self._window.state.model, self._opening)
            self._show(self._opening)
        self._opening = None
        self._next()

    def _show(self, path: Path) -> None:
        """Show what was opened, in Explore unless it is seen where the user is."""
        self.remember(path)
        if self._window.workspaces.name not in ON_CANVAS:
            self._window.workspaces.show(EXPLORE)

    def _open_run(self, path: Path) -> None:
        from engine.embed import read_run

        run, state = read_run(path), self._window.state
        model = state.find_model(run.model.sha256)
        if model is None:
            raise InputError(
                f"{path.name} was made with the model {run.model.label!r} ({run.model.sha256[:8]}): "
                "open its checkpoint first, then this file again."
            )
        state.open_run(f"open {path.name}", run, model)

    def fill_recent(self, menu: QMenu) -> None:
        """Keep `menu` listing the recent files."""
        self._recent = menu
        menu.aboutToShow.connect(self._list_recent)
        self._list_recent()

    def _list_recent(self) -> None:
        if self._recent is None:
            return
        self._recent.clear()
        for name in self._paths():
            self._recent.addAction(Path(name).name, partial(self.open, Path(name))).setToolTip(name)
        self._recent.setEnabled(bool(self._paths()))

    def recent_folders(self) -> list[Path]:
        """Where the recent files are, newest first."""
        return list(dict.fromkeys(Path(name).parent for name in self._paths()))

    def _paths(self) -> list[str]:
        stored = QSettings().value("recent")  # a list of one comes back as a string
        if isinstance(stored, str):
            return [stored]
        return [str(name) for name in stored] if isinstance(stored, list) else []

    def remember(self, path: Path) -> None:
        """List it among the recent files, and begin in its folder when a file is asked for."""
        name = str(path.absolute())
        QSettings().setValue("recent", [name, *(other for other in self._paths() if other != name)][:RECENT])
        QSettings().setValue("folder", str(path.absolute().parent))

    def folder(self) -> str:
        """Where the last file was."""
        return str(QSettings().value("folder", str(Path.home())))

    # -- saving --------------------------------------------------------------------------------------------------

    def ask_save_run(self) -> None:
        """Ask where to, and save the current Run as JSON."""
        run = self._window.state.run
        suggested = str(Path(self.folder()) / f"run-{run.digest[:8]}.json")
        name, _ = QFileDialog.getSaveFileName(self._window, "Save the Run", suggested, "Run (*.json)")
        if name:
            self.save_run(Path(name), run)

    def save_run(self, path: Path, run: Run) -> None:
        """Write `run` as JSON."""
        try:
            write_atomically(path, run.to_json().encode())
        except InputError as error:
            self._window.complain(str(error))
            return
        self.remember(path)
        self._window.state.message.emit(f"Saved {path.name}.")

    def ask_save_checkpoint(self) -> None:
        """Ask where to, and save the current model as safetensors with its JSON."""
        suggested = str(Path(self.folder()) / f"{self._window.state.model.name}.safetensors")
        name, _ = QFileDialog.getSaveFileName(self._window, "Save the model", suggested, "Checkpoint (*.safetensors)")
        if name:
            self._window.bridge.save_checkpoint(Path(name))

    def ask_mnist(self) -> None:
        """Ask for a folder with the MNIST files, remember it and offer the model made of them."""
        name = QFileDialog.getExistingDirectory(self._window, "A folder with the MNIST files", self.folder())
        if name:
            self.use_mnist(Path(name))

    def use_mnist(self, folder: Path) -> None:
        """Train on the MNIST files in `folder` and offer their ideal denoiser, now and at the next start."""
        if mnist.find(folder) is None:
            self._window.complain(
                f"{folder.name} holds no MNIST: choose the folder with train-images-idx3-ubyte (or .gz)."
            )
            return
        QSettings().setValue(MNIST, str(folder))
        mnist.choose(folder)
        self.offer_models()
        if self._window.train is not None:
            self._window.train.trainer.look()

    def offer_models(self) -> None:
        """Offer models that can be found now and could not before."""
        state = self._window.state
        known = {info.reference.sha256 for info in state.models}
        found = [info for info in catalogue.offered() if info.reference.sha256 not in known]
        if found:
            state.add_models(*found)
            state.message.emit(f"{found[0].name} can now be chosen under Model.")


def choose_mnist() -> None:
    """Use the MNIST files of the folder that was named last, if there is one."""
    stored = QSettings().value(MNIST)
    mnist.choose(Path(str(stored)) if stored else None)


def _pixels(image: QImage) -> np.ndarray:
    """The picture as uint8 [H, W, 3]."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return rows[:, : 3 * plain.width()].reshape(plain.height(), plain.width(), 3).copy()
