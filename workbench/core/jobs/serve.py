"""The verb about the local target itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def serve(
    host: str,
    port: int,
    root: Path,
    on_ready: Callable[[str], None],
    *,
    style: str = "gcloud",
    queue: int = 128,
    batch: int = 4,
    memory: int = 2 << 30,
    faults: str = "",
    seed: int | None = None,
) -> None:
    """Run the local target until it is told to stop.

    `style`, `queue`, `batch` and `memory` are those of `ServerLimits`; `faults`: rules by which it fails, a file or
    JSON text, drawn by `seed`. Raises as `core.serve.run.serve`, and BAD_FAULTS.
    """
    import msgspec

    from workbench.core.serve.faults import read_faults
    from workbench.core.serve.run import serve as run
    from workbench.core.serve.serving.server_limits import ServerLimits

    wanted = {"style": style, "queue": queue, "batch": batch, "memory": memory}
    quality = msgspec.convert(wanted, ServerLimits)
    run(host, port, root, on_ready, faults=read_faults(faults, seed) if faults else None, quality=quality)
