"""What the DAGs are made of: steps, and the operators that run them.

Nothing here imports a service or a library of the workspace: a DAG knows commands, exit codes and URIs.
"""
