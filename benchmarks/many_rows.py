"""`OMP_NUM_THREADS=1 python -m benchmarks.many_rows`: tags of every token, beside their pass.

One layer of made features with a row for each token and many classes is fitted with C chosen
inside, and the bare forward pass of a GPT-2 shape over as many tokens is timed, both in CPU
seconds on one thread. The pass is measured on a part of the tokens, the fits on some of the folds.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import torch
import transformers

from benchmarks.fits.activations import block_of, one_layer
from benchmarks.shapes import Shape
from probing.engine.blocks import Block, FoldFailure
from probing.engine.classifiers.builtin.logistic import LogisticRegression

N_LAYERS = 13
LENGTH = 32  # tokens of a text


def main(arguments: list[str] | None = None) -> None:
    """Print what the fits of a layer take, what the pass takes, and their ratio."""
    parser = argparse.ArgumentParser(prog="benchmarks.many_rows")
    numbers = (("n", 50_000), ("d", 768), ("classes", 17), ("folds", 5), ("done", 1))
    for name, value in (*numbers, ("layer", 9), ("blocks", 12), ("texts", 64)):
        parser.add_argument(f"--{name}", type=int, default=value)
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    fits = _fit_s(_block(given), given.done) * given.folds / given.done
    bare = _pass_s(given.d, given.blocks, given.texts) * given.n / (given.texts * LENGTH)
    print(f"{given.folds} folds: {fits:.0f} CPU s; the bare pass: {bare:.0f}", end="; ")
    print(f"ratio {fits / bare:.2f}")


def _block(given: argparse.Namespace) -> Block:
    shape = Shape(given.n, given.d, N_LAYERS, given.folds, given.classes)
    layer, targets = one_layer(shape, given.layer)
    own = replace(shape, n_layers=1)
    return block_of(layer[None], targets, own, scale="standard", device="cpu")


def _fit_s(block: Block, done: int) -> float:
    (whole,) = block.labellings
    label = replace(whole, folds=whole.folds[:done], inner=whole.inner[:done])
    began = time.process_time()
    fits = list(LogisticRegression().fit(replace(block, labellings=(label,))))
    seconds = time.process_time() - began
    failed = [fit.reason for fit in fits if isinstance(fit, FoldFailure)]
    if failed:
        raise RuntimeError(failed[0])
    return seconds


@torch.inference_mode()
def _pass_s(width: int, n_blocks: int, n_texts: int) -> float:
    """CPU seconds of the model alone, without a head, on so many texts."""
    config = transformers.GPT2Config(n_embd=width, n_layer=n_blocks, n_head=max(1, width // 64))
    model = transformers.GPT2Model(config).eval()
    ids = torch.randint(config.vocab_size, (n_texts, LENGTH))
    model(input_ids=ids[:1], use_cache=False)
    began = time.process_time()
    for part in ids.split(32):
        model(input_ids=part, use_cache=False)
    return time.process_time() - began


if __name__ == "__main__":
    main()
