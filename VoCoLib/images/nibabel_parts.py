"""What VoCo uses of nibabel, imported in a quarter of the time where it is not for others, too."""

from __future__ import annotations

from VoCoLib.processes.own_process import without_packages

with without_packages(frozenset({"pydicom", "scipy"})):  # nibabel tries them out
    import nibabel as nib
    from nibabel import orientations
    from nibabel.filebasedimages import ImageFileError
    from nibabel.freesurfer.mghformat import MGHError
    from nibabel.freesurfer.mghformat import header_dtype as MGH
    from nibabel.nifti1 import header_dtype as NIFTI1
    from nibabel.nifti2 import header_dtype as NIFTI2
    from nibabel.spatialimages import HeaderDataError
    from nibabel.wrapstruct import WrapStructError

__all__ = [
    "MGH",
    "NIFTI1",
    "NIFTI2",
    "HeaderDataError",
    "ImageFileError",
    "MGHError",
    "WrapStructError",
    "nib",
    "orientations",
]
