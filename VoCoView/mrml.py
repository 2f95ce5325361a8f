"""Starts the MRML half of Slicer on slicer-core: the scene, its logics, files in and out."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import slicer
import vtk

# Name in slicer.modules: class of the logic.
LOGICS = {
    "subjecthierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
    "units": "vtkSlicerUnitsLogic",
    "volumes": "vtkSlicerVolumesLogic",
    "segmentations": "vtkSlicerSegmentationsModuleLogic",
    "markups": "vtkSlicerMarkupsLogic",
    "models": "vtkSlicerModelsLogic",
    "transforms": "vtkSlicerTransformLogic",
    "tables": "vtkSlicerTablesLogic",
    "plots": "vtkSlicerPlotsLogic",
    "cropvolume": "vtkSlicerCropVolumeLogic",
    "sequences": "vtkSlicerSequencesLogic",
}
# Slicer has these at top level.
ALIASES = {"vtkSegmentationCorePython": "vtkSegmentationCore", "mrml": "MRMLCore"}


class Mrml:
    """The scene with the logics that Slicer's modules would add.

    Args:
        folder: Private folder for temporary files and the cache, which Slicer prunes by itself.
    """

    def __init__(self, folder: Path) -> None:
        for name, module in ALIASES.items():
            sys.modules.setdefault(name, importlib.import_module(f"slicer_core.{module}"))
        self.folder = folder
        self.scene = slicer.vtkMRMLScene()
        self.scene.SetRootDirectory(str(folder))
        self.application_logic = slicer.vtkSlicerApplicationLogic()
        self.application_logic.SetMRMLScene(self.scene)
        self.application_logic.SetTemporaryPath(str(folder))
        (folder / "ColorFiles").mkdir()  # of which slicer-core has none
        self.application_logic.SetHomeDirectory(str(folder))
        self.application_logic.SetShareDirectory(".")
        self._start_files()
        self._start_views()
        self.logics = {"colors": self._colours()}
        for name, cls in LOGICS.items():
            self.logics[name] = self._logic(cls)
        slicer.mrmlScene = self.scene

    def _start_files(self) -> None:
        cache = self.folder / "cache"
        cache.mkdir()
        self._remote, self._data = slicer.vtkMRMLRemoteIOLogic(), slicer.vtkDataIOManagerLogic()
        self._remote.SetMRMLScene(self.scene)
        self._remote.GetCacheManager().SetRemoteCacheDirectory(str(cache))
        self._data.SetMRMLApplicationLogic(self.application_logic)
        self.application_logic.SetMRMLSceneDataIO(self.scene, self._remote, self._data)

    def _start_views(self) -> None:
        crosshair = slicer.vtkMRMLCrosshairNode()
        crosshair.SetCrosshairName("default")
        self.scene.AddNode(crosshair)
        self.application_logic.SetSliceLogics(vtk.vtkCollection())
        self.application_logic.SetViewLogics(vtk.vtkCollection())
        slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(self.scene, True)

    def _colours(self) -> Any:
        logic = slicer.vtkSlicerColorLogic()
        logic.SetMRMLApplicationLogic(self.application_logic)
        self.application_logic.SetColorLogic(logic)
        self.application_logic.SetModuleLogic("Colors", logic)
        logic.SetMRMLScene(self.scene)
        return logic

    def _logic(self, cls: str) -> Any:
        logic = getattr(slicer, cls)()
        logic.SetMRMLApplicationLogic(self.application_logic)
        logic.SetMRMLScene(self.scene)
        name = cls.removeprefix("vtkSlicer").removesuffix("Logic").removesuffix("Module")
        self.application_logic.SetModuleLogic(name, logic)
        return logic
