"""how far replays have come; slots have longer names."""

from alembic import op
import sqlalchemy as sa

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('replays',
    sa.Column('stream_id', sa.String(length=32), nullable=False),
    sa.Column('run', sa.Integer(), nullable=False),
    sa.Column('began_at', sa.BigInteger(), nullable=False),
    sa.Column('lines', sa.BigInteger(), nullable=False),
    sa.Column('posts', sa.BigInteger(), nullable=False),
    sa.Column('share', sa.Float(), nullable=False),
    sa.Column('moment', sa.BigInteger(), nullable=True),
    sa.Column('said', sa.Text(), nullable=True),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('fault', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name=op.f('fk_replays_stream_id')),
    sa.PrimaryKeyConstraint('stream_id', name=op.f('pk_replays'))
    )
    with op.batch_alter_table('settled', schema=None) as batch_op:
        batch_op.alter_column('slot',
               existing_type=sa.String(length=40),
               type_=sa.String(length=200),
               existing_nullable=False)


def downgrade() -> None:
    with op.batch_alter_table('settled', schema=None) as batch_op:
        batch_op.alter_column('slot',
               existing_type=sa.String(length=200),
               type_=sa.String(length=40),
               existing_nullable=False)

    op.drop_table('replays')
