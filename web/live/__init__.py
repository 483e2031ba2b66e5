"""Live viewers: sockets, rooms, and the fan-out of frames and statuses to them."""
