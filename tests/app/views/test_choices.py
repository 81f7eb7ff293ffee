"""What the canvas shows is called by its name where there is room, else by its symbol. # spec: S3"""

from __future__ import annotations

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.views.camera import Camera
from app.views.choices import SYMBOLS, Choices
from app.views.plot import Switches
from engine.analysis.parts import SHOWN
from tests.app.views.stage import on_screen, staged


def test_parts_are_called_by_their_symbols_where_names_do_not_fit(qtbot: QtBot) -> None:
    state = staged()
    camera, switches = Camera(), Switches()
    row = on_screen(qtbot, Choices(state, camera, switches), state, 900, 30)
    row.suit("grid")
    for width, texts in ((900, SHOWN), (360, SYMBOLS), (900, SHOWN)):
        row.resize(width, 30)
        QApplication.processEvents()
        assert {name: part.text() for name, part in row.parts.items()} == texts
        assert row.width() == width
        assert all(part.accessibleName() == SHOWN[name] for name, part in row.parts.items())
        assert row.parts["drift"].width() >= row.parts["drift"].sizeHint().width()
