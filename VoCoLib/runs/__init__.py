"""Run folders, which any process can read, and the queue of a device.

folder.RunFolder, summary.summarise and device_queue.DeviceQueue.
"""
