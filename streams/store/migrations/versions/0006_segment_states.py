"""segment states: where each sealed file is, on its machine or in an object store."""

from alembic import op
import sqlalchemy as sa

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('segments', schema=None) as batch_op:
        batch_op.add_column(sa.Column('state', sa.String(length=10), server_default='local', nullable=False))
        batch_op.add_column(sa.Column('stored_as', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('shipped_to', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('shipped_at', sa.BigInteger(), nullable=True))



def downgrade() -> None:
    with op.batch_alter_table('segments', schema=None) as batch_op:
        batch_op.drop_column('shipped_at')
        batch_op.drop_column('shipped_to')
        batch_op.drop_column('stored_as')
        batch_op.drop_column('state')
