"""Figure: an experiment's figure, its panels one below the other, scrolling. Made by `study.StudyView`."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.safely import safely
from app.views.cells import CellView, titled
from app.views.curves import CurvesView
from app.views.matrix import MatrixView
from app.views.mosaic import MosaicView
from app.views.pane import Title
from engine.figures.figure import Figure, Key, Lines, Matrix, Panel, Pictures

VIEWS: dict[type[Panel], type[CellView]] = {Lines: CurvesView, Matrix: MatrixView, Pictures: MosaicView}

EDGE = 12
"""Points to the left and to the right of the panels."""

MARGIN = 24
"""Points between a cell that was scrolled to and the edge."""


class FigureView(QScrollArea):
    """The panels, each under its title. `chosen`, `opened` and `hovered` are those of the panels."""

    chosen = Signal(str)
    opened = Signal(str)
    hovered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panels: list[CellView] = []
        self._titles: list[Title] = []
        self._marked: Key = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Always there: one that came with the height would take the width from which the height follows.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Figure")

    def show_figure(self, figure: Figure) -> None:
        """Show this figure; its panels stay where they are as long as they are of the same kinds."""
        if [VIEWS[type(panel)] for panel in figure.panels] != [type(view) for view in self.panels]:
            self._build(figure)
        for view, title, panel in zip(self.panels, self._titles, figure.panels, strict=True):
            title.setText(panel.title)
            view.setAccessibleName(titled(panel))
            view.show_panel(panel)
        self.setAccessibleDescription(figure.title)
        self._arrange()

    def mark(self, key: Key) -> None:
        """Mark that cell in every panel, or none, and bring it into sight."""
        self._marked = key
        for view in self.panels:
            view.mark(key)
        places = [place for view in self.panels if (place := self._place(view, key)) is not None]
        scrolled = self.verticalScrollBar().value()
        seen = QRect(0, scrolled, self.viewport().width(), self.viewport().height())
        if places and not any(seen.contains(place) for place in places):
            self.ensureVisible(places[0].x(), places[0].y(), 0, MARGIN + self.viewport().height() // 4)

    def _place(self, view: CellView, key: Key) -> QPoint | None:
        place = None if key is None else view.place(key)
        return None if place is None else view.mapToParent(place)

    def _arrange(self) -> None:
        """Give each panel the height that it needs in the width that there is."""
        for view in self.panels:
            view.setFixedHeight(view.needed(self.viewport().width() - 2 * EDGE))

    @safely
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _build(self, figure: Figure) -> None:
        content = QWidget()
        content.setBackgroundRole(QPalette.ColorRole.Base)
        content.setAutoFillBackground(True)
        column = QVBoxLayout(content)
        column.setContentsMargins(EDGE, 8, EDGE, EDGE)
        column.setSpacing(4)
        self.panels, self._titles = [], []
        for panel in figure.panels:
            view, title = VIEWS[type(panel)](), Title()
            bold = title.font()
            bold.setBold(True)
            title.setFont(bold)
            head = QHBoxLayout()
            head.setContentsMargins(0, 8, 0, 2)
            head.addWidget(title, 1)
            if view.corner is not None:
                head.addWidget(view.corner)
            column.addLayout(head)
            column.addWidget(view)
            view.marked = self._marked
            view.chosen.connect(self.chosen)
            view.opened.connect(self.opened)
            view.hovered.connect(self.hovered)
            self.panels.append(view)
            self._titles.append(title)
        column.addStretch(1)
        self.setWidget(content)  # the widget before is deleted
