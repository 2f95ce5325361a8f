"""The catalogue of models, and the way from a name to a network that is ready.

catalogue.Catalogue and loading.load_segmenter.
"""
