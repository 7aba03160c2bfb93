"""Continue the texts of a dataset, batch by batch, before the pass that reads them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from probing.engine.extraction.batches import grouped, halved
from probing.engine.extraction.out_of_memory import is_out_of_memory
from probing.engine.extraction.result import PassStopped
from probing.engine.extraction.text_layout import Kind, tolerance
from probing.engine.models import Continuations, DistinctTexts, Greedy, LMModel, Tokens
from probing.engine.models.continued_texts import as_text
from probing.engine.models.greedy import OnStep
from probing.errors import ModelError

BUDGETS = {"cpu": 2048, "cuda": 16384}  # tokens of a batch, with those to come
_CHUNK = 1000  # texts that are tokenised at a time
_TRIED, _STEPS = 512, 2  # tokens of the texts, and steps, that show how texts can be laid out
KINDS: tuple[Kind, ...] = ("padded", "even", "single")


@dataclass(frozen=True)
class Growth:
    """How far the continuing of texts is; `tokens_total` is what there may be at most."""

    texts_done: int
    texts_total: int
    tokens_done: int
    tokens_total: int
    elapsed_s: float


OnGrown = Callable[[tuple[int, ...], Continuations], None]


def continue_texts(
    model: LMModel,
    texts: DistinctTexts,
    *,
    part: range | None = None,
    known: Mapping[int, Continuations] | None = None,
    token_budget: int | None = None,
    on_progress: Callable[[Growth], None] | None = None,
    on_grown: OnGrown | None = None,
    stop: Callable[[], bool] | None = None,
) -> Continuations:
    """What `model`, which has its head, continues the different texts by, greedily.

    It continues all of them, or those in the places of `part`.

    A text goes on by at most `texts.generate` tokens and has the continuation that it has alone:
    batches are padded on the left where that changes nothing, else they hold texts of one length,
    or a single one. Batches, of similar length and under `token_budget` tokens, halve when memory
    runs out. `known` are continuations by the place of their text, which is not run again;
    `on_grown` receives the places of each batch and what was found.

    Raises `ModelError` for a model without a head, `SpecError` where a text has no room beside what
    is generated, `CellError` where memory does not hold a single text, `PassStopped` when `stop`
    returns true.
    """
    if not model.has_head:
        what, hint = "cannot continue texts", "load it with its head, if its code can generate"
        raise ModelError(what, where=model.name, hint=hint)
    part = range(len(texts.rows)) if part is None else part
    work = _Continuing(model, texts, part, dict(known or {}), on_progress, on_grown, stop)
    return work.run(token_budget or BUDGETS.get(model.device.type, BUDGETS["cpu"]))


class _Continuing:
    """The state of the work."""

    def __init__(
        self,
        model: LMModel,
        texts: DistinctTexts,
        part: range,
        known: dict[int, Continuations],
        on_progress: Callable[[Growth], None] | None,
        on_grown: OnGrown | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        self.model, self.texts, self.part, self.known = model, texts, part, known
        self.on_progress, self.on_grown, self.stop = on_progress, on_grown, stop
        self.greedy, self.n_new = Greedy(model), texts.generate
        self.n_done = sum(place in known for place in part)
        self.started = time.perf_counter()

    def run(self, budget: int) -> Continuations:
        self.model.check_generate(self.n_new)
        self._tell(0, 0)
        tokens = self._tokens()
        sizes = [length + self.n_new for length in tokens.lengths.tolist()]
        kind = self._kind(tokens)
        self.started = time.perf_counter()  # what was tried tells nothing of what is left
        known = {at for at, place in enumerate(self.part) if place in self.known}
        every = grouped(range(len(sizes)), sizes, budget, kind)
        left = [own for batch in every if (own := [at for at in batch if at not in known])]
        while left:
            grown = self._grown(tokens, left[0])
            if grown is None:
                left = halved(left, sizes, self.model.name, kind)
                continue
            self._keep(left.pop(0), grown)
        return Continuations.joined([self.known[place] for place in self.part])

    def _tokens(self) -> Tokens:
        """The tokens of the texts, which are to be continued."""
        parts = list[Tokens]()
        for start in range(0, len(self.part), _CHUNK):
            places = self.part[start : start + _CHUNK]
            some = self.texts.rows[places.start : places.stop].tolist()
            asked = self.texts.asked(slice(places.start, places.stop))
            texts = [self.texts.texts[row] for row in some]
            parts.append(self.model.tokenise(texts, some, asked))
            self._check_stop()
        return Tokens.joined(parts)

    def _kind(self, tokens: Tokens) -> Kind:
        """How texts are laid out: by a few of them, or by others that told as much."""
        known, texts = self.model.layouts, _telling(tokens)
        n_steps = min(self.n_new, _STEPS)
        # texts of one length tell nothing of padding
        key = "texts that are continued", len(texts), len(set(map(len, texts))), n_steps
        if key not in known:
            known[key] = self._layout(texts, n_steps)
        return known[key]  # type: ignore[no-any-return]

    def _layout(self, texts: Sequence[Sequence[int]], n_steps: int) -> Kind:
        """The fastest layout in which a few texts are continued as each is alone."""
        shortest = min(map(len, texts))
        lots = {"padded": texts, "even": [own[:shortest] for own in texts]}
        for kind in KINDS:
            lot = lots.get(kind)
            if lot is None or _is_same(self.greedy, lot, n_steps, lambda _: self._check_stop()):
                return kind
        return "single"

    def _grown(self, tokens: Tokens, batch: list[int]) -> Continuations | None:
        """The continuations of a batch; None where memory ran out."""
        ids = [own.tolist() for own in tokens.split(batch)]
        try:
            found = self.greedy(ids, self.n_new, lambda step: self._tell(len(batch), step))
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            found = None
        if found is None:  # only now, when the error no longer holds on to what was computed
            if self.model.device.type == "cuda":
                torch.cuda.empty_cache()
            return None
        said = tuple(as_text(self.model.tokenizer, own) for own in found.ids)
        return Continuations(tuple(map(tuple, found.ids)), tuple(found.ended), said)

    def _keep(self, batch: list[int], grown: Continuations) -> None:
        places = tuple(self.part[at] for at in batch)
        self.n_done += len(batch)
        self.known.update((place, grown.of([at])) for at, place in enumerate(places))
        if self.on_grown is not None:
            self.on_grown(places, grown)
        self._tell(0, 0)

    def _check_stop(self) -> None:
        if self.stop is not None and self.stop():
            raise PassStopped("the generation was stopped", where=self.model.name)

    def _tell(self, n_now: int, step: int) -> None:
        """Tell how far it is, `step` steps into a batch of `n_now` texts."""
        self._check_stop()
        if self.on_progress is None:
            return
        done, total = self.n_done, len(self.part)
        tokens = done * self.n_new + n_now * step, total * self.n_new
        self.on_progress(Growth(done, total, *tokens, time.perf_counter() - self.started))


def _telling(tokens: Tokens) -> list[list[int]]:
    """The longest, a middling and the shortest of the texts that are not too long."""
    lengths = tokens.lengths.tolist()
    order = sorted(range(len(lengths)), key=lambda at: lengths[at])
    short = [at for at in order if lengths[at] <= _TRIED] or order[:1]
    picked = dict.fromkeys((short[-1], short[len(short) // 2], short[0]))
    return [own.tolist() for own in tokens.split(list(picked))]


def _is_same(greedy: Greedy, texts: Sequence[Sequence[int]], n_steps: int, on_step: OnStep) -> bool:
    """Whether texts are continued together as each is alone, by what their tokens are chosen by.

    Two tokens that come out as equally good may be taken in either way: from there on the texts
    are others, and are not compared.
    """
    if len(texts) == 1:
        return True
    try:
        together = greedy(texts, n_steps, on_step, scores=True)
    except Exception as error:  # whatever a model's code raises on padding or batches
        if is_out_of_memory(error) or isinstance(error, PassStopped):
            raise
        return False
    for at, text in enumerate(texts):
        alone = greedy([text], n_steps, on_step, scores=True)
        assert together.scores is not None and alone.scores is not None
        for step in range(min(len(alone.scores), len(together.scores))):
            own, other = alone.scores[step, 0], together.scores[step, at]
            if not _is_near(own, other, greedy.model.dtype):
                return False
            if own.argmax() != other.argmax() or int(own.argmax()) in greedy.ends:
                break
    return True


def _is_near(own: torch.Tensor, other: torch.Tensor, dtype: torch.dtype) -> bool:
    known = own.isfinite()
    if not torch.equal(known, other.isfinite()):
        return False
    off = (own[known] - other[known]).norm() / own[known].norm().clamp(min=1e-6)
    return bool(off <= tolerance(dtype))
