"""Versions and channels: publishing, promoting, rolling back, listing and comparing, and cleaning up the store.

Imports nothing of the rooms that train and judge, and no TensorFlow.
"""
