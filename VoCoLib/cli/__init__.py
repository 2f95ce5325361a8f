"""The commands of `voco`, one file each, and how they talk to a person or a program.

main.main runs the command line.
"""
