"""Commands around the app: its config, its tour, the browser, the shell's completion."""

from __future__ import annotations

from typing import Any

from tui.arguments.parser import command
from tui.arguments.values import a_port

SHELLS = ("bash", "zsh", "fish")
PORT = 8642


def add_config(commands: Any) -> None:
    meaning = "Show the config file: keys, theme, folders"
    parser = command(commands, "config", "of_app.config:show", meaning, logs=False)
    actions = parser.add_subparsers(metavar="ACTION", dest="action")
    for name, run, said in (
        ("path", "of_app.config:path", "Print where the config file lies"),
        ("show", "of_app.config:show", "Print what is set, and what is wrong there"),
        (
            "init",
            "of_app.config:init",
            "Write a config file with every key, all as they are by default",
        ),
    ):
        command(actions, name, run, said, logs=False)


def add_tour(commands: Any) -> None:
    command(commands, "tour", "of_app.app:tour", "Open the app with a tour of two minutes")


def add_serve(commands: Any) -> None:
    meaning = "Show the app in a browser on this machine, behind a secret address"
    add = command(commands, "serve", "of_app.serve:serve", meaning).add_argument
    add("--port", metavar="PORT", type=a_port, default=PORT, help=f"default: {PORT}; 0: a free one")


def add_completion(commands: Any) -> None:
    meaning = "Print what makes a shell complete commands, options and names"
    parser = command(commands, "completion", "of_app.completion:script", meaning, logs=False)
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help="bash, zsh or fish")
