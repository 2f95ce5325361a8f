"""Slice and 3D views that render off-screen, with Slicer's own logics and displayable managers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray
from vtk.util.numpy_support import vtk_to_numpy

SLICE_MANAGERS = (
    "vtkMRMLCrosshairDisplayableManager",
    "vtkMRMLModelSliceDisplayableManager",
    "vtkMRMLOrientationMarkerDisplayableManager",
    "vtkMRMLRulerDisplayableManager",
    "vtkMRMLScalarBarDisplayableManager",  # window and level by mouse
    "vtkMRMLSegmentationsDisplayableManager2D",
    "vtkMRMLMarkupsDisplayableManager",
    "vtkMRMLTransformsDisplayableManager2D",
    "vtkMRMLColorLegendDisplayableManager",
)
THREE_D_MANAGERS = (
    "vtkMRMLCameraDisplayableManager",
    "vtkMRMLViewDisplayableManager",
    "vtkMRMLModelDisplayableManager",
    "vtkMRMLCrosshairDisplayableManager3D",
    "vtkMRMLOrientationMarkerDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager3D",
    "vtkMRMLMarkupsDisplayableManager",
    "vtkMRMLTransformsDisplayableManager3D",
    "vtkMRMLColorLegendDisplayableManager",
)
SIZE = (400, 400)


class View:
    """A render window with displayable managers; `logic` and `node` are Slicer's."""

    logic: Any
    node: Any

    def __init__(self, factory: Any, managers: Sequence[str]) -> None:
        self.renderer, self.window = vtk.vtkRenderer(), vtk.vtkRenderWindow()
        self.window.SetMultiSamples(0)
        self.window.SetOffScreenRendering(1)
        self.window.ShowWindowOff()
        self.window.SetSize(*SIZE)
        self.window.AddRenderer(self.renderer)
        self.interactor = vtk.vtkRenderWindowInteractor()
        self.interactor.SetRenderWindow(self.window)
        self.interactor.Initialize()
        self.group = slicer.vtkMRMLDisplayableManagerGroup()
        self._factory, self._managers = factory.GetInstance(), managers

    def start_managers(self) -> None:
        """Adds the displayable managers, after all renderers."""
        self._factory.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        for name in self._managers:
            if not self._factory.IsDisplayableManagerRegistered(name):
                self._factory.RegisterDisplayableManager(name)
        self.group.SetRenderer(self.renderer)
        self.group.Initialize(self._factory, self.renderer)

    def changed(self, callback: Callable[[], None]) -> None:
        """Calls back when the view has to be rendered anew."""
        self.group.AddObserver("UpdateEvent", lambda *_: callback())
        self.logic.AddObserver("ModifiedEvent", lambda *_: callback())

    def resize(self, width: int, height: int) -> None:
        """Sets the size in pixels."""
        self.window.SetSize(width, height)
        self.interactor.UpdateSize(width, height)

    def image(self) -> NDArray[np.uint8]:
        """The picture: (rows, columns, RGB), top row first."""
        self.window.Render()
        grab = vtk.vtkWindowToImageFilter()
        grab.SetInput(self.window)
        grab.ReadFrontBufferOff()
        grab.ShouldRerenderOff()
        grab.Update()
        width, height, _ = grab.GetOutput().GetDimensions()
        pixels = vtk_to_numpy(grab.GetOutput().GetPointData().GetScalars())
        return pixels.reshape(height, width, 3)[::-1].copy()

    def mouse(self, event: str, x: int, y: int) -> None:
        """Sends a VTK mouse event; y counts from the bottom."""
        self.interactor.SetEventInformation(x, y, 0, 0)
        self.interactor.InvokeEvent(event)


