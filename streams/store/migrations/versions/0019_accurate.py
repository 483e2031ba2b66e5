"""accurate: posts of a minute that the accurate sentiment model labelled."""

from alembic import op
import sqlalchemy as sa

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'minutes', sa.Column('accurate', sa.Integer(), nullable=False, server_default='0')
    )


def downgrade() -> None:
    with op.batch_alter_table('minutes') as minutes:
        minutes.drop_column('accurate')
