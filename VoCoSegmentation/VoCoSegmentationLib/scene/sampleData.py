"""Makes volume nodes of CTs, and offers the synthetic one of the tutorial in Sample Data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray

from VoCoSegmentationLib.scene.volumes import voxelView

NAME = "VoCo demo torso"
WINDOW, LEVEL = 400, 40  # of soft tissue, HU


def registerSampleData(icons: Path) -> None:
    """Adds the synthetic CT to Sample Data, with its thumbnail from the folder icons."""
    from SampleData import SampleDataLogic

    SampleDataLogic.registerCustomSampleDataSource(
        category="VoCo",
        sampleName=NAME,
        uris="",  # computed here, so that it needs no network
        nodeNames=NAME,
        customDownloader=showDemoVolume,
        thumbnailFileName=str(icons / "VoCoDemoTorso.png"),
    )


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
