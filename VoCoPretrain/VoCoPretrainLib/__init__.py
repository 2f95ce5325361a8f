"""The MRML and Qt side of VoCoPretrain."""
