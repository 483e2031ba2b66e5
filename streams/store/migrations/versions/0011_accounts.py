"""accounts: roles, passwords, suspension, invitations, scopes of tokens, the record of changes.

Every account that exists becomes an editor, and every API token passes on what it did before.
"""

from alembic import op
import sqlalchemy as sa

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('accounts', schema=None) as batch_op:
        batch_op.add_column(
            sa.Column('role', sa.String(length=20), server_default='editor', nullable=False)
        )
        batch_op.add_column(sa.Column('password', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('suspended_at', sa.BigInteger(), nullable=True))
    with op.batch_alter_table('tokens', schema=None) as batch_op:
        batch_op.add_column(
            sa.Column('scope', sa.String(length=10), server_default='write', nullable=False)
        )
        batch_op.add_column(sa.Column('last_used_at', sa.BigInteger(), nullable=True))
    op.execute("UPDATE tokens SET scope = 'admin' WHERE kind = 'session'")
    op.create_table(
        'invitations',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('handle', sa.String(length=50), nullable=True),
        sa.Column('hash', sa.String(length=64), nullable=True),
        sa.Column('role', sa.String(length=20), nullable=False),
        sa.Column('invited_by', sa.Integer(), nullable=True),
        sa.Column('created_at', sa.BigInteger(), nullable=False),
        sa.Column('expires_at', sa.BigInteger(), nullable=True),
        sa.Column('accepted_by', sa.Integer(), nullable=True),
        sa.Column('accepted_at', sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ['invited_by'], ['accounts.id'], name=op.f('fk_invitations_invited_by')
        ),
        sa.ForeignKeyConstraint(
            ['accepted_by'], ['accounts.id'], name=op.f('fk_invitations_accepted_by')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_invitations')),
    )
    op.create_index(op.f('ix_invitations_handle'), 'invitations', ['handle'])
    op.create_index(op.f('ix_invitations_hash'), 'invitations', ['hash'], unique=True)
    op.create_table(
        'account_changes',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False),
        sa.Column('actor_id', sa.Integer(), nullable=True),
        sa.Column('account_id', sa.Integer(), nullable=True),
        sa.Column('what', sa.String(length=30), nullable=False),
        sa.Column('detail', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ['actor_id'], ['accounts.id'], name=op.f('fk_account_changes_actor_id')
        ),
        sa.ForeignKeyConstraint(
            ['account_id'], ['accounts.id'], name=op.f('fk_account_changes_account_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_account_changes')),
    )
    op.create_index(op.f('ix_account_changes_account_id'), 'account_changes', ['account_id'])


def downgrade() -> None:
    op.drop_table('account_changes')
    op.drop_table('invitations')
    # Not in batch mode: SQLite would copy the tables, which others refer to.
    for table, column in (
        ('tokens', 'last_used_at'),
        ('tokens', 'scope'),
        ('accounts', 'suspended_at'),
        ('accounts', 'password'),
        ('accounts', 'role'),
    ):
        op.drop_column(table, column)
