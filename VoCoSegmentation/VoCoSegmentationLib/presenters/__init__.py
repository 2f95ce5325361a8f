"""What the panels decide, without Qt: what is enabled, which sentence is shown, what a press does.

A section of a front end shows a presenter's view() and calls its methods; segmentation, position,
models and devices are the parts, seams is what they need of a front end.
"""
