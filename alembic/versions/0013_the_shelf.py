"""What the archive is narrowed by: full text with addresses and authors, figures of each article, names in it."""

import sqlalchemy as sa
from alembic import op

from monitor.edge.sql import NO_BYTES

revision = "0013"
down_revision = "0012"

# Full text over folded words: words(), names_in() and host_of() are the program's own functions, registered on each
# connection. The index keeps no second copy of the text, so a row's old words are worked out again when it leaves.
BODY = "CASE WHEN {0}.text <> '' THEN {0}.text WHEN {0}.content <> '' THEN {0}.content ELSE {0}.summary END"
KEPT = {
    "title": "words({0}.title)",
    "text": f"words({BODY})",
    "url": "words({0}.url)",
    "author": "words(names_in({0}.authors))",
}
TEXTS = ("title", "text", "content", "summary")
FIGURES = ("language", "site", "url", "seen_at", "published_at", "story_id", "copy_of")
READ = ("title", "text", "content", "summary", "language")  # what names are found in

TURN = "(SELECT coalesce(max(turn), 0) + 1 FROM shelf)"
CODES = "INSERT INTO shelf_name(name) VALUES ({0}.language), ({0}.site), (host_of({0}.url)) ON CONFLICT DO NOTHING;"
CODE = "(SELECT id FROM shelf_name WHERE name = {})"
VALUES = {
    "seen": "CAST(strftime('%s', {0}.seen_at) AS INTEGER)",
    "published": "CAST(strftime('%s', {0}.published_at) AS INTEGER)",
    "language": CODE.format("{0}.language"),
    "site": CODE.format("{0}.site"),
    "host": CODE.format("host_of({0}.url)"),
    "story_id": "{0}.story_id",
    "copied": "{0}.copy_of IS NOT NULL",
}


def changed(names: tuple[str, ...]) -> str:
    return " OR ".join(f"old.{name} IS NOT new.{name}" for name in names)


def fill(row: str) -> str:
    values = ", ".join(value.format(row) for value in VALUES.values())
    return f"INSERT INTO shelf(article_id, turn, {', '.join(VALUES)}) VALUES ({row}.id, {TURN}, {values});"


REFILL = ", ".join(f"{name} = {value.format('new')}" for name, value in VALUES.items())
SHELVE = (
    f"CREATE TRIGGER shelf_insert AFTER INSERT ON article BEGIN {CODES.format('new')} {fill('new')} END",
    (
        f"CREATE TRIGGER shelf_update AFTER UPDATE OF {', '.join(FIGURES)} ON article WHEN {changed(FIGURES)} BEGIN "
        f"{CODES.format('new')} UPDATE shelf SET turn = {TURN}, {REFILL} WHERE article_id = new.id; END"
    ),
    (
        f"CREATE TRIGGER shelf_reread AFTER UPDATE OF {', '.join(READ)} ON article WHEN {changed(READ)} BEGIN "
        f"UPDATE shelf SET turn = {TURN}, named_by = 0 WHERE article_id = new.id; END"
    ),
    (
        "CREATE TRIGGER shelf_delete AFTER DELETE ON article BEGIN "
        f"UPDATE shelf SET turn = {TURN}, gone = 1 WHERE article_id = old.id; END"
    ),
    (
        "CREATE TRIGGER shelf_sighted AFTER INSERT ON sighting BEGIN "
        f"UPDATE shelf SET turn = {TURN}, feed_id = new.feed_id WHERE article_id = new.article_id AND feed_id IS NULL; "
        "END"
    ),
)


def full_text(columns: tuple[str, ...], watched: tuple[str, ...]) -> tuple[str, ...]:
    """The index over these columns, and the triggers that keep it."""
    names = ", ".join(columns)
    kept = ", ".join(KEPT[column] for column in columns)
    enter = f"INSERT INTO article_fts(rowid, {names}) VALUES (new.id, {kept.format('new')});"
    leave = f"INSERT INTO article_fts(article_fts, rowid, {names}) VALUES ('delete', old.id, {kept.format('old')});"
    return (
        f"CREATE VIRTUAL TABLE article_fts USING fts5({names}, content='', tokenize='unicode61 remove_diacritics 0')",
        f"INSERT INTO article_fts(rowid, {names}) SELECT id, {kept.format('article')} FROM article",
        f"CREATE TRIGGER article_fts_insert AFTER INSERT ON article BEGIN {enter} END",
        f"CREATE TRIGGER article_fts_delete AFTER DELETE ON article BEGIN {leave} END",
        (
            f"CREATE TRIGGER article_fts_update AFTER UPDATE OF {', '.join(watched)} ON article "
            f"WHEN {changed(watched)} BEGIN {leave} {enter} END"
        ),
    )


def upgrade() -> None:
    op.create_table(
        "shelf_name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "shelf",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), server_default="0", nullable=False),
        sa.Column("seen", sa.Integer(), server_default="0", nullable=False),
        sa.Column("published", sa.Integer(), nullable=True),
        sa.Column("language", sa.Integer(), server_default="0", nullable=False),
        sa.Column("site", sa.Integer(), server_default="0", nullable=False),
        sa.Column("host", sa.Integer(), server_default="0", nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=True),
        sa.Column("story_id", sa.Integer(), nullable=True),
        sa.Column("copied", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("gone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("named_by", sa.Integer(), server_default="0", nullable=False),
        sa.Column("named", sa.LargeBinary(), server_default=NO_BYTES, nullable=False),
        sa.PrimaryKeyConstraint("article_id"),
    )
    op.create_index("shelf_turn", "shelf", ["turn"])
    op.create_index("shelf_named_by", "shelf", ["named_by", "article_id"])
    op.create_table(
        "mention",
        sa.Column("entity", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("entity", "article_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("story_latest", "story", ["latest_at"])
    fed = sa.text("text_source = 'feed'")
    op.create_index("article_fed", "article", ["id"], sqlite_where=fed, postgresql_where=fed)
    if op.get_bind().dialect.name == "sqlite":
        _replace_full_text(full_text(tuple(KEPT), (*TEXTS, "url", "authors")))
        _fill()


def _replace_full_text(statements: tuple[str, ...]) -> None:
    for name in ("insert", "delete", "update"):
        op.execute(f"DROP TRIGGER article_fts_{name}")
    op.execute("DROP TABLE article_fts")
    for statement in statements:
        op.execute(statement)


def _fill() -> None:
    """Enter what is there already: 100,000 articles take a minute or two."""
    for name in ("language", "site", "host_of(url)"):
        op.execute(
            f"INSERT INTO shelf_name(name) SELECT DISTINCT {name} FROM article WHERE true ON CONFLICT DO NOTHING"
        )
    values = ", ".join(value.format("article") for value in VALUES.values())
    feed = "(SELECT feed_id FROM sighting WHERE article_id = article.id ORDER BY id LIMIT 1)"
    op.execute(
        f"INSERT INTO shelf(article_id, turn, {', '.join(VALUES)}, feed_id) "
        f"SELECT id, id, {values}, {feed} FROM article"
    )
    for statement in SHELVE:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("insert", "update", "reread", "delete", "sighted"):
            op.execute(f"DROP TRIGGER shelf_{name}")
        _replace_full_text(full_text(("title", "text"), TEXTS))
    for name in ("mention", "shelf", "shelf_name"):
        op.drop_table(name)
    op.drop_index("article_fed", "article")
    op.drop_index("story_latest", "story")
