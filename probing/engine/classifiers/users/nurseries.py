"""Give users' classes a nursery to be fitted in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from probing.engine.classifiers.protocol import Classifier, kind_of
from probing.engine.classifiers.users.block_fits import UserClass
from probing.engine.classifiers.users.workers import child
from probing.engine.classifiers.users.workers.nursery import Nursery


def _prepare(classifiers: Sequence[UserClass]) -> None:
    """Load what networks need, while the run loads its model: 1 s, which each worker would pay."""
    if any(kind_of(one.cls) == "MultiStepOpt" for one in classifiers):
        import torch

        from probing.engine.classifiers.users.stacks import joint_training  # noqa: F401

        torch.optim.SGD([torch.ones(1, requires_grad=True)])  # the first optimiser loads much


@contextmanager
def nursery_for(classifiers: Sequence[Classifier]) -> Iterator[None]:
    """Inside, those that are users' classes are fitted in forks of this process as it is now."""
    theirs = [one for one in classifiers if isinstance(one, UserClass)]
    if not theirs or not Nursery.is_possible():
        yield
        return
    nursery = Nursery(child.main, partial(_prepare, theirs))
    for one in theirs:
        one.nursery = nursery
    try:
        yield
    finally:
        for one in theirs:
            one.nursery = None
        nursery.close()
