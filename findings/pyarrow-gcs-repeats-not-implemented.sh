#!/usr/bin/env bash
# pyarrow's GcsFileSystem repeats a request that the server answered with 501 Not Implemented until its retry time is over, and then calls it INTERNAL.
# pyarrow 26.0.1, Python 3.11, Linux x86-64; a server on loopback answers every request with 501. 25.0.1 does the same.
# The retry time is 15 minutes unless retry_time_limit is given, so a feature that an emulator honestly refuses looks like a hanging call.
# Seen (2026-12-01), retry_time_limit of 4 seconds:
#   requests sent: more than one
#   error: INTERNAL, Retry policy exhausted
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv venv || exit 2
venv/bin/pip install --quiet --disable-pip-version-check pyarrow==26.0.1 || exit 2
cat > seen.py <<'PY'
import datetime
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyarrow
from pyarrow import fs

seen = []


class NotImplementedYet(BaseHTTPRequestHandler):
    def do_GET(self):
        seen.append(self.path)
        body = json.dumps({"error": {"code": 501, "message": "not implemented"}}).encode()
        self.send_response(501)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), NotImplementedYet)
threading.Thread(target=server.serve_forever, daemon=True).start()
limit = datetime.timedelta(seconds=4)
files = fs.GcsFileSystem(
    anonymous=True, scheme="http", endpoint_override=f"127.0.0.1:{server.server_port}", retry_time_limit=limit
)
print("pyarrow", pyarrow.__version__)
try:
    files.get_file_info("bucket/object")
    text = "none"
except OSError as error:
    text = str(error)
print("requests sent:", "more than one" if len(seen) > 1 else len(seen))
print("error:", "INTERNAL, Retry policy exhausted" if "INTERNAL: Retry policy exhausted" in text else text[:200])
PY
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=
venv/bin/python seen.py 2> err.txt | tee seen.txt
test "${PIPESTATUS[0]}" = 0 || { cat err.txt; exit 2; }
grep -qxF 'requests sent: more than one' seen.txt && grep -qxF 'error: INTERNAL, Retry policy exhausted' seen.txt || exit 1
