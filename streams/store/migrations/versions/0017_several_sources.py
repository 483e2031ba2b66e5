"""several sources of a stream: what it follows, gaps of one of them, free posts, instances."""

from alembic import op
import sqlalchemy as sa

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('streams', sa.Column('further_sources', sa.String(length=200), nullable=True))
    op.add_column('gaps', sa.Column('source', sa.String(length=20), nullable=True))
    op.create_table(
        'free_minutes',
        sa.Column('stream_id', sa.String(length=32), nullable=False),
        sa.Column('minute', sa.Integer(), nullable=False),
        sa.Column('posts', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['stream_id'], ['streams.id'], name=op.f('fk_free_minutes_stream_id_streams')
        ),
        sa.PrimaryKeyConstraint('stream_id', 'minute', name=op.f('pk_free_minutes')),
    )
    op.create_table(
        'instances',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('address', sa.String(length=200), nullable=False),
        sa.Column('token', sa.LargeBinary(), nullable=False),
        sa.Column('added_at', sa.BigInteger(), nullable=False),
        sa.Column('checked_at', sa.BigInteger(), nullable=True),
        sa.Column('fault', sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ['account_id'], ['accounts.id'], name=op.f('fk_instances_account_id_accounts')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_instances')),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f('ix_instances_account_id'), 'instances', ['account_id'], unique=False)
    op.create_index(
        op.f('ix_instances_account_id_address'), 'instances', ['account_id', 'address'], unique=True
    )


def downgrade() -> None:
    op.drop_table('instances')
    op.drop_table('free_minutes')
    op.drop_column('gaps', 'source')  # in place: SQLite may not drop a table that others refer to
    op.drop_column('streams', 'further_sources')
