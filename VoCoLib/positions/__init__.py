"""The position view: where in the body a network believes a point to be.

model.load_position_model, placement.place and view.PositionView; map and search ask at many points.
"""
