"""The REST faces: each turns HTTP into a call of the core and the core's answer into HTTP, and does nothing else."""
