"""What every request passes: the app, access, limits, errors as problem documents, the log and the metrics.

Knows no domain but to mount its routes; every other room may import it.
"""
