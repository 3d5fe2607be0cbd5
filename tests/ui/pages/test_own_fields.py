"""Own fields, dictionaries and shared views through the window: made in the settings, seen everywhere at once."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from crmdesk.models.errors import Code, Conflict
from crmdesk.services import custom_fields, dictionaries
from crmdesk.services.customer_card import id_of
from crmdesk.ui.kit.list_page import ListPage
from crmdesk.ui.own_panel import OwnPanel
from crmdesk.ui.pages.settings.own_fields import OwnFieldsSection, moved_by
from crmdesk.ui.shots import Stage

Do = Callable[..., dict[str, Any]]


@pytest.fixture
def budget(do: Do) -> None:
    """A customer with a budget, a choice and a formula."""
    do(
        "field.define",
        record="customer",
        name="budget",
        label="Yearly budget",
        kind="money",
        section="Habits",
    )
    do(
        "field.define",
        record="customer",
        name="delivery",
        label="Way of delivery",
        kind="choice",
        section="Habits",
        choices=[{"value": "picked"}, {"value": "brought", "tone": "good"}],
    )
    do(
        "field.define",
        record="customer",
        name="rest",
        label="Rest of it",
        kind="formula",
        formula="own.budget - balance",
    )
    do("customer.create", code="C1", name="甲", fields={"budget": "500.00", "delivery": "brought"})
    do("customer.create", code="C2", name="乙")


def names(stage: Stage, record: str = "customer") -> list[tuple[str, str]]:
    with stage.ctx.need_book().read() as connection:
        return [(one.name, one.section) for one in custom_fields.declared(connection, record)]


def fields_section(stage: Stage) -> OwnFieldsSection:
    stage.go("settings", section="fields")
    section = stage.widget("settings.fields", OwnFieldsSection)
    section.tree.setFocus()
    return section


def test_a_field_is_defined_by_keyboard_and_stands_in_list_and_form_at_once(stage: Stage, do: Do) -> None:
    do("customer.create", code="C1", name="甲")
    stage.go("customers")
    section = fields_section(stage)
    assert section.empty.isVisible(), "an empty state teaches the first step"
    assert not section.tree.isVisible()
    stage.click("fields.new.empty")
    assert stage.widget("ownField.meaning").text() == "One line of words, such as a plate number."
    stage.type_into("ownField.form.label", "Plate")
    stage.press("Ctrl+S", "ownField")
    assert names(stage) == [("plate", "")]
    assert stage.widget("settings.fields.form.own_plate").isVisible(), "the preview shows it"
    stage.go("customers")
    page = stage.widget("customers", ListPage)
    stage.settle()
    assert "own.plate" in [column.field.name for column in page.table.shown_columns()]
    assert page.conditions.can_filter("own.plate")
    page.table.select_first()
    stage.settle()
    stage.press("F2", "customers.table")
    stage.widget("customer.form.own_plate").set_value("浙A12345")
    stage.press("Ctrl+S", "customer")
    model = page.table.table_model()
    place = [column.field.name for column in model.columns()].index("own.plate")
    assert model.cell(0, place) == "浙A12345"


def test_an_own_amount_is_summed_beside_what_is_owed_in_another_currency(
    stage: Stage, do: Do, budget: None
) -> None:
    line = {"description": "x", "quantity": "1", "unit_price": "30.00", "tax_rate": "0"}
    do("invoice.issue", customer="C1", date="2026-01-01", currency="EUR", lines=[line])
    do("opening.record", customer="C2", date="2026-01-01", amount="70.00")
    do("field.update", record="customer", field="budget", shown=True)
    stage.go("customers")
    stage.settle()
    assert stage.widget("customers.sum.own.budget").text() == "¥500.00"
    assert stage.widget("customers.sum.balance").text() == "¥70.00 + €30.00"


def test_a_retired_field_leaves_the_list_with_its_filter_and_comes_back(
    stage: Stage, do: Do, budget: None
) -> None:
    stage.go("customers")
    page = stage.widget("customers", ListPage)
    from crmdesk.models.clauses import Clause

    page.conditions._use([Clause("own.budget", "at_least", ("1",))])
    page.sort_by("own.budget", True)
    stage.settle()
    assert page.count.text() == "1"
    do("field.retire", record="customer", field="rest")
    do("field.retire", record="customer", field="budget")
    from crmdesk.services.changes import Changes

    changes = Changes()
    changes.everything.add("custom_field")
    stage.ctx.bus.publish(changes)
    stage.settle()
    assert page.count.text() == "2"
    assert page.conditions.clauses == ()
    assert page.query().sort == ""


def test_layout_by_keyboard_drop_and_over_the_edge_of_a_section(stage: Stage, do: Do, budget: None) -> None:
    section = fields_section(stage)
    section.tree.select("field:delivery")
    stage.press("Alt+Up", "settings.fields.tree")
    assert [name for name, _title in names(stage)] == ["delivery", "budget", "rest"]
    section.tree.select("field:rest")
    stage.press("Alt+Up", "settings.fields.tree")
    assert names(stage)[-1] == ("rest", "Habits"), "over the edge it comes into the section before"
    assert section.tree.current_id() == "field:rest", "the cursor goes with it"
    section.tree.moved.emit("field:budget", "section:Habits", 0)
    stage.settle()
    assert [name for name, _title in names(stage)] == ["budget", "delivery", "rest"]
    assert moved_by([("", ["a"])], "a", -1) is None


def test_a_formula_is_tried_while_it_is_typed_and_refused_under_its_field(stage: Stage, budget: None) -> None:
    fields_section(stage)
    stage.press("Ctrl+N", "settings.fields.tree")
    form = stage.widget("ownField.form")
    form.set_value("label", "Half")
    form.set_value("kind", "formula")
    form.set_value("formula", "own.budget / 2")
    stage.wait(400)
    assert stage.widget("ownField.trial").text() == "乙: nothing", "the newest customer has no budget"
    form.set_value("formula", "own.budgte / 2")
    stage.wait(400)
    assert "own.budgte" in stage.widget("ownField.trial").text()
    stage.press("Ctrl+S", "ownField")
    assert "own.budgte" in form.error("formula")
    form.set_value("formula", "own.budget / 2")
    stage.press("Ctrl+S", "ownField")
    assert ("half", "") in [(name, "") for name, _section in names(stage)]


def test_what_hangs_on_a_field_keeps_it_in_use(stage: Stage, budget: None) -> None:
    section = fields_section(stage)
    section.tree.select("field:budget")
    stage.choose("fields.retire")
    assert ("budget", "Habits") in names(stage), "a formula reads it: refused, and said why"


def test_own_fields_of_a_customer_are_shown_with_formulas_and_changed(stage: Stage, budget: None) -> None:
    page = stage.go("customers")
    with stage.ctx.need_book().read() as connection:
        customer_id = id_of(connection, "C1")
    page.show_customer(customer_id)  # type: ignore[attr-defined]
    stage.settle()
    page.detail.tabs.choose("profile")  # type: ignore[attr-defined]
    stage.settle()
    panel = stage.widget("customers.detail.own", OwnPanel)
    assert panel.texts() == {
        "Yearly budget": "¥500.00",
        "Way of delivery": "brought",
        "Rest of it": "¥500.00",
    }
    stage.press("F2", "customers.table")
    stage.widget("customer.form").set_value("own_budget", Decimal(800))
    stage.widget("customer.form").set_value("own_delivery", None)
    stage.press("Ctrl+S", "customer")
    assert panel.texts() == {"Yearly budget": "¥800.00", "Rest of it": "¥800.00"}


def test_a_refused_value_stands_under_its_own_field(stage: Stage, do: Do) -> None:
    do("field.define", record="customer", name="plate", label="Plate", kind="text", unique=True)
    do("customer.create", code="C1", name="甲", fields={"plate": "A1"})
    page = stage.go("customers")
    page.new()  # type: ignore[attr-defined]
    stage.settle()
    form = stage.widget("customer.form")
    form.set_value("name", "乙")
    form.set_value("own_plate", "A1")
    stage.press("Ctrl+S", "customer")
    assert "C1" in form.error("own_plate")


def test_payments_and_contracts_have_their_own_fields(stage: Stage, do: Do) -> None:
    do("field.define", record="payment", name="slip", label="Slip", kind="text")
    do("field.define", record="quote", name="site", label="Site", kind="text")
    do("customer.create", code="C1", name="甲")
    stage.press("F6")
    dialog = stage.widget("payment")
    dialog.begin("C1")
    stage.settle()
    dialog.form.set_value("amount", Decimal(10))
    dialog.own.form.set_value("own_slip", "7788")
    stage.press("Ctrl+S", "payment")
    page = stage.go("payments")
    stage.widget("payments", ListPage).table.select_first()
    stage.settle()
    assert stage.widget("payments.detail.own", OwnPanel).texts() == {"Slip": "7788"}
    del page
    do("quote.create", customer="C1", number="Q1", fields={"site": "杭州"}, lines=[])
    from crmdesk.services import agreement_entry

    with stage.ctx.need_book().read() as connection:
        values, _number, _version = agreement_entry.by_number(connection, "quote", "Q1")
    assert values["fields"] == {"site": "杭州"}


def test_words_are_collected_renamed_merged_and_offered(stage: Stage, do: Do) -> None:
    for code, source in (("C1", "展会"), ("C2", "展会"), ("C3", "网站")):
        do("customer.create", code=code, name=code, source=source)
    stage.go("settings", section="words")
    section = stage.widget("settings.words")
    section.show_dictionary("source")
    stage.settle()
    assert section.empty.isVisible()
    stage.click("words.collect.empty")
    assert section.tree.node("展会").count == 2, "how many records have it"
    section.tree.setFocus()
    section.tree.select("网站")
    stage.press("Alt+Up", "settings.words.tree")
    stage.press("F2", "settings.words.tree")
    stage.widget("renameWord.form").set_value("to", "网络")
    stage.press("Ctrl+S", "renameWord")
    assert section.tree.current_id() == "网络"
    stage.press("Ctrl+M", "settings.words.tree")
    stage.widget("mergeWord.form").set_value("into", "展会")
    stage.press("Ctrl+S", "mergeWord")
    with stage.ctx.need_book().read() as connection:
        assert dictionaries.usage(connection, "source") == {"展会": 3}
        assert dictionaries.read(connection, "source").offered == ("展会",)
    stage.click("settings.words.closed")
    page = stage.go("customers")
    page.new()  # type: ignore[attr-defined]
    editor = stage.widget("customer.form.source")
    assert not editor.isEditable(), "a closed dictionary takes no others"
    assert editor.findText("展会") >= 0


def test_a_view_is_shared_with_everybody_and_kept_private_again(stage: Stage, do: Do) -> None:
    do("customer.create", code="C1", name="甲")
    stage.go("customers")
    page = stage.widget("customers", ListPage)
    page.sort_by("name", True)
    page.views.save_as()
    stage.settle()
    form = stage.widget("view.form")
    form.set_value("name", "By name")
    form.set_value("shared", True)
    stage.press("Ctrl+S", "view")
    assert stage.ctx.own.views("customers")["By name"]["sort"] == "name"
    assert page.views.name == "By name"
    page.views.reset()
    assert page.query().sort == ""
    page.views.choose("shared:By name")
    assert page.query().sort == "name"
    page.views.keep_private()
    assert page.views.name == "By name"
    page.views.choose("shared:By name")
    page.views.delete()
    stage.settle()
    stage.click("deleteView.yes")
    assert stage.ctx.own.views("customers") == {}
    assert page.views.name == ""
    page.views.choose("By name")
    page.views.share()
    stage.settle()
    assert list(stage.ctx.own.views("customers")) == ["By name"]


def test_the_layout_is_one_change_of_the_book(stage: Stage, do: Do, budget: None) -> None:
    do(
        "field.arrange",
        record="customer",
        sections=[{"title": "New", "fields": ["rest", "budget"]}, {"title": "", "fields": ["delivery"]}],
    )
    assert names(stage) == [("rest", "New"), ("budget", "New"), ("delivery", "")]
    with pytest.raises(Exception) as caught:  # noqa: PT011  whichever error carries the code
        do("field.arrange", record="customer", sections=[{"fields": ["rest", "rest"]}])
    assert getattr(caught.value, "code", None) is Code.DUPLICATE
    assert not isinstance(caught.value, Conflict)


def test_a_quote_is_written_with_its_own_fields_changed_and_emptied(stage: Stage, do: Do) -> None:
    do("field.define", record="quote", name="site", label="Site", kind="text", default="仓库")
    do("customer.create", code="C1", name="甲")
    stage.go("sales", part="quotes", new=True, customer="C1")
    field = stage.widget("quote.own.own_site")
    assert field.text() == "仓库", "a new one begins with the default"
    field.setFocus()
    field.clear()
    stage.type("杭州")
    stage.press("Ctrl+S", "quote.own.own_site")

    def site() -> str | None:
        with stage.ctx.need_book().read() as connection:
            from crmdesk.services import agreement_entry

            number = connection.exec_driver_sql("SELECT number FROM agreement").scalar_one()
            return agreement_entry.by_number(connection, "quote", number)[0].get("fields", {}).get("site")

    assert site() == "杭州"
    field = stage.widget("quote.own.own_site")
    field.setFocus()
    field.selectAll()
    stage.press("Delete")
    stage.press("Ctrl+S", "quote.own.own_site")
    assert site() is None


def test_an_invoice_asks_for_what_must_be_given(stage: Stage, do: Do) -> None:
    do("field.define", record="invoice", name="po", label="Order", kind="text", required=True)
    do("customer.create", code="C1", name="甲")
    stage.go("invoices", new=True, customer="C1")
    editor = stage.widget("invoice.editor")
    editor.lines.grid.set_lines([{"description": "x", "quantity": "1", "unit_price": "1", "tax_rate": "0"}])
    stage.press("Ctrl+Shift+Return", "invoice.own.own_po")
    assert editor.own.form.error("own_po") == "Please fill in Order."
    editor.own.form.set_value("own_po", "PO-1")
    stage.press("Ctrl+Shift+Return", "invoice.own.own_po")
    stage.go("invoices")
    with stage.ctx.need_book().read() as connection:
        assert (
            connection.exec_driver_sql("SELECT text_value FROM document_value").scalar_one_or_none() == "PO-1"
        )
