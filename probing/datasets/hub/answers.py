"""What the client of the hub raises, as lines that say what helps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from probing.errors import DatasetError, in_one_line

_SIGN_IN = "accept its terms on its page, then run: hf auth login"


class UnreachableError(DatasetError):
    """The hub does not answer."""


def _first_cause(error: BaseException) -> BaseException:
    """What went wrong first: the client's own errors tell of its cache."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


@contextmanager
def refusals(repo: str, revision: str | None) -> Iterator[None]:
    """Raises `DatasetError` for whatever the client of the hub raises inside."""
    from huggingface_hub import errors

    where = f"hub:{repo}"
    try:
        yield
    except DatasetError:
        raise
    except errors.GatedRepoError as error:
        what = f"access is restricted ({error.response.status_code})"
        raise DatasetError(what, where=where, hint=_SIGN_IN) from error
    except errors.RevisionNotFoundError as error:
        what = f"has no revision {revision!r}" if revision else "has no main branch"
        hint = 'set revision = "main", a tag or a commit'
        raise DatasetError(what, where=where, hint=hint) from error
    except errors.RepositoryNotFoundError as error:
        hint = "check hub:OWNER/NAME; for a private one run: hf auth login"
        raise DatasetError("the hub has no such dataset", where=where, hint=hint) from error
    except errors.RemoteEntryNotFoundError as error:
        what, hint = "a file is gone from the hub", "set revision to a commit that has it"
        raise DatasetError(what, where=where, hint=hint) from error
    except errors.HfHubHTTPError as error:
        code = error.response.status_code
        if code in (401, 403):
            what = f"access is refused ({code})"
            raise DatasetError(what, where=where, hint=_SIGN_IN) from error
        raise UnreachableError(f"the hub answers {code}", where=where, hint="try again") from error
    except Exception as error:  # the client's many network errors share no ancestor
        what = f"the hub cannot be reached ({in_one_line(_first_cause(error), 120)})"
        hint = "check the network; what was fetched before is read with HF_HUB_OFFLINE=1"
        raise UnreachableError(what, where=where, hint=hint) from error
