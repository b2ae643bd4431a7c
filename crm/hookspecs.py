"""Every question the house asks its rooms and its guests.

A room and a stranger's plugin answer through the same hooks. Unless its text says otherwise, every answer is
collected, in the order of `PLUGINS`, rooms last. Arguments may be left out of an answer's signature.

Each says what an answer is. An answer of another kind counts as one that failed: at the start the house does not
start, on a screen it is left out, and the log names the plugin and the question. One that takes longer than a quarter
of a second is logged too: people wait for it.

What is brought at the start has a name that nobody else's has: of two the house does not start, and says which two.
"""

import pluggy

from crm.answers import DICT, NOTHING, YES_OR_NO, classes_of, list_of, spec

impl = pluggy.HookimplMarker("crm")


# --- Moving in: asked once, at the start ---------------------------------------------------------------------


@spec(list_of("flask.Blueprint"))
def blueprints():
    """The pages you bring.

    Caller: crm/app.py
    Returns: list of flask.Blueprint; every view carries `requires(...)` or `public`.
    On failure: the house does not start.
    """


@spec(list_of("crm.mounts.Mount"))
def mounts(settings):
    """Other applications that stand beside the CRM in its processes, such as a portal for clients.

    `settings` are the CRM's own (`app.config`).

    Caller: crm/mounts.py
    Returns: list of crm.mounts.Mount.
    On failure: the house does not start.
    """


@spec(list_of("click.Command"))
def commands():
    """The words you add to the `crm` command line; one marked `without_crm` runs where there is no CRM.

    Caller: crm/cli.py
    Returns: list of click.Command.
    On failure: the command line does not start.
    """


@spec(list_of("crm.records.Kind"))
def record_kinds():
    """The kinds of record you keep, so that lower rooms can find, name and link them.

    Caller: crm/records.py
    Returns: list of crm.records.Kind.
    On failure: the house does not start.
    """


@spec(list_of("crm.access.Permission"))
def permissions():
    """The things a user may or may not do in your part of the house.

    Caller: crm/access.py
    Returns: list of crm.access.Permission.
    On failure: the house does not start.
    """


@spec(classes_of("crm.settings.SettingsForm"))
def settings_forms():
    """What an office may set on the settings page.

    Caller: crm/settings/queries.py
    Returns: list of crm.settings.SettingsForm classes; a field's name is its key, its default the value until changed.
    On failure: the house does not start.
    """


@spec(list_of("crm.jobs.Job"))
def jobs():
    """The work you do later, or every so often.

    Caller: crm/jobs/queue.py
    Returns: list of crm.jobs.Job.
    On failure: the house does not start.
    """


@spec(list_of("crm.jobs.Watch"))
def watches():
    """What you must look at every second or so, outside the CRM: exactly one worker does.

    Caller: crm/jobs/watching.py
    Returns: list of crm.jobs.Watch.
    On failure: the house does not start; a look that fails is logged, and tried again ever more slowly.
    """


@spec(list_of("crm.search.Source"))
def search_sources():
    """Which records the search box finds, and by which words.

    Caller: crm/search/queries.py
    Returns: list of crm.search.Source.
    On failure: the house does not start.
    """


@spec(list_of("crm.lists.RecordList"))
def record_lists():
    """The lists of records you show, with the columns and edits they have.

    Caller: crm/lists/queries.py
    Returns: list of crm.lists.RecordList.
    On failure: the house does not start.
    """


@spec(NOTHING)
def load_content():
    """Bring in what an office starts with, from config/content; must be safe to run again at every upgrade.

    Caller: crm/migrate.py
    Returns: nothing.
    On failure: the upgrade stops and is rolled back.
    """


@spec(NOTHING)
def fill_demo(dossiers, user):
    """A demo office was made (`crm demo`): put in what shows what you do. All of it is invented.

    Caller: crm/demo.py
    Returns: nothing; `dossiers` are those that have a dienst, `user` is who works in them.
    On failure: no demo office is made.
    """


