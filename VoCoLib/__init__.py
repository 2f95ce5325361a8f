"""VoCo (volume contrast) for CT: segmentation, position and pre-training without Slicer."""

__version__ = "0.1.0"
