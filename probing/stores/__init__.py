"""Object stores behind URLs such as `s3://bucket/folder`; nothing is loaded without one."""

from probing.stores.object_store import Listed, ObjectStore, open_store
from probing.stores.urls import is_url, local_cache

__all__ = ["Listed", "ObjectStore", "is_url", "local_cache", "open_store"]
