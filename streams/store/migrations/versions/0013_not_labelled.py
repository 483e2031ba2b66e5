"""not_labelled: posts that no tagger labelled, and those of them that no viewer was shown."""

from alembic import op
import sqlalchemy as sa

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ('not_labelled', 'left_out'):
        op.add_column(
            'minutes', sa.Column(name, sa.Integer(), nullable=False, server_default='0')
        )


def downgrade() -> None:
    op.execute('UPDATE minutes SET unknown = unknown + not_labelled')
    with op.batch_alter_table('minutes') as minutes:
        minutes.drop_column('left_out')
        minutes.drop_column('not_labelled')
