"""Previews: samples of the same latents as the training goes on, newest first, so that one sees them form.

Made by `training.TrainingView`. Pictures stand in rows, a latent in the same place of each; points in small plots.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from app import theme
from app.safely import safely
from app.views import points
from app.views.images import image
from app.views.numerals import tabular
from app.views.shown import Array, kind, shrunk
from engine.analysis.pictures import to_uint8

if TYPE_CHECKING:
    from engine.training.live import Preview

SMALLEST, LARGEST = 40, 96
"""Points between which the longer side of a picture lies, where there is room."""

TILE = 132
"""Points that a plot of points is wide and high."""

GAP = 2
"""Points between the pictures of one preview."""

APART = 12
"""Points between two previews, and around them."""

_KEYS = {Qt.Key.Key_Home: -math.inf, Qt.Key.Key_End: math.inf, Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


@dataclass(frozen=True)
class Layout:
    """How previews stand: `across` in a line, `item` the size of one, `label` the width of its text at the left (0 for
    below), its pictures of the size `picture` in `columns`.
    """

    across: int
    item: QSize
    label: int
    picture: QSize
    columns: int = 1

    def place(self, index: int) -> QRect:
        """The rectangle of a preview, counted from the newest, on the sheet."""
        line, column = divmod(index, self.across)
        corner = QPoint(APART + column * (self.item.width() + APART), APART + line * self.pitch)
        return QRect(corner, self.item)

    def cell(self, number: int) -> QRect:
        """The rectangle of one of a preview's pictures, from the preview's corner."""
        line, column = divmod(number, self.columns)
        corner = QPoint(column * (self.picture.width() + GAP), line * (self.picture.height() + GAP))
        return QRect(QPoint(self.label, 0) + corner, self.picture)

    @property
    def pitch(self) -> int:
        """From one line of previews to the next."""
        return self.item.height() + APART

    def height(self, count: int) -> int:
        """The sheet's with that many previews."""
        return math.ceil(count / self.across) * self.pitch + APART


def rows(count: int, picture: QSize, width: int, label: int, ratio: float = 1.0) -> Layout:
    """Rows of `count` pictures in a sheet of that width, as large as fits: in one line each if whole screen pixels to
    one of the picture's can be read there, else in as few lines as leave a readable size. `ratio` is screen pixels a
    point.
    """
    longest = max(picture.width(), picture.height())
    room = width - label - 2 * APART + GAP
    lines, columns, scale = 0, count, 0.0
    while longest * scale < SMALLEST and lines < count:
        lines += 1
        columns = math.ceil(count / lines)
        fitting = min((room / columns - GAP) / picture.width(), LARGEST / longest)
        whole = math.floor(fitting * ratio) / ratio
        broken = lines > 1 or fitting * ratio < 1
        scale = fitting if longest * whole < SMALLEST and broken else whole
    size = QSize(*(max(1, int(side * scale + 1e-6)) for side in (picture.width(), picture.height())))
    item = QSize(width - 2 * APART, math.ceil(count / columns) * (size.height() + GAP) - GAP)
    return Layout(1, item, label, size, columns)


