"""Child processes, and who is alive.

json_process.JsonProcess and process_file.ProcessFile.
"""
