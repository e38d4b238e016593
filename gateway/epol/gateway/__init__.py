"""The gateway: points that enforce the engine's decisions where requests pass by."""
