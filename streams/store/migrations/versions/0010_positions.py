"""positions: how far a collector has come in a source that can be read again from there."""

from alembic import op
import sqlalchemy as sa

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'positions',
        sa.Column('slot', sa.String(200), primary_key=True, nullable=False),
        sa.Column('position', sa.Text(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table('positions')
