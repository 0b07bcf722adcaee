"""Alembic's entry: our metadata on the connection that ``engine.schema`` hands over."""

from alembic import context

from engine import (
    desk_models,
    duty_models,
    feedback_models,
    hand_over_models,
    merge_models,
    models,
    search_models,
    visit_models,
)

#: importing them declares their tables
DECLARED = (
    *(models, duty_models, desk_models, feedback_models, hand_over_models),
    *(merge_models, search_models, visit_models),
)
connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=models.Case.metadata, render_as_batch=True)
with context.begin_transaction():
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(726173)")
    context.run_migrations()
