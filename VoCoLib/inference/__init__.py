"""From a CT to a label map, within the memory there is.

segmentation.Segmenter for arrays, batch.segment_files for files, forecast.forecast beforehand.
"""
