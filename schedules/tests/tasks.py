"""A task for tests, which the worker imports by this path."""

from django_tasks import task


@task()
def add(one: int, two: int) -> int:
    """The sum."""
    return one + two
