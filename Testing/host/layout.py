"""The main window: a module's panel beside axial, coronal, sagittal and 3D views."""

# ruff: noqa: N802, N815 - Qt's and Slicer's names
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import slicer
from PySide6 import QtCore, QtGui, QtTest, QtWidgets

from host.interaction import drawing
from host.pythonqt import unknown
from VoCoView.views import SliceView, ThreeDView, View

# layouts of plots and tables in whose XML no 3D view is
WITHOUT_3D = (
    slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpTableView,
    slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpPlotView,
    slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpPlotTableView,
    slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpPlotView,
)
PAIR = ("Red", "Yellow")  # of the layout of two
SLICES = {"Red": "Axial", "Green": "Coronal", "Yellow": "Sagittal"}


class MainWindow(QtWidgets.QMainWindow):
    """slicer.util.mainWindow()."""

    def __init__(self) -> None:
        super().__init__()
        self.objectName, self.windowTitle = "qSlicerMainWindow", "Slicer"
        self._splitter, self._panel = QtWidgets.QSplitter(), QtWidgets.QScrollArea()
        self._panel.widgetResizable = True
        self._splitter.addWidget(self._panel)
        self.setCentralWidget(self._splitter)
        self.resize(480, 900)

    def moduleSelector(self) -> MainWindow:
        """In Slicer a tool bar of the window."""
        return self

    def selectModule(self, name: str) -> None:
        """Leaves the module that is shown and enters this one."""
        frame = slicer.app.moduleManager().module(name).widgetRepresentation()
        before = self._panel.widget()
        if before is frame:
            return
        if before is not None:
            before.exit()
            self._panel.takeWidget().hide()
        self._panel.setWidget(frame)
        frame.show()
        frame.enter()

    def show_views(self, views: QtWidgets.QWidget) -> None:
        """Shows the views beside the panel."""
        self._splitter.addWidget(views)
        self.resize(1280, 900)
        self._splitter.setSizes([460, 820])


class ViewWidget(QtWidgets.QLabel):
    """Shows an off-screen view and passes the mouse on to it; a slice or 3D widget of Slicer."""

    def __init__(self, view: View) -> None:
        super().__init__()
        self.view = view
        self.setMinimumSize(64, 64)
        self.mouseTracking = True
        self._timer = QtCore.QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._render)
        view.changed(self._timer.start)

    def _render(self) -> None:
        with drawing():
            image = self.view.image()
        height, width, _ = image.shape
        form = QtGui.QImage.Format_RGB888
        picture = QtGui.QImage(image.tobytes(), width, height, 3 * width, form)
        self.pixmap = QtGui.QPixmap.fromImage(picture)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        self.view.resize(self.width, self.height)
        self._timer.start()

    def _send(self, name: str, event: QtGui.QMouseEvent) -> None:
        position = event.position()
        self.view.mouse(name, int(position.x()), self.height - 1 - int(position.y()))

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        self._send("MouseMoveEvent", event)

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        self._send(f"{event.button().name}PressEvent", event)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        self._send(f"{event.button().name}ReleaseEvent", event)

    def __getattr__(self, name: str) -> Any:
        unknown(type(self.view).__name__, name)

    def sliceLogic(self) -> Any:
        return self.view.logic

    def mrmlSliceNode(self) -> Any:
        return self.view.node

    def threeDView(self) -> ViewWidget:
        return self

    def click_at(self, ras: Sequence[float]) -> None:
        """Clicks in a slice widget on a point in RAS mm, to which the slice moves."""
        self.view.jump(ras)
        x, y = self.view.position(ras)
        place = QtCore.QPoint(x, self.height - 1 - y)
        QtTest.QTest.mouseMove(self, place)
        QtTest.QTest.mouseClick(self, QtCore.Qt.LeftButton, pos=place)

    def resetFocalPoint(self) -> None:
        """Looks at all there is in a 3D view."""
        self.view.fit()


class LayoutManager(QtCore.QObject):
    """slicer.app.layoutManager(); four views, or two of them; it notes other layouts."""

    threeDViewCount = 1

    def __init__(self) -> None:
        super().__init__()
        self._node = slicer.mrmlScene.AddNode(slicer.vtkMRMLLayoutNode())
        self._slices = {n: ViewWidget(SliceView(n, where)) for n, where in SLICES.items()}
        self._three_d = ViewWidget(ThreeDView("View1"))
        self._node.AddObserver("ModifiedEvent", lambda *_: self._map_views())
        self._viewport = QtWidgets.QWidget()
        self._grid = grid = QtWidgets.QGridLayout(self._viewport)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(2)
        grid.addWidget(self._slices["Red"], 0, 0)
        grid.addWidget(self._three_d, 0, 1)
        grid.addWidget(self._slices["Green"], 1, 0)
        grid.addWidget(self._slices["Yellow"], 1, 1)
        self.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
        self._map_views()

    layout = QtCore.Property(
        int,
        lambda self: self._node.GetViewArrangement(),
        lambda self, layout: self.setLayout(layout),
    )

    def setLayout(self, layout: int) -> None:
        """Notes the layout in the scene's layout node."""
        self._node.SetViewArrangement(layout)

    def _map_views(self) -> None:
        """Shows the views of the layout and tells their nodes, as Slicer's manager does."""
        layout = self._node.GetViewArrangement()
        is_pair = layout == slicer.vtkMRMLLayoutNode.SlicerLayoutSideBySideView
        for name, widget in self._slices.items():
            widget.setVisible(not is_pair or name in PAIR)
            widget.view.node.SetMappedInLayout(not is_pair or name in PAIR)
        self._three_d.setVisible(not is_pair)
        self._three_d.view.node.SetMappedInLayout(not is_pair and layout not in WITHOUT_3D)
        self._grid.addWidget(self._slices["Yellow"], *((0, 1) if is_pair else (1, 1)))

    def viewport(self) -> QtWidgets.QWidget:
        return self._viewport

    def sliceViewNames(self) -> list[str]:
        return list(self._slices)

    def sliceWidget(self, name: str) -> ViewWidget:
        return self._slices[name]

    def threeDWidget(self, index: int) -> ViewWidget:
        return self._three_d

    def mrmlSliceLogics(self) -> Any:
        return slicer.app.applicationLogic().GetSliceLogics()

    def resetSliceViews(self) -> None:
        """Shows the whole background volume."""
        for widget in self._slices.values():
            widget.view.fit()

    def resetThreeDViews(self) -> None:
        """Looks at all there is in 3D."""
        self._three_d.view.fit()
