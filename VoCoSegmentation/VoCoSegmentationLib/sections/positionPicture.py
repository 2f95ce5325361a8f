"""Draws the picture of an answer: cells over the slice, ring and dot, letters, and the numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import qt
import slicer
import vtk
from numpy.typing import NDArray
from slicer.i18n import tr as _
from vtk.util.numpy_support import numpy_to_vtk

from VoCoSegmentationLib.presenters.positionPicture import Cell, Picture, Place
from VoCoSegmentationLib.scene import positionColours as colours

WIDTH = 226  # of the slice, in pixels of a screen of usual density
BORDER = 16  # for the letters
KEY_WIDTH, KEY_GAP, SCALE_WIDTH, SCALE_HEIGHT = 88, 8, 12, 84
KEY_HEIGHT = 164  # of colours and marks with their words
HEAT = 0.42  # opacity of the colours
RADIUS, DOT = 7, 4
MOST_NAMES = 25  # cells that have room for them
SHADES = colours.shades(colours.SIMILARITY, 101)


class PositionPicture:
    """Shows pictures in a label.

    Args:
        label: a QLabel; transparent labels over its cells have their numbers as tool tips.
    """

    def __init__(self, label: Any) -> None:
        self._label = label
        self._tips: list[Any] = []
        self._picture: Picture | None = None
        label.visible = False

    def show(self, picture: Picture | None, isStale: bool) -> None:
        """Draws a picture; None hides it. Stale: it is about another place."""
        self._label.visible = picture is not None
        self._label.enabled = not isStale  # grey
        if picture is None or picture is self._picture:
            return
        self._picture = picture
        ratio = self._label.devicePixelRatioF()
        rows, columns = picture.slice.shape
        height = round(WIDTH * rows / columns)
        tall = BORDER + max(height + BORDER, KEY_HEIGHT)
        size = qt.QSize(2 * BORDER + WIDTH + KEY_GAP + KEY_WIDTH, tall)
        pixmap = qt.QPixmap(round(size.width() * ratio), round(size.height() * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(qt.QColor(0, 0, 0, 0))
        painter = qt.QPainter(pixmap)
        painter.setRenderHint(qt.QPainter.Antialiasing)
        painter.setRenderHint(qt.QPainter.SmoothPixmapTransform)
        _Drawing(painter, self._label, height).draw(picture)
        painter.end()
        self._label.setPixmap(pixmap)
        self._label.setFixedSize(size)
        self._showTips(picture, height)

    def _showTips(self, picture: Picture, height: int) -> None:
        while len(self._tips) < len(picture.cells):
            self._tips.append(qt.QLabel(self._label))
        for tip in self._tips[len(picture.cells) :]:
            tip.hide()
        for tip, cell in zip(self._tips, picture.cells, strict=False):
            (x, y), (width, tall) = cell.corner, cell.size
            tip.setGeometry(
                *(round(BORDER + WIDTH * x), round(BORDER + height * y)),
                *(round(WIDTH * width), round(height * tall)),
            )
            tip.toolTip = cell.tip
            tip.show()


class _Drawing:
    """One picture in the making.

    Args:
        painter: draws it.
        label: has the font and the colours of the panel.
        height: of the slice.
    """

    def __init__(self, painter: Any, label: Any, height: int) -> None:
        self._painter = painter
        self._height = height
        self._ink = label.palette.color(qt.QPalette.WindowText)
        self._font = qt.QFont(label.font)
        self._bold = qt.QFont(label.font)
        self._bold.setBold(True)

    def draw(self, picture: Picture) -> None:
        """All of it."""
        painter = self._painter
        frame = qt.QRect(BORDER, BORDER, WIDTH, self._height)
        painter.drawPixmap(frame, _pixmap(picture.slice))
        for cell in picture.cells:
            self._fill(cell)
        for cell in sorted(picture.cells, key=lambda cell: cell.isBest):
            self._outline(cell)
        for cell in picture.cells:
            if cell.isBest or len(picture.cells) <= MOST_NAMES:  # the others say it on hovering
                self._name(cell)
        self._ring(self._onScreen(picture.ring))
        self._dot(self._onScreen(picture.dot))
        self._letters()
        self._key()

    def _rectangle(self, cell: Cell) -> Any:
        (x, y), (width, tall) = cell.corner, cell.size
        left, top = round(BORDER + WIDTH * x), round(BORDER + self._height * y)
        right = round(BORDER + WIDTH * (x + width))
        return qt.QRect(left, top, right - left, round(BORDER + self._height * (y + tall)) - top)

    def _fill(self, cell: Cell) -> None:
        shade = _colour(SHADES[round(100 * min(max(cell.similarity, 0.0), 1.0))])
        shade.setAlphaF(HEAT)
        self._painter.fillRect(self._rectangle(cell), shade)

    def _outline(self, cell: Cell) -> None:
        colour = _colour(colours.BEST if cell.isBest else colours.BASES)
        self._painter.setBrush(qt.Qt.NoBrush)
        self._painter.setPen(qt.QPen(colour, 3 if cell.isBest else 1))
        self._painter.drawRect(self._rectangle(cell))

    def _name(self, cell: Cell) -> None:
        place = self._rectangle(cell).adjusted(5, 3, 0, 0)
        flags = qt.Qt.AlignLeft | qt.Qt.AlignTop | qt.Qt.TextDontClip
        self._text(place, flags, cell.label, cell.isBest)

    def _onScreen(self, place: Place) -> Any:
        return qt.QPointF(BORDER + WIDTH * place[0], BORDER + self._height * place[1])

    def _ring(self, place: Any) -> None:
        for colour, width in ((qt.QColor(0, 0, 0), 4.5), (_colour(colours.QUERY), 2.5)):
            self._painter.setBrush(qt.Qt.NoBrush)
            self._painter.setPen(qt.QPen(colour, width))
            self._painter.drawEllipse(place, RADIUS, RADIUS)

    def _dot(self, place: Any) -> None:
        self._painter.setPen(qt.QPen(qt.QColor(0, 0, 0), 1.5))
        self._painter.setBrush(qt.QBrush(_colour(colours.PREDICTED)))
        self._painter.drawEllipse(place, DOT, DOT)

    def _letters(self) -> None:
        """How the patient lies, as at the edges of Slicer's views."""
        middle, far = BORDER + self._height / 2, BORDER + WIDTH
        for x, y, letter in (
            (0, middle - BORDER / 2, "R"),
            (far, middle - BORDER / 2, "L"),
            (BORDER + WIDTH / 2 - BORDER / 2, 0, "A"),
            (BORDER + WIDTH / 2 - BORDER / 2, BORDER + self._height, "P"),
        ):
            self._painter.setFont(self._bold)
            self._painter.setPen(qt.QPen(self._ink))
            box = qt.QRectF(x, y, BORDER, BORDER)
            self._painter.drawText(box, qt.Qt.AlignCenter, letter)

    def _key(self) -> None:
        """What colours and marks mean, beside the slice."""
        left, top = 2 * BORDER + WIDTH + KEY_GAP, BORDER
        self._label(left, top, _("Similarity"))
        top += 18
        for row in range(SCALE_HEIGHT):
            share = 1 - row / (SCALE_HEIGHT - 1)
            shade = _colour(SHADES[round(100 * share)])
            self._painter.fillRect(qt.QRect(left, top + row, SCALE_WIDTH, 1), shade)
        for share, text in ((1.0, "1"), (0.5, "0.5"), (0.0, "0")):
            y = top + (1 - share) * (SCALE_HEIGHT - 1)
            self._label(left + SCALE_WIDTH + 6, y - 8, text)
        middle = left + SCALE_WIDTH / 2
        for y, draw, text in (
            (top + SCALE_HEIGHT + 20, self._ring, _("this place")),
            (top + SCALE_HEIGHT + 44, self._dot, _("predicted")),
        ):
            draw(qt.QPointF(middle, y))
            self._label(left + SCALE_WIDTH + 8, y - 8, text)

    def _label(self, x: float, y: float, text: str) -> None:
        self._painter.setFont(self._font)
        self._painter.setPen(qt.QPen(self._ink))
        box = qt.QRectF(x, y, KEY_WIDTH, 16)
        self._painter.drawText(box, qt.Qt.AlignLeft | qt.Qt.AlignVCenter, text)

    def _text(self, place: Any, alignment: int, text: str, isBold: bool) -> None:
        """White, with a dark rim: on any ground."""
        self._painter.setFont(self._bold if isBold else self._font)
        self._painter.setPen(qt.QPen(qt.QColor(0, 0, 0)))
        for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            self._painter.drawText(place.translated(dx, dy), alignment, text)
        self._painter.setPen(qt.QPen(qt.QColor(255, 255, 255)))
        self._painter.drawText(place, alignment, text)


def _colour(rgb: Any) -> Any:
    return qt.QColor(*(round(255 * float(part)) for part in rgb))


def _pixmap(grey: NDArray[np.uint8]) -> Any:
    """uint8 (rows, columns), top row first, as Qt draws it."""
    rows, columns = grey.shape
    image = vtk.vtkImageData()
    image.SetDimensions(columns, rows, 1)
    upwards = np.repeat(grey[::-1].reshape(-1, 1), 3, axis=1)
    image.GetPointData().SetScalars(numpy_to_vtk(upwards, deep=True))
    picture = qt.QImage()
    slicer.qMRMLUtils().vtkImageDataToQImage(image, picture)
    return qt.QPixmap.fromImage(picture)
