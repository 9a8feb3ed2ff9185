"""Steps as processes on this machine: the operator, and the process group that it starts and ends."""
