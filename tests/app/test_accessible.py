"""Every control of every workspace has a name, says what it does, comes in reading order and shows all its text, and
the colours hold for readers who lack red or green cones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QPushButton,
    QScrollArea,
    QScrollBar,
    QSizePolicy,
    QTabBar,
    QTableView,
    QTabWidget,
    QToolButton,
    QWidget,
)
from skimage.color import rgb2lab

from app.controls.group import Column
from app.views.tour import Bubble
from app.window import Window
from app.workspaces import TIPS
from engine.analysis.colours import CATEGORIES
from tests.app.opened import settle

SIMULATED = {
    "all cones": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}
"""What is left of linear RGB: G. M. Machado, M. M. Oliveira, L. A. F. Fernandes 2009, table 1, severity 1."""


def pages(window: Window) -> Iterator[str]:
    """Show every page of every workspace, with each of its panels, one after the other; the name of each."""
    window.resize(1024, 700)
    for name in TIPS:
        window.workspaces.show(name)
        if name == "Latents":
            settle(window, lambda: window.latents is not None and window.latents.strips.complete)
        for page in ("Experiments", "Map", "Futures") if window.analysis is not None and name == "Analysis" else ("",):
            if page and window.analysis is not None:
                window.analysis.show(page)
            for tab in range(window.left.count()):
                window.left.setCurrentIndex(tab)
                for _ in range(3):
                    QApplication.processEvents()
                yield f"{name} {page} {window.left.tabText(tab)}"


def visible(window: Window) -> list[QWidget]:
    return [widget for widget in window.findChildren(QWidget) if widget.isVisible()]


def named(widget: QWidget) -> QWidget:
    """What bears the name of a widget: the box around a line edit, the bar of a tab widget."""
    around = widget.parentWidget()
    if isinstance(around, (QAbstractSpinBox, QComboBox)):
        return around
    return widget.tabBar() if isinstance(widget, QTabWidget) else widget


def in_focus_chain(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.isEnabled()


def test_every_page_can_be_read_and_gone_through(window: Window) -> None:
    wrong = {f"{page}: {each}" for page in pages(window) for check in CHECKS for each in check(window)}
    assert not wrong, "\n".join(sorted(wrong))


def unnamed(window: Window) -> Iterator[str]:
    """Controls without a name, or that do not say what they do."""
    for widget in filter(in_focus_chain, visible(window)):
        control = named(widget)
        name = control.accessibleName() or (control.text() if isinstance(control, QAbstractButton) else "")
        if not name:
            yield f"{type(control).__name__} has no name"
        says = control.toolTip() or control.accessibleDescription()
        if not says and not isinstance(control, (QScrollArea, QTabBar, QTableView, Bubble)):
            yield f"{name} does not say what it does"
        if isinstance(control, QTabBar) and not all(control.tabToolTip(tab) for tab in range(control.count())):
            yield f"{name} has a tab without a tooltip"


def cut(window: Window) -> Iterator[str]:
    """Texts that are not seen whole, and what scrolls sideways; a table of many columns may."""
    for widget in visible(window):
        if isinstance(widget, QScrollBar) and widget.orientation() is Qt.Orientation.Horizontal:
            around = widget.parentWidget()
            table = around is not None and isinstance(around.parentWidget(), QTableView)
            if widget.maximum() > widget.minimum() and not table:
                yield "something scrolls sideways"
        elif isinstance(widget, (QLabel, QAbstractButton)) and widget.text():
            wraps = isinstance(widget, QLabel) and widget.wordWrap()
            elided = widget.sizePolicy().horizontalPolicy() is QSizePolicy.Policy.Ignored
            if (
                widget.heightForWidth(widget.width()) > widget.height() + 1
                if wraps
                else (not elided and _needed(widget) > widget.width() + 1)
            ):
                yield f"{widget.text()!r} is cut"


def _needed(widget: QLabel | QAbstractButton) -> int:
    """The width that its text takes, of a button that may be as narrow as that: without the style's ample margin."""
    if isinstance(widget, (QPushButton, QToolButton)):
        return widget.fontMetrics().horizontalAdvance(widget.text()) + 4
    return widget.minimumSizeHint().width()


def unordered(window: Window) -> Iterator[str]:
    """Controls of a panel that Tab comes to before one that is read earlier."""
    for column in [widget for widget in visible(window) if isinstance(widget, Column)]:
        chain = [widget for widget in _chain(column) if in_focus_chain(widget) and widget.isVisible()]
        places = [widget.mapTo(column, QPoint()) for widget in chain]
        for number, (place, then) in enumerate(pairwise(places)):
            first, second = chain[number : number + 2]
            same_row = then.y() < place.y() + first.height() and place.y() < then.y() + second.height()
            if then.x() < place.x() if same_row else then.y() < place.y():
                yield f"{named(first).accessibleName()} comes before {named(second).accessibleName()}"


def _chain(column: QWidget) -> Iterator[QWidget]:
    """What stands in that column, in the order of Tab."""
    widget = column.nextInFocusChain()
    while widget is not None and widget is not column:
        if column.isAncestorOf(widget):
            yield widget
        widget = widget.nextInFocusChain()


CHECKS = (unnamed, cut, unordered)


def test_no_two_actions_share_a_key(window: Window) -> None:
    keys = Counter(key.toString() for action, _ in window.placed for key in action.shortcuts())
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize("cones", SIMULATED)
def test_categories_are_told_apart(cones: str) -> None:
    colours = np.array([[int(name[place : place + 2], 16) / 255 for place in (1, 3, 5)] for name in CATEGORIES])
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    seen = (linear @ np.array(SIMULATED[cones]).T).clip(0, 1)
    lab = rgb2lab(np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055))
    apart = np.linalg.norm(lab[:, None] - lab[None], axis=-1) + 100 * np.eye(len(CATEGORIES))
    assert apart.min() > 10  # four just noticeable differences
