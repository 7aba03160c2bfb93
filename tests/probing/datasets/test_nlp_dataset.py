"""`NLPDataset` and `FeatureSet`: texts, targets and features, as torch's loaders take them."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from probing.datasets import FeatureSet, NLPDataset, from_mapping
from probing.errors import DatasetError

TEXTS = [f"{'word ' * at}end" for at in range(70)]
DOCUMENT = {"name": "words", "texts": TEXTS, "labels": [at % 2 for at in range(70)]}


def model(texts: list[str]) -> list[torch.Tensor]:
    assert len(texts) <= 32
    return [torch.tensor([len(text), text.count(" ")], dtype=torch.float64) for text in texts]


def pooler(output: list[torch.Tensor]) -> torch.Tensor:
    return torch.stack(output).requires_grad_()


def wanted() -> torch.Tensor:
    return torch.tensor([[len(text), text.count(" ")] for text in TEXTS], dtype=torch.float32)


def test_features_are_loaded_batch_by_batch() -> None:
    dataset = NLPDataset(DOCUMENT)
    assert (dataset.name, dataset.task, dataset.texts) == ("words", "binary", TEXTS)
    assert len(dataset) == 70
    dataset.load_embeds_into_memory(model, pooler)
    assert len(dataset) == 70
    assert dataset.features.dtype == torch.float32
    assert not dataset.features.requires_grad
    torch.testing.assert_close(dataset.features, wanted())
    features, target = dataset[3]
    torch.testing.assert_close(features, wanted()[3])
    assert target == 1


def test_before_loading_it_says_what_to_call() -> None:
    with pytest.raises(DatasetError, match=r"words: .*call load_embeds_into_memory\(model, pooler"):
        NLPDataset(DOCUMENT)[0]


def test_paths_dicts_and_datasets(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    data = {"sentences": {"x": "a", "y": "b"}, "labels": {"x": 0.5, "y": 1.5}}
    path.write_text(json.dumps({"name": "n", "task": "Regression", "data": data}))
    for given in (path, str(path), json.loads(path.read_text())):
        assert NLPDataset(given).targets.tolist() == [0.5, 1.5]
    assert NLPDataset(from_mapping(DOCUMENT)).texts == TEXTS


def test_batches_of_a_data_loader() -> None:
    dataset = NLPDataset(DOCUMENT)
    dataset.load_embeds_into_memory(model, pooler, batch_size=7)
    batches = list(DataLoader(dataset, batch_size=32))
    assert [len(targets) for _, targets in batches] == [32, 32, 6]
    torch.testing.assert_close(torch.cat([features for features, _ in batches]), wanted())
    assert torch.cat([targets for _, targets in batches]).tolist() == DOCUMENT["labels"]
    assert batches[0][1].dtype == torch.int64


def test_several_samples_of_a_text() -> None:
    def twice(output: list[torch.Tensor]) -> torch.Tensor:
        pooled = torch.stack(output)
        return torch.stack([pooled, -pooled], dim=1)

    dataset = NLPDataset(DOCUMENT)
    dataset.load_embeds_into_memory(model, twice)
    assert len(dataset) == 140
    torch.testing.assert_close(dataset.features[::2], wanted())
    torch.testing.assert_close(dataset.features[1::2], -wanted())
    assert [dataset[at][1] for at in (2, 3, 4)] == [1, 1, 0]


def test_a_pooler_that_loses_texts() -> None:
    with pytest.raises(DatasetError, match="the pooler gave 67 vectors for 70 texts"):
        NLPDataset(DOCUMENT).load_embeds_into_memory(model, lambda output: pooler(output)[1:])


def test_feature_sets() -> None:
    features = np.arange(6, dtype=np.float32).reshape(3, 2)
    numbers = FeatureSet(features, np.array([0.5, 1.5, 2.5]))
    assert len(numbers) == 3
    assert len(list(numbers)) == 3
    loss = torch.nn.MSELoss()
    for batch, targets in DataLoader(numbers, batch_size=3):
        prediction = batch.sum(dim=1).requires_grad_()
        loss(prediction, targets).backward()
        assert targets.dtype == torch.float32
    classes = FeatureSet(torch.tensor(features), np.array([0, 1, 0]))
    assert classes[1][1] == 1
    with pytest.raises(IndexError):
        classes[3]
