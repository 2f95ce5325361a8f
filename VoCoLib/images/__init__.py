"""CTs and label maps on disk, and their grids in patient space.

volumes.read_volume, segmentation_files.write_segmentation and geometry.resampling.
"""
