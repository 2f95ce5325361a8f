"""What is asked of the worker, one after the other: queue.JobQueue and the jobs for it."""
