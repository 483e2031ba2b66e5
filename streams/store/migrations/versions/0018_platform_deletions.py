"""deletions: what platforms announce, gathered until it is due, and when each post was named."""

from alembic import op
import sqlalchemy as sa

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('deletions') as table:
        table.add_column(sa.Column('by_platform', sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column('due_at', sa.BigInteger(), nullable=True))
    with op.batch_alter_table('deletion_subjects') as table:
        table.add_column(sa.Column('heard_at', sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('deletion_subjects') as table:
        table.drop_column('heard_at')
    with op.batch_alter_table('deletions') as table:
        table.drop_column('due_at')
        table.drop_column('by_platform')
