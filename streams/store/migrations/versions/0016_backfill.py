"""backfill: what became of filling each gap afterwards."""

from alembic import op
import sqlalchemy as sa

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'gaps', sa.Column('state', sa.String(10), nullable=False, server_default='open')
    )
    op.add_column('gaps', sa.Column('missing', sa.Text(), nullable=False, server_default='[]'))
    op.add_column('gaps', sa.Column('posts', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('gaps', sa.Column('filled_at', sa.BigInteger(), nullable=True))
    op.add_column('gaps', sa.Column('progress', sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('gaps') as gaps:
        for name in ('state', 'missing', 'posts', 'filled_at', 'progress'):
            gaps.drop_column(name)
