"""Where training volumes come from, and whether they can be used.

datasets.find_cases, inspection.inspect_cases and cache.VolumeCache.
"""
