"""Opening an archive of many customers beside one of a hundred, and the page of a customer of thousands of entries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import Connection, text

from crmdesk.bench import people
from crmdesk.bench.timing import Figure, in_process, median_of, reading
from crmdesk.services import category_tree, lists, use_cases
from crmdesk.services.book import Book

SMALL = 100
ENTRIES = 5_000
FEW = 10
_CATEGORIES = 30
_BLOCK = 64
"""Rows that a list fetches at once."""
_TREE = "Bench"
_BUYERS_MAX = 500
_BILLS = 4
_LINE = {"description": "Paint", "quantity": "1", "unit_price": "100.00", "tax_rate": "0.13"}

# Wall time from the click until everything of the page stands there, in a window that has shown a page before.
_PAGES = """
import json, sys, time
from pathlib import Path
from crmdesk import app
application = app.make_application()
window = app.make_window(application, Path(sys.argv[1]))
from PySide6.QtCore import QCoreApplication
from crmdesk.ui.shots import Stage
window.resize(1366, 768)
window.show()
stage = Stage(window.context, window)
while window.context.book is None:
    stage.settle()
stage.wait(1500)
window.go("customers", {})
stage.settle()
page = window.page("customers")
few, many = (int(part) for part in sys.argv[2:4])
def opened(record):
    start = time.perf_counter()
    page.open(record)
    while True:
        QCoreApplication.processEvents()
        whole = page.full.whole
        if whole is not None and whole.card.id == record and not window.context.tasks.running():
            break
        time.sleep(0.0005)
    QCoreApplication.processEvents()
    return time.perf_counter() - start
opened(few), opened(many), opened(few)
spent = {"few": [], "many": []}
for _run in range(5):
    spent["many"].append(opened(many))
    spent["few"].append(opened(few))
print(json.dumps({name: sorted(runs)[2] for name, runs in spent.items()}))
import os
sys.stdout.flush()
os._exit(0)
"""

# Wall time from the click on Customers until the first rows and the tree stand there, the first time in a window.
_CUSTOMERS = """
import sys, time
from pathlib import Path
from crmdesk import app
application = app.make_application()
window = app.make_window(application, Path(sys.argv[1]))
from PySide6.QtCore import QCoreApplication
from crmdesk.ui.shots import Stage
window.resize(1366, 768)
window.show()
stage = Stage(window.context, window)
while window.context.book is None:
    stage.settle()
stage.wait(1500)
window.go("products", {})
stage.settle()
start = time.perf_counter()
window.go("customers", {})
page = window.page("customers")
model = page.list.table.model()
while not (model.rowCount() and model.row_at(0) and page.side.dimension()):
    QCoreApplication.processEvents()
    time.sleep(0.0005)
