"""The entry point: run the command; turn an error into one line and an exit code."""

from __future__ import annotations

import gc
import os
import sys
from argparse import Namespace
from collections.abc import Sequence

from probing.computing import end_quickly
from probing.errors import ProbingError, SpecError
from tui import arguments
from tui.texts.output_gate import gated

INTERRUPTED = 130
PIPE_CLOSED = 141
_APP = "tui.commands.of_app.app:"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    _open_closed_files()
    if "_ARGCOMPLETE" in os.environ:  # a shell asks how a line could go on
        from tui.commands.of_app.completion import answer

        answer()
    gc.disable()  # of what is imported nothing is garbage: to look at it takes a tenth of a start
    end_quickly()
    try:
        with gated():
            return _main(argv)
    finally:
        gc.enable()


def _open_closed_files() -> None:
    """Open what is closed of the three standard files: another file would take its place."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


def _main(argv: Sequence[str] | None) -> int:
    debug = "--debug" in (sys.argv[1:] if argv is None else argv)
    try:
        code = _run(arguments.read(argv))
        sys.stdout.flush()
        return code
    except SystemExit as done:  # --help
        return int(done.code or 0)
    except ProbingError as error:
        return _told(str(error), error.exit_code, debug)
    except KeyboardInterrupt:
        return _told("interrupted", INTERRUPTED, debug)
    except BrokenPipeError:
        # the reader left; what is still buffered must not raise again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except OSError as error:
        what = f"{error.filename or 'standard output'}: {error.strerror or error}"
        return _told(what, 1, debug)
    except Exception as error:
        what = f"internal error: {type(error).__name__}: {error}"
        hint = "" if debug else "; run again with --debug"
        return _told(what + hint, 1, debug)


def _run(given: Namespace) -> int:
    from importlib import import_module

    if given.version:
        from importlib.metadata import version  # 0.03 s

        print(f"probe-tui {version('probe-tui')}")
        return 0
    if given.batch is not None:
        if given.command:
            raise SpecError(f"--batch cannot be combined with the command {given.command!r}")
        given.run = "tui.commands.of_runs.batch:batch"
    elif given.command is None:
        _only_for_batch(given)
    _configure(given)
    module, _, function = given.run.partition(":")
    command = getattr(import_module(module), function)
    if not given.run.startswith(_APP):  # which does so itself, once it shows what it opened with
        gc.enable()
    return int(command(given))


def _configure(given: Namespace) -> None:
    """Take defaults from the config file; the app tells itself what is wrong there."""
    from tui.config.defaults import apply_defaults
    from tui.texts.sanitiser import clean

    given.config = apply_defaults(given)
    if not given.run.startswith(_APP):
        for line in given.config.problems:
            print(f"probe-tui: {clean(line)}", file=sys.stderr)


def _only_for_batch(given: Namespace) -> None:
    for name in ("detach", "dry_run", "json", "set"):
        if getattr(given, name):
            option = f"--{name.replace('_', '-')}"
            option += " (--ray, --workers)" if name == "set" else ""
            raise SpecError(f"{option} needs a spec", hint="add --batch SPEC")


def _told(message: str, code: int, debug: bool) -> int:
    from tui.texts.sanitiser import clean

    if debug:
        import traceback

        lines = traceback.format_exc().splitlines()
        print("\n".join(map(clean, lines)), file=sys.stderr)
    print(f"probe-tui: {clean(' '.join(message.split()))}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