class SliceView(View):
    """A slice view: `composite` says which volumes it shows."""

    def __init__(self, name: str, orientation: str) -> None:
        super().__init__(slicer.vtkMRMLSliceViewDisplayableManagerFactory, SLICE_MANAGERS)
        overlay = vtk.vtkRenderer()
        overlay.SetLayer(1)
        self.window.SetNumberOfLayers(2)
        self.window.AddRenderer(overlay)
        for renderer in (self.renderer, overlay):
            renderer.GetActiveCamera().ParallelProjectionOn()
        self.start_managers()
        self.logic = slicer.vtkMRMLSliceLogic()
        self.logic.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        slicer.app.applicationLogic().GetSliceLogics().AddItem(self.logic)
        self.logic.SetMRMLScene(slicer.mrmlScene)
        self.node = self.logic.AddSliceNode(name)
        self.node.SetOrientation(orientation)
        self.group.SetMRMLDisplayableNode(self.node)
        self.composite = self.logic.GetSliceCompositeNode()
        self._start_mouse()
        self._start_image()

    def _start_mouse(self) -> None:
        self._style = slicer.vtkMRMLSliceViewInteractorStyle()
        self._style.SetSliceLogic(self.logic)
        self._style.SetDisplayableManagers(self.group)
        self.interactor.SetInteractorStyle(vtk.vtkInteractorStyleUser())
        self._style.SetInteractor(self.interactor)

    def _start_image(self) -> None:
        mapper = vtk.vtkImageMapper()
        mapper.SetColorWindow(255)
        mapper.SetColorLevel(127.5)
        self._actor = vtk.vtkActor2D()
        self._actor.SetMapper(mapper)
        self._actor.GetProperty().SetDisplayLocationToBackground()
        self.renderer.AddViewProp(self._actor)

    def resize(self, width: int, height: int) -> None:
        """Sets the size in pixels."""
        super().resize(width, height)
        self.logic.ResizeSliceNode(width, height)

    def fit(self) -> None:
        """Shows the whole background volume."""
        self.logic.FitSliceToBackground()
        self.logic.SnapSliceOffsetToIJK()

    def image(self) -> NDArray[np.uint8]:
        """The picture: (rows, columns, RGB), top row first."""
        connection = self.logic.GetImageDataConnection()
        self._actor.GetMapper().SetInputConnection(connection)
        self._actor.SetVisibility(connection is not None)
        return super().image()

    def jump(self, ras: Sequence[float]) -> None:
        """Moves the slice to a point in RAS mm, which comes to the centre."""
        self.node.JumpSliceByCentering(*ras)

    def position(self, ras: Sequence[float]) -> tuple[int, int]:
        """Where a point in RAS mm is seen: x and, from the bottom, y in pixels."""
        matrix = vtk.vtkMatrix4x4()
        vtk.vtkMatrix4x4.Invert(self.node.GetXYToRAS(), matrix)
        x, y, _, _ = matrix.MultiplyPoint((*ras, 1))
        return round(x), round(y)

    def colour_at(self, ras: Sequence[float]) -> tuple[int, int, int]:
        """RGB of what is seen at a point in RAS mm, to which the slice moves."""
        self.jump(ras)
        image = self.image()
        x, y = self.position(ras)
        red, green, blue = (int(value) for value in image[len(image) - 1 - y, x])
        return red, green, blue


class ThreeDView(View):
    """A 3D view."""

    def __init__(self, name: str) -> None:
        super().__init__(slicer.vtkMRMLThreeDViewDisplayableManagerFactory, THREE_D_MANAGERS)
        self.renderer.SetUseDepthPeeling(True)
        self.start_managers()
        self.logic = slicer.vtkMRMLViewLogic()
        self.logic.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        slicer.app.applicationLogic().GetViewLogics().AddItem(self.logic)
        self.logic.SetMRMLScene(slicer.mrmlScene)
        self.node = self.logic.AddViewNode(name)
        self.group.SetMRMLDisplayableNode(self.node)
        self._style = slicer.vtkMRMLThreeDViewInteractorStyle()
        self._style.SetDisplayableManagers(self.group)
        self.interactor.SetInteractorStyle(vtk.vtkInteractorStyle3D())
        self._style.SetInteractor(self.interactor)

    def fit(self) -> None:
        """Looks at all there is from the front."""
        manager = "vtkMRMLCameraDisplayableManager"
        camera = self.group.GetDisplayableManagerByClassName(manager).GetCameraNode()
        box, labels = self.node.GetBoxVisible(), self.node.GetAxisLabelsVisible()
        self.node.SetBoxVisible(False)
        self.node.SetAxisLabelsVisible(False)
        bounds = [0.0] * 6
        self.renderer.ComputeVisiblePropBounds(bounds)
        camera.SetFocalPoint(*((bounds[i] + bounds[i + 1]) / 2 for i in (0, 2, 4)))
        camera.RotateTo(slicer.vtkMRMLCameraNode.Anterior)
        self.renderer.ResetCamera()
        self.node.SetBoxVisible(box)
        self.node.SetAxisLabelsVisible(labels)
        self.renderer.ResetCameraClippingRange()
