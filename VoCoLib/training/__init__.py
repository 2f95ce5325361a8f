"""The training loop and what pre-training and fine-tuning have in common.

loop.train is the loop, run.run_training the run around it.
"""
