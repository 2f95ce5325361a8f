"""VoCo's pre-training, from unlabelled CTs to a model.

settings.settings_from and run.pretrain.
"""
