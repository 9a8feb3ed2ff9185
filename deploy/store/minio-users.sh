#!/bin/bash
# Makes MinIO's users and gives each its policy; run once, in MinIO's own image, which holds `mc` and bash and little else.
# It may run any number of times: keys that changed in .env take effect.
set -euo pipefail
export MC_CONFIG_DIR=/tmp/mc
secret() { printf '%s' "$(<"/run/secrets/acneflow_$1_key")"; }
mc --quiet alias set store http://store:9000 "$(secret store_access)" "$(secret store_secret)"
for file in /policies/*.json; do
  user=${file##*/} user=${user%.json}
  access=$(secret "${user}_store_access")
  policy=$(<"$file")
  printf '%s' "${policy//'${bucket}'/$ACNEFLOW_BUCKET}" >"/tmp/$user.json"
  mc --quiet admin policy create store "acneflow-$user" "/tmp/$user.json"
  mc --quiet admin user add store "$access" "$(secret "${user}_store_secret")"
  # attaching what is attached is an error to mc
  mc --quiet admin policy attach store "acneflow-$user" --user "$access" ||
    [[ $(mc --quiet admin policy entities store --user "$access") == *"acneflow-$user"* ]]
done
