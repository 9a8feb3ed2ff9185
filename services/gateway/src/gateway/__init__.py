"""REST in, gRPC out; starts and follows training runs.

A room for each thing people ask for, named after its path: `predict`, `batch`, `open_inference`, `models`, `datasets`,
`runs`, `feedback`, `drift`, `airflow`; `http` is what every request passes, `store` the object store on an event loop.
"""
