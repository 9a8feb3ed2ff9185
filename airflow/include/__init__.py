"""What the DAGs are made of: steps, and the operators that run them.

A DAG imports `factory` (its arguments, and the task of a step), `step` and `settings`; the training pipeline `params`,
too. `contract` says what a step's end means for its task, `containers` and `processes` run it, `run_note` and `notify`
tell people, `assets` say what starts what.

Nothing here imports a service or a library of the workspace: a DAG knows commands, exit codes and URIs.
"""