QCoreApplication.processEvents()
print(time.perf_counter() - start)
import os
sys.stdout.flush()
os._exit(0)
"""
_WINDOWS = 3


def fill(book: Book, count: int) -> None:
    """Customers in a tree of thirty categories, a few of whom have bought."""
    people.fill(book, count)
    for place in range(_CATEGORIES):
        path = f"Group {place // 6}/Part {place}"
        use_cases.run(book, "category.create", {"dimension": _TREE, "path": path})
    with book.write("bench") as unit:
        unit.is_bulk = True
        unit.execute(
            text(
                "INSERT INTO customer_category (category_id, customer_id)"
                " SELECT leaf.id, customer.id FROM customer"
                " JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS leaves"
                "       FROM category WHERE parent_id IS NOT NULL) leaf ON customer.id % leaf.leaves = leaf.place"
            )
        )
        for number in range(min(_BUYERS_MAX, count // 2)):
            code = f"C{1 + number * count // min(_BUYERS_MAX, count // 2):07d}"
            for day in range(_BILLS):
                values = {"customer": code, "date": date(2026, 1, 5 + day), "lines": [_LINE]}
                use_cases.perform(unit, "invoice.issue", values)
        unit.finish("bench", {})


def first_page(connection: Connection) -> None:
    """What the customers list reads first when it is opened."""
    query = lists.Query("customers")
    lists.rows(connection, query, lists.ids(connection, query, _BLOCK))


def whole_order(connection: Connection) -> None:
    """What it reads then, behind its first rows: how long the scroll bar is."""
    lists.ids(connection, lists.Query("customers"))


def tree_names(connection: Connection) -> None:
    """What the tree beside the list reads first."""
    tree = next(one for one in category_tree.dimensions(connection) if one.name == _TREE)
    category_tree.names(connection, tree.id)


def tree_counts(connection: Connection) -> None:
    """What it reads then: how many stand in each category and in none."""
    tree = next(one for one in category_tree.dimensions(connection) if one.name == _TREE)
    category_tree.counted(connection, tree.id)
    lists.count(connection, lists.Query("customers"))


def customer_page(connection: Connection, customer_id: int, code: str) -> None:
    """What the page of a customer reads, with the portrait below its head."""
    from crmdesk.ui.pages.customers import detail, portrait_panel

    detail.read(connection, customer_id, (50, None), is_wide=True)
    portrait_panel.read(connection, customer_id, code)


def buyer(connection: Connection) -> tuple[int, str]:
    """Somebody who has bought."""
    row = connection.execute(
        text("SELECT id, code FROM customer WHERE id = (SELECT max(customer_id) FROM document)")
    ).one()
    return row.id, row.code


def _readings(path: Path) -> dict[str, float]:
    """Median seconds of everything that is looked at first, by name."""

    def opened() -> None:
        with Book.open(path) as book, book.read() as connection:
            connection.execute(text("SELECT max(id) FROM customer")).scalar_one()

    found = {"the file is opened": median_of(opened)}
    with Book.open(path) as book:
        with book.read() as connection:
            owner = buyer(connection)
        found["first page of the customers"] = median_of(reading(book, first_page))
        found["order of all customers, behind it"] = median_of(reading(book, whole_order))
        found["names of a tree"] = median_of(reading(book, tree_names))
        found["counts of a tree, behind them"] = median_of(reading(book, tree_counts))
        found["a customer's page"] = median_of(reading(book, customer_page, *owner))
    return found


def _until_shown(path: Path, home: Path) -> float:
    """Median seconds of windows of their own."""
    home.mkdir(exist_ok=True)
    spent = [in_process(_CUSTOMERS, str(path), home=home)[1] for _run in range(_WINDOWS)]
    return median(float(out.splitlines()[-1]) for out in spent)


def measure_archive(folder: Path, customer_count: int, _invoices: int) -> Iterator[Figure]:
    """The same looks at an archive of all these customers and at one of a hundred, which is the floor."""
    found: dict[int, dict[str, float]] = {}
    for count in (SMALL, customer_count):
        path = folder / f"archive-{count}.crmdesk"
        if not path.exists():
            with Book.create(path, name="Bench", country="CN") as book:
                fill(book, count)
        found[count] = _readings(path)
        found[count]["the customers, until they are shown"] = _until_shown(
            path, folder / f"archive-home-{count}"
        )
    for name, seconds in found[customer_count].items():
        yield Figure(
            f"{name}, of {customer_count:,}",
            seconds * 1000,
            found[SMALL][name] * 1000,
            "ms",
            note=f"floor: of {SMALL}",
        )


def story(book: Book, code: str, entries: int) -> None:
    """A customer whose timeline has so many entries: bills and calls, half of each."""
    use_cases.run(book, "customer.create", {"code": code, "name": f"Bench {code}"})
    with book.write("bench") as unit:
        unit.is_bulk = True
        for number in range(entries // 2):
            day = date(2023, 1, 1) + timedelta(days=number * 1_200 // entries)
            use_cases.perform(unit, "invoice.issue", {"customer": code, "date": day, "lines": [_LINE]})
            call = {"customer": code, "kind": "call", "date": day, "text": "Asked for prices"}
            use_cases.perform(unit, "activity.log", call)
        unit.finish("bench", {})


def measure_page(folder: Path, _customers: int, _invoices: int) -> Iterator[Figure]:
    """The page of a customer of 5,000 entries beside that of one with 10: what is read, and until it is shown."""
    path = folder / "page.crmdesk"
    with Book.create(path, name="Bench", country="CN") as book:
        story(book, "FEW", FEW)
        story(book, "MANY", ENTRIES)
        use_cases.run(book, "measure.evaluate", {})
        with book.read() as connection:
            ids = dict(connection.execute(text("SELECT code, id FROM customer")).tuples().all())
        few, many = (median_of(reading(book, customer_page, ids[code], code)) for code in ("FEW", "MANY"))
    note = f"floor: of {FEW} entries"
    yield Figure(f"page of {ENTRIES:,} entries, read", many * 1000, few * 1000, "ms", note=note)
    home = folder / "page-home"
    home.mkdir()
    _seconds, out = in_process(_PAGES, str(path), str(ids["FEW"]), str(ids["MANY"]), home=home)
    spent = json.loads(out.splitlines()[-1])
    yield Figure(
        f"page of {ENTRIES:,} entries, until it is shown",
        spent["many"] * 1000,
        spent["few"] * 1000,
        "ms",
        "≤ 150 ms",
        note,
    )
