"""DICOM as the field sends it: the series behind a folder, their voxels and places, and SEG back.

series.find_series, volume.read_series and segmentation.write_seg.
"""
