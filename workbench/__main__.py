"""`workbench` and `python -m workbench`: runs the command line and turns every error into a sentence."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit code (0, 1, 2, 3 or 130)."""
    from workbench.core.lazy import hush_libraries

    hush_libraries()
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(arguments: list[str]) -> int:
    """Run one command line; the exit code instead of an exception, and no traceback without `--debug`."""
    import click

    from workbench.cli.app import workbench
    from workbench.spec.errors import WorkbenchError

    debug = "--debug" in arguments
    try:
        rest = [a for a in arguments if a != "--debug"]
        with _log_shown() if debug else nullcontext():
            # Not standalone, click returns a command's exit code instead of leaving the process.
            code = workbench.main(rest, prog_name="workbench", standalone_mode=False, obj={"debug": debug})
    except click.ClickException as err:
        err.show()
        return 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nInterrupted.", err=True)
        return 130
    except BrokenPipeError:
        # The reader of our output has closed the pipe (`| head`): no error; keep Python quiet at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except WorkbenchError as err:
        _tell(" ".join([str(err), *getattr(err, "__notes__", [])]), debug)
        return err.exit_code
    except Exception as err:  # noqa: BLE001 - the last line of defence: a fault of ours, still one sentence
        _tell(f"Internal error: {type(err).__name__}: {err} (run again with --debug)", debug)
        return 2
    return code if isinstance(code, int) else 0


@contextmanager
def _log_shown() -> Iterator[None]:
    """Write what the workbench notes of its own doing to stderr: which runtime runs exports, and why."""
    import logging

    log, handler = logging.getLogger("workbench"), logging.StreamHandler()
    handler.setFormatter(logging.Formatter("workbench: %(message)s"))
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.setLevel(level)
        log.removeHandler(handler)


def _tell(sentence: str, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    from workbench.spec.printable import printable

    sys.stderr.write(f"workbench: {printable(sentence)}\n")


if __name__ == "__main__":
    main()
