"""Fine-tuning, from labelled CTs to a model that segments.

settings.settings_from and run.finetune.
"""
