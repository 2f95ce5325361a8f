"""VoCo itself: grid of base crops, position labels, objective, and how crops are drawn.

base_grid.BaseGrid, objective, student_teacher.VoCoV1 and VoCoV2, presets.PRESETS.
"""
