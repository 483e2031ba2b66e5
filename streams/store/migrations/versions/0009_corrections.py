"""corrections: labels that people put right, with the text that a model can learn from."""

from alembic import op
import sqlalchemy as sa

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'corrections',
        sa.Column('id', sa.Integer(), primary_key=True, nullable=False),
        sa.Column('stream_id', sa.String(32), sa.ForeignKey('streams.id'), nullable=False),
        sa.Column('account_id', sa.Integer(), sa.ForeignKey('accounts.id'), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.Column('post_id', sa.String(200), nullable=False),
        sa.Column('author_id', sa.String(200), nullable=True),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('tagger', sa.String(32), nullable=False),
        sa.Column('before', sa.String(64), nullable=False),
        sa.Column('model', sa.String(64), nullable=True),
        sa.Column('label', sa.String(64), nullable=False),
    )
    op.create_index('ix_corrections_stream_id', 'corrections', ['stream_id'])
    op.create_index('ix_corrections_account_id', 'corrections', ['account_id'])
    op.create_index('ix_corrections_post_id', 'corrections', ['post_id'])


def downgrade() -> None:
    op.drop_table('corrections')
