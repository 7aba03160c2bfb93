"""`probe-tui serve`: the app in a browser on this machine."""

from __future__ import annotations

import sys
from argparse import Namespace
from importlib.util import find_spec

from probing.errors import SpecError
from probing.logs import logs_folder
from tui.console import output


def serve(given: Namespace) -> int:
    """Print the address and serve until Ctrl-C."""
    if find_spec("textual_serve") is None:
        raise SpecError(
            "serve needs textual-serve", hint="install it with pip install 'probe-tui[serve]'"
        )
    from tui.processes.web_server import HOST, GuardedServer, app_command

    try:
        command = app_command(str(logs_folder(given.logs)), is_ascii=given.ascii is True)
        server = GuardedServer(command, given.port)
    except OSError as error:
        what = f"port {given.port} of {HOST}: {(error.strerror or str(error)).lower()}"
        raise SpecError(what, hint="give another with --port, or --port 0") from None
    output.write_text(server.address)
    sys.stdout.flush()
    print(
        "Open this address on this machine (through ssh -L from another); Ctrl-C ends.",
        file=sys.stderr,
    )
    server.run()
    return 0
