"""SwinUNETR, and reading and writing its weights.

swin_unetr.build_network, loading.load_encoder and load_segmentation_network,
checkpoints.read_checkpoint and save_checkpoint.
"""
