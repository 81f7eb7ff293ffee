"""Actions: every menu entry and shortcut of the window in one table, and which keys stay with the focused control."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QListView, QMenu, QSlider, QTabBar, QWidget

from app.help import show_about, show_keys
from app.safely import safely
from app.workspaces import COMPARED, ON_CANVAS, PAINTED, TIPS

if TYPE_CHECKING:
    from app.editing import Editing, Tool
    from app.window import Window

EVERYWHERE = frozenset(TIPS)

TOOL_KEYS: dict[Tool, str] = {"brush": "P", "eraser": "E", "rectangle": "M", "ellipse": "O", "fill": "G"}
"""The keys of the tools that paint masks."""

_ENDS = frozenset({Qt.Key.Key_Home, Qt.Key.Key_End})
_ALONG = _ENDS | {Qt.Key.Key_Left, Qt.Key.Key_Right}

OWN_KEYS: dict[type[QWidget], frozenset[Qt.Key]] = {
    QAbstractButton: frozenset({Qt.Key.Key_Space}),
    QComboBox: _ENDS | {Qt.Key.Key_Space},
    QListView: _ALONG,
    QSlider: _ALONG,
    QTabBar: _ALONG,
}
"""The keys that a control with the focus answers itself, although the window has a shortcut for them."""


class OwnKeys(QObject):
    """An event filter for the window that leaves `OWN_KEYS` to the control with the focus."""

    @safely
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Claim the key: what the control does not claim before a shortcut is tried goes up to its window."""
        if event.type() is not QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        focused = QApplication.focusWidget()
        if any(isinstance(focused, kind) and event.key() in keys for kind, keys in OWN_KEYS.items()):
            event.accept()
            return True
        return False


@dataclass(frozen=True)
class Entry:
    """One action: where it stands, what it says, its keys and what it does, in which workspaces, by default in all.
    `text` None is a separator; what has a `fill` is a menu in the menu.
    """

    menu: str
    text: str | None = None
    keys: tuple[str, ...] = ()
    call: Callable[[], object] | None = None
    within: frozenset[str] = EVERYWHERE
    fill: Callable[[QMenu], object] | None = None


def table(window: Window) -> list[Entry]:
    """Every action of the window, in the order of the menus."""
    timeline, state = window.timeline, window.state
    return [
        Entry("File", "Open…", ("Ctrl+O",), window.files.ask_open),
        Entry("File", "Open a folder of diffusers…", (), window.files.ask_open_folder),
        Entry("File", "Open recent", fill=window.files.fill_recent),
        Entry("File"),
        Entry("File", "Save the session", ("Ctrl+Shift+S",), window.sessions.ask_save),
        Entry("File", "Save the session as…", (), window.sessions.ask_save_as),
        Entry("File", "Earlier sessions", fill=window.sessions.fill_earlier),
        Entry("File"),
        Entry("File", "Save the Run…", ("Ctrl+S",), window.files.ask_save_run, within=ON_CANVAS),
        Entry("File", "Save the model as a checkpoint…", (), window.files.ask_save_checkpoint, within=ON_CANVAS),
        Entry("File", "Export a figure…", ("Ctrl+E",), window.export),
        Entry("File"),
        Entry("File", "Use MNIST from a folder…", (), window.files.ask_mnist),
        Entry("File"),
        Entry("File", "Quit", ("Ctrl+Q",), window.close),
        Entry("Edit", "Undo", ("Ctrl+Z",), window.workspaces.undo.undo),
        Entry("Edit", "Redo", ("Ctrl+Y", "Ctrl+Shift+Z"), window.workspaces.undo.redo),
        Entry("Edit"),
        Entry("Edit", "Paste a picture", ("Ctrl+V",), window.files.paste, within=ON_CANVAS),
        Entry("Edit", "Another seed", ("R",), window.controls.latents.roll, within=ON_CANVAS),
        Entry(
            "Edit",
            "Select all particles",
            ("Ctrl+A",),
            lambda: state.select(range(state.run.latents.count)),
            within=ON_CANVAS,
        ),
        *_of_masks(window),
        *(
            Entry("View", name, (f"Ctrl+{number}",), partial(window.workspaces.show, name))
            for name, (number, _) in TIPS.items()
        ),
        Entry("View"),
        Entry("View", "Play or pause", ("Space",), timeline.toggle_play, within=ON_CANVAS),
        Entry("View", "Next step", ("Right",), lambda: timeline.step_by(1), within=ON_CANVAS),
        Entry("View", "Previous step", ("Left",), lambda: timeline.step_by(-1), within=ON_CANVAS),
        Entry("View", "First step", ("Home",), timeline.to_start, within=ON_CANVAS),
        Entry("View", "Last step", ("End",), timeline.to_end, within=ON_CANVAS),
        Entry("View"),
        Entry("View", "Fit", ("F",), window.fit, within=ON_CANVAS),
        Entry("View", "Show or hide the map", ("U",), window.explore.beside.toggle, within=COMPARED),
        Entry("View", "Show or hide the levels", ("L",), window.canvas.choices.levels.toggle, within=COMPARED),
        Entry("View", "Pin as A, or unpin", ("A",), window.toggle_pin, within=COMPARED),
        Entry("View", "Exchange A and B", ("B",), state.exchange, within=COMPARED),
        Entry("View"),
        Entry("View", "Colours of the system", (), lambda: window.choose_theme("system")),
        Entry("View", "Light colours", (), lambda: window.choose_theme("light")),
        Entry("View", "Dark colours", (), lambda: window.choose_theme("dark")),
        Entry("Run", "Draw again", ("F5",), window.draw_again, within=ON_CANVAS),
        Entry("Run", "Cancel what runs", ("Esc",), window.cancel),
        Entry("Help", "Keys", ("?", "F1"), lambda: show_keys(window, keys_text(window))),
        Entry("Help", "Guided tour", (), window.tour.start),
        Entry("Help", "About Latent Loupe", (), partial(show_about, window)),
    ]