def tiles(width: int, text: int) -> Layout:
    """Plots of points beside each other in a sheet of that width, each over a line of `text` points height."""
    across = max(1, (width - APART) // (TILE + APART))
    return Layout(across, QSize(TILE, TILE + text), 0, QSize(TILE, TILE))


class Previews(QAbstractScrollArea):
    """The sheet. A click on a preview, or the arrow keys, tell its step by `chosen`, a click on the marked one None."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._previews: tuple[Preview, ...] = ()
        self._data: Array | None = None
        self._layout: Layout | None = None
        self._marked: int | None = None
        self._text = ""
        self._images: dict[int, list[QImage]] = {}
        self._behind: tuple[points.Frame, QPixmap] | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFont(tabular(self.font()))
        self.setMinimumSize(240, 120)
        self.setAccessibleName("Previews")
        self.setToolTip("Samples of the same latents after more and more steps, newest first. A click marks the step.")

    # -- what is shown -------------------------------------------------------------------------------------------

    def show_previews(self, previews: Sequence[Preview], text: str) -> None:
        """Show these, given in the order in which they were drawn; `text` stands there while there are none.

        What the user looks at stays where it is, unless that is the top.
        """
        newest_first = tuple(reversed(previews))
        if text == self._text and _same(newest_first, self._previews):
            return
        top = self._top()
        self._previews, self._text = newest_first, text
        self._arrange(top)
        self._describe()

    def show_data(self, data: Array | None) -> None:
        """Draw points before these data [N, 1] or [N, 2]; data of another shape than the samples' are not drawn."""
        if data is not self._data:
            self._data, self._behind = data, None
            self.viewport().update()

    def mark(self, step: int | None) -> None:
        """Mark the preview of that step, or none, and bring it into sight."""
        if step == self._marked:
            return
        self._marked = step
        self._describe()
        index = self._index(step)
        if index is not None and self._layout is not None:
            place, bar = self.place(index), self.verticalScrollBar()
            if place.top() < APART:
                bar.setValue(bar.value() + place.top() - APART)
            elif place.bottom() > self.viewport().height() - APART:
                bar.setValue(bar.value() + place.bottom() - self.viewport().height() + APART)
        self.viewport().update()

    def _describe(self) -> None:
        newest = f"the newest after step {self._previews[0].step:,}" if self._previews else self._text
        marked = "" if self._marked is None else f"; step {self._marked:,} is marked"
        self.setAccessibleDescription(newest + marked)

    def place(self, index: int) -> QRect:
        """Where a preview, counted from the newest, stands in the viewport now."""
        assert self._layout is not None
        return self._layout.place(index).translated(0, -self.verticalScrollBar().value())

    def cell(self, index: int, number: int) -> QRect:
        """Where one of a preview's pictures stands in the viewport now."""
        assert self._layout is not None
        return self._layout.cell(number).translated(self.place(index).topLeft())

    def _index(self, step: int | None) -> int | None:
        return next((index for index, preview in enumerate(self._previews) if preview.step == step), None)

    @property
    def _shape(self) -> tuple[int, ...]:
        """That of one sample."""
        return self._previews[0].samples.shape[1:] if self._previews else ()

    @property
    def _points(self) -> bool:
        return kind(self._shape) in ("line", "plane")

    # -- layout --------------------------------------------------------------------------------------------------

    def _top(self) -> tuple[int, int] | None:
        """The step of the preview at the top and how far it is scrolled past; None at the very top."""
        scrolled = self.verticalScrollBar().value()
        if not scrolled or self._layout is None or not self._previews:
            return None
        index = min(scrolled // self._layout.pitch * self._layout.across, len(self._previews) - 1)
        return self._previews[index].step, scrolled - self._layout.place(index).top()

    def _arrange(self, top: tuple[int, int] | None) -> None:
        unit, width = self.fontMetrics().height(), self.viewport().width()
        self._behind = None
        self._images.clear()
        if not self._previews or kind(self._shape) == "none":
            self._layout = None
        elif self._points:
            self._layout = tiles(width, round(1.3 * unit))
        else:
            widest = max(99_999, self._previews[0].step)  # fixed for most, so that the pictures stay where they are
            label = self.fontMetrics().horizontalAdvance(f"{widest:,}") + unit
            picture = QSize(self._shape[-1], self._shape[-2])
            self._layout = rows(len(self._previews[0].samples), picture, width, label, self.devicePixelRatioF())
        space, bar = self.viewport().height(), self.verticalScrollBar()
        height = 0 if self._layout is None else self._layout.height(len(self._previews))
        bar.setRange(0, max(0, height - space))
        bar.setPageStep(space)
        bar.setSingleStep(3 * unit)
        index = None if top is None else self._index(top[0])
        if index is not None and top is not None and self._layout is not None:
            bar.setValue(self._layout.place(index).top() + top[1])
        self.viewport().update()

    # -- painting ------------------------------------------------------------------------------------------------

    @safely
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        if self._layout is None:
            painter.setPen(QColor(theme.scheme().muted))
            text = "Samples of this shape have no picture." if self._previews else self._text
            area = self.viewport().rect().adjusted(APART, APART, -APART, -APART)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self._points)
        seen = [index for index in range(len(self._previews)) if self.place(index).intersects(event.rect())]
        for index in seen:
            self._paint_label(painter, index)
            if self._points:
                self._paint_points(painter, index)
            else:
                self._paint_pictures(painter, index)
        if not self._points:  # what is out of sight is turned into pixels again when it comes back
            in_sight = [i for i in self._images if self.place(i).intersects(self.viewport().rect())]
            self._images = {index: self._images[index] for index in in_sight}

    def _paint_label(self, painter: QPainter, index: int) -> None:
        assert self._layout is not None
        colours, place, step = theme.scheme(), self.place(index), self._previews[index].step
        marked = step == self._marked
        painter.setPen(QColor(colours.text if marked else colours.muted))
        if self._layout.label:
            side = Qt.AlignmentFlag.AlignRight
            area = QRect(place.topLeft(), QSize(self._layout.label - self.fontMetrics().height() // 2, place.height()))
        else:
            side = Qt.AlignmentFlag.AlignHCenter
            area = place.adjusted(0, self._layout.picture.height(), 0, 0)
        text = f"step\n{step:,}" if self._layout.label else f"step {step:,}"
        painter.drawText(area, side | Qt.AlignmentFlag.AlignVCenter, text)
        if marked:
            painter.fillRect(QRect(place.left() - 6, place.top(), 3, place.height()), QColor(colours.accent))

    def _paint_pictures(self, painter: QPainter, index: int) -> None:
        assert self._layout is not None
        size = self._layout.picture
        if index not in self._images:
            self._images[index] = _images(self._previews[index].samples, size.width() * self.devicePixelRatioF())
        images = self._images[index]
        broken = round(size.width() * self.devicePixelRatioF()) % images[0].width() > 0
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, broken)
        for number, picture in enumerate(images):
            painter.drawImage(self.cell(index, number), picture)

    def _paint_points(self, painter: QPainter, index: int) -> None:
        area, samples = self.cell(index, 0), self._previews[index].samples
        if self._behind is None:
            self._behind = self._make_behind()
        frame, behind = self._behind
        painter.drawPixmap(area, behind)
        points.draw_samples(painter, QRectF(area).adjusted(4, 4, -4, -4), frame, samples, self._matching())

    def _matching(self) -> Array | None:
        """The data, where they have the shape of the samples."""
        return self._data if self._data is not None and self._data.shape[1:] == self._shape else None

    def _make_behind(self) -> tuple[points.Frame, QPixmap]:
        """What is behind every plot of points: its ground and the data, painted once."""
        data, colours, ratio = self._matching(), theme.scheme(), self.devicePixelRatioF()
        pixmap = QPixmap(QSize(TILE, TILE) * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(QColor(colours.window))
        frame = points.Frame(self._previews[0].samples if data is None else data)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if data is not None:
            points.draw_data(painter, QRectF(4, 4, TILE - 8, TILE - 8), frame, data)
        painter.setPen(QPen(QColor(colours.line), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(0.5, 0.5, TILE - 1, TILE - 1))
        painter.end()
        return frame, pixmap

    # -- events --------------------------------------------------------------------------------------------------

    @safely
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange(self._top())

    @safely
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._behind = None
            self.viewport().update()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

    @safely
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton or self._layout is None:
            return
        spot = event.position().toPoint()
        index = next((i for i in range(len(self._previews)) if self.place(i).contains(spot)), None)
        if index is not None:
            step = self._previews[index].step
            self.chosen.emit(None if step == self._marked else step)

    @safely
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if self._layout is None or key not in (*_KEYS, Qt.Key.Key_Up, Qt.Key.Key_Down):
            super().keyPressEvent(event)
            return
        line = {Qt.Key.Key_Up: -self._layout.across, Qt.Key.Key_Down: self._layout.across}
        index = self._index(self._marked)
        wanted = 0 if index is None else index + line.get(key, _KEYS.get(key, 0))
        self.chosen.emit(self._previews[int(max(0, min(wanted, len(self._previews) - 1)))].step)


def _same(one: Sequence[Preview], other: Sequence[Preview]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))


def _images(values: Array, width: float) -> list[QImage]:
    """Samples [N, H, W] or [N, C, H, W] in [-1, 1] as images, for `width` screen pixels each."""
    pictures = to_uint8(shrunk(values[:, None] if values.ndim == 3 else values, width))
    return [image(pixels).convertToFormat(QImage.Format.Format_RGB32) for pixels in pictures]
