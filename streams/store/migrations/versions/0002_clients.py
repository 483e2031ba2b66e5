"""capture clients and their jobs."""

from alembic import op
import sqlalchemy as sa

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('clients',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('seen_at', sa.BigInteger(), nullable=True),
    sa.Column('revoked_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_clients_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clients')),
    sa.UniqueConstraint('hash', name=op.f('uq_clients_hash'))
    )
    with op.batch_alter_table('clients', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_clients_account_id'), ['account_id'], unique=False)

    op.create_table('jobs',
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('stream_id', sa.String(length=32), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=True),
    sa.Column('seat', sa.Integer(), nullable=True),
    sa.Column('asked_at', sa.BigInteger(), nullable=True),
    sa.Column('first_started_at', sa.BigInteger(), nullable=True),
    sa.Column('started_at', sa.BigInteger(), nullable=True),
    sa.Column('stopped_at', sa.BigInteger(), nullable=True),
    sa.Column('archived_at', sa.BigInteger(), nullable=True),
    sa.Column('total_count', sa.BigInteger(), nullable=True),
    sa.Column('rate', sa.Float(), nullable=True),
    sa.Column('pinged_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['client_id'], ['clients.id'], name=op.f('fk_jobs_client_id')),
    sa.ForeignKeyConstraint(['seat'], ['clients.id'], name=op.f('fk_jobs_seat')),
    sa.ForeignKeyConstraint(['stream_id'], ['streams.id'], name=op.f('fk_jobs_stream_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_jobs')),
    sa.UniqueConstraint('seat', name=op.f('uq_jobs_seat')),
    sa.UniqueConstraint('stream_id', name=op.f('uq_jobs_stream_id'))
    )
    with op.batch_alter_table('jobs', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_jobs_client_id'), ['client_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('jobs', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_jobs_client_id'))

    op.drop_table('jobs')
    with op.batch_alter_table('clients', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_clients_account_id'))

    op.drop_table('clients')
