"""What the services agree on: manifests, object keys, taxonomy, decisions and the step contract.

Read `keys` for where things lie in the store, then the manifests in the order in which data flows: `snapshot` (what a
scrape saw), `dataset`, `run` (with its evaluation, whose parts are in `measures`) and `models` (published versions,
their channels, who serves them, how their probabilities become answers). `steps` is the contract between Airflow and a
container, `access` says who may call the gateway, and `api` what it takes and answers over HTTP.
`run_parameters` is what a training run can be given, and which sources and networks there are.
Nothing here does I/O beyond standard output.
"""
