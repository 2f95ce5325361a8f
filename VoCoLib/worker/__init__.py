"""The warm child process that segments and answers for a panel, and its client.

client.WorkerClient starts and drives it; requests and positions say what it can be asked.
"""
