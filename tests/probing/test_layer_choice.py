import pytest

from probing.errors import SpecError
from probing.layer_choice import cell_layer, cells_of
from probing.spec import PoolerSpec


def test_each_gives_one_cell_per_layer_of_the_site() -> None:
    assert cells_of(PoolerSpec(layer="each"), 3) == [(0,), (1,), (2,), (3,)]
    assert cells_of(PoolerSpec(layer="each", site="mlp"), 3) == [(1,), (2,), (3,)]


def test_minus_one_is_the_second_to_last_and_all_leaves_out_both_ends() -> None:
    assert cells_of(PoolerSpec(layer=-1), 12) == [(11,)]
    assert cells_of(PoolerSpec(layer="all"), 4) == [(1, 2, 3)]
    assert cells_of(PoolerSpec(layer="all", site="attn"), 4) == [(2, 3)]


def test_a_layer_that_the_model_lacks_is_refused() -> None:
    for pooler in (PoolerSpec(layer=7), PoolerSpec(layer=(1, 7)), PoolerSpec(layer=0, site="mlp")):
        with pytest.raises(SpecError, match="tiny has no layer"):
            cells_of(pooler, 6, "tiny")
    with pytest.raises(SpecError, match="skips the first"):
        cells_of(PoolerSpec(layer="all"), 1)


def test_only_a_single_layer_has_a_layer() -> None:
    assert cell_layer(PoolerSpec(layer=2), (2,)) == 2
    assert cell_layer(PoolerSpec(layer=(2, 3)), (2, 3)) is None
    assert cell_layer(PoolerSpec(layer="all"), (1,)) is None
