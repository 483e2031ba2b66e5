"""The control plane: gives every wanted stream a collector, and each a machine."""
