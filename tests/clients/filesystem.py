"""A bucket through the file systems: python filesystem.py URL gcsfs|pyarrow|aio. Prints a JSON object verb: result."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from verbs import Verbs

CONTENT = bytes(range(256)) * 8


def with_gcsfs(url: str, verbs: Verbs) -> None:
    # Otherwise it asks Google's own gRPC what kind of bucket it is, and waits.
    os.environ["GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT"] = "false"
    import gcsfs

    files = gcsfs.GCSFileSystem(project="p", token="anon", endpoint_url=url)
    verbs.add("create bucket", lambda: files.mkdir("gfs"), None)
    verbs.add("upload", lambda: bool(files.pipe("gfs/a/1", CONTENT)), True)
    verbs.add("list", lambda: files.ls("gfs/a"), ["gfs/a/1"])
    verbs.add("download", lambda: files.cat("gfs/a/1") == CONTENT, True)
    verbs.add("download a range", lambda: files.cat_file("gfs/a/1", 1, 5), CONTENT[1:5])
    verbs.add("copy", lambda: files.cp_file("gfs/a/1", "gfs/b"), None)
    verbs.add("delete", lambda: files.rm("gfs/a/1"), [None])


def with_pyarrow(url: str, verbs: Verbs) -> None:
    from pyarrow import fs

    files = fs.GcsFileSystem(
        anonymous=True,
        scheme="http",
        endpoint_override=urlsplit(url).netloc,
        project_id="p",
        retry_time_limit=timedelta(seconds=5),
    )
    verbs.add("create bucket", lambda: files.create_dir("arrow"), None)
    verbs.add("upload", lambda: arrow_write(files), None)
    verbs.add("list", lambda: [i.path for i in files.get_file_info(fs.FileSelector("arrow/a"))], ["arrow/a/1"])
    verbs.add("download", lambda: files.open_input_stream("arrow/a/1").read() == CONTENT, True)
    verbs.add("copy", lambda: files.copy_file("arrow/a/1", "arrow/b"), None)
    verbs.add("delete", lambda: files.delete_file("arrow/a/1"), None)


def arrow_write(files: Any) -> None:
    with files.open_output_stream("arrow/a/1") as stream:
        stream.write(CONTENT)


def with_aio(url: str, verbs: Verbs) -> None:
    os.environ["STORAGE_EMULATOR_HOST"] = urlsplit(url).netloc
    loop = asyncio.new_event_loop()

    async def call(method: str, *args: Any, **more: Any) -> Any:
        import aiohttp
        from gcloud.aio.storage import Storage

        async with aiohttp.ClientSession() as session:
            return await getattr(Storage(session=session), method)(*args, **more)

    def done(method: str, *args: Any, **more: Any) -> Any:
        return loop.run_until_complete(call(method, *args, **more))

    verbs.add("upload", lambda: done("upload", "aio", "a/1", CONTENT)["name"], "a/1")
    verbs.add(
        "upload, resumable", lambda: done("upload", "aio", "a/2", CONTENT, force_resumable_upload=True)["name"], "a/2"
    )
    verbs.add("list", lambda: [o["name"] for o in done("list_objects", "aio")["items"]], ["a/1", "a/2"])
    verbs.add("download", lambda: done("download", "aio", "a/1") == CONTENT, True)
    verbs.add("copy", lambda: done("copy", "aio", "a/1", "aio", new_name="b")["resource"]["name"], "b")
    verbs.add("delete", lambda: done("delete", "aio", "a/1"), "")


def main(url: str, kind: str) -> None:
    verbs = Verbs()
    {"gcsfs": with_gcsfs, "pyarrow": with_pyarrow, "aio": with_aio}[kind](url, verbs)
    verbs.show()


main(*sys.argv[1:])
