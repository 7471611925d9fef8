#!/usr/bin/env bash
# google-cloud-storage repeats an upload with if_generation_match=0 after a 503 and then reports PreconditionFailed for the object that its first attempt stored.
# google-cloud-storage 3.17.1, Python 3.11, Linux x86-64; a server on loopback stores the first upload and answers it with 503.
# The precondition is what makes the client think that repeating is safe. Whoever takes 412 for 'somebody else was first' fails on his own success;
# telling them apart takes the object's checksum (crc32c) or metadata of one's own.
# Seen (2026-12-01):
#   uploads sent: 2; stored by the first: True
#   the caller gets: PreconditionFailed
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv venv || exit 2
venv/bin/pip install --quiet --disable-pip-version-check google-cloud-storage==3.17.1 || exit 2
cat > seen.py <<'PY'
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.api_core.exceptions import GoogleAPICallError
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

stored, sent = [], []


class Bucket(BaseHTTPRequestHandler):
    def do_GET(self):
        self.reply(404, {"error": {"code": 404, "message": "no"}})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        sent.append(body)
        if stored:
            self.reply(412, {"error": {"code": 412, "message": "At least one of the pre-conditions you specified did not hold."}})
        else:
            stored.append(body)
            self.reply(503, {"error": {"code": 503, "message": "Backend error"}})

    def reply(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = storage.Client(
    project="p", credentials=AnonymousCredentials(), client_options={"api_endpoint": f"http://127.0.0.1:{server.server_port}"}
)
print("google-cloud-storage", storage.__version__)
try:
    client.bucket("b").blob("o").upload_from_string(b"content", if_generation_match=0)
    seen = "success"
except GoogleAPICallError as error:
    seen = type(error).__name__
print(f"uploads sent: {len(sent)}; stored by the first: {bool(stored) and b'content' in stored[0]}")
print("the caller gets:", seen)
PY
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=
venv/bin/python seen.py 2> err.txt | tee seen.txt
test "${PIPESTATUS[0]}" = 0 || { cat err.txt; exit 2; }
grep -qxF 'uploads sent: 2; stored by the first: True' seen.txt && grep -qxF 'the caller gets: PreconditionFailed' seen.txt || exit 1
