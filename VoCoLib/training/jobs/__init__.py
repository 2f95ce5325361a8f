"""Trainings that outlive whoever starts them.

background.RunJobs starts and stops them, trial.try_training tells beforehand what they take.
"""
