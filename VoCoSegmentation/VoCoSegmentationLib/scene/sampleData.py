"""Makes volume nodes of CTs, and offers the synthetic one of the tutorial in Sample Data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray

import VoCoLib
from VoCoSegmentationLib.scene.volumes import voxelView

NAME = "VoCo demo torso"
FILE = f"VoCo-demo-torso-{VoCoLib.__version__}.nrrd"  # Slicer keeps it, for this version
WINDOW, LEVEL = 400, 40  # of soft tissue, HU


def registerSampleData(icons: Path) -> None:
    """Adds the synthetic CT to Sample Data, with its thumbnail from the folder icons."""
    import SampleData

    class DemoSource(SampleData.SampleDataSource):
        """Computed here, so that it needs no network: as a file, once a script asks where it is.

        Slicer calls customDownloader for a press of the button only, not in downloadSample.
        """

        @property
        def uris(self) -> list[str]:
            return [_writeDemoVolume().as_uri()]

        @uris.setter
        def uris(self, _none: list[str]) -> None:
            pass

        def __str__(self) -> str:  # which compares sources, and would make the file
            return NAME

    source = DemoSource(
        sampleName=NAME,
        uris="",
        fileNames=FILE,
        nodeNames=NAME,
        loadFileType="VolumeFile",
        customDownloader=showDemoVolume,
        thumbnailFileName=str(icons / "VoCoDemoTorso.png"),
    )
    sources = SampleData.SampleDataLogic.sampleDataSourcesByCategory().setdefault("VoCo", [])
    if source not in sources:
        sources.append(source)


def _writeDemoVolume() -> Path:
    """The synthetic CT as a file in Slicer's temporary folder, made where it is not yet."""
    path = Path(slicer.app.temporaryPath) / FILE
    if not path.exists():
        scene = slicer.vtkMRMLScene()
        volumeNode = makeDemoVolume(scene)
        unfinished = path.with_name(f"unfinished-{os.getpid()}-{FILE}")
        storageNode = scene.AddNewNodeByClass("vtkMRMLVolumeArchetypeStorageNode")
        storageNode.SetFileName(str(unfinished))
        if not storageNode.WriteData(volumeNode):
            raise OSError(f"{unfinished} could not be written")
        os.replace(unfinished, path)
    return path


def showDemoVolume(source: Any = None) -> slicer.vtkMRMLScalarVolumeNode:
    """Makes the synthetic CT in the application's scene and shows it; source is not used."""
    volumeNode = makeDemoVolume(slicer.mrmlScene)
    slicer.util.setSliceViewerLayers(background=volumeNode, fit=True)
    return volumeNode


def makeDemoVolume(scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLScalarVolumeNode:
    """A synthetic torso CT (3 mm) that the model demo-torso has not seen; takes about a second."""
    from VoCoLib.images.phantom import DEMO_SEED, make_phantom

    phantom = make_phantom(DEMO_SEED)
    return makeVolume(scene, phantom.image, phantom.affine, NAME)


def makeVolume(
    scene: slicer.vtkMRMLScene, voxels: NDArray[Any], affine: NDArray[np.float64], name: str
) -> slicer.vtkMRMLScalarVolumeNode:
    """A volume node of a CT that Slicer has not read itself.

    Args:
        scene: gets the node.
        voxels: (x, y, z) HU, int16 or float32.
        affine: 4x4, index to RAS mm.
        name: of the node.
    """
    image = vtk.vtkImageData()
    image.SetDimensions(voxels.shape)
    image.AllocateScalars(vtk.VTK_SHORT if voxels.dtype == np.int16 else vtk.VTK_FLOAT, 1)
    voxelView(image)[...] = voxels
    volumeNode = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    volumeNode.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(affine))
    volumeNode.SetAndObserveImageData(image)
    volumeNode.CreateDefaultDisplayNodes()
    displayNode = volumeNode.GetDisplayNode()
    displayNode.SetAutoWindowLevel(False)
    displayNode.SetWindowLevel(WINDOW, LEVEL)
    return volumeNode
