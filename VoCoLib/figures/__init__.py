"""Pictures and reports for people.

overview.draw_overview, preview.draw_preview, position.draw_position and the writers of
position_report.
"""
