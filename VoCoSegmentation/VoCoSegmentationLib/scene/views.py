"""Which CT the slice views show."""

from __future__ import annotations

import slicer


def bringIntoViews(volumeNode: slicer.vtkMRMLScalarVolumeNode) -> bool:
    """Shows a CT in the slice views, unless one of them shows it.

    What lay over the other patient goes, too.

    Returns:
        whether the views had to be changed.
    """
    scene = volumeNode.GetScene()
    composites = slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode", scene)
    layers = {c.GetBackgroundVolumeID() for c in composites}
    layers |= {c.GetForegroundVolumeID() for c in composites if c.GetForegroundOpacity() > 0}
    if not composites or volumeNode.GetID() in layers:
        return False
    slicer.util.setSliceViewerLayers(background=volumeNode, foreground=None, label=None, fit=True)
    return True
