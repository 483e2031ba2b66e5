"""folders of collections are each account's own, existing ones stay; invitations of a domain."""

from alembic import op
import sqlalchemy as sa

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

BY_COLLECTION = 'ix_segments_collection_machine_file'
BY_FOLDER = 'ix_segments_folder_machine_file'


def upgrade() -> None:
    op.add_column('streams', sa.Column('folder', sa.String(length=80)))
    op.create_index('ix_streams_folder', 'streams', ['folder'])
    op.add_column('segments', sa.Column('folder', sa.String(length=80)))
    for table in ('streams', 'segments'):
        op.execute(f'UPDATE {table} SET folder = collection')  # noqa: S608
    op.drop_index(BY_COLLECTION, 'segments')
    with op.batch_alter_table('segments') as segments:
        segments.alter_column('folder', existing_type=sa.String(length=80), nullable=False)
    op.create_index(BY_FOLDER, 'segments', ['folder', 'machine', 'file'], unique=True)
    op.add_column('invitations', sa.Column('domain', sa.String(length=40)))
    op.add_column('invitations', sa.Column('seats', sa.Integer()))


def downgrade() -> None:
    op.execute('DELETE FROM invitations WHERE domain IS NOT NULL')  # else a link for anybody
    for name in ('seats', 'domain'):
        op.drop_column('invitations', name)
    # An older Weir has one folder for each name: it finds the newer files by their folder's name.
    op.execute('UPDATE segments SET collection = substr(folder, 1, 64)')
    op.drop_index(BY_FOLDER, 'segments')
    op.drop_index('ix_streams_folder', 'streams')
    for table in ('streams', 'segments'):
        op.drop_column(table, 'folder')
    op.create_index(BY_COLLECTION, 'segments', ['collection', 'machine', 'file'], unique=True)
