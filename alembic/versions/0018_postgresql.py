"""On PostgreSQL: full text, the shelf's triggers, and the functions that statements use and SQLite is given."""

from alembic import op

revision = "0018"
down_revision = "0017"

# Which of our advisory locks guards the making of names: they become visible in the order of their numbers.
NAMES = "1836019305, 9"
TEXTS = ("title", "text", "content", "summary", "url", "authors")
FIGURES = ("language", "site", "url", "seen_at", "published_at", "story_id", "copy_of")
READ = ("title", "text", "content", "summary", "language")  # what names are found in


def changed(names: tuple[str, ...]) -> str:
    # JSON cannot be compared, but its text can.
    return " OR ".join(f"old.{name}::text IS DISTINCT FROM new.{name}::text" for name in names)


FUNCTIONS = (
    """
    CREATE FUNCTION joined_text(numbers bigint[]) RETURNS text LANGUAGE sql IMMUTABLE
    AS $$ SELECT CASE WHEN cardinality(numbers) > 0 THEN array_to_string(numbers, ',') END $$
    """,
    """
    CREATE AGGREGATE group_concat(bigint)
    (SFUNC = array_append, STYPE = bigint[], INITCOND = '{}', FINALFUNC = joined_text)
    """,
    # A reader takes over what was changed by transactions that were not all over when it last looked.
    """
    CREATE FUNCTION this_turn() RETURNS bigint LANGUAGE sql VOLATILE
    AS $$ SELECT pg_current_xact_id()::text::bigint $$
    """,
    """
    CREATE FUNCTION host_of(url text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
        SELECT coalesce(regexp_replace(lower(trim(BOTH '[]' FROM substring(
            url FROM '^(?:[A-Za-z][A-Za-z0-9+.-]*:)?//(?:[^/?#]*@)?(\\[[^]/?#]*\\]|[^]:/?#[]*)'
        ))), '^www\\.', ''), '')
    $$
    """,
    """
    CREATE FUNCTION seconds_of(moment timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE
    AS $$ SELECT floor(extract(epoch FROM moment))::bigint $$
    """,
    f"""
    CREATE FUNCTION shelf_code(wanted text) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
    DECLARE code bigint;
    BEGIN
        SELECT id INTO code FROM shelf_name WHERE name = wanted;
        IF code IS NULL THEN
            PERFORM pg_advisory_xact_lock({NAMES});
            SELECT id INTO code FROM shelf_name WHERE name = wanted;
            IF code IS NULL THEN
                INSERT INTO shelf_name (name) VALUES (wanted) RETURNING id INTO code;
            END IF;
        END IF;
        RETURN code;
    END $$
    """,
    # A copy of a database brings its shelf along.
    """
    CREATE FUNCTION is_copying() RETURNS boolean LANGUAGE sql STABLE
    AS $$ SELECT coalesce(current_setting('monitor.copying', true), '') <> '' $$
    """,
    """
    CREATE FUNCTION shelve() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF is_copying() THEN RETURN NULL; END IF;
        IF TG_OP = 'DELETE' THEN
            UPDATE shelf SET turn = this_turn(), gone = true WHERE article_id = old.id;
            RETURN NULL;
        END IF;
        INSERT INTO shelf (article_id, turn, seen, published, language, site, host, story_id, copied)
        VALUES (new.id, this_turn(), seconds_of(new.seen_at), seconds_of(new.published_at), shelf_code(new.language),
            shelf_code(new.site), shelf_code(host_of(new.url)), new.story_id, new.copy_of IS NOT NULL)
        ON CONFLICT (article_id) DO UPDATE SET
            turn = excluded.turn, seen = excluded.seen, published = excluded.published, language = excluded.language,
            site = excluded.site, host = excluded.host, story_id = excluded.story_id, copied = excluded.copied,
            gone = false;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION shelve_reread() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE shelf SET turn = this_turn(), named_by = 0 WHERE article_id = new.id;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION shelve_sighted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT is_copying() THEN
            UPDATE shelf SET turn = this_turn(), feed_id = new.feed_id
            WHERE article_id = new.article_id AND feed_id IS NULL;
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION shelve_match() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT is_copying() THEN
            UPDATE shelf SET turn = this_turn()
            WHERE article_id = CASE WHEN TG_OP = 'DELETE' THEN old.article_id ELSE new.article_id END;
        END IF;
        RETURN NULL;
    END $$
    """,
    # The program folds the words, before it saves: it is told what it owes, and who does not know that cannot write.
    """
    CREATE FUNCTION owe_words() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT is_copying() THEN
            PERFORM set_config(
                'monitor.unworded', coalesce(current_setting('monitor.unworded', true), '') || new.id || ',', true
            );
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION must_be_worded() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF coalesce(current_setting('monitor.unworded', true), '') <> '' THEN
            RAISE EXCEPTION 'texts of articles are written by monitor alone, which indexes their words';
        END IF;
        RETURN NULL;
    END $$
    """,
)
TRIGGERS = (
    "CREATE TRIGGER shelf_insert AFTER INSERT ON article FOR EACH ROW EXECUTE FUNCTION shelve()",
    "CREATE TRIGGER shelf_delete AFTER DELETE ON article FOR EACH ROW EXECUTE FUNCTION shelve()",
    (
        f"CREATE TRIGGER shelf_update AFTER UPDATE OF {', '.join(FIGURES)} ON article FOR EACH ROW "
        f"WHEN ({changed(FIGURES)}) EXECUTE FUNCTION shelve()"
    ),
    (
        f"CREATE TRIGGER shelf_reread AFTER UPDATE OF {', '.join(READ)} ON article FOR EACH ROW "
        f"WHEN ({changed(READ)}) EXECUTE FUNCTION shelve_reread()"
    ),
    "CREATE TRIGGER shelf_sighted AFTER INSERT ON sighting FOR EACH ROW EXECUTE FUNCTION shelve_sighted()",
    "CREATE TRIGGER shelf_match AFTER INSERT OR DELETE ON match FOR EACH ROW EXECUTE FUNCTION shelve_match()",
    "CREATE TRIGGER words_insert AFTER INSERT ON article FOR EACH ROW EXECUTE FUNCTION owe_words()",
    (
        f"CREATE TRIGGER words_update AFTER UPDATE OF {', '.join(TEXTS)} ON article FOR EACH ROW "
        f"WHEN ({changed(TEXTS)}) EXECUTE FUNCTION owe_words()"
    ),
    (
        "CREATE CONSTRAINT TRIGGER words_inserted AFTER INSERT ON article DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION must_be_worded()"
    ),
    (
        f"CREATE CONSTRAINT TRIGGER words_updated AFTER UPDATE OF {', '.join(TEXTS)} ON article DEFERRABLE INITIALLY "
        f"DEFERRED FOR EACH ROW WHEN ({changed(TEXTS)}) EXECUTE FUNCTION must_be_worded()"
    ),
)
# Two vectors an article, or several of one that is very long: title and text, and where it is from.
FULL_TEXT = (
    """
    CREATE TABLE article_words (
        article_id bigint NOT NULL REFERENCES article (id) ON DELETE CASCADE,
        part bigint NOT NULL,
        words tsvector NOT NULL,
        address tsvector NOT NULL,
        PRIMARY KEY (article_id, part)
    )
    """,
    "CREATE INDEX article_words_words ON article_words USING gin (words)",
    "CREATE INDEX article_words_address ON article_words USING gin (address)",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in (*FUNCTIONS, *FULL_TEXT, *TRIGGERS):
            op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("DROP TABLE article_words")
    functions = "shelve shelve_reread shelve_sighted shelve_match owe_words must_be_worded".split()
    for name in functions:
        op.execute(f"DROP FUNCTION {name}() CASCADE")
    op.execute("DROP AGGREGATE group_concat(bigint)")
    for name in ("joined_text(bigint[])", "shelf_code(text)", "host_of(text)", "seconds_of(timestamptz)"):
        op.execute(f"DROP FUNCTION {name}")
    for name in ("this_turn()", "is_copying()"):
        op.execute(f"DROP FUNCTION {name}")
