"""placement: where the server placed a stream, and edits that are its own."""

from alembic import op
import sqlalchemy as sa

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('streams', schema=None) as batch_op:
        batch_op.add_column(sa.Column('placed_on', sa.String(length=100), nullable=True))

    with op.batch_alter_table('edits', schema=None) as batch_op:
        batch_op.alter_column('account_id', existing_type=sa.Integer(), nullable=True)



def downgrade() -> None:
    op.execute('DELETE FROM edits WHERE account_id IS NULL')
    with op.batch_alter_table('edits', schema=None) as batch_op:
        batch_op.alter_column('account_id', existing_type=sa.Integer(), nullable=False)

    with op.batch_alter_table('streams', schema=None) as batch_op:
        batch_op.drop_column('placed_on')
