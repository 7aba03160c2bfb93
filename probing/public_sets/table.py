"""The table of public probing datasets: address, what each probes, licence and citation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from probing.public_sets.blimp import BLIMP_PARADIGMS


@dataclass(frozen=True)
class PublicSet:
    """A public dataset; `read` holds the keys of a spec's dataset entry that its file needs.

    `sha256` is None where the bytes behind the address are not known beforehand: the download
    notes what it found.
    """

    name: str
    description: str
    task: str
    url: str
    licence: str
    citation: str
    ending: str
    sha256: str | None = None
    read: Mapping[str, str] = field(default_factory=dict)

    @property
    def file_name(self) -> str:
        return self.name + self.ending


_RAW = "https://raw.githubusercontent.com"
_SENTEVAL = f"{_RAW}/facebookresearch/SentEval/master/data/probing"
_GEOMETRY = f"{_RAW}/saprmarks/geometry-of-truth/a65a07fe38f27cbb4cc6f472b957fb3e53ef9f6d/datasets"
_PROBES_1 = f"{_RAW}/balevinstein/Probes/e482379fcbee98d324e13384f4227039506fc8a1/datasets1"
_PROBES = f"{_RAW}/balevinstein/Probes/15a9d7df9dc6135394e48092ed47cd4a6cbf0a9a/datasets"
_WORLD = f"{_RAW}/wesg52/world-models/17a352522a95b61fa125dca3ba24c2e4a9ca15a9/data"
_BLIMP = f"{_RAW}/alexwarstadt/blimp/d07303a7662f1942d70c5e2bbac7aa021c6cdbd0/data"
_HUB = "https://huggingface.co/datasets"

_SENTEVAL_TASKS = {
    "sentence_length": ("multiclass", "number of words in a sentence, in six bins"),
    "word_content": ("multiclass", "which of 1000 words the sentence contains"),
    "tree_depth": ("multiclass", "depth of the parse tree, 5 to 12"),
    "top_constituents": ("multiclass", "sequence of top constituents, 20 classes"),
    "bigram_shift": ("binary", "whether two adjacent words were swapped"),
    "past_present": ("binary", "tense of the main verb"),
    "subj_number": ("binary", "number of the subject of the main clause"),
    "obj_number": ("binary", "number of the object of the main clause"),
    "odd_man_out": ("binary", "whether a noun or verb was replaced by another"),
    "coordination_inversion": ("binary", "whether two coordinate clauses were swapped"),
}
_TRUTH = {
    "cities": "cities and their countries",
    "neg_cities": "cities and their countries, negated",
    "sp_en_trans": "Spanish words and their translations",
    "neg_sp_en_trans": "Spanish words and their translations, negated",
    "larger_than": "which of two numbers is larger",
    "smaller_than": "which of two numbers is smaller",
    "cities_cities_conj": "two statements about cities, joined by and",
    "cities_cities_disj": "two statements about cities, joined by or",
    "companies_true_false": "companies",
    "common_claim_true_false": "common claims, labelled by people",
    "counterfact_true_false": "facts from CounterFact",
}
_INNER = {
    "animals": _PROBES_1,
    "cities": _PROBES_1,
    "elements": _PROBES_1,
    "capitals": _PROBES,
    "inventions": _PROBES,
}
_STATEMENT = {"text": "statement", "target": "label", "task": "binary"}


def _senteval(name: str, task: str, asks: str) -> PublicSet:
    return PublicSet(
        f"senteval_{name}",
        f"SentEval: {asks}",
        task,
        f"{_SENTEVAL}/{name}.txt",
        "not stated for the data (software: BSD)",
        "Conneau et al. 2018, What you can cram into a single $&!#* vector",
        ".txt",
        read={"task": task},
    )


def _geometry(name: str, about: str) -> PublicSet:
    return PublicSet(
        f"geometry_of_truth_{name.removesuffix('_true_false')}",
        f"true and false statements: {about}",
        "binary",
        f"{_GEOMETRY}/{name}.csv",
        "CC BY 4.0",
        "Marks and Tegmark 2023, The Geometry of Truth",
        ".csv",
        read=_STATEMENT,
    )


def _inner_state(name: str, folder: str) -> PublicSet:
    return PublicSet(
        f"true_false_{name}",
        f"true and false statements about {name}",
        "binary",
        f"{folder}/{name}_true_false.csv",
        "MIT (repository)",
        "Azaria and Mitchell 2023, The Internal State of an LLM Knows When It's Lying; "
        "copy of Levinstein and Herrmann 2023",
        ".csv",
        read=_STATEMENT,
    )


def _blimp(name: str) -> PublicSet:
    return PublicSet(
        f"blimp_{name}",
        f"BLiMP minimal pairs: {name.replace('_', ' ')}",
        "binary",
        f"{_BLIMP}/{name}.jsonl",
        "CC BY 4.0",
        "Warstadt et al. 2020, BLiMP: The Benchmark of Linguistic Minimal Pairs for English",
        ".jsonl",
        read={"task": "binary", "positive": "good"},
    )


def _place(target: str) -> PublicSet:
    return PublicSet(
        f"world_place_{target}",
        f"{target} of places around the world, from their names",
        "regression",
        f"{_WORLD}/entity_datasets/world_place.csv",
        "MIT (repository)",
        "Gurnee and Tegmark 2023, Language Models Represent Space and Time",
        ".csv",
        read={"text": "name", "target": target, "group": "country", "task": "regression"},
    )


_OTHERS = (
    PublicSet(
        "sst2",
        "sentiment of phrases from film reviews, training split",
        "binary",
        f"{_HUB}/stanfordnlp/sst2/resolve/main/data/train-00000-of-00001.parquet",
        "not stated",
        "Socher et al. 2013, Recursive Deep Models for Semantic Compositionality",
        ".parquet",
        read={"text": "sentence", "target": "label", "task": "binary"},
    ),
    PublicSet(
        "trec",
        "what a question asks for, six coarse classes, training split",
        "multiclass",
        f"{_HUB}/CogComp/trec/resolve/refs%2Fconvert%2Fparquet/default/train/0000.parquet",
        "not stated",
        "Li and Roth 2002, Learning Question Classifiers",
        ".parquet",
        read={"text": "text", "target": "coarse_label", "task": "multiclass"},
    ),
)

PUBLIC_SETS: dict[str, PublicSet] = {
    public.name: public
    for public in (
        *(_senteval(name, *facts) for name, facts in _SENTEVAL_TASKS.items()),
        *(_geometry(name, about) for name, about in _TRUTH.items()),
        *(_inner_state(name, folder) for name, folder in _INNER.items()),
        *(_place(target) for target in ("latitude", "longitude")),
        *_OTHERS,
        *(_blimp(name) for name in BLIMP_PARADIGMS),
    )
}