@spec(list_of(str))
def demo_notes():
    """What one can try in a demo office with what you bring, a line each, in English.

    Caller: crm/demo.py
    Returns: list of str.
    On failure: logged, left out.
    """


# --- Screen --------------------------------------------------------------------------------------------------


@spec(list_of("crm.ui.MenuItem"))
def menu_items(user):
    """Your entries in the bar.

    Caller: crm/ui.py
    Returns: list of crm.ui.MenuItem.
    On failure: logged, left out.
    """


@spec(list_of("crm.ui.MenuItem"))
def account_items(user):
    """Your entries in the menu behind the user's own picture.

    Caller: crm/ui.py
    Returns: list of crm.ui.MenuItem.
    On failure: logged, left out.
    """


@spec(list_of("crm.ui.Panel"))
def panels(subject, user, place):
    """Your boxes on the page of a record (`subject`), or on the start page or Beheer (`subject` None).

    `place` is "tab" (names only: rendered when opened), "publisher" (a form above the feed), "side", "start", "under"
    (below a dienst or product in its dossier) or "admin" (`settings/_card.html` draws a `text` and `links` to your
    pages).

    Caller: crm/ui.py
    Returns: list of crm.ui.Panel.
    On failure: logged, left out; of one that fails when it is drawn the box says so.
    """


@spec(list_of("crm.ui.Action"))
def actions(subject, user):
    """Your buttons at the top of a record's page.

    Caller: crm/ui.py
    Returns: list of crm.ui.Action.
    On failure: logged, left out.
    """


@spec(list_of("crm.ui.AppointmentOption"))
def appointment_options(subject, user):
    """What else may happen when an appointment of this record is saved, as a tick on the form.

    `subject` may be a dossier that is yet to be made (its `id` is None, so look nothing up by it): what is offered for
    it is asked again with the dossier itself when the appointment is saved, and `apply` of that answer is called.

    Caller: crm/activities/queries.py
    Returns: list of crm.ui.AppointmentOption.
    On failure: logged, left out.
    """


@spec(list_of(int, "crm.ui.PreparationItem"))
def preparation(dossiers):
    """What must be in before the talk, and whether it is, for many dossiers at once: the start page shows them all.

    Caller: crm/dossiers/preparing.py
    Returns: list of (id of a dossier, crm.ui.PreparationItem); of two with one key a plugin's goes before the core's.
    On failure: logged, left out.
    """


# --- Access --------------------------------------------------------------------------------------------------


@spec(YES_OR_NO)
def allowed(user, permission, subject):
    """May this user do this (to this record)?

    Caller: crm/access.py
    Returns: True, False or None (no opinion); one False is no, else one True is yes, else no.
    On failure: no.
    """


# --- A record's life -----------------------------------------------------------------------------------------


@spec(NOTHING)
def before_save(changes, user):
    """Changes are about to be written; raise crm.records.Refused("why") to stop them all.

    Caller: crm/records.py
    Returns: nothing; `changes` is a list of crm.records.Change, one per record, however many there are.
    On failure: rolled back, the reason is shown.
    """


@spec(list_of("crm.locks.Lock"))
def locked_fields(records):
    """Fields that must keep what they hold for now, and why.

    Forms and lists show the lock and the reason; a change of such a field is refused by every way in, and so is taking
    its record away.

    Caller: crm/locks.py
    Returns: list of crm.locks.Lock; `records` are saved ones of any kind, however many there are, and may hold changes
    that are not saved yet.
    On failure: what is being saved is not saved; on a screen it is logged, and no lock is shown.
    """


@spec(DICT)
def changed_since(record, version):
    """What was changed in a record since an earlier version of it.

    Caller: crm/records.py
    Returns: {field: its value then} as `crm.records.changed_since` says, or None for whoever does not know; the first
    that knows counts.
    On failure: the record is not saved.
    """


