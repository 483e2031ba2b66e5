"""exports: files of a collection's posts that people ordered."""

from alembic import op
import sqlalchemy as sa

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'exports',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('stream_id', sa.String(length=32), nullable=False),
        sa.Column('collection', sa.String(length=64), nullable=False),
        sa.Column('selection', sa.Text(), nullable=False),
        sa.Column('state', sa.String(length=10), nullable=False),
        sa.Column('created_at', sa.BigInteger(), nullable=False),
        sa.Column('expires_at', sa.BigInteger(), nullable=False),
        sa.Column('beat_at', sa.BigInteger(), nullable=False),
        sa.Column('sent_at', sa.BigInteger(), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('posts_read', sa.BigInteger(), nullable=False),
        sa.Column('posts_total', sa.BigInteger(), nullable=False),
        sa.Column('posts', sa.BigInteger(), nullable=False),
        sa.Column('bytes', sa.BigInteger(), nullable=False),
        sa.Column('room', sa.BigInteger(), nullable=True),
        sa.Column('sha256', sa.String(length=64), nullable=True),
        sa.Column('fault', sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ['account_id'], ['accounts.id'], name=op.f('fk_exports_account_id_accounts')
        ),
        sa.ForeignKeyConstraint(
            ['stream_id'], ['streams.id'], name=op.f('fk_exports_stream_id_streams')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_exports')),
    )
    for column in ('account_id', 'stream_id', 'state'):
        op.create_index(op.f(f'ix_exports_{column}'), 'exports', [column], unique=False)


def downgrade() -> None:
    op.drop_table('exports')
