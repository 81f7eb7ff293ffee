"""The table of an experiment: what its cells say, sorting, and the selected row. # spec: S14"""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.views.cells import described, spelled
from app.views.table import Table
from engine.experiments.experiment import Row
from tests.app.studied import TINY, kept


@pytest.fixture
def rows(tmp_path: Path) -> list[Row]:
    return kept(tmp_path, cells=7)


@pytest.fixture
def table(qtbot: QtBot, rows: list[Row]) -> Table:
    table = Table()
    qtbot.addWidget(table)
    table.resize(420, 400)
    table.show_rows(TINY, rows, None)
    table.show()
    qtbot.waitExposed(table)
    return table


def texts(table: Table, column: int) -> list[str]:
    model = table.model()
    return [str(model.index(row, column).data()) for row in range(model.rowCount())]


def heads(table: Table) -> list[str]:
    model = table.model()
    return [
        str(model.headerData(section, Qt.Orientation.Horizontal)).replace("\n", " ")
        for section in range(model.columnCount())
    ]


def click_head(table: Table, section: int) -> None:
    header = table.horizontalHeader()
    spot = header.viewport().rect().center()
    spot.setX(header.sectionViewportPosition(section) + header.sectionSize(section) // 2)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=spot)


def test_places_stand_as_they_are_and_values_with_three_digits(table: Table) -> None:
    assert heads(table) == ["churn", "steps", "error", "score (bit)"]  # the model is the same in all rows
    assert texts(table, 0)[:5] == ["0", "0", "0", "0", "0.5"]
    assert texts(table, 2)[:4] == ["0.0400", "0.0100", "0.00250", "0.000400"]
    assert texts(table, 2)[7:] == [""] * 5


def test_a_click_on_a_head_sorts_and_a_third_one_brings_the_order_back(table: Table) -> None:
    before = texts(table, 2)
    click_head(table, 2)
    rising = [float(text) for text in texts(table, 2)[:7]]
    assert rising == sorted(rising)
    assert texts(table, 2)[7:] == [""] * 5  # those still to come are last
    click_head(table, 2)
    falling = [float(text) for text in texts(table, 2) if text]
    assert falling == rising[::-1]
    click_head(table, 2)
    assert texts(table, 2) == before


def test_the_selected_row_is_told_and_kept_when_it_is_sorted(table: Table, rows: list[Row]) -> None:
    chosen: list[str] = []
    table.chosen.connect(chosen.append)
    table.mark(rows[5].key)
    assert texts(table, 1)[table.currentIndex().row()] == "10"
    click_head(table, 2)
    assert table.cells.rows[5].key == rows[5].key
    assert table.currentIndex().siblingAtColumn(0).data() == "0.5"
    QTest.keyClick(table, Qt.Key.Key_Down)
    assert chosen[-1] != rows[5].key
    table.mark(None)
    assert not table.selectionModel().hasSelection()


def test_enter_and_a_double_click_open(table: Table, rows: list[Row]) -> None:
    opened: list[str] = []
    table.opened.connect(opened.append)
    table.mark(rows[2].key)
    QTest.keyClick(table, Qt.Key.Key_Return)
    spot = table.visualRect(table.model().index(4, 1)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert opened == [rows[2].key, rows[4].key]


def test_cells_come_in_without_losing_the_selection(table: Table, tmp_path: Path) -> None:
    rows = kept(tmp_path)
    table.mark(rows[6].key)
    table.show_rows(TINY, rows, rows[6].key)
    assert table.currentIndex().row() == 6
    assert "" not in texts(table, 2)
    table.show_rows(TINY, rows[:3], None)
    assert table.model().rowCount() == 3
    table.show_rows(TINY, [], None)
    assert table.model().rowCount() == 0


def test_the_whole_row_is_told_at_the_pointer(table: Table, rows: list[Row]) -> None:
    tip = table.model().index(5, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "model ring · churn 0.5 · steps 10 · error 0.0150 · score 5 bit"
    assert described(TINY, rows[8]) == "model ring · churn 1 · steps 5 · still to come"


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("error", None, "–"),
        ("error", -0.012345, "−0.0123"),
        ("error", 12_345, "12,345"),
        ("error", "none", "none"),
        ("churn", 0.125, "0.125"),
        ("churn", -2.0, "−2"),
    ],
)
def test_values_read_as_people_write_them(column: str, value: object, text: str) -> None:
    assert spelled(TINY, column, value) == text  # type: ignore[arg-type]
