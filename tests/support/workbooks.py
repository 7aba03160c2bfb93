"""Workbooks of plain values, written cell by cell as Excel and LibreOffice write them."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

Rows = Sequence[Sequence[object]]

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OF_PARTS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OF_DOCUMENTS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"


def write_xlsx(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """An Excel workbook with these sheets."""
    ids = {name: f"rId{at}" for at, name in enumerate(sheets, 1)}
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{at}" r:id="{ids[name]}"/>'
        for at, name in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="{ids[name]}" Type="{_OF_DOCUMENTS}/worksheet" '
        f'Target="worksheets/sheet{at}.xml"/>'
        for at, name in enumerate(sheets, 1)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="xml" '
        f'ContentType="{_KIND}.sheet.main+xml"/><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_OF_PARTS}"><Relationship Id="rId1" '
        f'Type="{_OF_DOCUMENTS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OF_DOCUMENTS}">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_OF_PARTS}">{links}</Relationships>',
    }
    for at, rows in enumerate(sheets.values(), 1):
        parts[f"xl/worksheets/sheet{at}.xml"] = (
            f'<worksheet xmlns="{_MAIN}"><sheetData>{_excel_rows(rows)}</sheetData></worksheet>'
        )
    return _zipped(path, parts)


def write_ods(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """An OpenDocument workbook with these sheets."""
    tables = "".join(
        f'<table:table table:name="{escape(name)}">{_open_rows(rows)}</table:table>'
        for name, rows in sheets.items()
    )
    names = " ".join(f'xmlns:{one}="{_OASIS}:{one}:1.0"' for one in ("office", "table", "text"))
    content = (
        f'<office:document-content {names} office:version="1.2"><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        "</manifest:manifest>"
    )
    return _zipped(
        path, {"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest}
    )


def _zipped(path: Path, parts: Mapping[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text if name == "mimetype" else f'<?xml version="1.0"?>{text}')
    return path


def _excel_rows(rows: Rows) -> str:
    return "".join(
        f'<row r="{at}">'
        + "".join(_excel_cell(value, at, column) for column, value in enumerate(row))
        + "</row>"
        for at, row in enumerate(rows, 1)
    )


def _excel_cell(value: object, row: int, column: int) -> str:
    place = f"{chr(65 + column)}{row}"
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, (int, float)):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def _open_rows(rows: Rows) -> str:
    return "".join(
        "<table:table-row>" + "".join(map(_open_cell, row)) + "</table:table-row>" for row in rows
    )


def _open_cell(value: object) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
    shown = escape(str(value))
    return (
        f'<table:table-cell office:value-type="string"><text:p>{shown}</text:p></table:table-cell>'
    )
