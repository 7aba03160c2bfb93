"""Patching a text of a tiny causal model with its twin."""

from __future__ import annotations

import pytest
import torch

from probing.engine.interventions.edits import Replace, edited
from probing.engine.interventions.patching import Patching
from probing.engine.interventions.token_checks import refuse, unaligned
from probing.engine.models import LMModel
from probing.errors import SpecError
from probing.interventions.patched_rows import Patched
from probing.interventions.patches import Donor, donors_of
from probing.interventions.requests import Patch
from tests.probing.engine.interventions.test_steering import direction

TWINS = (("the red cat sat on", "the red dog sat on"), ("a cat ran in the", "a dog ran in the"))


def asked(**changes: object) -> Patch:
    given = {"answers": (("mat", "house"),) * 2, "groups": (0, 1), "layers": (0, 1, 2)}
    return Patch("p", TWINS, **(given | changes))


def test_all_tokens_of_the_twin_give_the_twins_answer_and_those_before_nothing(
    model: LMModel,
) -> None:
    request = asked()
    work = Patching(model, direction(), request)
    done = {str(at): work(at) for at in range(2)}
    rows = Patched(request, done, {"probe": "p", "model": "m", "site": "resid"}).rows()
    everywhere = rows.filter(rows["position"].is_null(), control="")
    assert everywhere["value"].to_list() == pytest.approx([1.0] * 3, abs=1e-3)
    # one pair differs at its second token, the other at its third: the first is the same in both
    own = rows.filter(control="")
    assert own.filter(position=0)["value"].to_list() == [0.0] * 3
    ends = own.filter(position=4)["value"].to_list()
    assert ends[0] == pytest.approx(0, abs=1e-3)  # the last token's own embedding is the same
    assert ends[2] == pytest.approx(1, abs=1e-3)  # the last layer of the last token is the answer


def test_one_spot_is_one_replaced_activation(model: LMModel) -> None:
    found = Patching(model, direction(), asked())(0)
    seen: dict[int, torch.Tensor] = {}
    ids = model.tokenise(TWINS[0])
    batch = model.pad(ids, [0, 1])
    with (
        torch.no_grad(),
        model.reader(lambda _, step, x: seen.update({step: x.clone()}), ["resid"], None),
    ):
        model.whole(batch.ids)
    there = torch.zeros(1, 5, dtype=torch.bool)
    there[0, 2] = True
    with torch.no_grad(), edited(model, {("resid", 1): Replace(seen[1][1:], there)}):
        logits = model.whole(batch.ids[:1]).logits[0, -1]
    first, second = (model.tokenizer.convert_tokens_to_ids(one) for one in ("mat", "house"))
    at = found["spots"].index([1, 2, -1])
    assert found["patched"][at] == pytest.approx(float(logits[second] - logits[first]), abs=1e-5)
    assert found["first"] == 2


def test_along_a_direction_random_ones_stand_beside(model: LMModel) -> None:
    request = asked(along=True, n_random=2, layers=(1,))
    found = Patching(model, direction(), request)(0)
    assert len(found["spots"]) == (3 + 1) * 3
    rows = Patched(request, {"0": found}, {}).rows()
    assert set(rows["control"]) == {"", "random"}
    assert rows.filter(position=2, control="random")["draw"].to_list() == [0, 1]


def test_beside_whole_activations_stand_those_of_a_text_of_another_pair(model: LMModel) -> None:
    """All its tokens at layer 0 from the first that differs: what the model says of that text."""
    request = asked(n_random=3)
    found = Patching(model, direction(), request)(0)
    assert donors_of(request, 0) == [Donor(1, 0)]
    spot = found["spots"].index([0, -1, 0])
    own, other = (model.tokenise([text]).ids.tolist() for text in (TWINS[0][0], TWINS[1][0]))
    mixed = torch.tensor([own[:2] + other[2:]])
    with torch.no_grad():
        logits = model.whole(mixed).logits[0, -1]
    first, second = (model.tokenizer.convert_tokens_to_ids(one) for one in ("mat", "house"))
    assert found["patched"][spot] == pytest.approx(float(logits[second] - logits[first]), abs=1e-5)
    rows = Patched(request, {"0": found}, {}).rows()
    beside = rows.filter(control="other_text")
    assert set(beside["draw"]) == {0}
    assert beside["position"].drop_nulls().min() == 2


def test_other_texts_are_of_other_groups_and_answer_as_the_text_does() -> None:
    twins = (("a", "b"), ("c", "d"), ("e", "f"), ("b", "g"), ("h", "i"))
    answers = (("yes", "no"), ("yes", "no"), ("no", "yes"), ("yes", "no"), ("yes", "no"))
    request = Patch("p", twins, answers, (0, 1, 2, 3, 0), (1,), n_random=9)
    # the third answers as the first's twin does, so its twin is taken; the fourth is a twin's text
    assert set(donors_of(request, 0)) == {Donor(1, 0), Donor(2, 1)}
    assert donors_of(request, 0) == donors_of(request, 0)
    alone = Patch("p", twins[:1], answers[:1], (0,), (1,))
    assert donors_of(alone, 0) == []


def test_twins_of_different_length_and_of_one_text_are_refused(model: LMModel) -> None:
    text = TWINS[0][0]
    for twin, told in (("the red dog", "5 and 3 tokens"), (text, "the same text")):
        reason = unaligned(model.tokenizer, (text, twin))
        assert told in reason
        with pytest.raises(SpecError, match=f"pair 2 cannot be patched: .*{told}"):
            refuse(["", reason])
        refuse(["", reason], skips=True)
        with pytest.raises(SpecError, match="no pair can be patched"):
            refuse([reason], skips=True)
    assert unaligned(model.tokenizer, TWINS[0]) == ""


def test_positions_of_twins_of_several_lengths_count_from_the_end() -> None:
    one = {"spots": [[1, 1, -1]], "patched": [1.0], "before": 0.0, "twin": 2.0, "first": 1}
    pairs = {"0": {**one, "tokens": ["a", "b"]}, "1": {**one, "tokens": ["a", "b", "c"]}}
    rows = Patched(asked(), pairs, {}).rows()
    assert rows["position"].to_list() == [-3, -2, -1]
    assert rows["value"].to_list() == [0.0, 0.25, 0.5]
    assert rows["n"].to_list() == [1, 2, 1]
