"""A prepared query finds what the queryset finds, whatever the values, and writes its SQL once."""

import threading
from datetime import timedelta

import pytest
from django.db import DataError, connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from wagtail.models import Page, PageViewRestriction

from events.models import Occurrence
from prevent_content.prepared import NotPrepared, Prepared
from prevent_content.routing import sites_of_host
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


def paths_of(pages):
    return [(page.path, page.title) for page in pages]


def below(path, slugs):
    return Page.objects.filter(path__startswith=path, slug__in=slugs).order_by("path")


def test_it_finds_what_the_queryset_finds(event_index, prevent_page):
    prepared = Prepared(below)
    for path in ["0001", event_index.path, "", "%", "_001", "9"]:
        for slugs in [
            ("prevent",),
            ("prevent", "roundtables"),
            ("prevent", "prevent"),
            ("no'ne",),
            (),
        ]:
            assert paths_of(prepared(path, slugs)) == paths_of(below(path, slugs))
    assert paths_of(prepared("0001", ("prevent",)))


def test_a_like_pattern_in_a_value_is_text(home):
    home.add_child(instance=Page(title="A", slug="a-b"))

    def build(text):
        return Page.objects.filter(slug__startswith=text)

    prepared = Prepared(build)
    assert paths_of(prepared("a-"))
    for text in ["a_", "%", "\\"]:
        assert prepared(text) == list(build(text)) == []


def test_its_sql_is_written_once_for_each_shape(event_index, monkeypatch):
    built = []

    def build(path, slugs):
        built.append(slugs)
        return below(path, slugs)

    prepared = Prepared(build)
    for _ in range(3):
        prepared("0001", ("prevent",))
        prepared("0002", ("other",))
    # Once to learn the model, once with marks.
    assert len(built) == 2
    prepared("0001", ("a", "b"))
    assert len(built) == 4


def test_objects_come_with_what_the_queryset_joins_defers_and_annotates(
    series, django_assert_num_queries
):
    def build(event, at):
        return (
            Occurrence.objects.filter(event_id=event, ends_at__gt=at)
            .select_related("event__venue")
            .defer("vevent", "event__body")
            .annotate(
                later=F("sequence") + 1,
                closed=Exists(PageViewRestriction.objects.filter(page=OuterRef("event__pk"))),
            )
            .order_by("starts_at")
        )

    prepared = Prepared(build)
    prepared(series.pk, NOW)
    hall = series.venue.name
    for at in (NOW, NOW + timedelta(days=90), NOW + timedelta(days=9000)):
        with django_assert_num_queries(1):
            rows = prepared(series.pk, at)
            assert [row.event.venue.name for row in rows] == [hall] * len(rows)
        plain = list(build(series.pk, at))
        assert rows == plain
        assert [(row.later, row.closed, row.starts_at) for row in rows] == [
            (row.later, row.closed, row.starts_at) for row in plain
        ]
        assert all("vevent" in row.get_deferred_fields() for row in rows)
    assert prepared(series.pk, NOW)


def test_rows_are_new_objects_each_time(event_index):
    prepared = Prepared(below)
    (first,), (second,) = (prepared("0001", ("prevent",)) for _ in range(2))
    first.title = "changed"
    assert second.title != "changed"


def test_what_is_none_or_true_decides_how_it_is_built(event_index):
    def build(title, is_live):
        found = Page.objects.filter(Q(title=title) if title else Q())
        return found.filter(live=True) if is_live else found.none()

    prepared = Prepared(build)
    for values in [(None, True), ("Roundtables", True), (None, False), ("Roundtables", False)]:
        assert set(prepared(*values)) == set(build(*values))


def test_a_moment_may_be_moved_by_the_query(series):
    def build(event, at):
        return Occurrence.objects.filter(
            event_id=event,
            starts_at__gt=at - timedelta(days=2),
            ends_at__lt=at + timedelta(days=40),
        ).order_by("starts_at")

    prepared = Prepared(build)
    for days in (0, 23, 25, 30, 90):
        at = NOW + timedelta(days=days)
        assert prepared(series.pk, at) == list(build(series.pk, at))
    assert prepared(series.pk, NOW)


def test_it_keeps_no_more_shapes_than_it_may(home, monkeypatch):
    monkeypatch.setattr("prevent_content.prepared.MOST_SHAPES", 3)
    prepared = Prepared(below)
    for number in range(1, 9):
        assert prepared("0001", ("home",) * number)
        assert len(prepared.written) <= 3


