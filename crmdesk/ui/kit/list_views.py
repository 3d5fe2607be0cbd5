"""Saved views of a list: filters, sorting, groups and columns under a name. Private ones are the user's look
(`ViewState`), shared ones are kept by whoever knows the book (`SharedViews`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton

from crmdesk.models.errors import Code, CrmdeskError, InvalidInput
from crmdesk.models.fields import Field, Kind
from crmdesk.text import N_, _
from crmdesk.ui.kit.commands import tip_of
from crmdesk.ui.kit.dialogs import Dialog, confirm
from crmdesk.ui.kit.form import Form
from crmdesk.ui.kit.host import Host
from crmdesk.ui.kit.icons import set_icon
from crmdesk.ui.kit.labels import set_property
from crmdesk.ui.kit.list_menus import Adder
from crmdesk.ui.kit.words import Speaking

NAME_LENGTH_MAX = 40
State = dict[str, Any]
SHARED = "shared:"
"""Before the name of a view that everybody sees: one of one's own may have the same name."""


class SharedViews(Protocol):
    """Views of a list that everybody sees. Everything is done later: `done()` comes when it is."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of records whose changes may bring other views."""
        ...

    @property
    def is_open(self) -> bool:
        """Whether views can be shared at all now."""
        ...

    def read(self, *, is_fresh: bool = False) -> dict[str, State]:
        """Every shared view by name; `is_fresh` where others may have changed them."""
        ...

    def save(self, name: str, state: State, done: Callable[[], object]) -> None:
        """Keeps one for everybody; one of that name is replaced."""
        ...

    def rename(self, name: str, to: str, done: Callable[[], object]) -> None:
        """Gives one another name."""
        ...

    def remove(self, name: str, done: Callable[[], object]) -> None:
        """Forgets one."""
        ...


def _label(key: str) -> str:
    return key.removeprefix(SHARED)


