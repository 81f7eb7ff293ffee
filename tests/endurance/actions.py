"""What the monkey can do to the window: one `Action` is drawn from a generator, or read from a log, and then done.

Called by `monkey`. An Action names its widget by place, so that a log of them can be replayed.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDropEvent, QKeyEvent, QKeySequence, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QGraphicsView,
    QLineEdit,
    QMenu,
    QMenuBar,
    QSplitterHandle,
    QTabBar,
    QWidget,
)

from app.window import Window

KINDS: dict[str, tuple[type[QWidget], ...]] = {
    "button": (QAbstractButton,),
    "combo": (QComboBox,),
    "slider": (QAbstractSlider,),
    "number": (QAbstractSpinBox, QLineEdit),
    "list": (QAbstractItemView, QTabBar, QMenuBar, QMenu),
    "handle": (QSplitterHandle,),
}
"""The widgets that people use, by the way in which they use them; any other that answers the mouse is a canvas."""

RUBBISH = (
    *("", " ", "-", "-1", "0", "1", "2", "3", "5", "7", "10", "16", "22", "40", "64", "0.5", "1.5", "80", "1,5", "1e3"),
    *("1e308", "-1e308", "nan", "inf", "1e-9", "0x10", "+", "3 4", "abc", "٣", "½", "𝔇" * 40, "a" * 300, "../..", "%s"),
)
"""What it types: numbers that controls know and what they do not."""

SIZES = ((900, 600), (1024, 700), (1180, 720), (1300, 820), (1920, 1080), (2560, 1440), (3840, 2160))

_WEIGHTS = {
    "click": 40,
    "drag": 14,
    "wheel": 5,
    "type": 12,
    "keys": 20,
    "resize": 2,
    "scheme": 1,
    "model": 2,
    "sampler": 2,
    "drop": 2,
    "storm": 1,
}

_BUTTONS = {
    "left": Qt.MouseButton.LeftButton,
    "right": Qt.MouseButton.RightButton,
    "middle": Qt.MouseButton.MiddleButton,
}
_MODIFIERS = {
    "": Qt.KeyboardModifier.NoModifier,
    "Shift": Qt.KeyboardModifier.ShiftModifier,
    "Ctrl": Qt.KeyboardModifier.ControlModifier,
    "Alt": Qt.KeyboardModifier.AltModifier,
}
_PLAIN_KEYS = ("Up", "Down", "PgUp", "PgDown", "Return", "Tab", "Shift+Tab", "Backspace", "Ctrl+Left", "Esc")
_MOVES = 6
_STORM = 40


@dataclass(frozen=True)
class Action:
    """One thing done. `where` is the place of a widget, `at` and `to` points in it as shares of its size, `text` what
    is typed or chosen, `number` how often, how large or which one, `answer` seeds what a file dialog then answers.
    """

    kind: str
    where: str = ""
    at: tuple[float, float] = (0.5, 0.5)
    to: tuple[float, float] = (0.5, 0.5)
    button: str = "left"
    modifier: str = ""
    text: str = ""
    number: int = 0
    answer: int = 0

    def to_json(self) -> str:
        """One line of a log."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> Action:
        """The Action of a line that `to_json` gave."""
        content = json.loads(line)
        return cls(**{**content, "at": tuple(content["at"]), "to": tuple(content["to"])})


def draw(generator: random.Random, window: Window) -> Action:
    """What to do next, where a user could do it: in the menu or dialog that is open, else anywhere in the window."""
    root = front(window)
    kind = generator.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
    if root is not window and kind not in ("click", "type", "wheel"):
        kind = "click"
    found = _widgets(root)
    group = generator.choice(sorted(found))
    if kind == "type" and "number" in found:
        group = "number"
    widget = generator.choice(found[group])
    return Action(
        kind,
        where=place(widget) if kind in _ON_WIDGETS else "",
        at=(generator.random(), generator.random()),
        to=(generator.random(), generator.random()),
        button=generator.choices(list(_BUTTONS), (16, 2, 1))[0],
        modifier=generator.choices(list(_MODIFIERS), (12, 1, 1, 1))[0],
        text=_text(generator, window, kind),
        number=generator.randrange(1000),
        answer=generator.randrange(2**31),
    )


def do(action: Action, window: Window, files: Callable[[int], str]) -> None:
    """Do it, if its widget is there; `files(number)` is the path of a file to drop."""
    widget = find(action.where, window)
    if action.kind in _ANYWHERE:
        _ANYWHERE[action.kind](action, window)
    elif action.kind == "drop":
        _drop(window, files(action.answer))
    elif widget is not None and widget.isVisible() and widget.isEnabled():
        _ON_WIDGETS[action.kind](action, widget)


def front(window: Window) -> QWidget:
    """What takes the clicks: the menu that is open, else the dialog, else the window."""
    return QApplication.activePopupWidget() or QApplication.activeModalWidget() or window


def place(widget: QWidget) -> str:
    """Where a widget stands: from its window down, the kind of each and the how manieth of its kind it is."""
    parts = []
    while (parent := widget.parentWidget()) is not None and not widget.isWindow():
        alike = [child for child in parent.children() if type(child) is type(widget)]
        parts.append(f"{type(widget).__name__}.{alike.index(widget)}")
        widget = parent
    return "/".join([type(widget).__name__, *reversed(parts)])