@pytest.mark.parametrize(
    "build",
    [
        lambda path: Page.objects.filter(path=path + "x"),
        lambda path: Page.objects.filter(path__endswith=path),
        lambda path: Page.objects.all(),
    ],
)
def test_a_value_that_does_not_stand_in_the_sql_is_not_put_there(home, build, caplog):
    prepared = Prepared(build)
    for path in ("0001", "1", "x"):
        assert set(prepared(path)) == set(build(path))
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    with pytest.raises(NotPrepared):
        prepared.write(("0001",), "default")


def test_the_queries_of_a_visit_are_prepared(client, registration_page, caplog):
    for path in ("/", "/prevent/", "/prevent/roundtables/", registration_page.url):
        client.get(path)
    assert not [record for record in caplog.records if "not prepared" in record.getMessage()]
    assert None not in sites_of_host.written.values()


OUTSIDE_A_TRANSACTION = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@OUTSIDE_A_TRANSACTION
def test_each_thread_asks_over_its_own_connection(home):
    prepared = Prepared(lambda depth: Page.objects.filter(depth=depth))
    expected = prepared(1)
    found = []

    def ask():
        found.append(prepared(1))
        connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert found == [expected]


@pytest.fixture
def on_postgresql(db):
    """PostgreSQL outside a transaction, with a connection that has no plans yet."""
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL keeps plans")
    connection.close()
    yield
    connection.close()


def plans() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall()]


def pages_of_depth(depth):
    return Page.objects.filter(depth=depth).order_by("path")


@OUTSIDE_A_TRANSACTION
def test_postgresql_plans_once_what_is_asked_often(on_postgresql):
    prepared = Prepared(pages_of_depth)
    expected = list(pages_of_depth(1))
    for _ in range(9):
        assert prepared(1) == expected
        assert prepared(9) == []
    (statement,) = plans()
    assert statement == prepared.written["default", int].sql.replace("%s", "$1")


@OUTSIDE_A_TRANSACTION
def test_within_a_transaction_no_plan_is_kept_that_could_fail_it(on_postgresql):
    prepared = Prepared(pages_of_depth)
    with transaction.atomic():
        for _ in range(9):
            prepared(1)
        assert plans() == []


@OUTSIDE_A_TRANSACTION
def test_no_plan_is_kept_where_connections_are_not_ones_own(on_postgresql, monkeypatch):
    monkeypatch.delitem(connection.settings_dict["OPTIONS"], "prepare_threshold")
    prepared = Prepared(pages_of_depth)
    for _ in range(9):
        prepared(1)
    assert plans() == []


@OUTSIDE_A_TRANSACTION
def test_a_plan_that_a_migration_outdated_is_made_anew(on_postgresql):
    prepared = Prepared(pages_of_depth)
    expected = prepared(1)
    alter = "ALTER TABLE wagtailcore_page ALTER COLUMN seo_title TYPE varchar(%s)"
    for _ in range(9):
        prepared(1)
    try:
        alter_elsewhere(alter, 300)
        for _ in range(9):
            assert prepared(1) == expected
        assert len(plans()) == 1
    finally:
        alter_elsewhere(alter, 255)


def alter_elsewhere(statement: str, length: int) -> None:
    """Change a table over another connection, as a migration does while the site runs."""

    def alter():
        with connection.cursor() as cursor:
            cursor.execute(statement % length)
        connection.close()

    thread = threading.Thread(target=alter)
    thread.start()
    thread.join()


@OUTSIDE_A_TRANSACTION
def test_a_plan_that_a_pooler_lost_is_made_anew(on_postgresql):
    prepared = Prepared(pages_of_depth)
    for _ in range(9):
        expected = prepared(1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements")
        (name,) = cursor.fetchone()
        # Behind psycopg's back: it would forget the plan too.
        cursor.connection.pgconn.exec_(f'DEALLOCATE "{name}"'.encode())
    assert prepared(1) == expected


@OUTSIDE_A_TRANSACTION
def test_another_error_is_told(on_postgresql):
    prepared = Prepared(lambda title: Page.objects.filter(title=title))
    for _ in range(9):
        prepared("Root")
    with pytest.raises(DataError):
        prepared("Root\0")
