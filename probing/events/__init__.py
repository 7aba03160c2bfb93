"""The kinds of events in the log of a run, one JSON object per line; nothing else is the truth.

Every line carries `seq` (from 0, without gaps), `time` (Unix seconds), `kind`, the fields of
that kind, and last `crc`: the CRC-32 of the line's text before the crc field, in hexadecimal.
A number that is not finite is written as null, with its reason beside it.
"""

from probing.events.base import Event, Logged
from probing.events.lines import (
    KINDS,
    from_line,
    from_record,
    has_checksum,
    record_of,
    to_line,
    to_record,
)
from probing.events.of_cells import (
    BlockDone,
    CellChosen,
    CellEvent,
    CellFailed,
    CellLearned,
    CellMeasured,
    CellNotApplicable,
    CellPooled,
    FitsStarted,
    FoldDone,
    LayersCompared,
    SeriesMeasured,
)
from probing.events.of_passes import (
    GenerationDone,
    GenerationProgressed,
    GenerationStarted,
    PassDone,
    PassProgressed,
    PassStarted,
    TextsGenerated,
)
from probing.events.of_probes import ProbesSaved
from probing.events.of_runs import (
    PUT_BACK,
    CellsRetried,
    DeviceTaken,
    Ended,
    JobStarted,
    RunCancelled,
    RunDone,
    RunFailed,
    RunStarted,
    Waited,
    Warned,
)
from probing.events.of_units import EngineStarted, UnitDone, UnitFailed

__all__ = [
    "KINDS",
    "PUT_BACK",
    "BlockDone",
    "CellChosen",
    "CellEvent",
    "CellFailed",
    "CellLearned",
    "CellMeasured",
    "CellNotApplicable",
    "CellPooled",
    "CellsRetried",
    "DeviceTaken",
    "Ended",
    "EngineStarted",
    "Event",
    "FitsStarted",
    "FoldDone",
    "GenerationDone",
    "GenerationProgressed",
    "GenerationStarted",
    "JobStarted",
    "LayersCompared",
    "Logged",
    "PassDone",
    "PassProgressed",
    "PassStarted",
    "ProbesSaved",
    "RunCancelled",
    "RunDone",
    "RunFailed",
    "RunStarted",
    "SeriesMeasured",
    "TextsGenerated",
    "UnitDone",
    "UnitFailed",
    "Waited",
    "Warned",
    "from_line",
    "from_record",
    "has_checksum",
    "record_of",
    "to_line",
    "to_record",
]
