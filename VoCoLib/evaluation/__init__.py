"""Scores of label maps, and measures of what they show.

scores.evaluate, files.score_case and statistics.measure.
"""
