#!/bin/sh
# Ask the model server over REST, TensorFlow Serving's or the embedded one, with nothing but curl:
#
#     examples/rest_client.sh photo.jpg [http://127.0.0.1:8502] [labels/production | versions/7]
#
# TensorFlow Serving's container has its REST API on port 8501. A photo goes as base64; answers by columns ("inputs")
# hold the classes' names as well, answers by rows ("instances") one entry for each photo.
set -eu

photo=${1:?"usage: $0 photo.jpg [server] [labels/<label> | versions/<number>]"}
server=${2:-http://127.0.0.1:8502}
which=${3:-labels/production}
model=$server/v1/models/${ACNEFLOW_MODEL:-acne}

body=$(mktemp)
trap 'rm -f "$body"' EXIT
{ printf '{"inputs": {"image_bytes": [{"b64": "'; base64 < "$photo" | tr -d '\n'; printf '"}]}}'; } > "$body"

echo "status:"
curl --silent --show-error --fail-with-body "$model/$which"
echo
echo "prediction:"
curl --silent --show-error --fail-with-body --max-time 30 --retry 2 --retry-connrefused \
  --header 'Content-Type: application/json' --data-binary @"$body" "$model/$which:predict"
echo
