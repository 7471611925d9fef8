"""One step of bench_growth in a process of its own, so that its peak of memory is its own: WAY IMAGES OUTPUT."""

from __future__ import annotations

import json
import logging
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from workbench.core import jobs
from workbench.core.export.resolve import export_for
from workbench.spec.resources import resource as shipped

TWO = ("--direct_running_mode=multi_processing", "--direct_num_workers=2")


def work_of(way: str, images: Path, output: Path) -> Callable[[], object]:
    """The step; what is made ready here is not timed."""
    what, _, where = way.partition(" ")
    arguments = TWO if where == "Beam 2" else ()
    if what == "prepare":
        if where == "local":
            return lambda: jobs.prepare([images], output / "a.tfrecord", values={}, features={})
        return lambda: jobs.prepare_pipeline(
            [str(images)], f"{output}/a.tfrecord", runner="local", arguments=arguments, values={}
        )
    export = export_for(Path(str(shipped("sample", "project.toml"))))
    if where == "local":
        return lambda: jobs.predict_to_files(
            export, [images], output / "a.jsonl", format="jsonl", values={}, features={}
        )
    return lambda: jobs.predict_pipeline(
        export, [str(images)], f"{output}/a.jsonl", runner="local", arguments=arguments, values={}
    )


def main(way: str, images: str, output: str) -> None:
    """Print seconds, processor seconds (with the start) and peak megabytes, worker processes included, as JSON."""
    logging.disable(logging.WARNING)
    work = work_of(way, Path(images), Path(output))
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    processor = sum(one.ru_utime + one.ru_stime for one in used)
    print(json.dumps({"seconds": seconds, "processor": processor, "megabytes": max(u.ru_maxrss for u in used) / 1024}))


if __name__ == "__main__":
    main(*sys.argv[1:])
