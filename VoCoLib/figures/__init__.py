"""Pictures and reports for people.

overview.draw_overview, position.draw_position and the writers of position_report.
"""
