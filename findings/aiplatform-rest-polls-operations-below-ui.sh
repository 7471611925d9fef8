#!/usr/bin/env bash
# google-cloud-aiplatform over REST asks for a long-running operation at /ui/{name} and not at the documented /v1/{name}.
# google-cloud-aiplatform 2.7.0, Python 3.11, Linux x86-64; a server on loopback answers every request and notes its path.
# A stand-in for the service that serves the documented /v1/{name} alone makes Model.upload, deploy and every other long operation fail with 404 in the official client.
# Seen (2026-12-01):
#   GET /ui/projects/p/locations/us-central1/operations/1
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv venv || exit 2
venv/bin/pip install --quiet --disable-pip-version-check google-cloud-aiplatform==2.7.0 || exit 2
cat > seen.py <<'PY'
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.auth.credentials import AnonymousCredentials
from google.cloud import aiplatform
from google.cloud.aiplatform_v1.services.model_service.transports.rest import ModelServiceRestTransport

paths = []
NAME = "projects/p/locations/us-central1/operations/1"


class Service(BaseHTTPRequestHandler):
    def do_GET(self):
        paths.append(self.path.partition("?")[0])
        body = json.dumps({"name": NAME, "done": True}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
transport = ModelServiceRestTransport(
    host=f"127.0.0.1:{server.server_port}", credentials=AnonymousCredentials(), url_scheme="http"
)
transport.operations_client.get_operation(NAME)
print("google-cloud-aiplatform", aiplatform.__version__)
for path in paths:
    print("GET", path)
PY
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=
venv/bin/python seen.py 2> err.txt | tee seen.txt
test "${PIPESTATUS[0]}" = 0 || { cat err.txt; exit 2; }
grep -qxF 'GET /ui/projects/p/locations/us-central1/operations/1' seen.txt || exit 1
