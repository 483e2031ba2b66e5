"""deletions: what was asked to be taken out, and how far each machine is."""

from alembic import op
import sqlalchemy as sa

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('deletions',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('parent_id', sa.String(length=32), nullable=True),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('compliance', sa.Boolean(), nullable=False),
    sa.Column('asked_at', sa.BigInteger(), nullable=False),
    sa.Column('recent', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_deletions_account_id')),
    sa.ForeignKeyConstraint(['parent_id'], ['deletions.id'], name=op.f('fk_deletions_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deletions'))
    )
    with op.batch_alter_table('deletions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_deletions_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_deletions_parent_id'), ['parent_id'], unique=False)

    op.create_table('deletion_machines',
    sa.Column('deletion_id', sa.String(length=32), nullable=False),
    sa.Column('machine', sa.String(length=100), nullable=False),
    sa.Column('done_at', sa.BigInteger(), nullable=True),
    sa.Column('looked', sa.Integer(), nullable=False),
    sa.Column('trouble', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['deletion_id'], ['deletions.id'], name=op.f('fk_deletion_machines_deletion_id')),
    sa.PrimaryKeyConstraint('deletion_id', 'machine', name=op.f('pk_deletion_machines'))
    )
    op.create_table('deletion_segments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('deletion_id', sa.String(length=32), nullable=False),
    sa.Column('machine', sa.String(length=100), nullable=False),
    sa.Column('collection', sa.String(length=64), nullable=False),
    sa.Column('file', sa.String(length=200), nullable=False),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('copies', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['deletion_id'], ['deletions.id'], name=op.f('fk_deletion_segments_deletion_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deletion_segments'))
    )
    with op.batch_alter_table('deletion_segments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_deletion_segments_deletion_id'), ['deletion_id'], unique=False)

    op.create_table('deletion_subjects',
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('deletion_id', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('value', sa.String(length=200), nullable=False),
    sa.Column('asked', sa.Boolean(), nullable=False),
    sa.Column('found', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['deletion_id'], ['deletions.id'], name=op.f('fk_deletion_subjects_deletion_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_deletion_subjects'))
    )
    with op.batch_alter_table('deletion_subjects', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_deletion_subjects_deletion_id_kind_value'), ['deletion_id', 'kind', 'value'], unique=True)



def downgrade() -> None:
    with op.batch_alter_table('deletion_subjects', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_deletion_subjects_deletion_id_kind_value'))

    op.drop_table('deletion_subjects')
    with op.batch_alter_table('deletion_segments', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_deletion_segments_deletion_id'))

    op.drop_table('deletion_segments')
    op.drop_table('deletion_machines')
    with op.batch_alter_table('deletions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_deletions_parent_id'))
        batch_op.drop_index(batch_op.f('ix_deletions_account_id'))

    op.drop_table('deletions')
