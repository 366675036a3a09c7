"""Counts that come along with other rows, so that a page need not ask for each."""

from django.db.models import Func, IntegerField, Subquery


def count_of(rows):
    """How many rows there are, as a value to annotate other rows with."""
    return Subquery(rows.order_by().values(count=Func(template="COUNT(*)", output_field=IntegerField())))
