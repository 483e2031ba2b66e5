"""The collector: owns a connection slot, captures what it delivers, hands batches to taggers."""