@spec(NOTHING)
def happened(kind, number, action, facts, user):
    """Something was done that changes no record: a log-in, one that was refused, an export.

    `kind` and `number` say what it is about (number 0: nothing single), `facts` is {name: value}, `user` is who did it,
    None when nobody knows. In the transaction of what was done.

    Caller: crm/records.py
    Returns: nothing.
    On failure: rolled back, the reason is shown.
    """


@spec(NOTHING)
def after_save(changes, user):
    """Changes were written, in a transaction that is still open: local work only, the network is for jobs.

    Caller: crm/records.py
    Returns: nothing; `changes` is a list of crm.records.Change.
    On failure: rolled back, the reason is shown.
    """


# --- Documents -----------------------------------------------------------------------------------------------


@spec(list_of(str, str))
def document_types():
    """What a document may be: for the list to choose from when one is described, and the words of what was chosen.

    Caller: crm/documents/queries.py
    Returns: list of (key, name); the key is what `Document.document_type` holds.
    On failure: logged, left out.
    """


@spec(list_of(int, "crm.ui.DocumentNote"))
def document_notes(documents, user):
    """What to say beside documents in a list: where one belongs, or what is yet to be done with it.

    Caller: crm/documents/queries.py
    Returns: list of (id of a document, crm.ui.DocumentNote); `documents` are a page of those of one record.
    On failure: logged, left out.
    """


@spec(NOTHING)
def document_saved(document, user):
    """A file of a document came in, was checked, and may be seen from now on; `user` is who added it, None a stranger.

    In the transaction of the check, which a job does: local work only.

    Caller: crm/documents/operations.py
    Returns: nothing.
    On failure: rolled back, and checked again later.
    """


@spec(NOTHING)
def document_refused(document, user):
    """A file of a document came in, was checked, and may never be seen; its newest version says why. `user` is who
    added it, None a stranger.

    In the transaction of the check, which a job does: local work only.

    Caller: crm/documents/operations.py
    Returns: nothing.
    On failure: rolled back, and checked again later.
    """


@spec(NOTHING)
def document_shared(documents, is_public, user):
    """Documents became Publiek, or are no longer so: by the button, with their type, because one was deleted.

    In the transaction of the change, which is still open: local work only, the network is for jobs. `user` is who did
    it, None the house itself; of a document that was deleted only its own columns are there.

    Caller: crm/documents/operations.py
    Returns: nothing; `documents` is a list, however many there are, all with the same `is_public`.
    On failure: rolled back, the reason is shown.
    """


# --- Mail and workflows --------------------------------------------------------------------------------------


@spec(list_of("crm.mail.MailPurpose"))
def mail_purposes():
    """What your mails are for, and the texts an office starts with.

    Caller: crm/mail/purposes.py
    Returns: list of crm.mail.MailPurpose.
    On failure: the house does not start.
    """


@spec(list_of("crm.mail.Placeholder"))
def placeholders(subject, appointment, user):
    """The words between {{ }} that a template may use: about a record, its appointment (or None) and who writes.

    `subject` None asks for the names only.

    Caller: crm/mail/placeholders.py
    Returns: list of crm.mail.Placeholder.
    On failure: logged; the window says so, and no message is made until it answers again.
    """


@spec(list_of("crm.mail.Recipient"))
def recipients(subject):
    """Whom a mail about this record is for, the client first.

    Caller: crm/mail/placeholders.py
    Returns: list of crm.mail.Recipient; people without an address too, so that the compose window can say so.
    On failure: logged; the window says so, and no message is made until it answers again.
    """


@spec(list_of("crm.workflows.WorkflowAction"))
def workflow_actions():
    """What a step of a workflow can do.

    Caller: crm/workflows/queries.py
    Returns: list of crm.workflows.WorkflowAction.
    On failure: the house does not start.
    """
