"""Offers the synthetic CT of the tutorial in Slicer's module Sample Data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import slicer
import vtk

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
    image = vtk.vtkImageData()
    image.SetDimensions(phantom.image.shape)
    image.AllocateScalars(vtk.VTK_SHORT, 1)
    voxelView(image)[...] = phantom.image
    volumeNode = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", NAME)
    volumeNode.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(phantom.affine))
    volumeNode.SetAndObserveImageData(image)
    volumeNode.CreateDefaultDisplayNodes()
    displayNode = volumeNode.GetDisplayNode()
    displayNode.SetAutoWindowLevel(False)
    displayNode.SetWindowLevel(WINDOW, LEVEL)
    return volumeNode
