"""The rig: starts the real parts that tests run against, and makes sure that all of them end."""
