"""Machinery of the window that knows no entity. Pages put it together; nothing here imports a page or a spec.

Import from the modules themselves (`from crmdesk.ui.kit.form import Form`): this package imports nothing.

Context (`crmdesk.ui.context.Context`, called `ctx`; a page's factory is `create(ctx) -> QWidget`)
    ctx.book (or None) · ctx.tasks · ctx.bus · ctx.settings (ViewState) · ctx.notices · ctx.commands · ctx.pickers
    ctx.run_use_case(name, arguments, owner=widget, on_done=f(Outcome), on_error=f(error) -> bool, key=None)
        Runs in the writer lane; publishes the changes, then calls on_done on the window's side. An on_error that
        returns True has dealt with the error (`form.take_error` is one); every other error goes to ctx.notices.
    ctx.read(work, owner=widget, on_done=f(result), on_error=…, replaces="search")
        `work(connection)` runs in a reader lane inside `book.read()`; an older one with the same owner and
        `replaces` is cancelled and its answer never arrives.
    ctx.go(place, **target) shows a place; its page gets `show_target(target)` when it has that method.

tasks.Tasks
    tasks.run(lane, work(progress), owner=…, done=f(result), failed=f(error), label="", replaces="") -> Task
    lanes "write" (one at a time), "read", "heavy". `progress.step(done, total, text)` reports and raises
    Cancelled when the user gave up; task.cancel(). A label makes the task visible after 600 ms.

bus.Bus
    bus.watch(widget, ("customer", "invoice"), f(changes)): at once while visible, else when shown again.

rows: row_source.RowSource, Query; columns.Column
    class Source: fields; ids(query) -> array('q'); fetch(ids) -> {id: row}; sums(query) -> {field: Decimal or text}
    A row is a tuple in the order of `fields`: str, int, Decimal (money, with its currency's digits; RATE a
    fraction), date or ISO text, bool, a choice's value. All three run in a reader lane.
    Query(search="", filters={}, sort="", is_descending=False, group=""); Column(field, tone=f(row) -> tone or "",
    text=f(row) -> str or None, is_hidden=False, is_muted=False).
table_view.TableView(host, source, columns, name="customers.table")
    signals current_changed(id or None), selection_changed(), opened(id), sort_requested(field, is_descending)
    .load(query) · .refresh(changed_ids or None) · .current_id() · .selected_ids() · .select(id)
    .copy() · .layout_state() / .restore_layout(state) · .model().row_of_id(id)
list_page.ListPage(host, place, title, source, columns, …)
    .add_button(command or text…) · .set_detail(widget) · .set_side(widget) · .add_filter(widget)
    .set_filter(name, value) · .reload() · .table · .search · .query(); signals opened(id), current_changed(id),
    export_requested(Query, columns). `watch=("customer", …)` refreshes by what changed.

form.Form(host, fields, values=None, name="form", pickers=None)
    signals changed(), submitted(), print_submitted(), cancelled()
    .values() typed (raises InvalidInput, shown under its field) · .changed_values() · .plain_values() for drafts
    .set_values({...}) · .set_error(field, message) · .take_error(error) -> bool · .clear_errors()
    .is_dirty() · .mark_clean() · .editor(name) · .leave(then) asks when dirty · .focus_first()
editors.editor_for(field, host=, pickers=) one editor per Kind; `.value() .set_value() .edited` signal
pickers.PickerSource (search(text, limit), recent(limit), find(value)); PickItem(value, title, code, detail)
    ctx.pickers["customer"] is a PickerSource; LinkPicker has signal create_requested(text)
line_grid.LineGrid(host, fields, computed=(), compute=f(lines) -> list[dict], pickers=…) .lines() .set_lines()
tree.Tree: set_nodes([TreeNode(id, title, parent_id, count)]), signals current_changed, moved, renamed, dropped
preview.PagePreview: set_pages([PageImage(width, height, rgba)]), set_loading()
dialogs.Dialog(parent, title, name=…): .body layout, .add_action(text, …, is_primary); dialogs.ask(...)
notices.Notices: toast(text, tone, action), error(error); banner.Banner(name)
words.Speaking: mixin; self.say(widget.setText, N_("Save")) sets now and again when the language changes
commands.Command(id, text, callback, icon, shortcut); commands.button(action), Commands.find/.set_shortcut/.clash
finder_list.FinderList(name): lines under headings, Line(title, note, figure, keys, icon, parts, data)
key_capture.KeyCapture(name): signals captured(key), given_up()
theme.theme(): .colours .metrics .use_scheme("system|light|dark") .use_density() · icons.set_icon(button, "plus")
labels.Label (elides), labels.title/caption/figure, labels.Chip(text, tone), labels.Card, labels.rule()
bar_chart.BarChart(name): bars of equal kind, signal chosen(index); share_bar.ShareBar(name): parts of a whole

A trap of Qt: `setVisible(True)` on a widget that has no parent yet shows it as a window of its own for a moment, and
the real window loses the focus. Add it to a layout first, or only ever `hide()` it there.
"""
