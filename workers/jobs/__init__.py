"""The jobs worker: what takes long and nobody watches live, in child processes with bounds."""