class ListViews(Speaking, QToolButton):
    """The button with the name of the view in force, and its menu.

    `read()` gives the list's state as plain data, `apply(state)` takes one, `standard` is what the list began with.
    Group fields are offered in the same menu: `group(name)` groups by one ("" by none).
    """

    named = Signal(str)
    """The view in force, with a mark when the list differs from it; "" for none."""

    def __init__(
        self,
        host: Host,
        place: str,
        read: Callable[[], State],
        apply: Callable[[State], object],
        add_groups: Callable[[QMenu], object],
        shared: SharedViews | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName(f"{place}.views")
        set_icon(self, "star")
        self._host = host
        self._place = place
        self._read = read
        self._apply = apply
        self._add_groups = add_groups
        self._shared = shared
        if shared is not None:
            host.bus.watch(self, shared.kinds, lambda _changes: self.refresh())
        self._standard: State = {}
        self._name = ""
        self._action: QAction | None = None
        self.clicked.connect(lambda _checked=False: self.open_menu())

    def begin(self, columns: State) -> None:
        """Notes what the list began with (`columns` before anybody changed them) and shows the view chosen last.

        Once, before the first rows.
        """
        now = self._read()
        self._standard = {**now, "columns": columns}
        kept = self._host.settings.text(f"view.{self._place}")
        if kept in self._views():
            self._name = kept
            # The columns as they were left, saved or not; the rest as the view says.
            self._apply({**self._views()[kept], "columns": now["columns"]})
        self.refresh()

    def use_standard(self, columns: State) -> None:
        """The list has other columns: the standard view shows them as `columns` says."""
        if self._standard:
            self._standard = {**self._standard, "columns": columns}
        self.refresh()

    # What is kept

    def _views(self) -> dict[str, State]:
        shared = self._shared.read() if self._shared is not None else {}
        return {**self._private(), **{f"{SHARED}{name}": state for name, state in shared.items()}}

    def _private(self) -> dict[str, State]:
        kept = self._host.settings.get(f"views.{self._place}")
        return (
            {str(name): state for name, state in kept.items() if isinstance(state, dict)}
            if isinstance(kept, dict)
            else {}
        )

    @property
    def _is_shared(self) -> bool:
        return self._name.startswith(SHARED)

    def _share(self, name: str, state: State, done: Callable[[], object] | None = None) -> None:
        """Keeps a view for everybody and shows it."""
        shared = self._shared
        if shared is None:
            return

        def kept() -> None:
            self._keep(self._private(), f"{SHARED}{name}")
            if done is not None:
                done()
            self._host.notices.toast(
                _("Everybody who opens this book sees the view “{name}”.").format(name=name), "good"
            )

        shared.save(name, state, kept)

    def _keep(self, views: dict[str, State], name: str) -> None:
        own = {key: state for key, state in views.items() if not key.startswith(SHARED)}
        self._host.settings.put(f"views.{self._place}", own or None)
        self._host.settings.put(f"view.{self._place}", name or None)
        self._host.settings.save()
        self._name = name
        self.refresh()

    @property
    def name(self) -> str:
        """The view in force, "" for the standard one."""
        return _label(self._name)

    def is_changed(self) -> bool:
        """Whether the list differs from the saved view in force."""
        saved = self._views().get(self._name)
        return saved is not None and not _is_same(saved, self._read())

    # Doing

    def choose(self, name: str) -> None:
        """Shows a saved view."""
        state = self._views().get(name)
        if state is not None:
            self._apply(state)
            self._keep(self._views(), name)

    def reset(self) -> None:
        """Back to what the list began with."""
        self._apply(self._standard)
        self._keep(self._views(), "")

    def save(self) -> None:
        """Keeps the list as it stands under the name in force, or asks for one."""
        if not self._name:
            self.save_as()
            return
        if self._is_shared:
            self._share(_label(self._name), self._read())
            return
        self._keep({**self._views(), self._name: self._read()}, self._name)
        self._host.notices.toast(_("The view “{name}” was saved.").format(name=self._name), "good")

    def save_as(self) -> None:
        """Asks for a name and keeps the list as it stands."""

        def take(name: str, is_shared: bool) -> None:
            if is_shared:
                self._share(name, self._read())
                return
            self._keep({**self._views(), name: self._read()}, name)
            self._host.notices.toast(_("The view “{name}” was saved.").format(name=name), "good")

        self._ask_name(_("Save the view"), "", take, is_new=True)

    def rename(self) -> None:
        """Asks for another name of the view in force."""

        def take(name: str, is_shared: bool) -> None:
            before = self._name
            if is_shared and self._shared is not None:
                keep = self._keep
                self._shared.rename(_label(before), name, lambda: keep(self._private(), f"{SHARED}{name}"))
                return
            self._keep(
                {name if kept == before else kept: state for kept, state in self._views().items()}, name
            )

        self._ask_name(_("Rename the view"), _label(self._name), take)

    def delete(self) -> None:
        """Asks, then forgets the view in force; what is shown stays."""
        gone = self._name
        is_shared = self._is_shared

        def forget() -> None:
            if is_shared and self._shared is not None:
                self._shared.remove(_label(gone), lambda: self._keep(self._private(), ""))
                return
            self._keep({name: state for name, state in self._views().items() if name != gone}, "")

        confirm(
            self,
            _("Delete the view?"),
            (
                _("“{name}” is gone for everybody then; no record is touched.")
                if is_shared
                else _("“{name}” is only a way to look at the list; no record is touched.")
            ).format(name=_label(gone)),
            _("Delete"),
            forget,
            name="deleteView",
        )

    def share(self) -> None:
        """Gives the private view in force to everybody."""
        name = self._name
        state = self._private().get(name)
        if state is not None:
            self._share(name, state, lambda: self._drop_private(name))

    def _drop_private(self, name: str) -> None:
        self._keep({key: one for key, one in self._private().items() if key != name}, self._name)

    def keep_private(self) -> None:
        """Keeps a copy of the shared view in force for this computer only."""
        name = _label(self._name)
        self._keep({**self._private(), name: self._read()}, name)
        self._host.notices.toast(_("The view “{name}” was saved.").format(name=name), "good")

    def _ask_name(
        self, title: str, value: str, on_given: Callable[[str, bool], object], *, is_new: bool = False
    ) -> None:
        dialog = Dialog(self, title, name="view", width=56)
        field = Field("name", Kind.TEXT, N_("Name"), required=True, length_max=NAME_LENGTH_MAX)
        may_share = self._shared is not None and self._shared.is_open
        fields = [field]
        if is_new and may_share:
            fields.append(Field("shared", Kind.BOOLEAN, N_("For everybody who opens this book")))
        form = Form(self._host, fields, {"name": value}, name="view.form", columns_max=1, has_shortcuts=False)
        dialog.body.addWidget(form)

        def take() -> None:
            try:
                values = form.values()
                name = str(values["name"])
                is_shared = bool(values.get("shared")) if is_new else self._is_shared
                if name != value and (f"{SHARED}{name}" if is_shared else name) in self._views():
                    raise InvalidInput(
                        Code.DUPLICATE,
                        _("There is a view of this name already. Choose another one."),
                        field="name",
                    )
            except CrmdeskError as error:
                form.take_error(error)
                return
            dialog.accept()
            on_given(name, is_shared)

        form.submitted.connect(take)
        dialog.add_cancel("view.cancel")
        dialog.add_action(_("Save"), "view.save", form.submit, kind="primary", shortcut="Ctrl+S")
        dialog.show_sheet()
        form.focus_first()

    # The menu

    def menu_now(self) -> QMenu:
        """Views, what can be done with them, and the groups of the list."""
        if self._shared is not None:
            self._shared.read(is_fresh=True)
        menu = QMenu(self)
        menu.setObjectName(f"{self._place}.views.menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        add = Adder(menu, f"{self._place}.views")
        add("standard", _("Standard view"), self.reset, is_on=not self._name)
        has_title = False
        for number, name in enumerate(self._views()):
            if name.startswith(SHARED) and not has_title:
                has_title = True
                menu.addSection(_("For everybody"))
            words = _label(name)
            is_now = name == self._name
            mark = _("{name} (changed)").format(name=words) if is_now and self.is_changed() else words
            add(
                f"view{number}",
                mark.replace("&", "&&"),
                lambda which=name: self.choose(which),
                is_on=name == self._name,
            )
        menu.addSeparator()
        if self._name:
            add("save", _("Save the changes"), self.save).setEnabled(self.is_changed())
        add("saveAs", _("Save as a new view …"), self.save_as)
        if self._name:
            add("rename", _("Rename …"), self.rename)
            add("delete", _("Delete …"), self.delete)
            if self._is_shared:
                add("keepPrivate", _("Save a copy only for me"), self.keep_private)
            elif self._shared is not None and self._shared.is_open:
                add("share", _("Share with everybody"), self.share)
        self._add_groups(menu)
        return menu

    def open_menu(self) -> None:
        """The menu under the button, its first entry lit for the arrow keys."""
        menu = self.menu_now()
        menu.popup(self.mapToGlobal(QPoint(0, self.height())))
        menu.setActiveAction(menu.actions()[0])

    # Showing

    def refresh(self) -> None:
        """Name and mark; to be called when the list's state changed."""
        is_changed = self.is_changed()
        words = _("Views")
        if self._name:
            words = _("View: {name}").format(name=self.name)
        if is_changed:
            words = _("View: {name} (changed)").format(name=self.name)
        self.setAccessibleName(words)
        self._show_tip()
        set_property(self, "tone", "accent" if self._name else "")
        self.named.emit(f"{self.name} •" if is_changed else self.name)

    def use_key_of(self, action: QAction) -> None:
        """The tooltip says the key of this action, which opens the menu as well."""
        self._action = action
        action.changed.connect(self._show_tip)

    def _show_tip(self) -> None:
        shortcut = self._action.shortcut().toString() if self._action is not None else ""
        self.setToolTip(tip_of(self.accessibleName(), shortcut))

    def retranslate(self) -> None:
        """Words that are computed."""
        super().retranslate()
        self.refresh()


def _is_same(one: State, other: State) -> bool:
    """Whether two states show the same list; widths may differ by what rounding to another text size makes."""
    if {**one, "columns": None} != {**other, "columns": None}:
        return False
    first, second = one.get("columns") or {}, other.get("columns") or {}
    if {**first, "widths": None} != {**second, "widths": None}:
        return False
    widths, others = first.get("widths") or {}, second.get("widths") or {}
    return widths.keys() == others.keys() and all(abs(widths[name] - others[name]) < 0.5 for name in widths)
