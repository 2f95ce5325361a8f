"""The MRML and Qt side of VoCoSegmentation."""
