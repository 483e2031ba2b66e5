"""quotas: how much one account, and all together, may take."""

from alembic import op
import sqlalchemy as sa

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'quotas',
        sa.Column('subject', sa.String(length=20), nullable=False),
        sa.Column('name', sa.String(length=30), nullable=False),
        sa.Column('value', sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint('subject', 'name', name=op.f('pk_quotas')),
    )


def downgrade() -> None:
    op.drop_table('quotas')