def find(where: str, window: Window) -> QWidget | None:
    """The widget at a place, None where there is none now."""
    first, *parts = where.split("/")
    tops = [front(window), window]
    widget: QWidget | None = next((top for top in tops if type(top).__name__ == first), None)
    for part in parts:
        name, number = part.rsplit(".", 1)
        if widget is None:
            return None
        alike = [child for child in widget.children() if type(child).__name__ == name]
        child = alike[int(number)] if int(number) < len(alike) else None
        widget = child if isinstance(child, QWidget) else None
    return widget


def _widgets(root: QWidget) -> dict[str, list[QWidget]]:
    """The widgets below `root` that can be used now, by their kind."""
    found: dict[str, list[QWidget]] = {}
    for widget in [root, *root.findChildren(QWidget)]:
        if widget.isVisible() and widget.isEnabled() and not widget.visibleRegion().isEmpty() and (kind := _of(widget)):
            found.setdefault(kind, []).append(widget)
    return found or {"canvas": [root]}


def _of(widget: QWidget) -> str | None:
    for name, types in KINDS.items():
        if isinstance(widget, types):
            return name
    answers = any("mousePressEvent" in vars(kind) for kind in type(widget).__mro__ if kind.__module__.startswith("app"))
    return "canvas" if answers or isinstance(widget, QGraphicsView) else None


def _text(generator: random.Random, window: Window, kind: str) -> str:
    if kind == "type":
        return generator.choice(RUBBISH)
    if kind == "scheme":
        return generator.choice(("light", "dark", "system"))
    if kind == "keys":
        shortcuts = sorted(keys for action in window.findChildren(QAction) for keys in _keys(action))
        return generator.choice([*shortcuts, *_PLAIN_KEYS])
    return ""


def _keys(action: QAction) -> Iterator[str]:
    if action.isEnabled():
        yield from (keys.toString() for keys in action.shortcuts() if keys.toString() != "Ctrl+Q")


def _point(widget: QWidget, share: tuple[float, float]) -> QPoint:
    """A point of the part of the widget that is seen, the edges included now and then."""
    seen = widget.visibleRegion().boundingRect()
    return seen.topLeft() + QPoint(round(share[0] * (seen.width() - 1)), round(share[1] * (seen.height() - 1)))


def _click(action: Action, widget: QWidget) -> None:
    target = widget.viewport() if isinstance(widget, QAbstractItemView | QGraphicsView) else widget
    press = QTest.mouseDClick if action.number % 20 == 0 else QTest.mouseClick
    press(target, _BUTTONS[action.button], _MODIFIERS[action.modifier], _point(target, action.at))


def _drag(action: Action, widget: QWidget) -> None:
    target = widget.viewport() if isinstance(widget, QAbstractItemView | QGraphicsView) else widget
    button, modifier = _BUTTONS[action.button], _MODIFIERS[action.modifier]
    begin, end = _point(target, action.at), _point(target, action.to)
    QTest.mousePress(target, button, modifier, begin)
    for move in range(1, _MOVES + 1):
        QTest.mouseMove(target, begin + (end - begin) * (move / _MOVES))
    QTest.mouseRelease(target, button, modifier, end)


def _wheel(action: Action, widget: QWidget) -> None:
    target = widget.viewport() if isinstance(widget, QAbstractItemView | QGraphicsView) else widget
    point = QPointF(_point(target, action.at))
    event = QWheelEvent(
        point,
        QPointF(target.mapToGlobal(point)),
        QPoint(),
        QPoint(0, 120 * (action.number % 7 - 3)),
        Qt.MouseButton.NoButton,
        _MODIFIERS[action.modifier],
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(target, event)


def _type(action: Action, widget: QWidget) -> None:
    widget.setFocus()
    if isinstance(widget, QLineEdit | QAbstractSpinBox):
        widget.selectAll()
    for character in action.text:  # QTest's own typing knows ASCII only
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(widget, QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, character))
    QTest.keyClick(widget, (Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Escape)[action.number % 3])


def _press_keys(action: Action, window: Window) -> None:
    combination = QKeySequence(action.text)[0]  # type: ignore[index]
    QTest.keyClick(QApplication.focusWidget() or window, combination.key(), combination.keyboardModifiers())


def _undo_storm(action: Action, window: Window) -> None:
    for press in range(_STORM):
        key = Qt.Key.Key_Z if press * action.number % 1000 < 600 else Qt.Key.Key_Y
        QTest.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)


def _choose_model(action: Action, window: Window) -> None:
    models = window.state.models
    window.state.choose(models[action.number % len(models)])


def _choose_sampler(action: Action, window: Window) -> None:
    box = window.controls.sampler.findChildren(QComboBox)[0]
    box.setCurrentIndex(action.number % box.count())
    box.activated.emit(box.currentIndex())


def _drop(window: Window, path: str) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path)])
    point = QPointF(window.rect().center())
    window.dropEvent(
        QDropEvent(point, Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    )


def _resize(action: Action, window: Window) -> None:
    window.resize(*SIZES[action.number % len(SIZES)])


_ON_WIDGETS: dict[str, Callable[[Action, QWidget], None]] = {
    "click": _click,
    "drag": _drag,
    "wheel": _wheel,
    "type": _type,
}
_ANYWHERE: dict[str, Callable[[Action, Window], None]] = {
    "keys": _press_keys,
    "storm": _undo_storm,
    "resize": _resize,
    "scheme": lambda action, window: window.choose_theme(action.text),
    "model": _choose_model,
    "sampler": _choose_sampler,
}
