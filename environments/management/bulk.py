"""Many rows at once, as they are given: with their own ids and dates, which save() and bulk_create() would set."""

from operator import attrgetter

from django.core.management.color import no_style
from django.db import connection
from django.db.models import BooleanField, CharField, IntegerField, Max, TextField, UUIDField

AT_ONCE = 2_000  # rows of one statement
AS_THEY_ARE = (BooleanField, CharField, IntegerField, TextField)  # fields whose values need nothing done to them


class Rows:
    """Rows of one table on their way into the database. Numbers as ids go on after the highest there is."""

    def __init__(self, model):
        self._model, self._waiting = model, []
        self._fields = model._meta.concrete_fields
        counted = not isinstance(model._meta.pk, UUIDField)
        self.next_id = (model.objects.aggregate(last=Max("pk"))["last"] or 0) + 1 if counted else None
        columns = ", ".join(connection.ops.quote_name(field.column) for field in self._fields)
        places = ", ".join(["%s"] * len(self._fields))
        self._insert = f"INSERT INTO {_table(model)} ({columns}) VALUES ({places})"
        self._readers = [_reader(field) for field in self._fields]

    def add(self, **values):
        """Keep a row until the next flush; return it, with its id. It may be changed until another one is added."""
        if len(self._waiting) >= AT_ONCE:
            self.flush()
        if self.next_id is not None:
            values["pk"] = self.next_id
            self.next_id += 1
        row = self._model(**values)
        self._waiting.append(row)
        return row

    def flush(self):
        """Send what waits. Keys are checked when the transaction ends, so tables may go in any order."""
        if self._waiting:
            with connection.cursor() as cursor:
                cursor.executemany(self._insert, [[read(row) for read in self._readers] for row in self._waiting])
            self._waiting = []


def _reader(field):
    """What reads the value of a field from a row, as the database takes it."""
    own = field
    while own.is_relation:
        own = own.target_field
    if isinstance(own, AS_THEY_ARE):
        return attrgetter(field.attname)
    return lambda row: field.get_db_prep_save(getattr(row, field.attname), connection)


def copy_children(model, parent, source_id, ids):
    """Give the parents with these ids the rows of the one with source_id, without fetching them.

    parent: the name of the foreign key.
    """
    key = model._meta.get_field(parent).column
    others = [field.column for field in model._meta.concrete_fields if not field.primary_key and field.column != key]
    columns = ", ".join(connection.ops.quote_name(column) for column in others)
    table, parents = _table(model), _table(model._meta.get_field(parent).related_model)
    chosen = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({key}, {columns}) SELECT parents.id, {columns} FROM"
            f" (SELECT id FROM {parents} WHERE id IN ({chosen})) parents, {table} children WHERE children.{key} = %s",
            [*ids, source_id],
        )


def count_on(models):
    """Let the ids that the database gives go on after those that were given here."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def _table(model):
    return connection.ops.quote_name(model._meta.db_table)
