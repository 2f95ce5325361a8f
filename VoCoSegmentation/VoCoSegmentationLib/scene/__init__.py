"""Reading from and writing to the MRML scene: volumes, segmentations, and the position view."""
