"""Logs in an object store: run folders on this machine that are sent there and fetched from there.

A store has the files of each run under `RUN/`, and what is new of its events in parts under
`RUN/events/`. A small head, `.runs/RUN.json`, names them all with their SHA-256 and is written
after them: whoever reads the head finds what it names, and one listing of heads tells what
changed in any run.
"""
