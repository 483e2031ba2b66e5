"""The REST API that existing capture clients and their pages speak, below /capture/api/."""
