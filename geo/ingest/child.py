"""The caged child: ``python -m geo.ingest.child FOLDER`` reads FOLDER/request.json.

It writes result.json (report, or refusal) and result.arrow (the feature table) or result.tif
(the raster) into the folder, and how far it is as lines of JSON on standard output.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from geo.ingest import cage


def main(folder: Path) -> None:
    """Do what request.json asks."""
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    confined = cage.enter(request["limits"])
    # Libraries that print must not break the line of progress.
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def progress(stage: str, done: int, total: int) -> None:
        told.write(json.dumps([stage, done, total]) + "\n")
        told.flush()

    progress("start", 0, 1)
    result = _work(folder, request, confined, progress)
    (folder / "result.json").write_text(json.dumps(result, default=str), encoding="utf-8")


def _work(folder: Path, request: dict[str, Any], confined: dict[str, str], progress: Any) -> Any:  # noqa: ANN401
    # Imported here: GDAL and numpy start threads, and the cage must be shut before that.
    from geo import limits
    from geo.errors import InputRefusedError
    from geo.ingest.report import Report

    for name, value in request["limits"].items():
        limits.LIMITS[name] = limits.Limit(value, "", "")
    report = Report.from_dict(request["report"])
    report.cage = confined
    work = _raster if request["driver"] == "GTiff" else _features
    try:
        work(folder, request, report, progress)
    except InputRefusedError as error:
        refusal = {"class": type(error).__name__, "what": error.what, "where": error.where,
                   "fix": error.fix}  # fmt: skip
        return {"refusal": refusal, "report": report.as_dict()}
    return {"report": report.as_dict()}


def _features(folder: Path, request: dict[str, Any], report: Any, progress: Any) -> None:  # noqa: ANN401
    import pyarrow as pa

    from geo.ingest.clean import clean
    from geo.ingest.position import Choices
    from geo.model.layer import Layer

    table = clean(
        Path(request["path"]),
        request["driver"],
        Layer.model_validate(request["layer"]),
        Choices.from_dict(request["choices"]),
        report,
        progress,
    )
    with (
        pa.OSFile(str(folder / "result.arrow"), "wb") as sink,
        pa.ipc.new_file(sink, table.schema) as writer,
    ):
        writer.write_table(table)


def _raster(folder: Path, request: dict[str, Any], report: Any, progress: Any) -> None:  # noqa: ANN401
    from geo.ingest.cells import clean
    from geo.ingest.position import Choices
    from geo.model.raster import Raster

    clean(
        Path(request["path"]),
        Raster.model_validate(request["layer"]),
        Choices.from_dict(request["choices"]),
        folder / "result.tif",
        report,
        progress,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
