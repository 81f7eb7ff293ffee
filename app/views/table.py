"""Table: the cells of an experiment as rows that can be sorted. Placed by `results.Results`."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QBrush, QColor, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from app import theme
from app.safely import safely
from app.views.cells import described, heading, spelled
from app.views.numerals import tabular
from engine.experiments.experiment import Experiment, Row

Index = QModelIndex | QPersistentModelIndex

SORTED = Qt.ItemDataRole.UserRole
"""The role of a value as it is, not as it reads."""

NARROW = 10
"""Letters in a line of a column's name, about."""

MEASURED = 64
"""Rows after which the columns' widths are taken as known: all the rows of a large table would take a second."""

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Cells(QAbstractTableModel):
    """Places and values of the rows of an experiment, in its own order; a column of places that are all the same is
    left out.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: Sequence[Row] = ()
        self.columns: tuple[str, ...] = ()
        self._experiment: Experiment[Any] | None = None

    def show_rows(self, experiment: Experiment[Any], rows: Sequence[Row]) -> bool:
        """Show these rows; whether they are others than before, rather than the same with more measured."""
        same = experiment is self._experiment and [row.key for row in rows] == [row.key for row in self.rows]
        if not same:
            self.beginResetModel()
        self.rows, self._experiment = rows, experiment
        if same:
            end = self.index(len(rows) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), end)
            return False
        varied = [name for name in experiment.places if len({row.cell.place.get(name) for row in rows}) > 1]
        self.columns = (*(varied or experiment.places), *experiment.values)
        self.endResetModel()
        return True

    def line(self, key: str | None) -> int | None:
        """The first row with that key."""
        return next((number for number, row in enumerate(self.rows) if row.key == key), None)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        assert self._experiment is not None
        if role == Qt.ItemDataRole.ToolTipRole:
            return described(self._experiment, row)
        if role == Qt.ItemDataRole.ForegroundRole:
            return None if row.measured is not None else QBrush(QColor(theme.scheme().muted))
        name = self.columns[index.column()]
        value = row.columns.get(name)
        if role == Qt.ItemDataRole.DisplayRole:
            return spelled(self._experiment, name, value) if name in row.columns else ""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if isinstance(value, (int, float)) else None
        return value if role == SORTED else None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        if orientation is Qt.Orientation.Vertical or self._experiment is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            text = heading(self._experiment, self.columns[section])
            return (
                text
                if role == Qt.ItemDataRole.ToolTipRole
                else "\n".join(textwrap.wrap(text, NARROW, break_long_words=False))
            )
        return None


class Table(QTableView):
    """The rows, sorted by a click on a column's head. `chosen` tells the selected key, `opened` the one to open."""

    chosen = Signal(str)
    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cells = Cells(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.cells)
        self._sorted.setSortRole(SORTED)
        self.setModel(self._sorted)
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setFont(tabular(self.font(), -1))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(round(1.5 * self.fontMetrics().height()))
        header = self.horizontalHeader()
        header.setFont(self.font())
        header.setSortIndicatorClearable(True)
        header.setHighlightSections(False)
        header.setResizeContentsPrecision(MEASURED)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.setAccessibleName("Table of the cells")
        self.setToolTip("")
        self.selectionModel().currentRowChanged.connect(self._tell)
        self.doubleClicked.connect(lambda _: self._open())

    def show_rows(self, experiment: Experiment[Any], rows: Sequence[Row], selected: str | None) -> None:
        """Show these rows with the one of that key selected."""
        if self.cells.show_rows(experiment, rows):
            self.mark(selected)
        self.resizeColumnsToContents()

    def mark(self, key: str | None) -> None:
        """Select the row of that key, or none."""
        if key == self._key:
            return
        line = self.cells.line(key)
        index = QModelIndex() if line is None else self._sorted.mapFromSource(self.cells.index(line, 0))
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        if line is None:
            self.clearSelection()
        else:
            self.scrollTo(index)

    @property
    def _key(self) -> str | None:
        """That of the selected row."""
        index = self._sorted.mapToSource(self.currentIndex())
        return self.cells.rows[index.row()].key if index.isValid() else None

    def _tell(self) -> None:
        if (key := self._key) is not None:
            self.chosen.emit(key)

    def _open(self) -> None:
        if (key := self._key) is not None:
            self.opened.emit(key)

    @safely
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open()
        else:
            super().keyPressEvent(event)
