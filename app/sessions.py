"""Sessions: the window's session: opened, saved, kept by itself, offered again at the next start. Owned by the window.

The name of its file, and which autosave belongs to it, stand in the user's own settings, never in a session.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QDateTime, QLocale, QObject, QSettings
from PySide6.QtWidgets import QFileDialog, QMenu

from app.autosave import Autosave
from app.missing import Missing, sentence
from app.session_parts import PARTS, collect, put_back, put_parts
from engine import session as sessions
from engine.autosaves import Leftover, Place, leftovers
from engine.errors import InputError
from engine.files import write_atomically
from engine.session import SUFFIX, Session

if TYPE_CHECKING:
    from app.window import Window
    from engine.session import KnownModel

FILTER = f"Session (*{SUFFIX})"

NAMES, SEEN = "session names", "session seen"
"""The settings that say which file an autosave is of, and which offer was dismissed last."""

ELSEWHERE = "Another window has this session open: go on there, or close it first."


class Sessions(QObject):
    """The session of the window: `path` is its file, None while it has none."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self.path: Path | None = None
        self._saved: Session | None = None  # what was made, as the file at `path` has it
        self._last: Session | None = None  # the one that was put back last
        self._waiting: frozenset[str] = frozenset()  # the parts of it that wait for their panels
        self.autosave: Autosave | None = None
        self._home: Path | None = None
        self._offered: list[Leftover] = []
        self._closed = False
        self.missing = Missing(window.state, window.bridge, self)
        self.missing.ended.connect(self._tell)
        state = window.state
        for signal in (window.workspaces.undo.indexChanged, state.pinned_changed, state.masks_changed):
            signal.connect(self._mark)
        window.workspaces.shown.connect(self.supply)
        window.maps.changed.connect(self.supply)
        window.offer.accepted.connect(self._accept)
        window.offer.dismissed.connect(self._dismiss)

    # -- the value -----------------------------------------------------------------------------------------------

    def collect(self) -> Session:
        """What the window holds now."""
        return collect(self._window, self._last, self._waiting)

    @property
    def modified(self) -> bool:
        """Whether something was made that the session's file does not have. What was not there yet when it was saved
        counts from when it is seen for the first time.
        """
        if self.path is None:
            return False
        session = self.collect().made
        if self._saved is not None:
            fresh = {name: getattr(session, name) for name in PARTS if getattr(self._saved, name) is None}
            self._saved = self._saved.model_copy(update=fresh)
        return session != self._saved

    def _put_back(self, session: Session, folders: tuple[Path, ...] = ()) -> None:
        self._last, self._waiting = session, frozenset(PARTS)
        wanted = put_back(self._window, session)
        self.supply()
        if self._window.analysis is not None:
            self._window.analysis.show(session.view.page)
        self.missing.look_for(wanted, (*folders, *self._window.files.recent_folders()))

    def supply(self, *_: object) -> None:
        """Put back what waited for its panel, now that another one may be there."""
        if self._last is not None and self._waiting:
            waiting, self._waiting = self._waiting, frozenset()
            self._waiting = put_parts(self._window, self._last, waiting)

    def _tell(self, missing: tuple[KnownModel, ...]) -> None:
        if missing:
            self._window.complain(sentence(*missing))

    # -- its file ------------------------------------------------------------------------------------------------

    def open(self, path: Path) -> None:
        """Open the session in that file; what was open so far is kept, and offered at the next start.

        Raises `InputError` if it cannot be used, or if what is open cannot be kept.
        """
        session = sessions.read(path)
        if self.autosave is not None and self._home is not None:
            self._settle()
            self.autosave.move(Place(self._home))
        self._put_back(session, (path.absolute().parent,))
        self._saved = self.collect().made
        self._name(path)

    def ask_save(self) -> None:
        """Save to the session's file; ask for one where it has none."""
        if self.path is None:
            self.ask_save_as()
        else:
            self.save(self.path)

    def ask_save_as(self) -> None:
        """Ask for a file, and save the session there."""
        folder, label = self._window.files.folder(), self._window.state.run.model.label
        suggested = self.path or Path(folder) / f"{label}{SUFFIX}"
        name, _ = QFileDialog.getSaveFileName(self._window, "Save the session", str(suggested), FILTER)
        if name:
            self.save(Path(name) if Path(name).suffix else Path(name).with_suffix(SUFFIX))

    def save(self, path: Path) -> None:
        """Write the session to that file, from now on its own; or say why that cannot be."""
        self._settle()
        session = self.collect()
        try:
            write_atomically(path, session.to_json().encode())
        except InputError as error:
            self._window.complain(str(error))
            return
        self._saved = session.made
        self._name(path)
        self._window.files.remember(path)
        self._window.state.message.emit(f"Saved {path.name}.")

    def _name(self, path: Path | None) -> None:
        """The session's file is that one."""
        self.path = path
        if self.autosave is not None:
            key = f"{NAMES}/{self.autosave.place.path.name}"
            if path is None:
                QSettings().remove(key)
            else:
                QSettings().setValue(key, str(path.absolute()))
        self._mark()

    def _mark(self, *_: object) -> None:
        """Let the window's title say which session it is, and whether it is saved."""
        if self._closed:  # histories tell of themselves while the window is taken apart
            return
        title = "Latent Loupe" if self.path is None else f"{self.path.stem}[*] — Latent Loupe"
        self._window.setWindowTitle(title)
        self._window.setWindowModified(self.modified)

    def _settle(self) -> None:
        """What is being painted belongs into the Run first."""
        if self._window.latents is not None:
            self._window.latents.editing.settling.emit()

    # -- by itself -----------------------------------------------------------------------------------------------

    def begin(self, home: Path) -> None:
        """Keep the session in the folder `home` from now on, and offer what was left there."""
        self._home = home
        self.autosave = Autosave(home, self._collect_marked, self)
        self.autosave.refused.connect(self._window.complain)
        left = leftovers(home)
        closed = [each for each in left[:1] if not each.killed and each.path.name != QSettings().value(SEEN)]
        self._offered = [each for each in left if each.killed or each in closed]
        self._offer()

    def close(self) -> None:
        """Keep the session for the next start."""
        self._closed = True
        if self.autosave is not None:
            self._settle()
            self.autosave.close()
            self.autosave = None

    def restore(self, leftover: Leftover) -> None:
        """Put back what a window left, and go on in its place; or say why that cannot be."""
        if self.autosave is None or self._home is None:
            return
        place = Place(self._home, leftover.path)
        try:
            if not place.take():
                raise InputError(ELSEWHERE)
            session = leftover.read()
            self._settle()
            self.autosave.move(place)
        except InputError as error:
            place.leave()
            self._window.complain(str(error))
            return
        self._put_back(session)
        name = QSettings().value(f"{NAMES}/{leftover.path.name}")
        self._saved = self.collect().made if name and _is_in(session, Path(str(name))) else None
        self._name(Path(str(name)) if name else None)

    def fill_earlier(self, menu: QMenu) -> None:
        """Keep `menu` listing what earlier windows left."""
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(partial(self._list, menu))
        menu.addAction(NOTHING).setEnabled(False)

    def _list(self, menu: QMenu) -> None:
        menu.clear()
        for leftover in leftovers(self._home) if self._home is not None else ():
            menu.addAction(_called(leftover), partial(self.restore, leftover)).setToolTip("Put this session back.")
        if menu.isEmpty():
            menu.addAction(NOTHING).setEnabled(False)

    def _collect_marked(self) -> Session:
        self._mark()
        return self.collect()

    def _offer(self) -> None:
        """Offer what was left last, then what before that."""
        if not self._offered:
            return
        leftover, offer = self._offered[0], self._window.offer
        if leftover.killed:
            offer.make(
                f"Latent Loupe ended unexpectedly. Its session was kept ({_called(leftover)}).",
                "Restore",
                "Put back the Runs, masks and selection that were open.",
            )
        else:
            offer.make(
                f"Continue where you left off ({_called(leftover)}).",
                "Continue",
                "Put back what was open when the window was closed.",
            )

    def _accept(self) -> None:
        self.restore(self._offered.pop(0))

    def _dismiss(self) -> None:
        """It stays under File, and is not offered again."""
        leftover = self._offered.pop(0)
        leftover.seen()
        QSettings().setValue(SEEN, leftover.path.name)
        self._offer()


NOTHING = "Nothing was left"


def _called(leftover: Leftover) -> str:
    """When it was saved last, and the name of its file where it has one."""
    moment, name = QDateTime.fromSecsSinceEpoch(int(leftover.saved)), QSettings().value(f"{NAMES}/{leftover.path.name}")
    today = moment.date() == QDate.currentDate()
    when = f"today, {moment.time().toString('HH:mm')}" if today else QLocale().toString(moment, "d MMM yyyy, HH:mm")
    return f"{when}, {Path(str(name)).stem}" if name else when


def _is_in(session: Session, path: Path) -> bool:
    """Whether that file has all that was made in the session."""
    try:
        return sessions.read(path).made == session.made
    except InputError:
        return False
