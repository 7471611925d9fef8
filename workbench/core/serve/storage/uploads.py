"""Resumable uploads: sessions that survive a restart of the server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from workbench.core.serve.replies import ApiError
from workbench.core.serve.storage.content import Checksums
from workbench.core.serve.storage.object_types import ObjectWrite
from workbench.core.serve.store import TargetStore, new_id, sweep, timestamp

_KEPT: Final = timedelta(days=7)
"""How long a session can be resumed (as in Cloud Storage)."""


class UploadSession(msgspec.Struct, frozen=True):
    """What the client requested when it began. `finished` is the reply of the write that ended it."""

    id: str
    wish: ObjectWrite
    said: Checksums
    finished: str = ""


class Uploads:
    """The sessions of a store; each has a file in `incoming/` whose size is the number of bytes received."""

    def __init__(self, store: TargetStore) -> None:
        self._store = store
        oldest = (datetime.now(UTC) - _KEPT).strftime("%Y-%m-%dT%H:%M:%S")
        with store.transaction() as database:
            database.execute("DELETE FROM uploads WHERE created < ?", (oldest,))
        sweep(store.incoming, (row["id"] for row in store.rows("SELECT id FROM uploads WHERE finished IS NULL")))

    def begin(self, wish: ObjectWrite, said: Checksums) -> UploadSession:
        """A new session with an empty file."""
        session = UploadSession(new_id(), wish, said)
        self.path(session).touch(exist_ok=False)
        request = msgspec.json.encode(session).decode()
        with self._store.transaction() as database:
            database.execute(
                "INSERT INTO uploads VALUES (?, ?, ?, ?, NULL)", (session.id, wish.bucket, request, timestamp())
            )
        return session

    def get(self, upload_id: str) -> UploadSession:
        """The session. Raises `ApiError` 404 for one that never existed, was cancelled or is too old."""
        row = self._store.row("SELECT request, finished FROM uploads WHERE id = ?", upload_id)
        if row is None:
            raise ApiError(404, "No such upload session. Begin the upload again.")
        session = msgspec.json.decode(row["request"], type=UploadSession)
        return msgspec.structs.replace(session, finished=row["finished"] or "")

    def path(self, session: UploadSession) -> Path:
        """The file that receives its bytes."""
        return self._store.incoming / session.id

    def received(self, session: UploadSession) -> int:
        """Bytes received so far."""
        try:
            return self.path(session).stat().st_size
        except FileNotFoundError:
            return 0

    def finish(self, session: UploadSession, reply: str) -> None:
        """Store the reply: a client that did not receive it sends the request again, which must not fail."""
        with self._store.transaction() as database:
            database.execute("UPDATE uploads SET finished = ? WHERE id = ?", (reply, session.id))

    def cancel(self, session: UploadSession) -> None:
        """Delete the session and what it received."""
        with self._store.transaction() as database:
            database.execute("DELETE FROM uploads WHERE id = ?", (session.id,))
        self.path(session).unlink(missing_ok=True)
