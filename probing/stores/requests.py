"""Requests to a store: made again a few times where they fail, and told in one line in the end."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from probing.errors import SpecError, StoreError, in_one_line
from probing.stores.urls import scheme_of

Result = TypeVar("Result")

TRIES = 4
FIRST_WAIT_S = 0.25
_NO_KEYS = ("NoCredentialsError", "PartialCredentialsError", "DefaultCredentialsError")
_FINAL = (FileNotFoundError, PermissionError, NotADirectoryError, IsADirectoryError, ImportError)
_KEYS = {
    "s3fs": "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    "gcsfs": "set GOOGLE_APPLICATION_CREDENTIALS, or run gcloud auth application-default login",
}


def asked(work: Callable[[], Result], url: str, tries: int = TRIES) -> Result:
    """What `work` returns, called up to `tries` times with growing waits.

    Raises `FileNotFoundError` for what is not there, `SpecError` for keys that are missing or
    refused, and `StoreError` where the store goes on failing.
    """
    for attempt in range(1, tries + 1):
        try:
            return work()
        except FileNotFoundError:
            raise
        except Exception as error:
            if is_final(error) or attempt == tries:
                raise told(error, url) from error
        # not all at once, where many workers saw the same failure
        time.sleep(FIRST_WAIT_S * 2 ** (attempt - 1) * (0.5 + random.random()))
    raise AssertionError("no try was made")


def is_final(error: BaseException) -> bool:
    """Whether the same request would fail in the same way."""
    return any(isinstance(one, _FINAL) or _lacks_keys(one) for one in _chain(error))


def told(error: BaseException, url: str) -> SpecError | StoreError:
    """The line for a request that failed for good."""
    from probing.stores.file_systems import PACKAGES

    hint = _KEYS.get(PACKAGES.get(scheme_of(url), ""), "check who may read and write there")
    if any(map(_lacks_keys, _chain(error))):
        return SpecError("no credentials were found for it", where=url, hint=hint)
    if any(isinstance(one, PermissionError) for one in _chain(error)):
        what = f"is refused ({_told(error)})"
        return SpecError(what, where=url, hint=f"check the bucket and the credentials: {hint}")
    hint = "check the network and the address"
    if scheme_of(url) in ("s3", "s3a"):
        hint += " ($AWS_ENDPOINT_URL where it is not Amazon's)"
    return StoreError(f"does not answer as it should ({_told(error)})", where=url, hint=hint)


def _told(error: BaseException) -> str:
    return in_one_line(error, 160)


def _lacks_keys(error: BaseException) -> bool:
    return type(error).__name__ in _NO_KEYS


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
