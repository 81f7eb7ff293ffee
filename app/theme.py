"""Theme: the colours and maps of the window, light and dark. Read by every view; set up once by the window.

One accent for what is selected and for the playhead, nothing else. Categories are Okabe and Ito's and two more,
quantities viridis, signed fields a diverging map whose zero is the neutral colour of the scheme.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from engine.analysis.colours import CATEGORIES, DIVERGING, DIVERGING_DARK, SEQUENTIAL, lookup


@dataclass(frozen=True)
class Scheme:
    """The colours of one scheme, as CSS names."""

    window: str
    base: str
    raised: str
    line: str
    text: str
    muted: str
    accent: str
    on_accent: str
    warning: str
    diverging: str


LIGHT = Scheme(
    window="#f4f5f7",
    base="#ffffff",
    raised="#e9ebef",
    line="#d2d6dc",
    text="#1c2128",
    muted="#5b6572",
    accent="#c2410c",
    on_accent="#ffffff",
    warning="#9a3412",
    diverging=DIVERGING,
)
DARK = Scheme(
    window="#1b1e23",
    base="#14161a",
    raised="#262a31",
    line="#3a404a",
    text="#e6e8eb",
    muted="#9aa4b1",
    accent="#fb923c",
    on_accent="#1b1e23",
    warning="#fdba74",
    diverging=DIVERGING_DARK,
)


_chosen: Scheme | None = None


def is_dark() -> bool:
    """Whether the scheme in use is the dark one."""
    return scheme() is DARK


def scheme() -> Scheme:
    """The colours in use: the chosen scheme, else the system's."""
    if _chosen is not None:
        return _chosen
    return DARK if QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark else LIGHT


def choose(chosen: Scheme | None) -> None:
    """Use one scheme whatever the system's, or follow the system with None; the application repaints."""
    global _chosen
    _chosen = chosen
    QApplication.setPalette(palette())


def sequential() -> np.ndarray:
    """The map of quantities, [256, 3] uint8."""
    return lookup(SEQUENTIAL)


def diverging() -> np.ndarray:
    """The map of signed fields, zero in the middle, [256, 3] uint8."""
    return lookup(scheme().diverging)


def category(index: int) -> QColor:
    """The colour of category or particle `index`; it repeats after ten."""
    return QColor(CATEGORIES[index % len(CATEGORIES)])


def palette() -> QPalette:
    """Qt's palette for the scheme in use, so that standard widgets and our views agree."""
    colours, made = scheme(), QPalette()
    roles = {
        QPalette.ColorRole.Window: colours.window,
        QPalette.ColorRole.Base: colours.base,
        QPalette.ColorRole.AlternateBase: colours.raised,
        QPalette.ColorRole.Button: colours.raised,
        QPalette.ColorRole.Mid: colours.line,
        QPalette.ColorRole.WindowText: colours.text,
        QPalette.ColorRole.Text: colours.text,
        QPalette.ColorRole.ButtonText: colours.text,
        QPalette.ColorRole.ToolTipBase: colours.raised,
        QPalette.ColorRole.ToolTipText: colours.text,
        QPalette.ColorRole.PlaceholderText: colours.muted,
        QPalette.ColorRole.Highlight: colours.accent,
        QPalette.ColorRole.HighlightedText: colours.on_accent,
        QPalette.ColorRole.Accent: colours.accent,
        QPalette.ColorRole.Link: colours.accent,
    }
    for role, name in roles.items():
        made.setColor(role, QColor(name))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.muted))
    return made


def follow_system(application: QApplication) -> None:
    """Use one widget style everywhere and repaint in the system's scheme, now and whenever it changes."""
    application.setStyle("Fusion")
    application.setPalette(palette())
    QGuiApplication.styleHints().colorSchemeChanged.connect(_follow)


def _follow() -> None:
    QApplication.setPalette(palette())


def style_sheet() -> str:
    """The few rules that the palette cannot say."""
    colours = scheme()
    return f"""
        QLabel#product {{ font-weight: 600; padding: 4px 14px 4px 8px; }}
        QLabel#title, QLabel#muted {{ color: {colours.muted}; }}
        QLabel#title {{ padding-right: 12px; }}
        QLabel#note {{ color: {colours.warning}; font-size: 11px; }}
        QWidget#banner {{ background: {colours.raised}; border-left: 4px solid {colours.warning}; }}
        QWidget#offer {{ background: {colours.raised}; border-left: 4px solid {colours.muted}; }}
        QRadioButton::indicator, QCheckBox::indicator {{
            width: 12px; height: 12px; border: 1px solid {colours.muted}; background: {colours.base};
        }}
        QPushButton:checked {{
            background: {colours.line}; border: 1px solid {colours.muted}; border-radius: 3px; padding: 3px 10px;
        }}
        QPushButton#segment:checked {{ padding: 3px 2px; }}
        QAbstractSpinBox, QLineEdit[frame="true"] {{ border: 1px solid {colours.line}; }}
        QRadioButton::indicator {{ border-radius: 7px; }}
        QCheckBox::indicator {{ border-radius: 2px; }}
        QRadioButton::indicator:checked {{ background: qradialgradient(
            cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5,
            stop: 0 {colours.text}, stop: 0.55 {colours.text}, stop: 0.65 {colours.base}, stop: 1 {colours.base});
        }}
        QCheckBox::indicator:checked {{
            width: 8px; height: 8px; padding: 2px; background: {colours.text}; background-clip: content;
        }}
        QProgressBar {{ background: {colours.base}; border: 1px solid {colours.line}; }}
        QProgressBar::chunk {{ background: {colours.muted}; }}
        QToolBar {{ border: none; border-bottom: 1px solid {colours.line}; spacing: 4px; padding: 3px; }}
        QToolButton#header {{ border: none; font-weight: 600; padding: 3px; text-align: left; }}
        QToolButton#header:hover {{ background: {colours.raised}; }}
        QToolBar QToolButton {{ padding: 4px 12px; border-radius: 4px; }}
        QToolBar QToolButton:checked {{ background: {colours.raised}; border-bottom: 2px solid {colours.accent}; }}
        QToolButton[popupMode="2"] {{ padding-right: 14px; }}
        QToolButton[popupMode="2"]::menu-indicator {{ subcontrol-origin: padding; subcontrol-position: center right; }}
        QTabBar {{ qproperty-drawBase: 0; }}
        QSplitter::handle {{ background: {colours.line}; }}
        QSplitter::handle:horizontal {{ width: 1px; }}
        QSplitter::handle:vertical {{ height: 1px; }}
    """
