"""Open the file system of fsspec that a URL asks for; a package that lacks is one line.

Addresses, keys and other options are those of each store's own tools: environment variables such
as `AWS_ENDPOINT_URL` and `AWS_PROFILE`, their config files, and those of fsspec.
"""

from __future__ import annotations

from typing import Any

from probing.errors import SpecError, nearest
from probing.stores.urls import scheme_of

PACKAGES = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs"}
_USUAL = ("s3", "gs", "file", "abfs")
_CONNECT_S, _READ_S = 5, 60
# every request of an upload in parts is made again by itself: all of it would hardly ever succeed
_BOTO = {
    "connect_timeout": _CONNECT_S,
    "read_timeout": _READ_S,
    "retries": {"mode": "standard", "total_max_attempts": 3},
}


def file_system(url: str) -> Any:
    """The file system of `url`; raises `SpecError` where its kind is unknown or not installed."""
    scheme = scheme_of(url)
    try:
        import fsspec  # 0.1 s, and a store's own package up to 1 s: only those with a URL pay
    except ImportError:
        raise _lacking(url, "fsspec") from None
    try:
        kind = fsspec.get_filesystem_class(scheme)
    except ValueError:
        what, known = f"{scheme}:// is no kind of store that is known", nearest(scheme, _USUAL)
        raise SpecError(what, where=url, hint=f"{known}; use such as s3://BUCKET/FOLDER") from None
    except ImportError:
        raise _lacking(url, PACKAGES.get(scheme, f"the package for {scheme}://")) from None
    options: dict[str, Any] = {"use_listings_cache": False}
    if PACKAGES.get(scheme) == "s3fs":
        options["config_kwargs"] = _BOTO
    if scheme in ("file", "local"):
        options["auto_mkdir"] = True
    opened = kind(**options)
    if PACKAGES.get(scheme) == "s3fs":
        opened.retries = 1  # botocore does that, and this program
    return opened


def _lacking(url: str, package: str) -> SpecError:
    extra = 'install it: pip install "probe-tui[remote]"'
    hint = extra if package in ("fsspec", "s3fs") else f"install it: pip install {package}"
    return SpecError(f"needs {package}, which is not installed", where=url, hint=hint)
