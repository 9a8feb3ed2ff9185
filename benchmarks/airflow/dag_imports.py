"""How long Airflow takes to import the DAGs, as a line of JSON; a process of Airflow's environment."""

import json
import sys
import time

from airflow.dag_processing.dagbag import DagBag

began, cpu_began = time.perf_counter(), time.process_time()
bag = DagBag(sys.argv[1])
seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
if bag.import_errors:
    sys.exit(str(bag.import_errors))
print(json.dumps({"dags": len(bag.dags), "seconds": round(seconds, 3), "cpu_seconds": round(cpu_seconds, 3)}))
