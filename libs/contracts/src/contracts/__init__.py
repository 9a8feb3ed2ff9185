"""What the services agree on: manifests, object keys, taxonomy, decisions and the step contract.

Read `keys` for where things lie in the store, then the manifests in the order in which data flows: `snapshot` (what a
scrape saw), `dataset`, `run` (with its evaluation, whose parts are in `measures`), `model` (one published version),
`channels` (which version is in production) and `replica` (what a model server holds). `decisions` turns probabilities
into an answer, `steps` is the contract between Airflow and a container.
`access` and `traffic` are what the gateway obeys; `api` is what it takes and answers over HTTP.
`run_parameters` is what a training run can be given, and which sources and networks there are.
Nothing here does I/O beyond standard output.
"""
