"""The embedded setting: every service as a process on this machine, without a container engine; the command `acneflow`.

Read it from `cli` to `lifecycle` (up, status, down) to `services` (what runs, with which settings, and its checks)
and `manager` (supervisord, which runs it). `demo` goes through the whole loop once. No service imports it.
"""