def _of_masks(window: Window) -> list[Entry]:
    """What is done with masks, by keys that work where one paints."""

    def editing() -> Editing:
        assert window.latents is not None  # the entries can be chosen only where it is shown
        return window.latents.editing

    def choose(tool: Tool) -> None:
        editing().set_tool(tool=tool)

    def grow(notches: int) -> None:
        editing().grow(notches)

    def repaint(how: str) -> None:
        from engine import painting  # SciPy would keep the window waiting

        editing().repaint(f"{how} the mask", getattr(painting, how))

    def entry(text: str, key: str, call: Callable[[], object]) -> Entry:
        return Entry("Mask", text, (key,), call, within=PAINTED)

    return [
        *(entry(tool.capitalize(), key, partial(choose, tool)) for tool, key in TOOL_KEYS.items()),
        entry("Smaller brush", "[", partial(grow, -1)),
        entry("Larger brush", "]", partial(grow, 1)),
        Entry("Mask"),
        entry("Invert", "I", partial(repaint, "invert")),
        entry("Clear", "Del", partial(repaint, "clear")),
    ]


def install(window: Window) -> None:
    """Make the menus and the shortcuts."""
    window.installEventFilter(OwnKeys(window))
    menus: dict[str, QMenu] = {}
    own = {
        "Undo": window.workspaces.undo.createUndoAction,
        "Redo": window.workspaces.undo.createRedoAction,
    }  # they name what they undo
    for entry in table(window):
        menu = menus.setdefault(entry.menu, menus.get(entry.menu) or window.menuBar().addMenu(entry.menu))
        if entry.text is None:
            menu.addSeparator()
        elif entry.fill is not None:
            entry.fill(menu.addMenu(entry.text))
        elif entry.call is not None:
            action = own[entry.text](window, entry.text) if entry.text in own else QAction(entry.text, window)
            action.setShortcuts([QKeySequence(keys) for keys in entry.keys])
            if entry.text not in own:
                action.triggered.connect(lambda _=False, call=entry.call: call())
            menu.addAction(action)
            window.placed.append((action, entry.within))
    for particle in range(10):
        action = QAction(f"Select particle {particle}", window)
        action.setShortcut(QKeySequence(str(particle)))
        action.triggered.connect(lambda _=False, chosen=particle: _select(window, chosen))
        window.addAction(action)
        window.placed.append((action, ON_CANVAS))


def _select(window: Window, particle: int) -> None:
    """Select the particle with that ID, if there is one."""
    if particle < window.state.run.latents.count:
        window.state.select([particle])


def keys_text(window: Window) -> list[tuple[str, str]]:
    """The list of keys for people: (keys, what they do)."""
    rows = [(" or ".join(entry.keys), entry.text) for entry in table(window) if entry.keys and entry.text]
    return [*rows, ("0 … 9", "Select the particle with that number")]
